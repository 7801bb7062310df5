/** Time and the event loop, handed in. */

export interface Loop {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from a clock that never goes back, with fractions. */
  monotonic(): number;
  /** Runs `task` in the next turn of the loop, after the input that is there now. */
  soon(task: () => void): void;
  /** Runs `task` after `ms`; the result cancels it. */
  after(ms: number, task: () => void): () => void;
}
