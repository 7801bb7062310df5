/**
 * Runs one task when it is due: in the next turn of the loop when that is now, else after a timer. To be set again by
 * the task, so that who has nothing to do has no timer. Invariant: the task runs at the earliest time it was set to.
 */
import type { Loop } from "./loop.ts";

export class Alarm {
  #loop: Pick<Loop, "monotonic" | "soon" | "after">;
  #task: () => void;
  #isSoon = false;
  #cancelTimer: (() => void) | null = null;
  #timerAt = 0;

  constructor(loop: Pick<Loop, "monotonic" | "soon" | "after">, task: () => void) {
    this.#loop = loop;
    this.#task = task;
  }

  /** `due`: of the monotonic clock. Infinity: never. */
  set(due: number): void {
    if (this.#isSoon || due === Number.POSITIVE_INFINITY) return;
    const wait = due - this.#loop.monotonic();
    if (wait <= 0) {
      this.#isSoon = true;
      this.#loop.soon(() => {
        this.#isSoon = false;
        this.#task();
      });
      return;
    }
    if (this.#cancelTimer && this.#timerAt <= due) return;
    this.#cancelTimer?.();
    this.#timerAt = due;
    this.#cancelTimer = this.#loop.after(Math.ceil(wait), () => {
      this.#cancelTimer = null;
      this.#task();
    });
  }
}
