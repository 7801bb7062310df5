/**
 * Ends rooms in which nobody was, and nothing was to be read, for some time, with their names and numbers: all of which
 * retention has left nothing, and of those that somebody made also such in which no message is, however many acts.
 * How long that is it counts from when it saw the room empty first, since the start of the process.
 * Invariant: a room that somebody is in, or that anything of is on its way to the log, is not touched.
 */
import type { DurableRoom } from "./durable-rooms.ts";
import { isBack } from "./room-flags.ts";
import type { Silence } from "./silence.ts";

/** Rooms that are looked into in one round. */
const LOOKS_A_ROUND = 1_000;

interface Source {
  /** In any order; rooms are only ever added at the end while this runs. */
  readonly durable: readonly DurableRoom[];
  readonly silence: Pick<Silence, "isDue" | "look" | "isIn">;
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

  /** Goes through all rooms once. `isOver` is asked before each look and each end. */
  async apply(afterMs: number, isOver: () => boolean): Promise<void> {
    const { durable, monotonic, silence, end } = this.#source;
    const unseen = durable.filter((room) => isQuiet(room) && silence.isDue(room));
    for (const room of unseen.slice(0, LOOKS_A_ROUND)) {
      if (isOver()) return;
      await silence.look(room);
    }
    const now = monotonic();
    // A back room ends with the room that it belongs to.
    const due = durable.filter((room) => !isBack(room.flags) && this.#isDue(room, now, afterMs));
    for (const room of due) {
      if (isOver()) return;
      await end(room);
    }
  }

  /** Nothing to read is in it, nobody is in it, and nothing is under way to it. */
  isEmpty(room: DurableRoom): boolean {
    return isQuiet(room) && (isUsedUp(room) || this.#source.silence.isIn(room));
  }

  #isDue(room: DurableRoom, now: number, afterMs: number): boolean {
    if (!this.isEmpty(room)) {
      this.#since.delete(room);
      return false;
    }
    const since = this.#since.get(room) ?? now;
    this.#since.set(room, since);
    return now - since >= afterMs;
  }
}

const isQuiet = ({ room }: DurableRoom): boolean =>
  !room || (room.presence.count === 0 && room.pendingBytes === 0 && !room.dirty);

/** Retention left nothing. */
function isUsedUp({ room, head, oldestEnd, oldestTime }: DurableRoom): boolean {
  if (oldestEnd === 0 || oldestTime !== Number.POSITIVE_INFINITY) return false;
  return (room ? room.lastGiven : head) === oldestEnd;
}
