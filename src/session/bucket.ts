/**
 * A token bucket: `burst` at once, `perSecond` in the long run. A rate of 0 means no limit.
 */
export class Bucket {
  #perMs: number;
  #burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = Math.max(1, burst);
    this.#tokens = this.#burst;
    this.#at = nowMs;
  }

  /** Takes one token. @returns 0, or how many milliseconds until there is one. */
  take(nowMs: number): number {
    if (this.#perMs === 0) return 0;
    const elapsed = Math.max(0, nowMs - this.#at);
    this.#at = nowMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsed * this.#perMs);
    if (this.#tokens >= 1) {
      this.#tokens--;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - this.#tokens) / this.#perMs));
  }
}
