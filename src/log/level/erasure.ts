/**
 * Sees to it that what was replaced or dropped leaves the engine's files: it removes the blocks of dropped rooms, a
 * bounded number at a time, and has the engine compact the keys in question, which rewrites the tables that hold the
 * old bytes and drops the journals. It goes on after a crash from the change up to which all is done.
 * Invariant: it removes nothing but blocks of rooms whose end is durable, and whatever it does may be done again.
 */
import { ChangeKind } from "../log.ts";
import { changesAfter } from "./changes.ts";
import { type Engine, readableKeys } from "./engine.ts";
import { encodeNumber } from "./entries.ts";
import { blockKey, blocksOf, erasedKey, type KeyRange } from "./keys.ts";

/** From a change until its old bytes are seen to: others that come meanwhile are done along. */
export const ERASE_AFTER_MS = 30_000;
/** Rooms seen to in one go, so that what a close waits for is bounded. */
const ROOMS_AT_ONCE = 16;

export interface ErasureOptions {
  db: Engine;
  afterMs: number;
  /** The change up to which all is done. */
  erased: number;
  /** The last one that there is. */
  lastChange(): number;
  /** Whether the engine should better not touch its tables: over damage it would give up. */
  isDamaged(): boolean;
  /** Of these rooms nothing is left. */
  onErased(rooms: readonly number[]): void;
  onError(error: unknown): void;
}

export class Erasure {
  #options: ErasureOptions;
  #erased: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: ErasureOptions) {
    this.#options = options;
    this.#erased = options.erased;
    this.changed();
  }

  /** To be called after a change; cheap. */
  changed(): void {
    if (this.#isClosed || this.#timer || this.#running || this.#options.isDamaged()) return;
    if (this.#options.lastChange() <= this.#erased) return;
    this.#timer = setTimeout(() => this.#begin(), this.#options.afterMs);
    this.#timer.unref();
  }

  /** Resolves when nothing is under way any more; what is left is done after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #begin(): void {
    this.#timer = undefined;
    this.#running = this.#erase()
      .catch(this.#options.onError)
      .finally(() => {
        this.#running = null;
        this.changed();
      });
  }

  async #erase(): Promise<void> {
    const { db, onErased } = this.#options;
    const ranges = new Map<number, KeyRange>();
    const dropped: number[] = [];
    let upTo = this.#erased;
    for await (const change of changesAfter(db, this.#erased)) {
      const { room } = change;
      if (!ranges.has(room) && ranges.size === ROOMS_AT_ONCE) break;
      upTo = change.change;
      if (change.kind === ChangeKind.dropped) {
        dropped.push(room);
        ranges.set(room, blocksOf(room));
      } else ranges.set(room, join(ranges.get(room), blockKey(room, change.seq, change.count)));
    }
    for (const room of dropped) await this.#sweep(room);
    for (const { gte, lt } of ranges.values()) {
      if (this.#isClosed) return;
      await db.compactRange(gte, lt);
    }
    // Changes that cannot be read are passed over.
    this.#erased = ranges.size === 0 ? this.#options.lastChange() : upTo;
    await db.put(erasedKey(), encodeNumber(erasedKey(), this.#erased));
    onErased(dropped);
  }

  async #sweep(room: number): Promise<void> {
    for await (const keys of readableKeys(this.#options.db, blocksOf(room))) {
      if (this.#isClosed) return;
      const write = this.#options.db.batch();
      for (const key of keys) write.del(key);
      await write.write();
    }
  }
}

function join(range: KeyRange | undefined, key: Uint8Array): KeyRange {
  if (!range) return { gte: key, lt: key };
  const isBelow = Buffer.compare(key, range.gte) < 0;
  const isAbove = Buffer.compare(key, range.lt) > 0;
  return { gte: isBelow ? key : range.gte, lt: isAbove ? key : range.lt };
}
