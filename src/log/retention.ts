/**
 * Finds what retention removes from a room next: whole blocks from its oldest on, a bounded number at a time.
 * Removing them is the log's business. Invariant: a block of which one record must stay is not named.
 */
import type { BlockRange } from "./block-range.ts";
import { REMOVED_AT_ONCE, youngestTime } from "./blocks.ts";
import type { Engine } from "./engine.ts";
import { blockKey, blocksBetween, readBlockKey } from "./keys.ts";
import type { Bounds } from "./log.ts";

/** Bytes of blocks looked into at a time: one block to see whether anything is old, then a page. */
const LOOK_BYTES = [1, 1 << 20];

export interface OldBlocks {
  keys: Uint8Array[];
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
  const old: OldBlocks = { keys: [], first: bounds.first, more: true };
  const add = (seq: number, count: number): void => {
    old.keys.push(blockKey(room, seq, count));
    old.first = seq + count;
  };
  // By count, the keys say enough: a damaged block cannot stand in the way.
  const all = blocksBetween(room, bounds.first, head + 1);
  for (const key of await db.keys({ ...all, limit: REMOVED_AT_ONCE + 1 }).all()) {
    const { seq, count } = readBlockKey(key);
    if (seq + count - 1 > head || head - (seq + count - 1) <= keepRecords) break;
    if (old.keys.length === REMOVED_AT_ONCE) return old;
    add(seq, count);
  }
  for (const maxBytes of LOOK_BYTES) {
    const rest = { first: old.first, head };
    const page = await range.up(room, old.first, rest, { maxBytes, maxRecords: Number.MAX_SAFE_INTEGER });
    for (const { seq, count, bytes } of page) {
      if (seq + count - 1 > head) return { ...old, more: false };
      if (youngestTime(room, seq, bytes) >= olderThan) return { ...old, more: false };
      if (old.keys.length === REMOVED_AT_ONCE) return old;
      add(seq, count);
    }
  }
  return { ...old, more: old.first <= head };
}
