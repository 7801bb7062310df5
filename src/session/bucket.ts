/**
 * A token bucket: `burst` at once, `perSecond` in the long run. A rate of 0 means no limit. Every connection has one,
 * so it holds two small integers and is told the rest.
 */

/** Tokens are counted in thousandths. */
const TOKEN = 1_000;

export class Bucket {
  #thousandths: number;
  #atMs: number;

  constructor(burst: number, nowMs: number) {
    this.#thousandths = Math.max(1, burst) * TOKEN;
    this.#atMs = Math.floor(nowMs);
  }

  /** Takes one token. @returns 0, or how many milliseconds until there is one. */
  take(perSecond: number, burst: number, nowMs: number): number {
    if (perSecond === 0) return 0;
    const now = Math.floor(nowMs);
    // A rate of one a second is one thousandth of a token a millisecond.
    const grown = this.#thousandths + Math.max(0, now - this.#atMs) * perSecond;
    this.#thousandths = Math.min(Math.max(1, burst) * TOKEN, grown);
    this.#atMs = now;
    if (this.#thousandths >= TOKEN) {
      this.#thousandths -= TOKEN;
      return 0;
    }
    return Math.max(1, Math.ceil((TOKEN - this.#thousandths) / perSecond));
  }
}
