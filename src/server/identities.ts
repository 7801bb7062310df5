/**
 * Identities without a table of them: a token is an author number and its HMAC-SHA-256 (RFC 2104) under the log's
 * secret, cut to 128 bits. Numbers are reserved in the log by the thousand before any is given out, so that none is
 * given twice whatever crashes.
 *
 *   token   u8 version = 1, varint author, 16 bytes of HMAC(secret, everything before)
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { House } from "../session/session.ts";
import type { Identities } from "../session/socket.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";

const VERSION = 1;
const MAC_BYTES = 16;
const RESERVE = 4096;

export class SignedIdentities implements Identities {
  #log: House["rooms"]["log"];
  #onFatal: (error: unknown) => void;
  #next = 0;
  /** One more than the last number that may be given. */
  #end = 0;
  #spare: { next: number; end: number } | null = null;
  #reserving: Promise<void> | null = null;

  constructor(log: House["rooms"]["log"], onFatal: (error: unknown) => void) {
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
      if (r.u8() !== VERSION) return null;
      const author = r.varint();
      const mac = r.bytes(MAC_BYTES);
      r.end();
      return timingSafeEqual(mac, this.#mac(token.subarray(0, token.length - MAC_BYTES))) ? author : null;
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
    return w.bytes(this.#mac(w.view())).take();
  }

  #mac(bytes: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#log.secret).update(bytes).digest().subarray(0, MAC_BYTES);
  }
}
