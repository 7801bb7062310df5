/**
 * Names under which somebody wrote in a room lately, kept for them while they are away or have another: nobody else can
 * go on in their place. It does not know who is in the room. Invariant: at most as many as there are records it looks
 * at, and none for longer than its time, whatever the wall clock does.
 */

/** A name is kept while a record under it is one of this many newest of the room, and not older than that. */
export const KEPT_RECORDS = 500;
export const KEPT_MS = 30 * 60_000;

interface Kept {
  author: number;
  /** Number of the newest record under this name. */
  seq: number;
  /** Monotonic milliseconds. */
  until: number;
}

export class KeptNames {
  #bySkeleton = new Map<string, Kept>();

  /** `ageMs`: of the record, by the wall clock, which may be wrong. */
  keep(skeleton: string, author: number, seq: number, ageMs: number, monotonic: number): void {
    if (ageMs >= KEPT_MS) return;
    this.#bySkeleton.delete(skeleton);
    this.#bySkeleton.set(skeleton, { author, seq, until: monotonic + KEPT_MS - Math.max(0, ageMs) });
    if (this.#bySkeleton.size <= KEPT_RECORDS) return;
    const [oldest] = this.#bySkeleton.keys();
    this.#bySkeleton.delete(oldest!);
  }

  /** For whom a name is kept. `newest`: number of the newest record of the room. */
  ownerOf(skeleton: string, newest: number, monotonic: number): number | undefined {
    const kept = this.#bySkeleton.get(skeleton);
    if (!kept) return undefined;
    if (kept.seq > newest - KEPT_RECORDS && kept.until > monotonic) return kept.author;
    this.#bySkeleton.delete(skeleton);
    return undefined;
  }

  get size(): number {
    return this.#bySkeleton.size;
  }
}
