/**
/**
 * First and last number of the rooms that were asked for last: read once, then kept up by append and trim.
 * Invariant: while a room is read or written its bounds are the same object for everyone, so what was read stays true;
 * and they are never put lower than a number that may have been given out.
 */
import { damaged, isStored } from "../blocks.ts";
import type { Bounds } from "../log.ts";
import type { Damage } from "./damage.ts";
import { type Engine, firstKey, isCorruption } from "./engine.ts";
import { decodeBounds, decodeSnapshot } from "./entries.ts";
import { blocksBetween, boundsKey, readBlockKey, snapshotKey } from "./keys.ts";
import { readEntry } from "./read-entry.ts";
import { RecentBounds } from "./recent-bounds.ts";

/** 2^48 - 1, above every number that a room can reach. */
const NO_END = 0xffffffffffff;
/** Rooms of which the bounds are kept: some 2 MB. */
const MOST_ROOMS = 10_000;
/** Among so many of a room's newest blocks one is looked for that is whole. */
const NEWEST_BLOCKS = 256;

interface Newest {
  /** Last number of the newest whole block; 0 when none was found. */
  end: number;
  /** Whether anything stands behind it that cannot be read. */
  isCertain: boolean;
}

export class RoomBounds {
  #db: Engine;
  #damage: Damage;
  #known = new RecentBounds(MOST_ROOMS);
  #loading = new Map<number, Promise<Bounds>>();
  /** Rooms that were dropped and of which blocks may be left. */
  #dropped: Set<number>;

  constructor(db: Engine, damage: Damage, dropped: Iterable<number>) {
    this.#db = db;
    this.#dropped = new Set(dropped);
    this.#damage = damage;
  }

  /** The live bounds of a room, or undefined while they are not held here. */
  known(room: number): Bounds | undefined {
    return this.#known.get(room);
  }

  /** Calls `work` with the live bounds of a room, which stay the same object for everyone until it is done. */
  async use<T>(room: number, work: (bounds: Bounds) => Promise<T> | T): Promise<T> {
    this.#known.pin(room);
    try {
      return await work(await this.#of(room));
    } finally {
      this.#known.unpin(room);
    }
  }

  /** Keeps these rooms known, once `load` has read them, until `unpin` is called with the same. */
  pin(rooms: readonly number[]): void {
    for (const room of rooms) this.#known.pin(room);
  }

  async load(rooms: readonly number[]): Promise<void> {
    const unknown = rooms.filter((room) => !this.#known.get(room));
    if (unknown.length > 0) await Promise.all(unknown.map((room) => this.#of(room)));
  }

  unpin(rooms: readonly number[]): void {
    for (const room of rooms) this.#known.unpin(room);
  }

  /** Changed by `advance` and `raise` only. */
  async #of(room: number): Promise<Bounds> {
    const known = this.#known.get(room);
    if (known) return known;
    let loading = this.#loading.get(room);
    if (!loading) {
      loading = this.#load(room).finally(() => this.#loading.delete(room));
      this.#loading.set(room, loading);
    }
    return loading;
  }

  /** To be called once the blocks up to `head` are synced. */
  advance(room: number, head: number): void {
    this.#known.get(room)!.head = head;
  }

  /** To be called before blocks below `first` are removed, so that a reader who misses them knows why. */
  raise(room: number, first: number): void {
    const bounds = this.#known.get(room)!;
    bounds.first = Math.max(bounds.first, first);
  }

  /** To be called before a room's first blocks are checked: it begins above these numbers. */
  begin(room: number, head: number): void {
    const bounds = this.#known.get(room) ?? { first: 1, head: 0 };
    bounds.first = head + 1;
    bounds.head = head;
    this.#known.set(room, bounds);
  }

  /** To be called once the end of the room is durable. Who is reading it finds all of it removed. */
  drop(room: number): void {
    this.#dropped.add(room);
    const bounds = this.#known.get(room);
    if (bounds) bounds.first = bounds.head + 1;
    this.#known.delete(room);
  }

  isDropped(room: number): boolean {
    return this.#dropped.has(room);
  }

  /** Nothing of these rooms is left. */
  erased(rooms: readonly number[]): void {
    for (const room of rooms) this.#dropped.delete(room);
  }

  /**
   * The entry says how far the room goes, whatever became of its blocks: what is missing at its end is lost. Without
   * the entry the newest block says so, if nothing damaged lies behind it. The engine checks no keys, so a block
   * counts only when it is whole.
   */
  async #load(room: number): Promise<Bounds> {
    if (this.#dropped.has(room)) return { first: 1, head: 0 };
    const [entry, newest] = await Promise.all([
      readEntry(this.#db, boundsKey(room), decodeBounds),
      this.#newest(room),
    ]);
    const bounds = entry === null || entry === "damaged" ? await this.#without(room, entry, newest) : entry;
    if (newest.end > bounds.head) {
      this.#damage.say(room, `it goes on to number ${newest.end}, while its end was noted at ${bounds.head}`);
      bounds.head = newest.end;
    }
    this.#known.set(room, bounds);
    return bounds;
  }

  async #without(room: number, entry: null | "damaged", newest: Newest): Promise<Bounds> {
    const snapshot = await readEntry(this.#db, snapshotKey(room), decodeSnapshot);
    const hasNothing = newest.isCertain && newest.end === 0 && snapshot === null;
    if (entry === null && hasNothing) return { first: 1, head: 0 };
    // A number that was given out must not be given again.
    if (!newest.isCertain || newest.end === 0)
      throw damaged(room, newest.end + 1, "where the room ends is not known");
    const head = snapshot === null || snapshot === "damaged" ? 0 : snapshot.seq;
    const oldest = await firstKey(this.#db, blocksBetween(room, 0, NO_END));
    const first = oldest ? Math.min(readBlockKey(oldest).seq, newest.end) : newest.end;
    this.#damage.say(room, `where it begins and ends is taken from its messages, the first is ${first} now`);
    return { first, head: Math.max(head, newest.end) };
  }

  async #newest(room: number): Promise<Newest> {
    const entries = this.#db.iterator({ ...blocksBetween(room, 0, NO_END), reverse: true });
    let isCertain = true;
    try {
      for (let i = 0; i < NEWEST_BLOCKS; i++) {
        const [entry] = await entries.nextv(1);
        if (!entry) return { end: 0, isCertain };
        const [key, value] = entry;
        const { room: of, seq, count } = readBlockKey(key);
        const bytes = new Uint8Array(value.buffer, value.byteOffset, value.length);
        if (of === room && isStored(room, seq, count, bytes)) return { end: seq + count - 1, isCertain };
        isCertain = false;
      }
    } catch (error) {
      if (!isCorruption(error)) throw error;
      isCertain = false;
    } finally {
      await entries.close();
    }
    return { end: 0, isCertain: false };
  }
}
