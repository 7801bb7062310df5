/**
 * How a room that belongs to somebody is used: the newest word on each setting counts. Of those whom its slow mode holds
 * it is known when they wrote last, also when that is still on its way to the log. Records are trusted: they were judged
 * before they were stored. (What a flooded room does by itself is slow-mode.ts.)
 * Invariant: who stands among those who wrote may have to wait; who does not stand there has not.
 *
 *   snapshot   u8 version, 1; varint length, bytes of a settings record; varint n, n times: varint author, varint time
 */
import type { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { MESSAGES } from "../wire/records/registry.ts";
import { changedBy, DEFAULT_SETTINGS, type Settings, settings } from "../wire/records/settings.ts";
import type { Projection } from "./projection.ts";

const VERSION = 1;
/** Of a pair in a map. */
const ENTRY_BYTES = 50;
/** Of more people than these those who wrote first may write again at once. */
export const MAX_SLOWED = 10_000;

const isMessage = (number: number): boolean => MESSAGES.some(({ kind }) => kind === number);

export class RoomSettings implements Projection {
  readonly id = 6;
  #now = DEFAULT_SETTINGS;
  /** When they wrote last, those first who wrote first: milliseconds since 1970. */
  readonly #wrote = new Map<number, number>();

  get now(): Settings {
    return this.#now;
  }

  get size(): number {
    return this.#wrote.size;
  }

  get bytes(): number {
    return this.#now.title.length * 2 + this.#wrote.size * ENTRY_BYTES;
  }

  /** How long slow mode holds this person's next record of a kind: 0, or milliseconds. */
  waitOf(author: number, kind: number, now: number): number {
    const wroteAt = this.#wrote.get(author);
    if (wroteAt === undefined || !isMessage(kind)) return 0;
    const slowMs = this.#now.slowSeconds * 1_000;
    // The clock may have been set back since.
    return Math.max(0, slowMs - Math.max(0, now - wroteAt));
  }

  /** A record was given a number, and goes to the log. */
  give(kind: number, author: number, time: number): void {
    const { slowSeconds } = this.#now;
    if (slowSeconds === 0 || !isMessage(kind)) return;
    this.#wrote.delete(author);
    this.#wrote.set(author, time);
    for (const [other, wroteAt] of this.#wrote) {
      if (wroteAt > time - slowSeconds * 1_000 && this.#wrote.size <= MAX_SLOWED) break;
      this.#wrote.delete(other);
    }
  }

  apply(record: BlockReader): void {
    const { kind, author, time } = record;
    if (kind !== settings.kind) {
      this.give(kind, author, time);
      return;
    }
    this.#now = changedBy(this.#now, settings.read(record.body));
    if (this.#now.slowSeconds === 0) this.#wrote.clear();
  }

  lose(): void {
    // Whatever was set in what is lost, what holds is that of before.
  }

  encode(): Uint8Array {
    const set = settings.write(this.#now);
    const w = new Writer(32).u8(VERSION).varint(set.length).bytes(set).varint(this.#wrote.size);
    for (const [author, time] of this.#wrote) w.varint(author).varint(time);
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) throw new WireError("settings of another version");
    this.#now = changedBy(DEFAULT_SETTINGS, settings.read(r.bytes(r.varint())));
    for (let n = r.varint(); n > 0; n--) this.#wrote.set(r.varint(), r.varint());
    r.end();
  }
}
