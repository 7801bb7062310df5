/**
 * Who put which signs on messages, and when: the newest word of a person on a sign counts. Records are trusted: they
 * were judged before they were stored; in old logs a sign may have been put twice, or taken back where it was not.
 * Invariants: a person stands once at a sign of a message, in the order in which they put it; names are known of
 * exactly those who stand somewhere.
 *
 *   snapshot   u8 version, 1; varint n, n times: varint author, str8 name
 *              varint n, n times: varint message, varint m, m times: str8 sign, varint author, varint number
 */
import { type BlockReader, fullNameOf } from "../wire/block.ts";
import { decodeText, encodeText, Reader, WireError, Writer } from "../wire/bytes.ts";
import { reaction } from "../wire/records/reaction.ts";
import { isRemoval, removedBy } from "./amendments.ts";
import type { Projection } from "./projection.ts";

const VERSION = 1;
/** Measured: 107 bytes for each of 300,000 messages with one sign, 58 for each of 300,000 signs on 300 messages. */
const ENTRY_BYTES = 110;
const NAME_BYTES = 120;
/** Signs that are kept once for many messages. */
const MOST_COMMON = 200;

/** A sign that somebody put on a message by the record of that number. */
export interface Put {
  readonly sign: string;
  readonly author: number;
  readonly seq: number;
}

/** A list that takes little, since most have one entry; the newest first. */
interface Link extends Put {
  before: Link | null;
}

/** A sign on a message, with those who put it, in their order. */
export interface SignOn {
  readonly sign: string;
  readonly people: readonly Put[];
}

export class Reactions implements Projection {
  readonly id = 3;
  /** By message. Made with the first sign, as the others: most rooms have none. */
  #puts: Map<number, Link> | null = null;
  #count = 0;
  /** By author: the newest name under which they put a sign, and how many stand here. */
  #names: Map<number, { name: string; puts: number }> | null = null;
  /** Another copy for each of them would take as much as the rest. */
  #common: Map<string, string> | null = null;
  /** Those of messages below this number are forgotten. */
  #first = 1;

  /** Signs of all people on all messages. */
  get size(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#count * ENTRY_BYTES + (this.#names?.size ?? 0) * NAME_BYTES;
  }

  isPut(message: number, sign: string, author: number): boolean {
    for (let put = this.#newestOn(message); put; put = put.before)
      if (put.author === author && put.sign === sign) return true;
    return false;
  }

  /** Different ones. */
  signs(message: number): Set<string> {
    const signs = new Set<string>();
    for (let put = this.#newestOn(message); put; put = put.before) signs.add(put.sign);
    return signs;
  }

  /** In the order in which each was put by the first of those who are still there. */
  signsOn(message: number): SignOn[] {
    if (!this.#puts?.has(message)) return [];
    const signs = new Map<string, Put[]>();
    for (const put of this.#of(message)) {
      const people = signs.get(put.sign);
      if (people) people.push(put);
      else signs.set(put.sign, [put]);
    }
    return [...signs].map(([sign, people]) => ({ sign, people }));
  }

  /** Of somebody who stands here. */
  nameOf(author: number): string {
    return this.#names?.get(author)?.name ?? "";
  }

  apply(record: BlockReader): void {
    if (isRemoval(record.kind)) this.#forget(removedBy(record.body));
    if (record.kind !== reaction.kind) return;
    const { to, on, text: sign } = reaction.read(record.body);
    const { author, seq } = record;
    if (!on) this.#takeBack(to, (put) => put.author === author && put.sign === sign);
    else if (!this.isPut(to, sign, author))
      this.#put(to, { sign, author, seq }, decodeText(fullNameOf(record)));
  }

  lose(): void {
    // A word that is lost is as one that was never said.
  }

  trimmed(first: number): void {
    // All are looked at, so not for every step of retention.
    const messages = this.#puts;
    if (!messages || first - this.#first < messages.size) return;
    this.#first = first;
    for (const message of messages.keys()) if (message < first) this.#forget(message);
  }

  encode(): Uint8Array {
    const names = this.#names ?? [];
    const messages = this.#puts?.keys() ?? [];
    const w = new Writer(64).u8(VERSION).varint(this.#names?.size ?? 0);
    for (const [author, { name }] of names) w.varint(author).str8(name);
    w.varint(this.#puts?.size ?? 0);
    // A million would be made bytes of one by one, and everybody waits.
    const bytesOf = new Map<string, Uint8Array>();
    for (const message of messages) {
      const puts = this.#of(message);
      w.varint(message).varint(puts.length);
      for (const { sign, author, seq } of puts) {
        const bytes = bytesOf.get(sign) ?? encodeText(sign);
        if (bytesOf.size >= MOST_COMMON) bytesOf.clear();
        bytesOf.set(sign, bytes);
        w.bytes8(bytes).varint(author).varint(seq);
      }
    }
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) throw new WireError("reactions of another version");
    const names = new Map<number, string>();
    for (let n = r.varint(); n > 0; n--) names.set(r.varint(), r.str8());
    for (let n = r.varint(); n > 0; n--) {
      const message = r.varint();
      let last = message;
      for (let m = r.varint(); m > 0; m--) {
        const put = { sign: r.str8(), author: r.varint(), seq: r.varint() };
        const name = names.get(put.author);
        if (name === undefined || put.seq <= last)
          throw new WireError("reactions do not rise, or have no name");
        this.#put(message, put, name);
        last = put.seq;
      }
    }
    r.end();
  }

  /** In the order of their numbers. */
  #of(message: number): Put[] {
    const puts: Put[] = [];
    for (let put = this.#newestOn(message); put; put = put.before) puts.push(put);
    return puts.reverse();
  }

  #newestOn(message: number): Link | null {
    return this.#puts?.get(message) ?? null;
  }

  #put(message: number, { sign, author, seq }: Put, name: string): void {
    this.#puts ??= new Map();
    this.#names ??= new Map();
    this.#common ??= new Map();
    if (this.#common.size >= MOST_COMMON) this.#common.clear();
    const common = this.#common.get(sign) ?? sign;
    this.#common.set(common, common);
    this.#puts.set(message, { sign: common, author, seq, before: this.#newestOn(message) });
    this.#count++;
    this.#names.set(author, { name, puts: (this.#names.get(author)?.puts ?? 0) + 1 });
  }

  #takeBack(message: number, isTaken: (put: Put) => boolean): void {
    const [puts, names] = [this.#puts, this.#names];
    if (!puts || !names) return;
    let behind: Link | null = null;
    for (let put = this.#newestOn(message); put; put = put.before) {
      if (!isTaken(put)) {
        behind = put;
        continue;
      }
      if (behind) behind.before = put.before;
      else if (put.before) puts.set(message, put.before);
      else puts.delete(message);
      this.#count--;
      const known = names.get(put.author)!;
      if (--known.puts === 0) names.delete(put.author);
    }
  }

  #forget(message: number): void {
    this.#takeBack(message, () => true);
  }
}
