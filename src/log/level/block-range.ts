/**
 * Blocks from the engine: pages forward and backward, every block checked on its way out. It keeps a cursor for each
 * direction and no blocks. Invariant: what it returns continues without a gap. In place of what is missing or damaged
 * within a room's bounds stand blocks of lost records; the bytes on disk stay as they are.
 *
 *   on disk     1-3   4-5   6 (damaged)   (nothing)   9-10
 *   handed out  1-3   4-5   6 lost        7-8 lost    9-10
 */
import { readBlockHeader } from "../../wire/block.ts";
import { isStored } from "../blocks.ts";
import type { Bounds, ReadOptions, StoredBlock } from "../log.ts";
import { Cursor, type Entries } from "./cursor.ts";
import type { Damage } from "./damage.ts";
import { type Engine, firstKey, isCorruption } from "./engine.ts";
import { type BlockKey, blockKey, blocksBetween, blocksUpTo, endOfBlocksAt, readBlockKey } from "./keys.ts";
import { Page } from "./page.ts";

/** Entries fetched in one go: few at first, because the room may end soon. */
const FIRST_ENTRIES = 64;
const MORE_ENTRIES = 512;
/** After so many damaged blocks behind each other a page ends, so that one read is bounded. */
const DAMAGED_AT_ONCE = 1_000;
/** How many blocks around a hole are looked at for a time. */
const NEIGHBOURS = 16;

type Entry = [Uint8Array, Uint8Array];

/** A hole was seen in an iterator that is not new: a block may have been written since it was made. */
class MaybeStale extends Error {}

/** What one read of a page works on. */
interface Reading {
  page: Page;
  entries: Entries;
  /** Whether the iterator was made for this read. */
  isNew: boolean;
  room: number;
  bounds: Readonly<Bounds>;
}

export class BlockRange {
  #db: Engine;
  #damage: Damage;
  #upward: Cursor;
  #downward: Cursor;

  constructor(db: Engine, damage: Damage) {
    this.#db = db;
    this.#damage = damage;
    this.#upward = new Cursor(db, false);
    this.#downward = new Cursor(db, true);
  }

  /**
   * Reads whole blocks from the one that holds `from`. `bounds` is looked at again after each wait: what retention
   * removes meanwhile is no gap. Numbers above the head at the start are not looked at: not everyone knows them yet.
   */
  async up(
    room: number,
    from: number,
    bounds: Readonly<Bounds>,
    options: ReadOptions,
  ): Promise<StoredBlock[]> {
    const head = bounds.head;
    const start = Math.max(from, bounds.first);
    if (start > head) return [];
    const page = await this.#upward.use(async (entries, isNew) => {
      const reading = () => ({ page: new Page(options, true), entries, isNew, room, bounds });
      const straight = await this.#pageUp(reading(), start, head, false);
      if (straight || bounds.first > start) return straight;
      // No block begins there: it is in the middle of one, or of a hole.
      const key = await this.#holder(room, bounds.first, start);
      const holds = key !== null && key.seq + key.count > start;
      return this.#pageUp(reading(), holds ? key.seq : start, head, true);
    });
    return page ? this.#finish(page, room, bounds) : [];
  }

  /** Reads whole blocks, the last of them the one that holds `before - 1`, in ascending order. */
  async down(
    room: number,
    before: number,
    bounds: Readonly<Bounds>,
    options: ReadOptions,
  ): Promise<StoredBlock[]> {
    const end = Math.min(before, bounds.head + 1);
    if (end <= bounds.first) return [];
    const page = await this.#downward.use((entries, isNew) =>
      this.#pageDown({ page: new Page(options, false), entries, isNew, room, bounds }, end),
    );
    return this.#finish(page, room, bounds);
  }

  /** What is read from now on is as it is now. Resolves when the reads that were asked for before are done. */
  async refresh(): Promise<void> {
    await Promise.all([this.#upward.close(), this.#downward.close()]);
  }

  async close(): Promise<void> {
    await this.#upward.close();
    await this.#downward.close();
  }

  /**
   * A page from `start` on. Whether a block or a hole begins there need not be known: unless it `isHeld`, null is
   * returned when no block begins there.
   */
  async #pageUp(reading: Reading, start: number, head: number, isHeld: boolean): Promise<Page | null> {
    const { page, entries, room, bounds } = reading;
    let next = start;
    let cuts: number[] = [];
    let atOnce = FIRST_ENTRIES;
    let last = blockKey(room, start, 0);
    /** Whether the page goes on behind the hole: not when retention removed what was before it meanwhile. */
    const lose = async (before: number): Promise<boolean> => {
      await this.#lose(reading, next, before);
      if (bounds.first > next) return false;
      page.addHole(next, before, cuts);
      return !page.isFull;
    };
    entries.seek(last);
    for (;;) {
      const some = await take(entries, Math.max(1, Math.min(page.place, head - next + 1, atOnce)), last);
      atOnce = MORE_ENTRIES;
      if (bounds.first > next) return page.isEmpty && !isHeld ? null : page;
      for (const [key, value] of some) {
        last = key;
        const { room: of, seq, count } = readBlockKey(key);
        if (!isHeld && (of !== room || seq !== start)) return null;
        isHeld = true;
        if (of !== room || seq > head) {
          if (next <= head) await lose(head + 1);
          return page;
        }
        // Two blocks lie over each other: the one that begins first holds.
        if (seq < next) continue;
        const block = { seq, count, bytes: plain(value) };
        if (!isStored(room, seq, count, block.bytes)) {
          cuts.push(seq, seq + count);
          if (cuts.length < 2 * DAMAGED_AT_ONCE || seq === next) continue;
          await lose(seq);
          return page;
        }
        if (seq > next && !(await lose(seq))) return page;
        cuts = [];
        next = seq + count;
        page.add(block);
        if (page.isFull) return page;
      }
      if (some.length > 0) continue;
      if (!isHeld) return null;
      if (next <= head) await lose(head + 1);
      return page;
    }
  }

  async #pageDown(reading: Reading, end: number): Promise<Page> {
    const { page, entries, room, bounds } = reading;
    let below = end;
    let cuts: number[] = [];
    let atOnce = FIRST_ENTRIES;
    let last = endOfBlocksAt(room, end - 1);
    /** Whether the page goes on below the hole. */
    const lose = async (from: number): Promise<boolean> => {
      await this.#lose(reading, from, below);
      const first = Math.max(from, bounds.first);
      if (first < below) page.addHole(first, below, cuts);
      return first === from && !page.isFull;
    };
    entries.seek(last);
    for (;;) {
      const some = await take(entries, Math.max(1, Math.min(page.place, below - bounds.first, atOnce)), last);
      atOnce = MORE_ENTRIES;
      for (const [key, value] of some) {
        last = key;
        const { room: of, seq, count } = readBlockKey(key);
        if (of !== room || seq < bounds.first) {
          if (below > bounds.first) await lose(bounds.first);
          return page;
        }
        const after = seq + count;
        const block = { seq, count, bytes: plain(value) };
        if (!isStored(room, seq, count, block.bytes)) {
          cuts.push(seq, after);
          if (cuts.length < 2 * DAMAGED_AT_ONCE || seq >= below) continue;
          await lose(seq);
          return page;
        }
        // Only the last block of a page may reach beyond what was asked for.
        if (seq >= below || (after > below && !page.isEmpty)) continue;
        if (after < below && !(await lose(after))) return page;
        cuts = [];
        below = seq;
        page.add(block);
        if (page.isFull) return page;
      }
      if (some.length > 0) continue;
      if (below > bounds.first) await lose(bounds.first);
      return page;
    }
  }

  /** Makes sure that these numbers are lost for good, and notes it. */
  async #lose({ room, bounds, isNew }: Reading, from: number, before: number): Promise<void> {
    const first = Math.max(from, bounds.first);
    if (first >= before || this.#damage.isKnown(room, first, before - 1)) return;
    if (!isNew) throw new MaybeStale();
    // What the engine cannot read it steps over without a word, and tells only at the end of a range why.
    const keys = this.#db.keys(blocksBetween(room, first, before));
    try {
      while ((await keys.nextv(MORE_ENTRIES)).length > 0);
    } catch (error) {
      if (!isCorruption(error)) throw error;
    } finally {
      await keys.close();
    }
    if (bounds.first < before) this.#damage.note(room, Math.max(first, bounds.first), before - 1);
  }

  async #holder(room: number, first: number, seq: number): Promise<BlockKey | null> {
    try {
      const key = await firstKey(this.#db, blocksUpTo(room, first, seq), true);
      return key ? readBlockKey(key) : null;
    } catch (error) {
      if (isCorruption(error)) return null;
      throw error;
    }
  }

  #finish(page: Page, room: number, bounds: Readonly<Bounds>): Promise<StoredBlock[]> {
    return page.blocks(room, (seq) => this.#timeNear(room, seq, bounds));
  }

  /** The time of a whole block near `seq`, of the ones before it rather than after it; 0 when there is none. */
  async #timeNear(room: number, seq: number, { first, head }: Readonly<Bounds>): Promise<number> {
    for (const reverse of [true, false]) {
      const range = reverse ? blocksBetween(room, first, seq) : blocksBetween(room, seq, head + 1);
      const entries = this.#db.iterator({ ...range, reverse });
      try {
        for (let i = 0; i < NEIGHBOURS; i++) {
          const [entry] = await take(entries, 1, null);
          if (!entry) break;
          const at = readBlockKey(entry[0]);
          const bytes = plain(entry[1]);
          if (isStored(room, at.seq, at.count, bytes)) return readBlockHeader(bytes).time;
        }
      } finally {
        await entries.close();
      }
    }
    return 0;
  }
}

/**
 * The next entries; none at the end. What the engine cannot read it steps over, and when it comes to the end it says
 * so instead of handing on what it has: then the entries behind `last` are fetched one by one.
 */
async function take(entries: Entries, wanted: number, last: Uint8Array | null): Promise<Entry[]> {
  try {
    return await entries.nextv(wanted);
  } catch (error) {
    if (!isCorruption(error)) throw error;
  }
  const some: Entry[] = [];
  if (wanted === 1 || last === null) return some;
  entries.seek(last);
  try {
    while (some.length < wanted) {
      const [entry] = await entries.nextv(1);
      if (!entry) break;
      if (Buffer.compare(entry[0], last) !== 0) some.push(entry);
    }
  } catch (error) {
    if (!isCorruption(error)) throw error;
  }
  return some;
}

/** The engine's values are Buffers, whose `slice` does not copy as that of a Uint8Array does. */
function plain(value: Uint8Array): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.length);
}
