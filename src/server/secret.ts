/**
 * A secret that others may guess at. Invariant: neither its length nor its content shows in the time that a guess
 * takes.
 */
import { createHash, timingSafeEqual } from "node:crypto";

export class Secret {
  readonly #digest: Buffer;

  constructor(secret: string) {
    this.#digest = digestOf(secret);
  }

  is(guess: string | Uint8Array): boolean {
    // Digests are equally long.
    return timingSafeEqual(digestOf(guess), this.#digest);
  }
}

const digestOf = (text: string | Uint8Array): Buffer => createHash("sha256").update(text).digest();
