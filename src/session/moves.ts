/**
 * Identities that are about to move: who said MOVE_OUT, with what baggage, and the phrase that says so elsewhere. Kept
 * in memory only, for some minutes: a phrase is gone with the process. It ends no token; that is done by the one who
 * shows the new one. Invariants: a phrase gives its token to one attempt; and there is one phrase of an author at most.
 */
import type { Loop } from "../room/loop.ts";
import type { MoveWords } from "../wire/moving.ts";
import { isSame } from "./is-same.ts";
import type { Identities, Phrases } from "./socket.ts";

export const PHRASE_MS = 600_000;
/** Of all together; each holds its baggage, so this is some 20 MB. */
export const MAX_MOVES = 3_000;

export interface Move {
  author: number;
  name: string;
  baggage: Uint8Array;
  phrase: string;
  /** By the wall clock, and by the one that is never set. */
  expiresAt: number;
  ends: number;
  /** Who said the phrase, and what they were given. */
  taken: { attempt: Uint8Array; token: Promise<Uint8Array> } | null;
}

export class Moves {
  readonly #loop: Loop;
  readonly #phrases: Phrases;
  readonly #identities: Pick<Identities, "give" | "withdraw">;
  /** The oldest first. */
  readonly #byAuthor = new Map<number, Move>();
  readonly #byKey = new Map<string, Move>();

  constructor(loop: Loop, phrases: Phrases, identities: Pick<Identities, "give" | "withdraw">) {
    this.#loop = loop;
    this.#phrases = phrases;
    this.#identities = identities;
  }

  get count(): number {
    return this.#byAuthor.size;
  }

  /** A phrase, in place of one that the author had before; or milliseconds after which there is a place for one. */
  begin(author: number, name: string, baggage: Uint8Array, words: MoveWords): Move | number {
    this.giveUp(author);
    const now = this.#loop.monotonic();
    for (const move of this.#byAuthor.values()) {
      if (move.ends > now && this.#byAuthor.size < MAX_MOVES) break;
      if (move.ends > now) return Math.ceil(move.ends - now);
      this.#remove(move);
    }
    let phrase: string;
    do phrase = this.#phrases.make(words);
    while (this.#byKey.has(this.#phrases.keyOf(phrase)));
    const expiresAt = this.#loop.now() + PHRASE_MS;
    const ends = now + PHRASE_MS;
    const move: Move = { author, name, baggage: baggage.slice(), phrase, expiresAt, ends, taken: null };
    this.#byAuthor.set(author, move);
    this.#byKey.set(this.#phrases.keyOf(phrase), move);
    return move;
  }

  /**
   * What a phrase stands for, with a token of its author that holds once it is shown: to whoever says it first, and to
   * the same attempt again. Null: there is no such phrase.
   */
  take(phrase: string, attempt: Uint8Array): (Move & { token: Promise<Uint8Array> }) | null {
    const move = this.#byKey.get(this.#phrases.keyOf(phrase));
    if (!move) return null;
    if (move.ends <= this.#loop.monotonic()) {
      this.#remove(move);
      return null;
    }
    move.taken ??= { attempt: attempt.slice(), token: this.#identities.give(move.author) };
    const { attempt: first, token } = move.taken;
    return isSame(attempt, first) ? { ...move, token } : null;
  }

  /** There is no phrase of this author any more, and what one gave is not to hold if it was not shown yet. */
  giveUp(author: number): void {
    const move = this.#byAuthor.get(author);
    if (!move) return;
    this.#remove(move);
    if (move.taken) this.#identities.withdraw(author);
  }

  /** As `giveUp`, but what was given holds by now. */
  forget(author: number): void {
    const move = this.#byAuthor.get(author);
    if (move) this.#remove(move);
  }

  #remove(move: Move): void {
    this.#byAuthor.delete(move.author);
    this.#byKey.delete(this.#phrases.keyOf(move.phrase));
  }
}
