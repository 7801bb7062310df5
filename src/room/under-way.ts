/**
 * What a room accepted of acts on messages and its log has not reported yet, so that what comes right behind it is
 * judged by it: of an act that is refused later nothing is left. It is no longer than what a room may have unwritten.
 * Invariant: acts stand here from the moment in which they got a number until the log's tail has reported that.
 */
import { edit } from "../wire/records/edit.ts";
import { type Reaction, reaction } from "../wire/records/reaction.ts";
import { isRemoval, removedBy } from "./amendments.ts";

interface Act extends Reaction {
  seq: number;
  kind: number;
  author: number;
}

export class UnderWay {
  /** By message, in order. */
  readonly #acts = new Map<number, Act[]>();
  /** The messages of all of them, by their own numbers, in order. */
  readonly #messages = new Map<number, number>();

  /** Acts on all messages. */
  get size(): number {
    return this.#messages.size;
  }

  isRemoved(message: number): boolean {
    return this.#of(message).some(({ kind }) => isRemoval(kind));
  }

  editsOf(message: number): number {
    return this.#of(message).filter(({ kind }) => kind === edit.kind).length;
  }

  /** Whether a sign is put by the last word on it; undefined: there is no word. */
  isPut(message: number, sign: string, author: number): boolean | undefined {
    return this.#reactionsTo(message).findLast((one) => one.author === author && one.text === sign)?.on;
  }

  /** Signs that somebody puts on a message. */
  signsPut(message: number): string[] {
    return this.#reactionsTo(message).flatMap(({ on, text }) => (on ? [text] : []));
  }

  /** An act got its number; those of other kinds are passed over. */
  give(kind: number, author: number, seq: number, body: Uint8Array): void {
    const act = { to: 0, on: false, text: "", kind, author, seq };
    if (kind === reaction.kind) Object.assign(act, reaction.read(body));
    else if (kind === edit.kind) act.to = edit.read(body).to;
    else if (isRemoval(kind)) act.to = removedBy(body);
    else return;
    this.#messages.set(seq, act.to);
    const acts = this.#acts.get(act.to);
    if (acts) acts.push(act);
    else this.#acts.set(act.to, [act]);
  }

  /** All up to number `head` is stored. */
  stored(head: number): void {
    for (const [seq, message] of this.#messages) {
      if (seq > head) return;
      this.#messages.delete(seq);
      const acts = this.#of(message);
      acts.shift();
      if (acts.length === 0) this.#acts.delete(message);
    }
  }

  #of(message: number): Act[] {
    return this.#acts.get(message) ?? [];
  }

  #reactionsTo(message: number): Act[] {
    return this.#of(message).filter(({ kind }) => kind === reaction.kind);
  }
}
