/**
 * A room that is flooded slows down by itself: while more comes than its rate, each person is heard now and then
 * only, and each visitor (an address) no more often than a few times a second, so that whoever floods waits and whoever
 * writes now and then does not. It keeps nothing while the room is calm. Times are milliseconds of the monotonic clock.
 * Invariant: when a wait that was told is over, what this person sends next is let through, unless others behind the
 * same address used it up.
 */
import type { Allowance } from "../wire/allowances.ts";

/** Share of the room's rate that one visitor has in a flooded room. */
const VISITOR_SHARE = 0.1;
/** The flood is over when the room has stayed below its rate for this long. */
const CALM_MS = 10_000;
/** Persons and visitors that are remembered before those who need not wait any more are forgotten. */
const MAX_REMEMBERED = 10_000;

export class SlowMode {
  readonly #allowance: Allowance;
  readonly #personMs: number;
  /** The room's own bucket: until when its rate is used. */
  #usedUntil = 0;
  #flood: Flood | null = null;

  /** `allowance` 0 a second: the room never slows down. `personMs`: pause of one person in a flooded room. */
  constructor(allowance: Allowance, personMs: number) {
    this.#allowance = allowance;
    this.#personMs = personMs;
  }

  get isOn(): boolean {
    return this.#flood !== null;
  }

  /** Takes one message. @returns 0, or milliseconds to wait, and then nothing was taken. */
  take(author: number, visitor: object, now: number): number {
    const { perSecond, burst } = this.#allowance;
    if (perSecond === 0) return 0;
    const interval = 1_000 / perSecond;
    const used = Math.max(0, this.#usedUntil - now);
    if (used > burst * interval) this.#flood ??= { persons: new Map(), visitors: new Map(), until: 0 };
    const flood = this.#flood;
    if (flood) {
      if (used > 0) flood.until = now + CALM_MS;
      else if (now >= flood.until) this.#flood = null;
      const pause = interval / VISITOR_SHARE;
      const wait = Math.max((flood.persons.get(author) ?? 0) - now, (flood.visitors.get(visitor) ?? 0) - now);
      if (wait > 0) return Math.ceil(wait);
      if (flood.persons.size >= MAX_REMEMBERED) forgetPast(flood.persons, now);
      if (flood.visitors.size >= MAX_REMEMBERED) forgetPast(flood.visitors, now);
      flood.persons.set(author, now + this.#personMs);
      flood.visitors.set(visitor, Math.max(flood.visitors.get(visitor) ?? 0, now) + pause);
    }
    this.#usedUntil = Math.max(this.#usedUntil, now) + interval;
    return 0;
  }
}

/** Until when persons and visitors wait, while the room is flooded. */
interface Flood {
  persons: Map<number, number>;
  visitors: Map<object, number>;
  until: number;
}

function forgetPast(times: Map<unknown, number>, now: number): void {
  for (const [key, time] of times) if (time <= now) times.delete(key);
}
