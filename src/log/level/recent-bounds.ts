/**
 * The bounds of the rooms that were used last: anybody may ask for any room, so they are a bounded number. A room that
 * is pinned stays, because whoever pinned it relies on hearing what changes.
 * Invariant: there are more than `most` only while more than that are pinned.
 */
import type { Bounds } from "../log.ts";

export class RecentBounds {
  #most: number;
  /** From the one that was used longest ago. */
  #rooms = new Map<number, Bounds>();
  #pins = new Map<number, number>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#rooms.size;
  }

  get(room: number): Bounds | undefined {
    return this.#rooms.get(room);
  }

  set(room: number, bounds: Bounds): void {
    this.#rooms.set(room, bounds);
    this.#shrink();
  }

  delete(room: number): void {
    this.#rooms.delete(room);
  }

  pin(room: number): void {
    this.#pins.set(room, (this.#pins.get(room) ?? 0) + 1);
  }

  /** Takes one pin back and makes the room the one that was used last. */
  unpin(room: number): void {
    const left = this.#pins.get(room)! - 1;
    if (left > 0) this.#pins.set(room, left);
    else this.#pins.delete(room);
    const bounds = this.#rooms.get(room);
    if (!bounds) return;
    this.#rooms.delete(room);
    this.#rooms.set(room, bounds);
    this.#shrink();
  }

  #shrink(): void {
    if (this.#rooms.size <= this.#most) return;
    for (const room of this.#rooms.keys()) {
      if (this.#pins.has(room)) continue;
      this.#rooms.delete(room);
      if (this.#rooms.size <= this.#most) return;
    }
  }
}
