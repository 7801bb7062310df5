/**
 * The small values of the log, everything that is not a block: how they are written and read. Each begins with a
 * CRC-32 over its key and the rest, because the engine does not check what it reads from its tables.
 * Invariant: an entry whose checksum does not fit its key and bytes is never used.
 *
 *   life      bytes 8 epoch, bytes 32 secret, u8 whole, u64 oldAuthors, u8 n, n times: bytes 8 epoch, u64 firstAuthor
 *   commit    u48 commits, u48 rooms, u48 records, u64 nextAuthor, u64 nextRoom, u48 changes
 *   meta      u48 createdAt, str8 name, u8 version = 1, u32 flags
 *   snapshot  u48 seq, then the bytes
 *   bounds    u48 first, u48 head
 *
 *   change    u8 kind, u48 room; if 1 (replaced): u48 seq, u32 count, u32 CRC-32 of the block as it is now
 *   floor     u48 number
 *   erased    u48 change
 *   state     u48 version, then the bytes
 *
 * In format 1 a life ended after `whole`, and `nextAuthor` was a u48; in 1 and 2 a commit ended after it, and a meta
 * after the name: all of these are still read.
 */
import { Reader, WireError, Writer } from "../../wire/bytes.ts";
import { crc32 } from "../../wire/checksum.ts";
import {
  type Bounds,
  type Change,
  ChangeKind,
  type Generation,
  LogError,
  LogErrorCode,
  type RoomMeta,
  type State,
  type Totals,
} from "../log.ts";
import { readChangeKey, readRoomKey } from "./keys.ts";

export interface Life {
  /** 16 hexadecimal digits. */
  epoch: string;
  secret: Uint8Array;
  /** False while what a loss left behind is still being put in order: found so at a start, it is done again. */
  whole: boolean;
  /** See `Log`. Empty in a life of format 1. */
  generations: readonly Generation[];
  oldAuthors: number;
}

/** Bytes of a commit in format 1. */
const OLD_COMMIT_BYTES = 24;
const META_VERSION = 1;

/** What one synced write leaves behind beside its contents. */
export interface Commit extends Totals {
  /** Number of the write, from 0; it stands in the key. */
  write: number;
  /** The next identity to give out. */
  nextAuthor: number;
  /** Above the number of every room that there ever was; 0 in a commit of before it stood there. */
  nextRoom: number;
  /** See `Log`. */
  changes: number;
}

/** A change as it is kept: of a replaced block with the checksum of what stands there now. */
export type StoredChange = Change & { checksum: number };

export function encodeLife(key: Uint8Array, life: Life): Uint8Array {
  return seal(key, (w) => {
    w.hex64(life.epoch)
      .bytes(life.secret)
      .u8(life.whole ? 1 : 0);
    writeU64(w, life.oldAuthors).u8(life.generations.length);
    for (const { epoch, firstAuthor } of life.generations) writeU64(w.hex64(epoch), firstAuthor);
  });
}

export function decodeLife(key: Uint8Array, value: Uint8Array): Life {
  return unseal(key, value, (r) => {
    const core = { epoch: r.hex64(), secret: r.bytes(32).slice(), whole: r.u8() === 1 };
    if (r.left === 0) return { ...core, generations: [], oldAuthors: 0 };
    const oldAuthors = readU64(r);
    const generations = Array.from({ length: r.u8() }, () => ({
      epoch: r.hex64(),
      firstAuthor: readU64(r),
    }));
    return { ...core, generations, oldAuthors };
  });
}

export function encodeCommit(key: Uint8Array, commit: Commit): Uint8Array {
  return seal(key, (w) => {
    writeU64(w.u48(commit.commits).u48(commit.rooms).u48(commit.records), commit.nextAuthor);
    writeU64(w, commit.nextRoom).u48(commit.changes);
  });
}

export function decodeCommit(key: Uint8Array, value: Uint8Array, write: number): Commit {
  return unseal(key, value, (r) => {
    const isOld = r.left === OLD_COMMIT_BYTES;
    const totals = { write, commits: r.u48(), rooms: r.u48(), records: r.u48() };
    const nextAuthor = isOld ? r.u48() : readU64(r);
    if (r.left === 0) return { ...totals, nextAuthor, nextRoom: 0, changes: 0 };
    return { ...totals, nextAuthor, nextRoom: readU64(r), changes: r.u48() };
  });
}

export function encodeMeta(key: Uint8Array, meta: RoomMeta): Uint8Array {
  return seal(key, (w) => w.u48(meta.createdAt).str8(meta.name).u8(META_VERSION).u32(meta.flags));
}

export function decodeMeta(key: Uint8Array, value: Uint8Array): RoomMeta {
  return unseal(key, value, (r) => {
    const meta = { room: readRoomKey(key), createdAt: r.u48(), name: r.str8() };
    if (r.left === 0) return { ...meta, flags: 0 };
    if (r.u8() !== META_VERSION) throw new WireError("room of another version");
    return { ...meta, flags: r.u32() };
  });
}

export function encodeSnapshot(key: Uint8Array, seq: number, bytes: Uint8Array): Uint8Array {
  return seal(key, (w) => w.u48(seq).bytes(bytes));
}

export function decodeSnapshot(key: Uint8Array, value: Uint8Array): { seq: number; bytes: Uint8Array } {
  return unseal(key, value, (r) => ({ seq: r.u48(), bytes: r.rest().slice() }));
}

export function encodeBounds(key: Uint8Array, bounds: Bounds): Uint8Array {
  return seal(key, (w) => w.u48(bounds.first).u48(bounds.head));
}

export function decodeBounds(key: Uint8Array, value: Uint8Array): Bounds {
  return unseal(key, value, (r) => ({ first: r.u48(), head: r.u48() }));
}

export function encodeChange(key: Uint8Array, change: StoredChange): Uint8Array {
  return seal(key, (w) => {
    w.u8(change.kind).u48(change.room);
    if (change.kind === ChangeKind.replaced) w.u48(change.seq).u32(change.count).u32(change.checksum);
  });
}

export function decodeChange(key: Uint8Array, value: Uint8Array): StoredChange {
  return unseal(key, value, (r) => {
    const kind = r.u8();
    const place = { change: readChangeKey(key), room: r.u48() };
    if (kind === ChangeKind.dropped) return { ...place, kind, checksum: 0 };
    if (kind !== ChangeKind.replaced) throw new WireError("change of another kind");
    return { ...place, kind, seq: r.u48(), count: r.u32(), checksum: r.u32() };
  });
}

/** Of a floor, and of the change up to which bytes are erased. */
export function encodeNumber(key: Uint8Array, number: number): Uint8Array {
  return seal(key, (w) => w.u48(number));
}

export function decodeNumber(key: Uint8Array, value: Uint8Array): number {
  return unseal(key, value, (r) => r.u48());
}

export function encodeState(key: Uint8Array, { version, bytes }: State): Uint8Array {
  return seal(key, (w) => w.u48(version).bytes(bytes));
}

export function decodeState(key: Uint8Array, value: Uint8Array): State {
  return unseal(key, value, (r) => ({ version: r.u48(), bytes: r.rest().slice() }));
}

/** The entry of one key, as it has to be under another. */
export function reseal(from: Uint8Array, value: Uint8Array, to: Uint8Array): Uint8Array {
  const body = unseal(from, value, (r) => r.rest().slice());
  return seal(to, (w) => w.bytes(body));
}

/** Numbers of identities need more than 48 bits; above 2^53 - 1 there are none. */
export function writeU64(w: Writer, value: number): Writer {
  return w.u32(Math.floor(value / 0x100000000)).u32(value % 0x100000000);
}

export function readU64(r: Reader): number {
  return r.u32() * 0x100000000 + r.u32();
}

function seal(key: Uint8Array, write: (writer: Writer) => void): Uint8Array {
  const body = new Writer();
  write(body);
  const checksum = crc32(body.view(), 0, body.length, crc32(key));
  return new Writer(4 + body.length).u32(checksum).bytes(body.view()).take();
}

function unseal<T>(key: Uint8Array, value: Uint8Array, read: (reader: Reader) => T): T {
  try {
    // The engine's values are Buffers, whose `slice` does not copy as that of a Uint8Array does.
    const r = new Reader(new Uint8Array(value.buffer, value.byteOffset, value.length));
    if (r.u32() !== crc32(value, 4, value.length, crc32(key))) throw new WireError("checksum does not fit");
    const entry = read(r);
    r.end();
    return entry;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    const name = Array.from(key, (byte) => byte.toString(16).padStart(2, "0")).join("");
    throw new LogError(LogErrorCode.damaged, `The log is damaged: its entry ${name} cannot be read.`, {
      cause,
    });
  }
}
