/** Makes blocks and batches for the tests of the log. Every text says its own place, so that a reader can check it. */
import { randomBytes } from "node:crypto";
import type { AppendBlock, Batch, Log } from "../src/log/log.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";

/** Time of number 1 in every room; each number is a second later. */
export const START = 1_700_000_000_000;
export const EVERYTHING = { maxBytes: Number.MAX_SAFE_INTEGER, maxRecords: Number.MAX_SAFE_INTEGER };

export function timeOf(seq: number): number {
  return START + seq * 1000;
}

export function textOf(room: number, seq: number): string {
  return `room ${room} number ${seq}`;
}

export function makeBlock(room: number, seq: number, count = 1): AppendBlock {
  const writer = new BlockWriter();
  for (let i = seq; i < seq + count; i++)
    writer.text(1, i, timeOf(i), encodeText("Ada"), encodeText(textOf(room, i)));
  return { room, seq, count, time: timeOf(seq), bytes: writer.seal(room, seq) };
}

/** A block of long texts that an engine can hardly pack. */
export function makeNoise(room: number, seq: number, count: number): AppendBlock {
  const writer = new BlockWriter();
  for (let i = seq; i < seq + count; i++) {
    const text = randomBytes(3_000).toString("base64");
    writer.text(1, i, timeOf(i), encodeText("Ada"), encodeText(text));
  }
  return { room, seq, count, time: timeOf(seq), bytes: writer.seal(room, seq) };
}

/** A block as a disk may hand it back: what its records say is not what was written. */
export function makeDamaged(room: number, seq: number, count = 1): AppendBlock {
  const block = makeBlock(room, seq, count);
  block.bytes[block.bytes.length - 2]! ^= 0x40;
  return block;
}

export function makeBatch(...blocks: AppendBlock[]): Batch {
  return { blocks, rooms: [], snapshots: [] };
}

/** Appends blocks of these sizes to a room, one batch each, and names the room with the first. */
export async function fill(log: Log, room: number, ...sizes: number[]): Promise<void> {
  let { head } = await log.bounds(room);
  const named = (await log.rooms()).some((meta) => meta.room === room);
  const rooms = named ? [] : [{ room, name: `room-${room}`, createdAt: START, flags: 0 }];
  for (const [i, size] of sizes.entries()) {
    const blocks = [makeBlock(room, head + 1, size)];
    await log.append({ blocks, rooms: i === 0 ? rooms : [], snapshots: [] });
    head += size;
  }
}
