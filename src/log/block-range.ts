/**
 * Blocks from the engine: pages forward and backward, every block checked on its way out. It keeps a cursor for each
 * direction and no blocks. Invariant: what it returns continues without a gap, and a gap in what it reads is damage.
 */
import { checkStored, damaged } from "./blocks.ts";
import { Cursor, type Entries } from "./cursor.ts";
import { type Engine, firstKey } from "./engine.ts";
import { blockKey, blocksUpTo, endOfBlocksAt, readBlockKey } from "./keys.ts";
import type { Bounds, ReadOptions, StoredBlock } from "./log.ts";

/** Entries fetched in one go: few at first, because the room may end soon. */
const FIRST_ENTRIES = 64;
const MORE_ENTRIES = 512;

export class BlockRange {
  #db: Engine;
  #upward: Cursor;
  #downward: Cursor;

  constructor(db: Engine) {
    this.#db = db;
    this.#upward = new Cursor(db, false);
    this.#downward = new Cursor(db, true);
  }

  /**
   * Reads whole blocks from the one that holds `from`. `bounds` is looked at again after each wait: what retention
   * removes meanwhile is no gap. Numbers above the head at the start are not looked at: not everyone knows them yet.
   */
  async up(room: number, from: number, bounds: Bounds, options: ReadOptions): Promise<StoredBlock[]> {
    const head = bounds.head;
    const start = Math.max(from, bounds.first);
    if (start > head) return [];
    return this.#upward.use(async (entries) => {
      const page = await pageUp(entries, room, start, head, bounds, options);
      if (page.length > 0 || bounds.first > start) return page;
      // No block begins there: it is in the middle of one.
      const holder = await firstKey(this.#db, blocksUpTo(room, bounds.first, start), true);
      const block = holder && readBlockKey(holder);
      const found = block && block.seq + block.count > start;
      const held = found ? await pageUp(entries, room, block.seq, head, bounds, options) : [];
      if (held.length === 0 && bounds.first <= start) throw missing(room, start);
      return held;
    });
  }

  /** Reads whole blocks, the last of them the one that holds `before - 1`, in ascending order. */
  async down(room: number, before: number, bounds: Bounds, options: ReadOptions): Promise<StoredBlock[]> {
    const end = Math.min(before, bounds.head + 1);
    if (end <= bounds.first) return [];
    return this.#downward.use(async (entries) => {
      const page: StoredBlock[] = [];
      let below = end;
      entries.seek(endOfBlocksAt(room, end - 1));
      const ended = await walk(entries, room, end - bounds.first, options, (block) => {
        if (block.seq < bounds.first) return false;
        const after = block.seq + block.count;
        if (page.length ? after !== below : after < below) throw missing(room, below - 1);
        below = block.seq;
        page.push(block);
        return true;
      });
      if (ended && below > bounds.first) throw missing(room, below - 1);
      return page.reverse();
    });
  }

  async close(): Promise<void> {
    await this.#upward.close();
    await this.#downward.close();
  }
}

const missing = (room: number, seq: number) => damaged(room, seq, "the block is missing");

/** A page that begins with the block `start`; empty when there is none of that number. */
async function pageUp(
  entries: Entries,
  room: number,
  start: number,
  head: number,
  bounds: Readonly<Bounds>,
  options: ReadOptions,
): Promise<StoredBlock[]> {
  const page: StoredBlock[] = [];
  let next = start;
  entries.seek(blockKey(room, start, 0));
  const ended = await walk(entries, room, head - start + 1, options, (block) => {
    if (block.seq > head || (page.length === 0 && block.seq !== start)) return false;
    if (block.seq !== next) throw missing(room, next);
    next = block.seq + block.count;
    page.push(block);
    return true;
  });
  if (ended && page.length > 0 && next <= head && next >= bounds.first) throw missing(room, next);
  return page;
}

/**
 * Walks the blocks of a room until the limits are reached or `take` does not want the next one.
 * @returns whether the walk ended before the limits were reached.
 */
async function walk(
  entries: Entries,
  room: number,
  most: number,
  { maxBytes, maxRecords }: ReadOptions,
  take: (block: StoredBlock) => boolean,
): Promise<boolean> {
  let bytes = 0;
  let records = 0;
  let atOnce = FIRST_ENTRIES;
  for (;;) {
    const wanted = Math.max(1, Math.min(maxRecords - records, most - records, atOnce));
    atOnce = MORE_ENTRIES;
    const some = await entries.nextv(wanted);
    if (some.length === 0) return true;
    for (const [key, value] of some) {
      const { room: of, seq, count } = readBlockKey(key);
      // The engine's values are Buffers, whose `slice` does not copy as that of a Uint8Array does.
      const block = { seq, count, bytes: new Uint8Array(value.buffer, value.byteOffset, value.length) };
      if (of !== room || !take(block)) return true;
      checkStored(room, seq, count, block.bytes);
      bytes += value.length;
      records += count;
      if (bytes >= maxBytes || records >= maxRecords) return false;
    }
  }
}
