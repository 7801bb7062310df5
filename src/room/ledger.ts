/**
 * How far a back room is: of a room that belongs to somebody how many acts it was looked after by, and the number of
 * the newest; of its back room how many of them are noted there, and up to which number. What the two differ by is
 * still to be noted. Of a back room also who reported which message, so that nobody does twice, and when the newest
 * reports came. Invariant: it says of the back room what is stored there, whatever was under way when the process
 * ended.
 *
 *   snapshot   u8 version, 2; varint count, varint newest; varint n, n times: varint message, varint who, u48 time,
 *              str8 room, empty but in the server's own back room; version 1 has no rooms
 */
import type { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { LOST_ACTS, noted } from "../wire/records/noted.ts";
import { report } from "../wire/records/report.ts";
import { takedown } from "../wire/records/takedown.ts";
import { isRuling } from "./policy.ts";
import type { Projection } from "./projection.ts";

/** Reports that one room takes in an hour. */
export const MAX_REPORTS_AN_HOUR = 100;
/** The newest ones, of which it is known who reported what. */
export const MAX_REPORTS_KNOWN = 10_000;
const HOUR_MS = 3_600_000;
const VERSION = 2;
/** Without the names of rooms. */
const OLD_VERSION = 1;
/** Of a report in a map, with its key. */
const ENTRY_BYTES = 120;

/** Whether the back room tells of it. What a sweep takes down is told by the sweep. */
export const isNoted = (kind: number, author: number): boolean =>
  isRuling(kind) && !(kind === takedown.kind && author === 0);

/** How many acts a record of that kind says are lost. */
export const lostIn = (said: Uint8Array): number => new Reader(said).varint();

export class Ledger implements Projection {
  readonly id = 8;
  /** Acts. */
  count = 0;
  /** Number of the newest of them in the room that is looked after. */
  newest = 0;
  /** Times of reports, by message, person and room, the oldest first. */
  readonly #reports = new Map<string, number>();

  get size(): number {
    return this.#reports.size;
  }

  get bytes(): number {
    return this.#reports.size * ENTRY_BYTES;
  }

  /** `room`: as a report has it. */
  hasReported(author: number, message: number, room = ""): boolean {
    return this.#reports.has(keyOf(message, author, room));
  }

  /** Until the room takes one more report: 0, or milliseconds. */
  waitForReport(now: number): number {
    const times = [...this.#reports.values()];
    const oldest = times.at(-MAX_REPORTS_AN_HOUR);
    return oldest === undefined ? 0 : Math.max(0, oldest + HOUR_MS - now);
  }

  apply(record: BlockReader): void {
    const { kind, author, seq, time } = record;
    if (kind === noted.kind) {
      const { front, act, said } = noted.read(record.body);
      this.newest = front;
      this.count += act === LOST_ACTS ? lostIn(said) : 1;
    } else if (kind === report.kind) {
      const { front, by, room = "" } = report.read(record.body);
      this.#put(front, by, time, room);
    } else if (isNoted(kind, author)) {
      this.newest = seq;
      this.count++;
    }
  }

  lose(): void {
    // What was noted in what is lost is noted again, unless something newer was.
  }

  encode(): Uint8Array {
    const w = new Writer(16).u8(VERSION).varint(this.count).varint(this.newest).varint(this.#reports.size);
    for (const [key, time] of this.#reports) {
      // What comes third is the room: its name may have spaces of its own.
      const [, message, author, room] = /^(\d+) (\d+) (.*)$/s.exec(key)!;
      w.varint(Number(message)).varint(Number(author)).u48(time).str8(room!);
    }
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    const version = r.u8();
    if (version !== VERSION && version !== OLD_VERSION) throw new WireError("ledger of another version");
    this.count = r.varint();
    this.newest = r.varint();
    for (let n = r.varint(); n > 0; n--) {
      const [message, author, time] = [r.varint(), r.varint(), r.u48()];
      this.#put(message, author, time, version === VERSION ? r.str8() : "");
    }
    r.end();
  }

  #put(message: number, author: number, time: number, room: string): void {
    this.#reports.set(keyOf(message, author, room), time);
    if (this.#reports.size <= MAX_REPORTS_KNOWN) return;
    const [oldest] = this.#reports.keys();
    this.#reports.delete(oldest!);
  }
}

const keyOf = (message: number, author: number, room: string) => `${message} ${author} ${room}`;
