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
/**
 * Replaced blocks of a room that lie so far apart are compacted by themselves. As one range they would have all between
 * them written anew: of a room of 300 MB all of it, for two at its ends; by themselves they take 30 MB.
 */
const APART_BYTES = 32 * 1024 * 1024;
/** In so many ranges at most. */
const MAX_RANGES = 16;
/**
 * So many times as long as it took nothing is done afterwards, so that nobody keeps the disk busy by what they replace.
 */
const REST = 9;

interface Place {
  seq: number;
  key: Uint8Array;
}

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
  #restMs = 0;
  #isClosed = false;
  /** Whoever reads the engine as of a moment keeps what is compacted meanwhile alive. */
  #held = 0;

  constructor(options: ErasureOptions) {
    this.#options = options;
    this.#erased = options.erased;
    this.changed();
  }

  /** To be called after a change; cheap. */
  changed(): void {
    if (this.#isClosed || this.#held > 0 || this.#timer || this.#running || this.#options.isDamaged()) return;
    if (this.#options.lastChange() <= this.#erased) return;
    this.#timer = setTimeout(() => this.#begin(), Math.max(this.#options.afterMs, this.#restMs));
    this.#timer.unref();
  }

  /** Resolves when nothing is under way; nothing is until `release` is called as often. */
  async hold(): Promise<void> {
    this.#held++;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  release(): void {
    this.#held--;
    this.changed();
  }

  /** Resolves when nothing is under way any more; what is left is done after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #begin(): void {
    this.#timer = undefined;
    const startedAt = performance.now();
    this.#running = this.#erase()
      .catch(this.#options.onError)
      .finally(() => {
        this.#running = null;
        this.#restMs = REST * (performance.now() - startedAt);
        this.changed();
      });
  }

  async #erase(): Promise<void> {
    const { db, onErased } = this.#options;
    /** By room. Of a dropped one there are none: it is compacted whole. */
    const replaced = new Map<number, Place[]>();
    const dropped: number[] = [];
    let upTo = this.#erased;
    for await (const change of changesAfter(db, this.#erased)) {
      const { room } = change;
      if (!replaced.has(room) && replaced.size === ROOMS_AT_ONCE) break;
      upTo = change.change;
      const places = replaced.get(room) ?? [];
      replaced.set(room, places);
      if (change.kind === ChangeKind.dropped) dropped.push(room);
      else places.push({ seq: change.seq, key: blockKey(room, change.seq, change.count) });
    }
    for (const room of dropped) await this.#sweep(room);
    for (const [room, places] of replaced) {
      const ranges = dropped.includes(room) ? [blocksOf(room)] : await this.#rangesOf(places);
      for (const { gte, lt } of ranges) {
        if (this.#isClosed) return;
        await db.compactRange(gte, lt);
      }
    }
    // Changes that cannot be read are passed over.
    this.#erased = replaced.size === 0 ? this.#options.lastChange() : upTo;
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

  /** Ranges that hold all these places of a room and, if they can, little of what lies between. */
  async #rangesOf(places: Place[]): Promise<KeyRange[]> {
    const sorted = places.sort((a, b) => a.seq - b.seq);
    const gaps = sorted.slice(1).map((to, i) => ({ from: sorted[i]!, to }));
    const widest = gaps
      .sort((a, b) => b.to.seq - b.from.seq - (a.to.seq - a.from.seq))
      .slice(0, MAX_RANGES - 1);
    const begins = new Set<Place>();
    for (const { from, to } of widest)
      if ((await this.#options.db.approximateSize(from.key, to.key)) >= APART_BYTES) begins.add(to);
    const ranges: KeyRange[] = [];
    for (const place of sorted) {
      const { key } = place;
      if (ranges.length === 0 || begins.has(place)) ranges.push({ gte: key, lt: key });
      else ranges.push({ gte: ranges.pop()!.gte, lt: key });
    }
    return ranges;
  }
}
