/**
 * The bytes of a backup, on their way out of a server and in a file. It knows no files, no sockets and no rooms.
 * Invariant: a reader hands on a record only when its checksum fits, and comes to its end only behind the end mark. Each
 * checksum goes on from the one before it, so that records that are left out, doubled or exchanged are noticed as well.
 *
 *   backup   "madang backup 1\n", then records: a head, entries, an end; nothing behind the end
 *   record   u8 kind, u32 length, u32 CRC-32 of both, `length` bytes, u32 CRC-32 of these; big-endian
 *   head     JSON: {"format": of the data folder, "program", "time"}
 *   entries  again and again varint length, key, varint length, value, as src/log/level/keys.ts and entries.ts describe;
 *            keys rise over the whole backup
 *   end      JSON: {"entries"}: how many there were
 *   refused  a sentence; a server says it in place of all that was still to come
 */

import type { Entry } from "../log/level/moment.ts";
import { decodeText, encodeText, Reader, WireError, Writer } from "../wire/bytes.ts";
import { crc32 } from "../wire/checksum.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";

const VERSION = 1;
const MAGIC = encodeText(`madang backup ${VERSION}\n`);
const HEAD_BYTES = 9;
const CHECKSUM_BYTES = 4;
/** More than any value takes, and less than a buffer may have. */
const MAX_RECORD_BYTES = 0x7fffffff;

export const RecordKind = { head: 1, entries: 2, end: 3, refused: 4 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

export interface Head {
  /** Of the data folder. */
  format: number;
  /** The version of the program that made it. */
  program: string;
  /** ISO 8601, when it was begun. */
  time: string;
}

export interface BackupRecord {
  kind: RecordKind;
  /** Where its body begins in the backup. */
  at: number;
  body: Uint8Array;
}

/** A backup as bytes, in pieces, from entries in the order of their keys. */
export async function* writeBackup(head: Head, pieces: AsyncIterable<Entry[]>): AsyncGenerator<Uint8Array> {
  const sealer = new Sealer();
  yield MAGIC;
  yield sealer.seal(RecordKind.head, encodeText(JSON.stringify(head)));
  let entries = 0;
  try {
    for await (const some of pieces) {
      if (some.length === 0) continue;
      entries += some.length;
      yield sealer.seal(RecordKind.entries, encodeEntries(some));
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    yield sealer.seal(RecordKind.refused, encodeText(reason));
    return;
  }
  yield sealer.seal(RecordKind.end, encodeText(JSON.stringify({ entries })));
}

/** What a server answers when it makes none. */
export function writeRefusal(sentence: string): Uint8Array {
  return Buffer.concat([MAGIC, new Sealer().seal(RecordKind.refused, encodeText(sentence))]);
}

class Sealer {
  #crc = crc32(MAGIC);

  seal(kind: RecordKind, body: Uint8Array): Uint8Array {
    const w = new Writer(HEAD_BYTES + body.length + CHECKSUM_BYTES).u8(kind).u32(body.length);
    const ofHead = crc32(w.view(), 0, w.length, this.#crc);
    this.#crc = crc32(body, 0, body.length, ofHead);
    return w.u32(ofHead).bytes(body).u32(this.#crc).take();
  }
}

function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const w = new Writer(64 * 1024);
  for (const [key, value] of entries) w.varint(key.length).bytes(key).varint(value.length).bytes(value);
  return w.view();
}

/** The entries of a record, as views on it. */
export function decodeEntries(body: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  const r = new Reader(body);
  while (r.left > 0) entries.push([r.bytes(r.varint()), r.bytes(r.varint())]);
  return entries;
}

/** Turns a stream of pieces of any size into one of exactly those that are asked for. */
class Pieces {
  #from: AsyncIterator<Uint8Array>;
  #have: Uint8Array = new Uint8Array(0);
  at = 0;

  constructor(from: AsyncIterable<Uint8Array>) {
    this.#from = from[Symbol.asyncIterator]();
  }

  /** Fewer only at the end. */
  async take(length: number): Promise<Uint8Array> {
    const parts = [this.#have];
    let bytes = this.#have.length;
    while (bytes < length) {
      const { value, done } = await this.#from.next();
      if (done) break;
      parts.push(value);
      bytes += value.length;
    }
    const all = parts.length === 1 ? this.#have : Buffer.concat(parts);
    this.#have = all.subarray(length);
    const taken = all.subarray(0, length);
    this.at += taken.length;
    return taken;
  }
}

/** The records of a backup, the end among them. `name`: for the sentences of errors. @throws KeepError */
export async function* readBackup(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<BackupRecord> {
  const pieces = new Pieces(bytes);
  const magic = await pieces.take(MAGIC.length);
  checkMagic(name, magic);
  let crc = crc32(MAGIC);
  let entries = 0;
  for (let isFirst = true; ; isFirst = false) {
    const headAt = pieces.at;
    const damaged = (what: string) =>
      new KeepError(KeepErrorCode.damaged, `The backup ${name} is damaged at byte ${headAt}: ${what}.`);
    const head = await pieces.take(HEAD_BYTES);
    if (head.length < HEAD_BYTES) throw torn(name);
    const r = new Reader(head);
    const [kind, length, ofHead] = [r.u8(), r.u32(), r.u32()];
    if (ofHead !== crc32(head, 0, HEAD_BYTES - CHECKSUM_BYTES, crc)) throw damaged("a checksum does not fit");
    if (length > MAX_RECORD_BYTES) throw damaged("a record is too long");
    const at = pieces.at;
    const body = await pieces.take(length);
    const checksum = await pieces.take(CHECKSUM_BYTES);
    if (checksum.length < CHECKSUM_BYTES) throw torn(name);
    crc = crc32(body, 0, body.length, ofHead);
    if (new Reader(checksum).u32() !== crc) throw damaged("a checksum does not fit");
    if (kind === RecordKind.refused) throw new KeepError(KeepErrorCode.refused, decodeText(body));
    if (isFirst !== (kind === RecordKind.head)) throw damaged("its records are out of order");
    try {
      if (kind === RecordKind.entries) entries += decodeEntries(body).length;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw damaged("its entries cannot be read");
    }
    if (kind === RecordKind.end) {
      if (readJson<{ entries: number }>(body).entries !== entries) throw damaged("entries are missing");
      if ((await pieces.take(1)).length > 0) throw damaged("something stands behind its end");
    }
    // A kind of a later version that says nothing which has to be understood.
    const known = kind as RecordKind;
    yield { kind: known, at, body };
    if (kind === RecordKind.end) return;
  }
}

/** Whether a file that begins so is a backup, of whatever version. */
export const looksLikeBackup = (bytes: Uint8Array): boolean => /^madang backup \d/.test(latin(bytes));

export const readHead = (body: Uint8Array): Head => readJson<Head>(body);

function checkMagic(name: string, magic: Uint8Array): void {
  if (Buffer.compare(magic, MAGIC) === 0) return;
  const isNewer = Number(/^madang backup (\d+)/.exec(latin(magic))?.[1]) > VERSION;
  if (isNewer)
    throw new KeepError(
      KeepErrorCode.newerVersion,
      `The backup ${name} was made by a newer version of this program.`,
    );
  if (magic.length < MAGIC.length && latin(MAGIC).startsWith(latin(magic))) throw torn(name);
  throw new KeepError(KeepErrorCode.notBackup, `${name} is no backup.`);
}

const torn = (name: string): KeepError =>
  new KeepError(KeepErrorCode.torn, `The backup ${name} is torn: it ends before its end mark.`);

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function readJson<T>(body: Uint8Array): T {
  return JSON.parse(decodeText(body)) as T;
}
