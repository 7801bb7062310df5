/**
 * The operator's key: whether a guess is it, and that wrong ones are said, to whoever reads the log. How often somebody
 * may guess is the budget's. Invariant: neither length nor content of the key shows in the time that a guess takes, and
 * however many guesses there are, there is one line about them in so long.
 */

import type { OperatorKey } from "../session/socket.ts";
import type { Tell } from "../telling/events.ts";
import type { Loop } from "./loop.ts";
import { Secret } from "./secret.ts";

const SAID_EVERY_MS = 60_000;

export class SecretOperatorKey implements OperatorKey {
  readonly #key: Secret;
  readonly #loop: Pick<Loop, "monotonic">;
  readonly #report: Tell;
  #wrong = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(key: string, loop: Pick<Loop, "monotonic">, report: Tell) {
    this.#key = new Secret(key);
    this.#loop = loop;
    this.#report = report;
  }

  isRight(key: Uint8Array): boolean {
    if (this.#key.is(key)) return true;
    this.#wrong++;
    const now = this.#loop.monotonic();
    if (now - this.#saidAt < SAID_EVERY_MS) return false;
    this.#saidAt = now;
    this.#report(
      "operator_key_wrong",
      `Wrong operator's keys that were shown since the start: ${this.#wrong}.`,
      {
        count: this.#wrong,
      },
    );
    return false;
  }
}
