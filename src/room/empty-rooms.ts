/**
 * Ends rooms of which retention has left nothing and in which nobody was for some time, with their names and numbers.
 * How long that is it counts from when it saw the room empty first, since the start of the process.
 * Invariant: a room that somebody is in, or that anything of is on its way to the log, is not touched.
 */
import type { DurableRoom } from "./durable-rooms.ts";
import { isBack } from "./room-flags.ts";

interface Source {
  /** In any order; rooms are only ever added at the end while this runs. */
  readonly durable: readonly DurableRoom[];
  monotonic(): number;
  /** Ends it, if nobody came meanwhile. */
  end(room: DurableRoom): Promise<void>;
}

export class EmptyRooms {
  #source: Source;
  #since = new WeakMap<DurableRoom, number>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Goes through all rooms once. `isOver` is asked before each end. */
  async apply(afterMs: number, isOver: () => boolean): Promise<void> {
    const { durable, monotonic, end } = this.#source;
    const now = monotonic();
    // A back room ends with the room that it belongs to.
    const due = durable.filter((room) => !isBack(room.flags) && this.#isDue(room, now, afterMs));
    for (const room of due) {
      if (isOver()) return;
      await end(room);
    }
  }

  #isDue(room: DurableRoom, now: number, afterMs: number): boolean {
    if (!isEmpty(room)) {
      this.#since.delete(room);
      return false;
    }
    const since = this.#since.get(room) ?? now;
    this.#since.set(room, since);
    return now - since >= afterMs;
  }
}

/** Nothing to read is in it, nobody is in it, and nothing is under way to it. */
export function isEmpty({ room, head, oldestEnd, oldestTime }: DurableRoom): boolean {
  if (oldestEnd === 0 || oldestTime !== Number.POSITIVE_INFINITY) return false;
  if (!room) return head === oldestEnd;
  return room.lastGiven === oldestEnd && room.presence.count === 0 && !room.dirty;
}
