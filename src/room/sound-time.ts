/**
 * What time it is, for decisions that cannot be taken back: the wall clock, unless it moved ahead much more than the
 * monotonic clock did. A clock that jumps ahead and comes back would otherwise have removed what is young. After an
 * hour the jump is believed: the clock was put right, or the machine had slept. It only reads clocks.
 * Invariant: while a jump is not believed, the time goes on from where it was before, as the monotonic clock does.
 */

/** A clock that is put right little by little is off by less. */
const TOLERATED_MS = 5 * 60_000;
const BELIEVED_AFTER_MS = 60 * 60_000;

interface Clocks {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from a clock that never goes back. */
  monotonic(): number;
}

export class SoundTime {
  #clocks: Clocks;
  /** The wall clock minus the monotonic one, as it is believed, and as it was found to be otherwise. */
  #offset: number;
  #otherOffset: number;
  #otherSince = 0;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#offset = clocks.now() - clocks.monotonic();
    this.#otherOffset = this.#offset;
  }

  /** By how many milliseconds the wall clock is ahead of the time that is believed. */
  get aheadMs(): number {
    const monotonic = this.#clocks.monotonic();
    const offset = this.#clocks.now() - monotonic;
    if (Math.abs(offset - this.#offset) <= TOLERATED_MS) {
      this.#otherOffset = this.#offset;
      return 0;
    }
    if (this.#otherOffset === this.#offset || Math.abs(offset - this.#otherOffset) > TOLERATED_MS) {
      this.#otherOffset = offset;
      this.#otherSince = monotonic;
    }
    if (monotonic - this.#otherSince >= BELIEVED_AFTER_MS) {
      this.#offset = offset;
      this.#otherOffset = offset;
    }
    return Math.max(0, offset - this.#offset);
  }
}
