/**
 * The block: all messages that reached a room since its last flush. The same bytes are the value in the log, the
 * frame that every subscriber gets, and what a page of history carries. This file knows the bytes and nothing of
 * when a block is made or where it goes. Invariant: a sealed block is never changed.
 *
 *   block    ┌──────┬───────┬─────────┬────────┬───────┬────────┬─────────┬──────────────┐
 *            │ 0x42 │ v │ f │ u32 crc │ varint │ varint│ u48    │ varint  │ count records│
 *            │ kind │ 1 │ 0 │         │ room   │ seq   │ time   │ count   │              │
 *            └──────┴───────┴─────────┴────────┴───────┴────────┴─────────┴──────────────┘
 *   record   ┌──────┬────────┬────────┬────────┬────────┬──────────────────────┐
 *            │ u8   │ varint │ varint │ varint │ varint │ body, by kind        │
 *            │ kind │ length │ author │ nonce  │ delta  │                      │
 *            └──────┴────────┴────────┴────────┴────────┴──────────────────────┘
 *   text (kind 1), its body:  str8 name, then the text to the end of the record.
 *   lost (kind 2), no body, author and nonce 0: what had this number is lost on the server's disk.
 *
 * v, f: version in the high four bits, flags in the low four; a reader refuses another version and flag 0x8, and
 * ignores the other flags. crc: CRC-32 of every other byte of the block. seq: number of the first record, the
 * others follow without a gap. time: milliseconds since 1970 of the first record; delta: milliseconds after that,
 * and the sum fits 48 bits too.
 * length: bytes of the record after the length itself. An empty name means: the name of this author's record
 * before it in this block. An empty text means: the text was removed. A kind a reader does not know is stepped
 * over by its length and has its number all the same.
 */

import { BLOCK } from "./block-room.ts";
import { decodeText, putU32, Reader, varintBytes, WireError, Writer } from "./bytes.ts";
import { crc32 } from "./checksum.ts";
import { WIRE } from "./limits.ts";

const CHECKSUM_AT = 2;
const MUST_UNDERSTAND = 0x8;
/** Kind, length, author, nonce and delta: what a record of any kind has, at one byte each. */
const LEAST_RECORD_BYTES = 5;
const MAX_TIME = 2 ** 48 - 1;

export const RecordKind = { text: 1, lost: 2 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

export interface BlockHeader {
  room: number;
  /** Number of the first record. */
  seq: number;
  /** Milliseconds since 1970 of the first record. */
  time: number;
  count: number;
}

/** A record as strings, for those who show it. */
export interface TextRecord {
  seq: number;
  author: number;
  nonce: number;
  time: number;
  name: string;
  text: string;
}

export interface Block extends BlockHeader {
  /** The text records; records of other kinds are left out but counted in `count`. */
  records: TextRecord[];
  /** Ascending ranges of numbers whose records are lost on the server's disk. */
  lost: { from: number; to: number }[];
}

export { BLOCK };

const EMPTY = new Uint8Array(0);

/** Collects the records of one room until they are sealed. Reusable: after `seal` it is empty again. */
export class BlockWriter {
  /** Without a buffer until the first record: most rooms are quiet. */
  #body = new Writer(0);
  #count = 0;
  #time = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of the records so far. */
  get bytes(): number {
    return this.#body.length;
  }

  /**
   * Appends one text record; copies `name` and `text`. A clock may be set back while a block is open, and a record
   * cannot be older than its block: an earlier `time` is raised to that of the first record. A null or empty `name`
   * refers to the author's record before it in this block, and there must be one.
   * @throws RangeError when the name is longer than readers accept: the caller's mistake; nothing was appended.
   */
  text(author: number, nonce: number, time: number, name: Uint8Array | null, text: Uint8Array): void {
    const label = name ?? EMPTY;
    if (label.length > WIRE.maxNameBytes) throw new RangeError("a name in a block is too long");
    if (this.#count === 0) this.#time = time;
    const delta = Math.max(0, time - this.#time);
    const length =
      varintBytes(author) + varintBytes(nonce) + varintBytes(delta) + 1 + label.length + text.length;
    this.#body
      .u8(RecordKind.text)
      .varint(length)
      .varint(author)
      .varint(nonce)
      .varint(delta)
      .bytes8(label)
      .bytes(text);
    this.#count++;
  }

  /** Appends a record that stands for one that is lost, as of `time`. */
  lost(time: number): void {
    if (this.#count === 0) this.#time = time;
    const delta = Math.max(0, time - this.#time);
    this.#body
      .u8(RecordKind.lost)
      .varint(2 + varintBytes(delta))
      .varint(0)
      .varint(0)
      .varint(delta);
    this.#count++;
  }

  /**
   * The finished block in bytes that `allocate` gave and the caller owns; the writer is empty afterwards.
   * @throws RangeError without records.
   */
  seal(room: number, seq: number, allocate: (length: number) => Uint8Array = allocateBytes): Uint8Array {
    if (this.#count === 0) throw new RangeError("a block has at least one record");
    const body = this.#body;
    const bodyBytes = body.length;
    // The header is known last, so it is written behind the records and changes places with them in the copy.
    body
      .u8(BLOCK)
      .u8(WIRE.version << 4)
      .u32(0)
      .varint(room)
      .varint(seq)
      .u48(this.#time)
      .varint(this.#count);
    const written = body.view();
    const block = allocate(written.length);
    block.set(written.subarray(bodyBytes));
    block.set(written.subarray(0, bodyBytes), written.length - bodyBytes);
    putU32(block, CHECKSUM_AT, checksumOf(block));
    // A room that goes quiet gives its large buffer back; a busy one keeps it instead of growing it each time.
    const tooLarge = body.capacity > LEAST_CAPACITY && body.capacity > written.length * 4;
    this.#body = tooLarge ? new Writer(0) : body.clear();
    this.#count = 0;
    return block;
  }
}

const LEAST_CAPACITY = 256;
const allocateBytes = (length: number) => new Uint8Array(length);

/** Most bytes that a header and the fixed parts of one text record can take. */
export const MAX_RECORD_OVERHEAD = 36 + 1 + 3 + 8 + 8 + 8 + 1;

function checksumOf(block: Uint8Array): number {
  return crc32(block, CHECKSUM_AT + 4, block.length, crc32(block, 0, CHECKSUM_AT));
}

/** Whether the checksum of a block fits its bytes. False, too, for bytes too short to have one. */
export function verifyBlock(block: Uint8Array): boolean {
  return block.length > CHECKSUM_AT + 4 && new Reader(block, CHECKSUM_AT).u32() === checksumOf(block);
}

/**
 * Walks a block without making strings. After `next()` said true the fields describe one record; `name` and
 * `text` are views on the block. Reusable by `reset`. @throws WireError on bytes that are no block.
 */
export class BlockReader {
  room = 0;
  count = 0;
  firstSeq = 0;
  baseTime = 0;
  /** Of the current record. */
  seq = 0;
  kind = 0;
  author = 0;
  nonce = 0;
  time = 0;
  name: Uint8Array = EMPTY;
  text: Uint8Array = EMPTY;
  #reader = new Reader(EMPTY);
  #left = 0;

  constructor(block?: Uint8Array) {
    if (block) this.reset(block);
  }

  reset(block: Uint8Array): this {
    const r = this.#reader.reset(block);
    if (r.u8() !== BLOCK) throw new WireError("not a block");
    const version = r.u8();
    if (version >>> 4 !== WIRE.version) throw new WireError("block of another version");
    if (version & MUST_UNDERSTAND) throw new WireError("block needs a newer reader");
    r.skip(4);
    this.room = r.varint();
    this.firstSeq = r.varint();
    this.baseTime = r.u48();
    this.count = r.varint();
    if (this.room === 0 || this.firstSeq === 0 || this.count === 0) throw new WireError("block has a zero");
    // In this form no sum is made that a number could not hold exactly.
    if (this.count - 1 > WIRE.maxVarint - this.firstSeq) throw new WireError("block number is too large");
    if (this.count * LEAST_RECORD_BYTES > r.left) throw new WireError("count is larger than the block");
    this.seq = this.firstSeq - 1;
    this.#left = this.count;
    return this;
  }

  /** Number of the last record. */
  get lastSeq(): number {
    return this.firstSeq + this.count - 1;
  }

  next(): boolean {
    const r = this.#reader;
    if (this.#left === 0) {
      r.end();
      return false;
    }
    this.#left--;
    this.seq++;
    this.kind = r.u8();
    const length = r.varint();
    if (length > r.left) throw new WireError("record is longer than its block");
    const end = r.offset + length;
    this.author = r.varint();
    this.nonce = r.varint();
    this.time = this.baseTime + r.varint();
    if (this.time > MAX_TIME) throw new WireError("time is too large");
    if (this.kind === RecordKind.text) this.name = r.bytes8(WIRE.maxNameBytes);
    else this.name = EMPTY;
    if (r.offset > end) throw new WireError("record is longer than it says");
    this.text = r.bytes(end - r.offset);
    return true;
  }
}

/** Most records of a block in which every one is lost. */
export const MAX_LOST_RECORDS = 10_000;

/** A block that stands for `count` lost records, at most `MAX_LOST_RECORDS`; the caller owns it. */
export function lostBlock(room: number, seq: number, count: number, time: number): Uint8Array {
  const writer = new BlockWriter();
  for (let n = 0; n < count; n++) writer.lost(time);
  return writer.seal(room, seq);
}

/** The header of a block whose records are not looked at. @throws WireError */
export function readBlockHeader(block: Uint8Array): BlockHeader {
  const r = new BlockReader(block);
  return { room: r.room, seq: r.firstSeq, time: r.baseTime, count: r.count };
}

/** A whole block as strings, every byte checked but the checksum. @throws WireError */
export function decodeBlock(block: Uint8Array): Block {
  const r = new BlockReader(block);
  const records: TextRecord[] = [];
  const lost: Block["lost"] = [];
  const names = new Map<number, string>();
  while (r.next()) {
    if (r.kind === RecordKind.lost) noteLost(lost, r.seq);
    if (r.kind !== RecordKind.text) continue;
    const name = r.name.length ? decodeText(r.name) : names.get(r.author);
    if (name === undefined) throw new WireError("record has no name");
    names.set(r.author, name);
    const { seq, author, nonce, time } = r;
    records.push({ seq, author, nonce, time, name, text: decodeText(r.text) });
  }
  return { room: r.room, seq: r.firstSeq, time: r.baseTime, count: r.count, records, lost };
}

function noteLost(lost: Block["lost"], seq: number): void {
  const last = lost.at(-1);
  if (last && last.to === seq - 1) last.to = seq;
  else lost.push({ from: seq, to: seq });
}
