/**
 * Blocks from the engine: pages forward and backward, every block checked on its way out. It keeps nothing.
 * Invariant: what it returns continues without a gap, and a gap in what it reads is damage.
 */
import { checkStored, damaged } from "./blocks.ts";
import { type Engine, firstKey } from "./engine.ts";
import { blocksBetween, blocksUpTo, type KeyRange, readBlockKey } from "./keys.ts";
import type { Bounds, ReadOptions, StoredBlock } from "./log.ts";

/** Entries fetched in one go at most; the engine hands over that many without another turn of the loop. */
const ENTRIES_AT_ONCE = 512;
/** The engine's own default, and the least that is worth a call. */
const LEAST_BYTES_AT_ONCE = 16 * 1024;

/**
 * Reads whole blocks from the one that holds `from`. `bounds` is looked at again after each wait: what retention
 * removes meanwhile is no gap. Numbers above the head at the start are not looked at: not everyone knows them yet.
 */
export async function readUp(
  db: Engine,
  room: number,
  from: number,
  bounds: Readonly<Bounds>,
  options: ReadOptions,
): Promise<StoredBlock[]> {
  const head = bounds.head;
  from = Math.max(from, bounds.first);
  if (from > head) return [];
  const holder = await firstKey(db, blocksUpTo(room, bounds.first, from), true);
  const begin = holder ? readBlockKey(holder).seq : from;
  const page: StoredBlock[] = [];
  const ended = await collect(db, room, blocksBetween(room, begin, head + 1), false, options, (block) => {
    const last = page.at(-1);
    const expected = last ? last.seq + last.count : Math.max(from, bounds.first);
    if (last ? block.seq !== expected : block.seq > expected || block.seq + block.count <= from)
      throw damaged(room, expected, "the block is missing");
    page.push(block);
  });
  const last = page.at(-1);
  const next = last ? last.seq + last.count : from;
  if (ended && next <= head && next >= bounds.first) throw damaged(room, next, "the block is missing");
  return page;
}

/** Reads whole blocks, the last of them the one that holds `before - 1`, in ascending order. */
export async function readDown(
  db: Engine,
  room: number,
  before: number,
  bounds: Readonly<Bounds>,
  options: ReadOptions,
): Promise<StoredBlock[]> {
  before = Math.min(before, bounds.head + 1);
  if (before <= bounds.first) return [];
  const page: StoredBlock[] = [];
  let below = before;
  const ended = await collect(db, room, blocksBetween(room, bounds.first, before), true, options, (block) => {
    const after = block.seq + block.count;
    if (page.length ? after !== below : after < below) throw damaged(room, below - 1, "the block is missing");
    page.push(block);
    below = block.seq;
  });
  if (ended && below > bounds.first) throw damaged(room, below - 1, "the block is missing");
  return page.reverse();
}

/** Walks a range until the limits are reached. @returns whether the range ended before they were. */
async function collect(
  db: Engine,
  room: number,
  range: KeyRange,
  reverse: boolean,
  { maxBytes, maxRecords }: ReadOptions,
  take: (block: StoredBlock) => void,
): Promise<boolean> {
  const highWaterMarkBytes = Math.max(LEAST_BYTES_AT_ONCE, Math.min(maxBytes, 1 << 20));
  const entries = db.iterator({ ...range, reverse, highWaterMarkBytes });
  try {
    let bytes = 0;
    let records = 0;
    for (;;) {
      const wanted = Math.max(1, Math.min(maxRecords - records, ENTRIES_AT_ONCE));
      const some = await entries.nextv(wanted);
      if (some.length === 0) return true;
      for (const [key, value] of some) {
        const { seq, count } = readBlockKey(key);
        checkStored(room, seq, count, value);
        // The engine's values are Buffers, whose `slice` does not copy as that of a Uint8Array does.
        take({ seq, count, bytes: new Uint8Array(value.buffer, value.byteOffset, value.length) });
        bytes += value.length;
        records += count;
        if (bytes >= maxBytes || records >= maxRecords) return false;
      }
    }
  } finally {
    await entries.close();
  }
}
