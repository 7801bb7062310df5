/**
 * What every engine asks of a block: that it continues its room when it comes in, that it is whole and in its
 * place when it goes out, and how old it is. It knows no storage.
 * Invariant: a block that fails a check is never handed on.
 */
import { type BlockHeader, BlockReader, readBlockHeader, verifyBlock } from "../wire/block.ts";
import { encodeText, WireError } from "../wire/bytes.ts";
import { crc32 } from "../wire/checksum.ts";
import { type AppendBlock, type Batch, LogError, LogErrorCode } from "./log.ts";
import { checkState } from "./states.ts";

/** Most blocks that one call of `trim` removes. */
export const REMOVED_AT_ONCE = 256;
/** The newest changes that are kept. */
export const KEPT_CHANGES = 65_536;
/** In so many parts are names divided: of each the highest number of a dropped room is kept. */
const NAME_PARTS = 4_096;
/** 2^48 - 1: rooms and numbers take 48 bits in keys. */
const MAX_ROOM = 0xffffffffffff;
const MAX_SEQ = 0xffffffffffff;

export function outOfOrder(message: string): LogError {
  return new LogError(LogErrorCode.outOfOrder, message);
}

export function damaged(room: number, seq: number, what: string, cause?: unknown): LogError {
  const message = `The log is damaged in room ${room} at number ${seq}: ${what}.`;
  return new LogError(LogErrorCode.damaged, message, { at: { room, seq }, cause });
}

/**
 * Checks all of a batch that does not depend on what is stored. A block's own header must say what its key will
 * say, or every later read would call it damaged. @throws LogError `outOfOrder`
 */
export function checkBatch({ blocks, rooms, snapshots, states = [] }: Batch): void {
  for (const { room, seq, count, bytes } of blocks) {
    checkRoomNumber(room);
    if (seq + count - 1 > MAX_SEQ) throw outOfOrder(`number ${seq} in room ${room} is too large`);
    const header = headerOf(bytes);
    if (header?.room !== room || header.seq !== seq || header.count !== count)
      throw outOfOrder(`the header of block ${seq} in room ${room} says otherwise than its caller`);
  }
  const named = new Set<number>();
  for (const { room } of rooms) {
    checkRoomNumber(room);
    if (named.has(room)) throw outOfOrder(`room ${room} is named twice in one batch`);
    named.add(room);
  }
  for (const { room } of snapshots) checkRoomNumber(room);
  for (const { name, bytes } of states) checkState(name, bytes);
}

/** The part of all names that this one belongs to. */
export const namePart = (name: string): number => crc32(encodeText(name)) % NAME_PARTS;

/**
 * What a block for the place of another says of itself. @throws LogError `outOfOrder` when it is not whole or elsewhere
 */
export function checkReplacement(room: number, seq: number, bytes: Uint8Array): BlockHeader {
  checkRoomNumber(room);
  const header = headerOf(bytes);
  if (!header || !isStored(room, seq, header.count, bytes))
    throw outOfOrder(`what should replace block ${seq} in room ${room} is no whole block of that place`);
  // Whatever reads it later would stumble over a record that is none.
  youngestTime(room, seq, bytes);
  return header;
}

/**
 * Checks that every block continues its room, and returns the heads as they will be.
 * @throws LogError `outOfOrder`
 */
export function headsAfter(
  blocks: readonly AppendBlock[],
  headOf: (room: number) => number,
): Map<number, number> {
  const heads = new Map<number, number>();
  for (const { room, seq, count } of blocks) {
    const head = heads.get(room) ?? headOf(room);
    if (seq !== head + 1) throw outOfOrder(`room ${room} is at ${head}, a block that begins at ${seq} came`);
    heads.set(room, seq + count - 1);
  }
  return heads;
}

/** Whether the bytes are the block of that place, unchanged. */
export function isStored(room: number, seq: number, count: number, bytes: Uint8Array): boolean {
  if (!verifyBlock(bytes)) return false;
  const header = headerOf(bytes);
  return header?.room === room && header.seq === seq && header.count === count;
}

/** Milliseconds since 1970 of the youngest record in a block. */
export function youngestTime(room: number, seq: number, bytes: Uint8Array): number {
  return attempt(room, seq, () => {
    const reader = new BlockReader(bytes);
    let youngest = reader.baseTime;
    while (reader.next()) youngest = Math.max(youngest, reader.time);
    return youngest;
  });
}

function checkRoomNumber(room: number): void {
  if (Number.isInteger(room) && room >= 1 && room <= MAX_ROOM) return;
  throw outOfOrder(`${room} is no room number`);
}

function headerOf(bytes: Uint8Array): BlockHeader | null {
  try {
    return readBlockHeader(bytes);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

function attempt<T>(room: number, seq: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) throw damaged(room, seq, error.message, error);
    throw error;
  }
}
