/**
 * How much is answered at once in one turn of the loop. The transport reads half a megabyte of a connection and hands
 * over every request in it before anybody else is heard. What is over the bound is answered in the next turn: nobody
 * notices but a connection that has sent more requests behind that one, which the transport ends.
 */

/** More than connections usually ask in one turn, and a few milliseconds of work at most. */
const MOST_AT_ONCE = 64;

export class Turn {
  #taken = 0;

  /** Whether one more may be answered in this turn. */
  take(): boolean {
    if (this.#taken++ === 0) {
      setImmediate(() => {
        this.#taken = 0;
      });
    }
    return this.#taken <= MOST_AT_ONCE;
  }

  next(): Promise<void> {
    return new Promise((begin) => setImmediate(begin));
  }
}
