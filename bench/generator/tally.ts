/**
 * What a crowd has seen so far. Plain numbers that every receiver adds to; a measurement reads them at its start and
 * at its end.
 */
import { Histogram } from "./histogram.ts";

export class Tally {
  /** Messages received, summed over all receivers. A typed array: adding to it never allocates. */
  readonly #delivered = new Float64Array(1);
  readonly latency = new Histogram();
  /** Only samples of messages that were to be sent in this time count, microseconds. */
  fromUs = Number.POSITIVE_INFINITY;
  toUs = Number.POSITIVE_INFINITY;
  /** The slowest message seen since this was set to 0, whether it counts or not. */
  slowestUs = 0;
  /** Numbers that were passed over, and messages that came again. */
  gaps = 0;
  repeats = 0;
  /** Sends that the server did not take for now. */
  refused = 0;
  /** Pages of history received. */
  pages = 0;
  /** What went wrong, in words; the first few. */
  readonly troubles: string[] = [];

  get delivered(): number {
    return this.#delivered[0]!;
  }

  deliver(messages: number): void {
    this.#delivered[0]! += messages;
  }

  sample(intendedUs: number, nowUs: number): void {
    const us = nowUs - intendedUs;
    if (us > this.slowestUs) this.slowestUs = us;
    if (intendedUs >= this.fromUs && intendedUs < this.toUs) this.latency.add(us);
  }

  trouble(words: string): void {
    if (this.troubles.length < 5) this.troubles.push(words);
  }
}

/** The generator's clock: microseconds, never going back. */
export const nowUs = () => performance.now() * 1000;
