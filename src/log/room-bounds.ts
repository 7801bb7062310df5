/**
 * First and last number of each room that was asked for: read once, then kept up by append and trim.
 * Invariant: a room's bounds are read before the first write to it in this process, so what was read stays true.
 */
import { damaged } from "./blocks.ts";
import { type Engine, firstKey } from "./engine.ts";
import { decodeBounds } from "./entries.ts";
import { blocksBetween, boundsKey, metaKey, readBlockKey } from "./keys.ts";
import type { Bounds } from "./log.ts";

/** 2^48 - 1, above every number that a room can reach. */
const NO_END = 0xffffffffffff;

export class RoomBounds {
  #db: Engine;
  #known = new Map<number, Bounds>();
  #loading = new Map<number, Promise<Bounds>>();

  constructor(db: Engine) {
    this.#db = db;
  }

  /** The live bounds of a room, or undefined while they were never read. */
  known(room: number): Bounds | undefined {
    return this.#known.get(room);
  }

  /** The live bounds of a room: the same object for everyone, changed by `advance` and `raise` only. */
  async of(room: number): Promise<Bounds> {
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
