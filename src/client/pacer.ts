/**
 * Keeps a client within the rate its server stated, so that one that behaves is never refused. A token bucket, one
 * for each connection. Invariant: what leaves stays below the stated rate by a margin, because messages that left
 * evenly may arrive bunched.
 */
const MARGIN = 0.9;

export class Pacer {
  #perMs = 0;
  #most = 0;
  #tokens = 0;
  #at = 0;

  /** A new connection with a full bucket. `perSecond` 0: no limit. */
  reset(perSecond: number, burst: number, now: number): void {
    this.#perMs = (perSecond * MARGIN) / 1000;
    this.#most = Math.max(1, Math.floor(burst * MARGIN));
    this.#tokens = this.#most;
    this.#at = now;
  }

  /** Takes one and returns 0, or returns after how many milliseconds to ask again. */
  take(now: number): number {
    if (this.#perMs === 0) return 0;
    this.#tokens = Math.min(this.#most, this.#tokens + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / this.#perMs);
    this.#tokens--;
    return 0;
  }

  /** The server counted differently: start from nothing. */
  drain(): void {
    this.#tokens = 0;
  }
}
