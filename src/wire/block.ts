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
 *            kinds below 0x80 are what somebody says or does: str8 name, then the body that records/ describes, but
 *            lost (kind 2), which has neither name nor body, and author and nonce 0; kinds from 0x80 on are other things.
 *
 * v, f: version in the high four bits, flags in the low four; a reader refuses another version and flag 0x8, and
 * ignores the other flags. crc: CRC-32 of every other byte of the block. seq: number of the first record, the
 * others follow without a gap. time: milliseconds since 1970 of the first record; delta: milliseconds after that,
 * and the sum fits 48 bits too.
 * length: bytes of the record after the length itself. An empty name means: the name of this author's text record
 * (kind 1) before it in this block; only those give names to others, since every reader knows them. A kind a reader
 * does not know is stepped over by its length and has its number all the same.
 */

import { BLOCK } from "./block-room.ts";
import { decodeText, putU32, Reader, varintBytes, WireError, Writer } from "./bytes.ts";
import { crc32 } from "./checksum.ts";
import { WIRE } from "./limits.ts";
import type { RecordKind } from "./records/kind.ts";
import { LOST } from "./records/lost.ts";
import { KINDS } from "./records/registry.ts";
import type { Speakers } from "./records/settings.ts";
import { text as textKind } from "./records/text.ts";

const CHECKSUM_AT = 2;
const MUST_UNDERSTAND = 0x8;
/** Kind, length, author, nonce and delta: what a record of any kind has, at one byte each. */
const LEAST_RECORD_BYTES = 5;
const MAX_TIME = 2 ** 48 - 1;

/** Kinds from here on have no name of an author. */
const FIRST_NAMELESS = 0x80;

export interface BlockHeader {
  room: number;
  /** Number of the first record. */
  seq: number;
  /** Milliseconds since 1970 of the first record. */
  time: number;
  count: number;
}

/** What a record of somebody has, of whatever kind. */
export interface RecordHead {
  seq: number;
  author: number;
  nonce: number;
  time: number;
  name: string;
}

/** A message as strings, for those who show it. */
export interface TextRecord extends RecordHead {
  /** Absent: a plain text. */
  kind?: number;
  /** Of a kind that refers to a message. */
  to?: number;
  text: string;
}

/** What somebody did to a message, or in the room; with what its kind's body has. */
export interface ActRecord extends RecordHead {
  kind: number;
  to?: number;
  text?: string;
  on?: boolean;
  /** Number of the identity that it is about. */
  who?: number;
  role?: number;
  /** What is done to that identity, and until when. */
  what?: number;
  until?: number;
  /** Of a ban: with the address. */
  address?: boolean;
  since?: number;
  unlisted?: boolean;
  /** As in `Settings`. */
  slowSeconds?: number;
  speakers?: Speakers;
  locked?: boolean;
  keepHours?: number;
  title?: string;
  /** Of a back room: what its records say of the room that it belongs to. */
  front?: number;
  act?: number;
  by?: number;
  at?: number;
  person?: number;
  personName?: string;
  said?: Uint8Array;
  excerpt?: string;
}

export interface Block extends BlockHeader {
  /** The messages; records of kinds that are not known are left out but counted in `count`. */
  records: TextRecord[];
  /** The other records of known kinds. */
  acts: ActRecord[];
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
   * Appends what somebody said or did; copies `name` and `body`. A clock may be set back while a block is open, and a
   * record cannot be older than its block: an earlier `time` is raised to that of the first record. A null or empty
   * `name` refers to the author's text record before it in this block, and there must be one.
   * @throws RangeError when the name is longer than readers accept: the caller's mistake; nothing was appended.
   */
  record(
    kind: number,
    author: number,
    nonce: number,
    time: number,
    name: Uint8Array | null,
    body: Uint8Array,
  ): void {
    const label = name ?? EMPTY;
    if (label.length > WIRE.maxNameBytes) throw new RangeError("a name in a block is too long");
    if (this.#count === 0) this.#time = time;
    const delta = Math.max(0, time - this.#time);
    const length =
      varintBytes(author) + varintBytes(nonce) + varintBytes(delta) + 1 + label.length + body.length;
    this.#body.u8(kind).varint(length).varint(author).varint(nonce).varint(delta).bytes8(label).bytes(body);
    this.#count++;
  }

  /** Appends a plain text, as `record` does. */
  text(author: number, nonce: number, time: number, name: Uint8Array | null, text: Uint8Array): void {
    this.record(textKind.kind, author, nonce, time, name, text);
  }

  /** Appends a record that stands for one that is lost, as of `time`. */
  lost(time: number): void {
    if (this.#count === 0) this.#time = time;
    const delta = Math.max(0, time - this.#time);
    this.#body
      .u8(LOST)
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
    sealChecksum(block);
    // A room that goes quiet gives its large buffer back; a busy one keeps it instead of growing it each time.
    const tooLarge = body.capacity > LEAST_CAPACITY && body.capacity > written.length * 4;
    this.#body = tooLarge ? new Writer(0) : body.clear();
    this.#count = 0;
    return block;
  }
}

const LEAST_CAPACITY = 256;
const allocateBytes = (length: number) => new Uint8Array(length);

/** Most bytes that a header and the fixed parts of one record can take. */
export const MAX_RECORD_OVERHEAD = 36 + 1 + 3 + 8 + 8 + 8 + 1;

function checksumOf(block: Uint8Array): number {
  return crc32(block, CHECKSUM_AT + 4, block.length, crc32(block, 0, CHECKSUM_AT));
}

/** Writes the checksum of a block into it, once all else is there. */
export function sealChecksum(block: Uint8Array): Uint8Array {
  putU32(block, CHECKSUM_AT, checksumOf(block));
  return block;
}

/** Whether the checksum of a block fits its bytes. False, too, for bytes too short to have one. */
export function verifyBlock(block: Uint8Array): boolean {
  return block.length > CHECKSUM_AT + 4 && new Reader(block, CHECKSUM_AT).u32() === checksumOf(block);
}

/**
 * Walks a block without making strings. After `next()` said true the fields describe one record; `name` and
 * `body` are views on the block. Reusable by `reset`. @throws WireError on bytes that are no block.
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
  /** What it reads. */
  block: Uint8Array = EMPTY;
  #reader = new Reader(EMPTY);
  #left = 0;
  #nameFrom = 0;
  #nameTo = 0;
  #bodyTo = 0;

  constructor(block?: Uint8Array) {
    if (block) this.reset(block);
  }

  reset(block: Uint8Array): this {
    this.block = block;
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
    this.#nameFrom = this.#nameTo = this.#bodyTo = 0;
    return this;
  }

  /** Where the current record ends, or the header before the first one. */
  get offset(): number {
    return this.#reader.offset;
  }

  /** Number of the last record. */
  get lastSeq(): number {
    return this.firstSeq + this.count - 1;
  }

  // Most readers want neither of most records, and a view takes longer to make than all else takes to read.

  /** Of the current record, as a view; empty where it has none. */
  get name(): Uint8Array {
    return this.block.subarray(this.#nameFrom, this.#nameTo);
  }

  /** What stands behind the name, or behind the time of a record without one, as a view. */
  get body(): Uint8Array {
    return this.block.subarray(this.#nameTo, this.#bodyTo);
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
    const nameBytes = this.kind < FIRST_NAMELESS && this.kind !== LOST ? r.u8() : 0;
    if (nameBytes > WIRE.maxNameBytes) throw new WireError("string is longer than allowed");
    this.#nameFrom = r.offset;
    this.#nameTo = r.offset + nameBytes;
    this.#bodyTo = end;
    if (this.#nameTo > end) throw new WireError("record is longer than it says");
    r.skip(end - r.offset);
    return true;
  }
}

/** The name of the record at which a reader stands, from the text record before it where it has none of its own. */
export function fullNameOf({ block, seq, author, name }: BlockReader): Uint8Array {
  if (name.length > 0) return name;
  const r = new BlockReader(block);
  let found = name;
  while (r.next() && r.seq < seq)
    if (r.author === author && r.kind === textKind.kind && r.name.length > 0) found = r.name;
  return found;
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
  return decodeKinds(block, KINDS);
}

/** As `decodeBlock`, for a reader that knows only these kinds. @throws WireError */
export function decodeKinds(block: Uint8Array, kinds: readonly RecordKind[]): Block {
  const r = new BlockReader(block);
  const records: TextRecord[] = [];
  const acts: ActRecord[] = [];
  const lost: Block["lost"] = [];
  const names = new Map<number, string>();
  while (r.next()) {
    const { seq, author, nonce, time, kind: number } = r;
    if (number === LOST) noteLost(lost, seq);
    const kind = kinds.find((known) => known.kind === number);
    if (!kind) continue;
    const own = r.name;
    const name = own.length ? decodeText(own) : names.get(author);
    if (name === undefined) throw new WireError("record has no name");
    const record = { seq, author, nonce, time, name, ...kind.read(r.body) };
    if (kind === textKind) {
      names.set(author, name);
      records.push(record as TextRecord);
    } else (kind.isMessage ? records : acts).push({ ...record, kind: number } as TextRecord & ActRecord);
  }
  return { room: r.room, seq: r.firstSeq, time: r.baseTime, count: r.count, records, acts, lost };
}

function noteLost(lost: Block["lost"], seq: number): void {
  const last = lost.at(-1);
  if (last && last.to === seq - 1) last.to = seq;
  else lost.push({ from: seq, to: seq });
}
