/**
 * What the room layer counts, cheap enough to stay on. Plain numbers that only rise; the metrics route reads them.
 */
import type { AppendBlock } from "../log/log.ts";
import type { Refusal } from "../wire/codes.ts";
import { Histogram } from "./histogram.ts";

/** Bounds of times, milliseconds, and of blocks, bytes: from what is usual to what somebody should look at. */
const TIMES_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000];
const BLOCK_BYTES = [128, 512, 2048, 8192, 16_384, 32_768, 65_536, 262_144, 1_048_576];

export class Counters {
  flushes = 0;
  blocks = 0;
  records = 0;
  /** Messages times those who were live in the room, each counted when it was handed to the transport. */
  deliveries = 0;
  /** From the beginning of a flush to its commit. */
  readonly commitMs = new Histogram(TIMES_MS);
  /** From the first publish of a flush to the last. */
  readonly fanoutMs = new Histogram(TIMES_MS);
  readonly blockBytes = new Histogram(BLOCK_BYTES);
  /** The pacing window of the last block published. */
  windowMs = 0;
  presenceFrames = 0;
  duplicates = 0;
  refusals = 0;
  readonly refusalsByCode = new Map<Refusal, number>();
  /** Times a connection left a room's topic because it did not keep up, and records it was fed from the log. */
  lapses = 0;
  fedBlocks = 0;

  commit(blocks: readonly AppendBlock[], ms: number): void {
    this.flushes++;
    this.blocks += blocks.length;
    for (const block of blocks) {
      this.records += block.count;
      this.blockBytes.add(block.bytes.length);
    }
    this.commitMs.add(ms);
  }

  refused(code: Refusal): void {
    this.refusals++;
    this.refusalsByCode.set(code, (this.refusalsByCode.get(code) ?? 0) + 1);
  }
}
