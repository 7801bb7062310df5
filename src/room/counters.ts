/**
 * What the room layer counts, cheap enough to stay on. Plain numbers that only rise; the metrics route reads them.
 */
import type { AppendBlock } from "../log/log.ts";

/** Upper bounds of the commit time histogram's buckets, milliseconds. */
const COMMIT_BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000] as const;

export class Counters {
  flushes = 0;
  blocks = 0;
  records = 0;
  blockBytes = 0;
  commitMs = 0;
  readonly commitBoundsMs: readonly number[] = COMMIT_BUCKETS_MS;
  /** Commits no slower than the bound of the same index. */
  readonly commitBuckets = new Array<number>(COMMIT_BUCKETS_MS.length).fill(0);
  fanoutMs = 0;
  /** The pacing window of the last block published. */
  windowMs = 0;
  presenceFrames = 0;
  duplicates = 0;
  refusals = 0;
  /** Times a connection left a room's topic because it did not keep up, and records it was fed from the log. */
  lapses = 0;
  fedBlocks = 0;

  commit(blocks: readonly AppendBlock[], ms: number): void {
    this.flushes++;
    this.blocks += blocks.length;
    for (const block of blocks) {
      this.records += block.count;
      this.blockBytes += block.bytes.length;
    }
    this.commitMs += ms;
    for (let i = 0; i < COMMIT_BUCKETS_MS.length; i++) {
      if (ms <= COMMIT_BUCKETS_MS[i]!) this.commitBuckets[i]!++;
    }
  }
}
