/**
 * First and last number of the rooms that were asked for last: read once, then kept up by append and trim.
 * Invariant: while a room is read or written its bounds are the same object for everyone, so what was read stays true.
 */
import { damaged } from "./blocks.ts";
import { type Engine, firstKey } from "./engine.ts";
import { decodeBounds } from "./entries.ts";
import { blocksBetween, boundsKey, metaKey, readBlockKey } from "./keys.ts";
import type { Bounds } from "./log.ts";
import { RecentBounds } from "./recent-bounds.ts";

/** 2^48 - 1, above every number that a room can reach. */
const NO_END = 0xffffffffffff;
/** Rooms of which the bounds are kept: some 2 MB. */
const MOST_ROOMS = 10_000;

export class RoomBounds {
  #db: Engine;
  #known = new RecentBounds(MOST_ROOMS);
  #loading = new Map<number, Promise<Bounds>>();

  constructor(db: Engine) {
    this.#db = db;
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

  /** What the entry says and the newest block must agree: the engine checks no keys, and either may have vanished. */
  async #load(room: number): Promise<Bounds> {
    const key = boundsKey(room);
    const [stored, newest, named] = await Promise.all([
      this.#db.get(key),
      firstKey(this.#db, blocksBetween(room, 0, NO_END), true),
      this.#db.has(metaKey(room)),
    ]);
    const end = newest ? readBlockKey(newest) : null;
    const bounds = stored ? decodeBounds(key, stored) : { first: 1, head: 0 };
    const empty = bounds.first > bounds.head;
    if (!stored && named && end) throw damaged(room, end.seq, "where the room ends is not known");
    if (end && end.seq > bounds.head) throw damaged(room, end.seq, "the room ended before this block");
    if (!empty && (!end || end.seq + end.count - 1 !== bounds.head))
      throw damaged(room, bounds.head, "the newest block is missing");
    this.#known.set(room, bounds);
    return bounds;
  }
}
