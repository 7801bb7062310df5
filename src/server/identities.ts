/**
 * Identities without a table of them: a token is an author number and an HMAC-SHA-256 (RFC 2104) under the log's
 * secret, cut to 128 bits. What is signed names the generation too, the epoch in which the number was given: a copy of
 * the log that goes on elsewhere under the same secret makes other tokens. Numbers are reserved in the log by the
 * thousand before any is given out, so that none is given twice whatever crashes.
 *
 *   token   u8 version = 2, varint author, 16 bytes of HMAC(secret, 8 bytes epoch, then everything before)
 *   before  u8 version = 1, varint author, 16 bytes of HMAC(secret, everything before): for old numbers only
 *
 * Invariant: a number belongs to one generation, the one that begins nearest below it.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Identities } from "../session/socket.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";

const VERSION = 2;
const OLD_VERSION = 1;
const MAC_BYTES = 16;
const RESERVE = 4096;

/** What they need of the log. */
export interface IdentityLog {
  readonly epoch: string;
  readonly secret: Uint8Array;
  readonly generations: readonly { epoch: string; firstAuthor: number }[];
  /** Below it lie the numbers of version 1. */
  readonly oldAuthors: number;
  reserveAuthors(count: number): Promise<number>;
}

export class SignedIdentities implements Identities {
  #log: IdentityLog;
  #onFatal: (error: unknown) => void;
  #next = 0;
  /** One more than the last number that may be given. */
  #end = 0;
  #spare: { next: number; end: number } | null = null;
  #reserving: Promise<void> | null = null;

  constructor(log: IdentityLog, onFatal: (error: unknown) => void) {
    this.#log = log;
    this.#onFatal = onFatal;
  }

  issue(): { author: number; token: Uint8Array } | null {
    if (this.#next === this.#end && this.#spare) {
      this.#next = this.#spare.next;
      this.#end = this.#spare.end;
      this.#spare = null;
    }
    if (this.#next === this.#end) return null;
    if (this.#end - this.#next < RESERVE / 2 && !this.#spare) this.#reserve();
    const author = this.#next++;
    return { author, token: this.#sign(author) };
  }

  async ready(): Promise<void> {
    this.#reserve();
    await this.#reserving;
  }

  verify(token: Uint8Array): number | null {
    try {
      const r = new Reader(token);
      const version = r.u8();
      const author = r.varint();
      const mac = r.bytes(MAC_BYTES);
      r.end();
      const epoch = version === VERSION ? this.#generationOf(author) : null;
      const mayBe = epoch !== null || (version === OLD_VERSION && author < this.#log.oldAuthors);
      if (!mayBe) return null;
      const signed = token.subarray(0, token.length - MAC_BYTES);
      return timingSafeEqual(mac, this.#mac(signed, epoch)) ? author : null;
    } catch (error) {
      if (error instanceof WireError) return null;
      throw error;
    }
  }

  #reserve(): void {
    this.#reserving ??= this.#log
      .reserveAuthors(RESERVE)
      .then((next) => {
        this.#spare = { next, end: next + RESERVE };
      }, this.#onFatal)
      .finally(() => {
        this.#reserving = null;
      });
  }

  #sign(author: number): Uint8Array {
    const w = new Writer(32).u8(VERSION).varint(author);
    return w.bytes(this.#mac(w.view(), this.#log.epoch)).take();
  }

  /** The epoch in which a number was given. Null: none that is remembered. */
  #generationOf(author: number): string | null {
    let nearest: { epoch: string; firstAuthor: number } | null = null;
    for (const each of this.#log.generations)
      if (each.firstAuthor <= author && each.firstAuthor >= (nearest?.firstAuthor ?? 0)) nearest = each;
    return nearest?.epoch ?? null;
  }

  #mac(bytes: Uint8Array, epoch: string | null): Uint8Array {
    const hmac = createHmac("sha256", this.#log.secret);
    if (epoch !== null) hmac.update(Buffer.from(epoch, "hex"));
    return hmac.update(bytes).digest().subarray(0, MAC_BYTES);
  }
}
