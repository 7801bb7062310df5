/**
 * Where a new day begins among the messages of a page, by the clock that stamped them: the server's. That clock may
 * be set back or set right in between. Invariant: each day begins at most once.
 */
const DAY_MS = 86_400_000;

export class Days {
  readonly #begun = new Set<string>();
  #latest = Number.NEGATIVE_INFINITY;

  /** Whether a line for its day stands above a message of this time. Ask for each message, in their order. */
  begins(time: number): boolean {
    // Less than a day back is a clock set back a little: that message belongs to the day it was said in.
    const isBack = time < this.#latest && this.#latest - time < DAY_MS;
    if (isBack) return false;
    this.#latest = time;
    const day = dayOf(time);
    if (this.#begun.has(day)) return false;
    this.#begun.add(day);
    return true;
  }
}

/** The day of the reader's calendar; different for any two days. */
export function dayOf(time: number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
