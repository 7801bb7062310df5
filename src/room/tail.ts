/**
 * The newest committed blocks of one room, kept in memory so that joining and catching up near the end need no
 * read from disk. Invariant: the blocks are contiguous and end at the room's committed head.
 */
import type { StoredBlock } from "../log/log.ts";

export type { StoredBlock };

export class Tail {
  #blocks: (StoredBlock | null)[] = [];
  /** Blocks before this index are evicted (null); their places are cut off now and then, not one by one. */
  #start = 0;
  #bytes = 0;
  #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes over a block: its bytes must not change afterwards. The newest block is kept whatever its size. */
  push(block: StoredBlock): void {
    this.#blocks.push(block);
    this.#bytes += block.bytes.length;
    while (this.#bytes > this.#maxBytes && this.#start < this.#blocks.length - 1) {
      this.#evict(this.#blocks[this.#start]!);
    }
    if (this.#start > 32 && this.#start * 2 > this.#blocks.length) {
      this.#blocks.splice(0, this.#start);
      this.#start = 0;
    }
  }

  /** Number of the oldest record held, or 0 when nothing is held. */
  get first(): number {
    return this.#blocks[this.#start]?.seq ?? 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#blocks.length - this.#start;
  }

  /** Index, from the oldest held, of the block that holds number `seq`; -1 when it is not held. */
  indexOf(seq: number): number {
    let low = this.#start;
    let high = this.#blocks.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle]!;
      if (seq < block.seq) high = middle - 1;
      else if (seq >= block.seq + block.count) low = middle + 1;
      else return middle - this.#start;
    }
    return -1;
  }

  at(index: number): StoredBlock | undefined {
    return this.#blocks[this.#start + index] ?? undefined;
  }

  /** Puts a block in the place of the one of the same numbers, if that is held. */
  replace(block: StoredBlock): void {
    const index = this.indexOf(block.seq);
    const old = this.at(index);
    if (index < 0 || old?.seq !== block.seq || old.count !== block.count) return;
    this.#bytes += block.bytes.length - old.bytes.length;
    this.#blocks[this.#start + index] = block;
  }

  /** Lets go of blocks that lie entirely below `first`. */
  trim(first: number): void {
    while (this.#start < this.#blocks.length) {
      const block = this.#blocks[this.#start]!;
      if (block.seq + block.count > first) return;
      this.#evict(block);
    }
  }

  #evict(block: StoredBlock): void {
    this.#bytes -= block.bytes.length;
    this.#blocks[this.#start++] = null;
  }
}
