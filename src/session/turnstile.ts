/**
 * Lets a few in at a time to what takes a processor for long, and the visitors in turn: one who asks a hundred times is
 * served once for each time that the others are. It knows nothing of what is done. Invariants: no more than `most` are at
 * work and `mostWaiting` wait; whoever is turned away is told when there is a place, and no visitor without anybody
 * waiting is turned away while another has more than one.
 */

export interface TurnstileOptions {
  /** At work at once. */
  most: number;
  mostWaiting: number;
  /** Of one visitor. */
  mostWaitingOfOne: number;
  /** Milliseconds of a clock that runs on. */
  now: () => number;
}

/** As long as nothing was measured. */
const FIRST_MS = 100;
/** Nobody is told to wait for longer: those who were told before may not come back. */
const MOST_MS = 30_000;
/** Weight of the newest in what one takes. */
const NEWEST = 0.2;

/** Called with true when it is its turn, and with false when it lost its place. */
type Waiting = (isTurn: boolean) => void;

export class Turnstile {
  readonly #options: TurnstileOptions;
  /** Those who wait, by visitor; the visitor who is next stands first. */
  readonly #waiting = new Map<object, Waiting[]>();
  #count = 0;
  #working = 0;
  #takesMs = FIRST_MS;
  /** Until when the places of a visitor are promised to those who were turned away. */
  readonly #promised = new WeakMap<object, number>();

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#count;
  }

  get working(): number {
    return this.#working;
  }

  /**
   * Whole milliseconds after which this visitor may ask again; 0: now. Each time that it is asked it is another's time,
   * so that a crowd behind one address comes back one after the other.
   */
  waitFor(visitor: object): number {
    const { mostWaiting, mostWaitingOfOne } = this.#options;
    const own = this.#waiting.get(visitor)?.length ?? 0;
    const isFull = this.#count >= mostWaiting && (own > 0 || this.#longest().length < 2);
    return isFull || own >= mostWaitingOfOne ? this.#promise(visitor) : 0;
  }

  /** What the work comes to; null, with nothing done, when it lost its place to a visitor who had none: see `waitFor`. */
  async through<T>(visitor: object, work: () => Promise<T>): Promise<T | null> {
    if (this.#working < this.#options.most) this.#working++;
    else if (!(await this.#turn(visitor))) return null;
    const startedAt = this.#options.now();
    try {
      return await work();
    } finally {
      this.#takesMs += (this.#options.now() - startedAt - this.#takesMs) * NEWEST;
      // Whoever is next has the place from here on, so that nobody comes between.
      if (!this.#next()) this.#working--;
    }
  }

  /** Each visitor who waits is served once in so many times what one takes. */
  #promise(visitor: object): number {
    const now = this.#options.now();
    const each = (Math.max(1, this.#waiting.size) * this.#takesMs) / this.#options.most;
    const promised = Math.min(Math.max(this.#promised.get(visitor) ?? 0, now) + each, now + MOST_MS);
    this.#promised.set(visitor, promised);
    return Math.max(1, Math.ceil(promised - now));
  }

  #turn(visitor: object): Promise<boolean> {
    if (this.#count >= this.#options.mostWaiting) {
      this.#longest().pop()?.(false);
      this.#count--;
    }
    this.#count++;
    return new Promise((resolve) => {
      const own = this.#waiting.get(visitor);
      if (own) own.push(resolve);
      else this.#waiting.set(visitor, [resolve]);
    });
  }

  /** Whether somebody waited. */
  #next(): boolean {
    for (const [visitor, own] of this.#waiting) {
      this.#waiting.delete(visitor);
      const first = own.shift();
      if (own.length > 0) this.#waiting.set(visitor, own);
      if (!first) continue;
      this.#count--;
      first(true);
      return true;
    }
    return false;
  }

  #longest(): Waiting[] {
    let longest: Waiting[] = [];
    for (const own of this.#waiting.values()) if (own.length > longest.length) longest = own;
    return longest;
  }
}
