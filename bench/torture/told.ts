/**
 * What a room's listener is told in two calls, messages and then the acts that came with them, as one row. Invariant:
 * whatever was told is passed on before anything that is told later.
 */
import { type Taken, taken } from "./journal.ts";
import type { ToldRecord } from "./tokens.ts";

export class Told {
  #take: (records: Taken[]) => void;
  #messages: readonly ToldRecord[] = [];

  constructor(take: (records: Taken[]) => void) {
    this.#take = take;
  }

  readonly appended = (messages: readonly ToldRecord[]): void => {
    this.flush();
    this.#messages = messages;
    // Acts that came with them are told in the same turn, or there are none.
    queueMicrotask(() => this.flush());
  };

  readonly acted = (acts: readonly ToldRecord[]): void => {
    const messages = this.#messages;
    this.#messages = [];
    this.#take(taken(messages, acts));
  };

  flush(): void {
    if (this.#messages.length > 0) this.acted([]);
  }
}
