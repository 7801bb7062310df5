/**
 * The keys of the log in LevelDB: one letter, then big-endian numbers, so that byte order is the order of rooms and
 * numbers and a range is one iterator. It knows no values. Invariant: a key's length is fixed by its letter and the
 * form of its room, so each writer below is made for exactly that many bytes and its view is the key.
 *
 *   l                                    life: epoch, secret and generations
 *   c  u48 write                         commit record; exactly one exists, each write removes the one before it
 *   m  room                              room meta
 *   s  room                              newest snapshot
 *   h  room                              bounds: first number and head; written with every block
 *   b  room  u48 seq  u32 count          block; its count stands here so that its end is known without its value
 *   e                                    the change up to which the old bytes are gone from the files (erasure.ts)
 *   f  u32 part of the names             floor: no number of a dropped room whose name is of that part is higher
 *   g  u48 change                        change: a block replaced, a room dropped
 *   v  the name in UTF-8                 state: a small named value
 *
 *   room   u32 below 0xffffffff; from there on 0xffffffff, then u48. Format 1 knew the u32 alone (take-over.ts).
 */
import { Reader, Writer } from "../../wire/bytes.ts";

const code = (letter: string): number => letter.charCodeAt(0);
const LIFE = code("l");
const COMMIT = code("c");
const META = code("m");
const SNAPSHOT = code("s");
const BOUNDS = code("h");
const BLOCK = code("b");
const ERASED = code("e");
const FLOOR = code("f");
const CHANGE = code("g");
const STATE = code("v");
/** What a room's long form begins with, and the first number that has one. */
const LONG = 0xffffffff;
const MAX_SEQ = 0xffffffffffff;
/** Above every count. */
const MAX_COUNT = 0xffffffff;

/** A half-open range of keys, in the words of the engine's iterators. */
export interface KeyRange {
  gte: Uint8Array;
  lt: Uint8Array;
}

export interface BlockKey {
  room: number;
  seq: number;
  count: number;
}

export const lifeKey = (): Uint8Array => new Writer(1).u8(LIFE).view();
export const commitKey = (write: number): Uint8Array => new Writer(7).u8(COMMIT).u48(write).view();
export const erasedKey = (): Uint8Array => new Writer(1).u8(ERASED).view();
export const floorKey = (part: number): Uint8Array => new Writer(5).u8(FLOOR).u32(part).view();
export const changeKey = (change: number): Uint8Array => new Writer(7).u8(CHANGE).u48(change).view();
export const metaKey = (room: number): Uint8Array => roomKey(META, room);
export const snapshotKey = (room: number): Uint8Array => roomKey(SNAPSHOT, room);
export const boundsKey = (room: number): Uint8Array => roomKey(BOUNDS, room);

export function blockKey(room: number, seq: number, count: number): Uint8Array {
  return writeBlockKey(new Writer(roomBytes(room) + 11), room, seq, count).view();
}

export const writeBlockKey = (w: Writer, room: number, seq: number, count: number): Writer =>
  writeRoom(w.u8(BLOCK), room).u48(seq).u32(count);

export const writeBoundsKey = (w: Writer, room: number): Writer => writeRoom(w.u8(BOUNDS), room);

/** `name`: in UTF-8. */
export function stateKey(name: Uint8Array): Uint8Array {
  return new Writer(1 + name.length).u8(STATE).bytes(name).take();
}

export const allFloors = (): KeyRange => whole(FLOOR);
export const allChanges = (): KeyRange => whole(CHANGE);
export const allStates = (): KeyRange => whole(STATE);
export const allCommits = (): KeyRange => whole(COMMIT);
export const allMetas = (): KeyRange => whole(META);
export const allSnapshots = (): KeyRange => whole(SNAPSHOT);
export const allBounds = (): KeyRange => whole(BOUNDS);
export const allBlocks = (): KeyRange => whole(BLOCK);

/** Every block of a room. */
export const blocksOf = (room: number): KeyRange => ({
  gte: blockKey(room, 0, 0),
  lt: blockKey(room, MAX_SEQ, MAX_COUNT),
});

/** Blocks of a room that begin at `from` or later and before `before`. */
export function blocksBetween(room: number, from: number, before: number): KeyRange {
  return { gte: blockKey(room, from, 0), lt: blockKey(room, before, 0) };
}

/** Where to look, backwards, for the block that holds `seq`. */
export function blocksUpTo(room: number, from: number, seq: number): KeyRange {
  return { gte: blockKey(room, from, 0), lt: endOfBlocksAt(room, seq) };
}

/** Where to look, backwards, for the newest block that begins at `seq` or before. */
export const endOfBlocksAt = (room: number, seq: number): Uint8Array => blockKey(room, seq, MAX_COUNT);

export function readBlockKey(key: Uint8Array): BlockKey {
  const r = new Reader(key, 1);
  const read = { room: readRoom(r), seq: r.u48(), count: r.u32() };
  r.end();
  return read;
}

export function readFloorKey(key: Uint8Array): number {
  const r = new Reader(key, 1);
  const part = r.u32();
  r.end();
  return part;
}

export const readChangeKey = (key: Uint8Array): number => readCommitKey(key);

/** The name, in UTF-8. */
export const readStateKey = (key: Uint8Array): Uint8Array => key.subarray(1);

/** The room of a meta, snapshot or bounds key. */
export function readRoomKey(key: Uint8Array): number {
  const r = new Reader(key, 1);
  const room = readRoom(r);
  r.end();
  return room;
}

export function readCommitKey(key: Uint8Array): number {
  const r = new Reader(key, 1);
  const write = r.u48();
  r.end();
  return write;
}

function roomKey(letter: number, room: number): Uint8Array {
  return writeRoom(new Writer(1 + roomBytes(room)).u8(letter), room).view();
}

/** Whether a room's number has the long form in keys. */
export const isLong = (room: number): boolean => room >= LONG;

const roomBytes = (room: number): number => (isLong(room) ? 10 : 4);

const writeRoom = (w: Writer, room: number): Writer => (isLong(room) ? w.u32(LONG).u48(room) : w.u32(room));

function readRoom(r: Reader): number {
  const room = r.u32();
  return room === LONG ? r.u48() : room;
}

function whole(letter: number): KeyRange {
  return { gte: new Writer(1).u8(letter).take(), lt: new Writer(1).u8(letter + 1).take() };
}
