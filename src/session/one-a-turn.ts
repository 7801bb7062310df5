/**
 * Work that holds up the loop for some milliseconds: where several are at it, each gets a turn of the loop for itself, so
 * that whoever does something else is heard in between. It bounds nothing: who asks for how much is for the budget.
 */
import type { Loop } from "../room/loop.ts";

export class OneATurn {
  readonly #loop: Pick<Loop, "soon">;
  #atWork = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(loop: Pick<Loop, "soon">) {
    this.#loop = loop;
  }

  /** `turn` is to be awaited before each piece of work that takes long. */
  async run<T>(work: (turn: () => Promise<void>) => Promise<T>): Promise<T> {
    this.#atWork++;
    try {
      return await work(() => this.#turn());
    } finally {
      this.#atWork--;
    }
  }

  async #turn(): Promise<void> {
    if (this.#atWork === 1) return;
    this.#last = this.#last.then(() => new Promise((next) => this.#loop.soon(next)));
    await this.#last;
  }
}
