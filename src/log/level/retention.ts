/**
 * Finds what retention removes from a room next: whole blocks from its oldest on, a bounded number at a time.
 * Removing them is the log's business. Invariant: a block of which one record must stay is not named. What is lost on
 * disk has an age all the same, that of the blocks beside it, and so never stands in the way.
 */

import { REMOVED_AT_ONCE, youngestTime } from "../blocks.ts";
import type { Bounds } from "../log.ts";
import type { BlockRange } from "./block-range.ts";
import { type Engine, readableKeys } from "./engine.ts";
import { blocksBetween, readBlockKey } from "./keys.ts";

/** Bytes of blocks looked into at a time: one block to see whether anything is old, then a page. */
const LOOK_BYTES = [1, 1 << 20];

export interface OldBlocks {
  /** First number of the room once they are gone. */
  first: number;
  /** Whether there may be more to remove. */
  more: boolean;
}

/** `bounds` may end within a block, which then stays; `keepRecords` counts from its head and may be negative. */
export async function findOld(
  db: Engine,
  range: BlockRange,
  room: number,
  bounds: Readonly<Bounds>,
  olderThan: number,
  keepRecords: number,
): Promise<OldBlocks> {
  const head = bounds.head;
  let first = bounds.first;
  let found = 0;
  const isFarBelow = (seq: number, count: number) => head - (seq + count - 1) > keepRecords;
  // By count, the keys say enough for nearly all.
  const keys = await firstKeys(db, room, bounds);
  for (const { seq, count } of keys) {
    if (seq + count - 1 > head || !isFarBelow(seq, count)) break;
    if (found === REMOVED_AT_ONCE) return { first, more: true };
    found++;
    first = Math.max(first, seq + count);
  }
  for (const maxBytes of LOOK_BYTES) {
    const options = { maxBytes, maxRecords: Number.MAX_SAFE_INTEGER };
    for (const { seq, count, bytes } of await range.up(room, first, { first, head }, options)) {
      const isOld = isFarBelow(seq, count) || youngestTime(room, seq, bytes) < olderThan;
      if (seq + count - 1 > head || !isOld) return { first, more: false };
      if (found === REMOVED_AT_ONCE) return { first, more: true };
      found++;
      first = seq + count;
    }
  }
  return { first, more: first <= head };
}

async function firstKeys(db: Engine, room: number, { first, head }: Readonly<Bounds>) {
  for await (const keys of readableKeys(db, blocksBetween(room, first, head + 1), REMOVED_AT_ONCE + 1))
    return keys.map(readBlockKey);
  return [];
}
