/**
 * One page of a room while it is read: whole blocks, and holes where there are none. A hole becomes blocks of lost
 * records, cut where damaged blocks begin and end, so that who reads the room again meets the same blocks.
 * Invariant: its parts continue each other, upwards or downwards.
 */
import { lostBlock, MAX_LOST_RECORDS, readBlockHeader } from "../../wire/block.ts";
import type { ReadOptions, StoredBlock } from "../log.ts";

/** Bytes of a lost record; only for knowing when a page is full. */
const LOST_BYTES = 5;

interface Hole {
  seq: number;
  count: number;
  bytes: null;
}

export class Page {
  #options: ReadOptions;
  #isUpward: boolean;
  #parts: (StoredBlock | Hole)[] = [];
  #bytes = 0;
  #records = 0;

  constructor(options: ReadOptions, isUpward: boolean) {
    this.#options = options;
    this.#isUpward = isUpward;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#options.maxBytes || this.#records >= this.#options.maxRecords;
  }

  /** How many more records it takes before it is full. */
  get place(): number {
    return Math.max(0, this.#options.maxRecords - this.#records);
  }

  add(block: StoredBlock): void {
    this.#push(block, block.bytes.length);
  }

  /** The numbers from `from` on and below `before` are lost. `cuts`: where damaged blocks begin and end, in any order. */
  addHole(from: number, before: number, cuts: readonly number[]): void {
    const inside = cuts.filter((cut) => cut > from && cut < before);
    const edges = [from, ...new Set(inside.sort((a, b) => a - b)), before];
    const pieces: [number, number][] = [];
    for (const [i, edge] of edges.slice(0, -1).entries()) pieces.push([edge, edges[i + 1]!]);
    if (!this.#isUpward) pieces.reverse();
    for (const [low, high] of pieces) this.#addLost(low, high);
  }

  #addLost(from: number, before: number): void {
    for (let left = before - from; left > 0 && !this.isFull; ) {
      const count = Math.min(left, MAX_LOST_RECORDS);
      const seq = this.#isUpward ? before - left : from + left - count;
      this.#push({ seq, count, bytes: null }, count * LOST_BYTES);
      left -= count;
    }
  }

  /**
   * The blocks in ascending order. A lost record gets the time of the block before it, or else of the one after it;
   * `timeNear` is asked when the page holds neither.
   */
  async blocks(room: number, timeNear: (seq: number) => Promise<number>): Promise<StoredBlock[]> {
    const parts = this.#isUpward ? this.#parts : this.#parts.reverse();
    let near = parts.find((part) => part.bytes !== null)?.bytes ?? null;
    const blocks: StoredBlock[] = [];
    for (const part of parts) {
      if (part.bytes) {
        near = part.bytes;
        blocks.push(part);
        continue;
      }
      const time = near ? readBlockHeader(near).time : await timeNear(part.seq);
      blocks.push({ ...part, bytes: lostBlock(room, part.seq, part.count, time) });
    }
    return blocks;
  }

  #push(part: StoredBlock | Hole, bytes: number): void {
    this.#parts.push(part);
    this.#bytes += bytes;
    this.#records += part.count;
  }
}
