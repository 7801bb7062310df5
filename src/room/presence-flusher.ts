/**
 * Tells everyone in a room what changed among its people, who writes among it: changes collect and go out as one frame.
 * They have no numbers and no place in the log, so they wait for no commit. Invariant: a room that has something to
 * tell is told when it is due, and there is no timer while none has.
 */
import { Alarm } from "./alarm.ts";
import type { Counters } from "./counters.ts";
import type { Fanout } from "./fanout.ts";
import type { Loop } from "./loop.ts";
import type { Room } from "./room.ts";

/** A change is told to everyone in the room, so the more people, the longer changes collect. */
const LEAST_MS = 50;
const MS_PER_PERSON = 1;
/** Where only the number of people is told. */
const COUNT_MS = 1_000;

export class PresenceFlusher {
  #fanout: Pick<Fanout, "publish">;
  #loop: Loop;
  #counters: Counters;
  #alarm: Alarm;
  #changed: Room[] = [];
  /** Rooms with a timer for the end of a writing mark. */
  #typing = new Set<Room>();

  constructor(options: { fanout: Pick<Fanout, "publish">; loop: Loop; counters: Counters }) {
    this.#fanout = options.fanout;
    this.#loop = options.loop;
    this.#counters = options.counters;
    this.#alarm = new Alarm(options.loop, () => this.#tell());
  }

  /** Something changed among the people of the room. */
  changed(room: Room): void {
    if (room.presenceDirty) return;
    room.presenceDirty = true;
    this.#changed.push(room);
    this.#alarm.set(room.presenceDueAt);
  }

  #tell(): void {
    const now = this.#loop.monotonic();
    let kept = 0;
    let next = Number.POSITIVE_INFINITY;
    for (const room of this.#changed) {
      if (room.presenceDueAt > now) {
        this.#changed[kept++] = room;
        next = Math.min(next, room.presenceDueAt);
        continue;
      }
      const { presence } = room;
      room.presenceDirty = false;
      room.presenceDueAt = now + (presence.listed ? LEAST_MS + MS_PER_PERSON * presence.count : COUNT_MS);
      for (const frame of presence.flush(now)) {
        this.#fanout.publish(room.number, frame);
        this.#counters.presenceFrames++;
      }
      this.#watchTyping(room);
    }
    this.#changed.length = kept;
    this.#alarm.set(next);
  }

  /** A writing mark ends by itself, and everyone is told. */
  #watchTyping(room: Room): void {
    const end = room.presence.nextTypingEnd;
    if (end === 0 || this.#typing.has(room)) return;
    this.#typing.add(room);
    this.#loop.after(Math.max(1, end - this.#loop.monotonic()), () => {
      this.#typing.delete(room);
      this.changed(room);
    });
  }
}
