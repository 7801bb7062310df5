/**
 * Identities without a table of them: a token is an author number and an HMAC-SHA-256 (RFC 2104) under the log's
 * secret, cut to 128 bits. What is signed names the generation too, the epoch in which the number was given: a copy of
 * the log that goes on elsewhere under the same secret makes other tokens. Numbers are reserved in the log by the
 * thousand before any is given out, so that none is given twice whatever crashes.
 *
 *   token   u8 version = 2, varint author, 16 bytes of HMAC(secret, 8 bytes epoch, then everything before)
 *   later   u8 version = 3, varint author, varint serial, 16 bytes as for version 2: an author's second and further ones
 *   before  u8 version = 1, varint author, 16 bytes of HMAC(secret, everything before): for old numbers only
 *
 * The first token of an author has the serial 0. Which serial holds is known to serials.ts; old numbers, which have no
 * epoch, have eight zero bytes in its place in their later tokens.
 * Invariant: a number belongs to one generation, the one that begins nearest below it.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Identities, TokenWorth } from "../session/socket.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { type SerialLog, Serials } from "./serials.ts";

const VERSION = 2;
const OLD_VERSION = 1;
const LATER_VERSION = 3;
const NO_EPOCH = "0".repeat(16);
const MAC_BYTES = 16;
const RESERVE = 4096;

/** What they need of the log. */
export interface IdentityLog extends SerialLog {
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
  #serials: Serials;

  /** `now`: milliseconds since 1970. */
  constructor(log: IdentityLog, now: () => number, onFatal: (error: unknown) => void) {
    this.#log = log;
    this.#onFatal = onFatal;
    this.#serials = new Serials(log, now, onFatal);
  }

  /** Reads of whom a token was ended. To be awaited first. */
  load(): Promise<void> {
    return this.#serials.load();
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
      const { version, author, mac } = parse(token);
      const isOld = author < this.#log.oldAuthors;
      const generation = this.#generationOf(author);
      const epoch = version === OLD_VERSION ? null : (generation ?? (isOld ? NO_EPOCH : null));
      const mayBe = version === OLD_VERSION ? isOld : version === VERSION ? generation : epoch;
      if (!mayBe) return null;
      const signed = token.subarray(0, token.length - MAC_BYTES);
      return timingSafeEqual(mac, this.#mac(signed, epoch)) ? author : null;
    } catch (error) {
      if (error instanceof WireError) return null;
      throw error;
    }
  }

  show(token: Uint8Array, then: (worth: TokenWorth) => void): void {
    const { author, serial } = parse(token);
    this.#serials.show(author, serial, then);
  }

  async give(author: number): Promise<Uint8Array> {
    const serial = await this.#serials.give(author);
    const w = new Writer(48).u8(LATER_VERSION).varint(author).varint(serial);
    return w.bytes(this.#mac(w.view(), this.#generationOf(author) ?? NO_EPOCH)).take();
  }

  withdraw(author: number): void {
    this.#serials.withdraw(author);
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

/** @throws WireError */
function parse(token: Uint8Array): { version: number; author: number; serial: number; mac: Uint8Array } {
  const r = new Reader(token);
  const version = r.u8();
  if (version < OLD_VERSION || version > LATER_VERSION) throw new WireError("a token of another version");
  const author = r.varint();
  const serial = version === LATER_VERSION ? r.varint() : 0;
  const mac = r.bytes(MAC_BYTES);
  r.end();
  return { version, author, serial, mac };
}
