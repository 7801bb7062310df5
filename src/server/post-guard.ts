/**
 * Who may post over HTTP: whoever sends the operator's token. Guesses are slowed by visitor. Invariant: a visitor who
 * guessed too often learns nothing from a further try, right or wrong, and what is remembered of guesses has a bound.
 */
import { type Answer, problem, tooMany } from "./respond.ts";
import { Secret } from "./secret.ts";

/** Wrong tokens of one visitor at once, and how long it takes until one of them is forgotten. */
const MAX_GUESSES = 10;
const FORGET_MS = 60_000;
/** Visitors whose guesses are remembered. More of them push the oldest out. */
const MAX_VISITORS = 10_000;

interface Guesses {
  count: number;
  /** Of the last one, or of the last that was forgotten. */
  at: number;
}

export class PostGuard {
  #header: Secret;
  #guesses = new Map<string, Guesses>();
  #now: () => number;

  /** `now`: milliseconds that only rise. */
  constructor(token: string, now: () => number) {
    this.#header = new Secret(`Bearer ${token}`);
    this.#now = now;
  }

  /**
   * Why a request with this Authorization header may not post; null when it may. Whom it comes from costs a question to
   * the system, so it is asked only while somebody has guessed.
   */
  judge(authorization: string, whom: () => string): Answer | null {
    const waitMs = this.#guesses.size === 0 ? 0 : this.#waitMs(whom());
    if (waitMs > 0) return tooMany("Too many wrong tokens came from your address.", waitMs);
    if (this.#header.is(authorization)) return null;
    this.#note(whom());
    return problem(401, "bad_token", "Send the header Authorization: Bearer with the server's token.", [
      ["WWW-Authenticate", "Bearer"],
    ]);
  }

  #waitMs(visitor: string): number {
    const guesses = this.#guesses.get(visitor);
    if (!guesses) return 0;
    const forgotten = Math.floor((this.#now() - guesses.at) / FORGET_MS);
    if (forgotten > 0) {
      guesses.count -= forgotten;
      guesses.at += forgotten * FORGET_MS;
    }
    if (guesses.count <= 0) this.#guesses.delete(visitor);
    return guesses.count < MAX_GUESSES ? 0 : guesses.at + FORGET_MS - this.#now();
  }

  #note(visitor: string): void {
    const guesses = this.#guesses.get(visitor) ?? { count: 0, at: this.#now() };
    guesses.count++;
    this.#guesses.delete(visitor);
    this.#guesses.set(visitor, guesses);
    if (this.#guesses.size <= MAX_VISITORS) return;
    const [oldest] = this.#guesses.keys();
    this.#guesses.delete(oldest!);
  }
}
