/**
 * A time told by the server in which something is not to be asked for again, whatever becomes of the connection.
 * Invariant: it is over after that time at the latest, also when the clock is set back.
 */

/** Timers have 31 bits, and no server means longer. */
const LONGEST_MS = 86_400_000;

export class Pause {
  #ms = 0;
  #at = 0;

  /** From now on, unless a longer one is under way. */
  begin(ms: number, now: number): void {
    if (ms <= this.left(now)) return;
    this.#ms = Math.min(ms, LONGEST_MS);
    this.#at = now;
  }

  /** Milliseconds to its end; 0 when there is none. */
  left(now: number): number {
    const left = this.#at + this.#ms - now;
    return left > this.#ms ? 0 : Math.max(0, left);
  }
}
