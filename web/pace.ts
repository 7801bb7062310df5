/**
 * When the page draws: with the next frame, but not so often that drawing is all it does. Where draws
 * are dear and many, each is followed by a rest, so that keys and fingers have most of the time; what is done by hand
 * waits for nothing. It knows no DOM: clock, which never goes back, timer and frames are handed in.
 * Invariant: however often it is asked, one draw is due at most.
 */
export interface Frames {
  now(): number;
  /** With the next frame; soon, where a hidden page is given none. */
  next(run: () => void): void;
  /** @returns what cancels it */
  after(ms: number, run: () => void): () => void;
}

/** Rest that a draw asks for, in draws of the same length. */
const REST = 15;
/** So much rest may be owed: a page that begins, or that one walks through, draws at once. */
const CREDIT_MS = 8_000;
const LONGEST_REST_MS = 1_000;

export class Pace {
  #isDue = false;
  #isHurried = false;
  #owedMs = 0;
  #at = 0;
  #cancel: (() => void) | null = null;
  readonly #frames: Frames;
  readonly #draw: () => void;

  constructor(frames: Frames, draw: () => void) {
    this.#frames = frames;
    this.#draw = draw;
  }

  ask(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const rest = this.#owedMs - CREDIT_MS - (this.#frames.now() - this.#at);
    if (rest > 0 && !this.#isHurried) this.#cancel = this.#frames.after(rest, () => this.#next());
    else this.#next();
  }

  /** A person did something, and what comes of it is drawn at once. */
  hurry(): void {
    this.#isHurried = true;
    if (!this.#cancel) return;
    this.#cancel();
    this.#next();
  }

  #next(): void {
    this.#cancel = null;
    this.#frames.next(() => {
      this.#isDue = this.#isHurried = false;
      const from = this.#frames.now();
      this.#draw();
      const to = this.#frames.now();
      const owed = Math.max(0, this.#owedMs - (from - this.#at)) + REST * (to - from);
      this.#owedMs = Math.min(owed, CREDIT_MS + LONGEST_REST_MS);
      this.#at = to;
    });
  }
}
