/**
 * First and last number of each room that was asked for: read once, then kept up by append and trim.
 * Invariant: a room's bounds are read before the first write to it in this process, so what was read stays true.
 */
import { checkStored, damaged } from "./blocks.ts";
import type { Engine } from "./engine.ts";
import { decodeFirst } from "./entries.ts";
import { blocksBetween, firstKey, readBlockKey } from "./keys.ts";
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

  async #load(room: number): Promise<Bounds> {
    const stored = await this.#db.get(firstKey(room));
    const first = stored ? decodeFirst(firstKey(room), stored) : 1;
    const range = blocksBetween(room, first, NO_END);
    const [[lowest], [newest]] = await Promise.all([
      this.#db.keys({ ...range, limit: 1 }).nextv(1),
      this.#db.iterator({ ...range, reverse: true, limit: 1 }).nextv(1),
    ]);
    const bounds: Bounds = { first, head: first - 1 };
    if (lowest && newest) {
      const { seq, count } = readBlockKey(newest[0]);
      // The engine does not check keys; a head taken from a damaged one would put every later block out of place.
      checkStored(room, seq, count, newest[1]);
      if (readBlockKey(lowest).seq !== first) throw damaged(room, first, "the block is missing");
      bounds.head = seq + count - 1;
    }
    this.#known.set(room, bounds);
    return bounds;
  }
}
