/**
 * The law of the pacing window: how long a room's next flush waits after the last one, so that a large and busy room
 * sends fewer and larger frames. A broadcast costs about one system call for each subscriber and flush, whatever
 * number of messages is in it, so the cost is measured for a subscriber and the window is a multiple of what the
 * room's fan-out takes:
 *
 *   fanout = subscribers × cost
 *   window = min(max, WEIGHT × fanout),   0 when that is below a millisecond
 *   and never less than fanout + min(max, fanout / REST)
 *
 * The second line is for rooms of many thousands, whose fan-out takes longer than the bound: without a rest after it
 * the server does nothing else any more, and readers fall behind. In a room of 10,000 at 100 messages a second the
 * rest took the median delay from 110 to 80 ms and the slowest hundredth from 205 to 150 ms, with less processor time.
 *
 * `cost` is the time from publishing to the next turn of the loop, divided by the subscribers published to. It holds
 * everything the loop did meanwhile, so that a loaded process has longer windows than an idle one. Rooms too small for
 * a window of their own share one, weighed by all that went out with them: one small room is flushed at once, a
 * thousand busy ones are flushed together.
 *
 * Their fan-outs would add up: in a thousand rooms of ten, each waited for the 10,000 writes of all. So a batch takes
 * rooms until their subscribers are worth `BATCH_MS`, and the rest comes first in the next batch. That took the median
 * delay at 130,000 messages a second from 118 to 65 ms, and the slowest hundredth from 250 to 180 ms.
 *
 * On a slow disk a batch is worth several commits. What a commit takes is the shortest of late: on a busy core the
 * others are slow because of the load, and the slower the larger their batch, so that by their mean the batches of a
 * thousand rooms grew until one held all of them. By the shortest, the median delay at 150,000 messages a second was 61
 * instead of 116 ms, the slowest hundredth 204 instead of 255 ms.
 */

/** Fan-out takes at most about 1 / (1 + WEIGHT) of the time, as long as the bound allows. See "Speed" in the README. */
const WEIGHT = 5;
/** After a fan-out that is longer than the bound, so much of its length is left for everything else. */
const REST = 3;
/** A batch's fan-out takes about this, so that nobody waits for that of a thousand other rooms. */
const BATCH_MS = 25;
/** On a slow disk it takes so many times what a commit does, so that the disk does not set the pace. */
const BATCH_COMMITS = 4;
/** By so much each commit raises what is thought to be the shortest, and at least to this, milliseconds. */
const COMMIT_RISE = 1.05;
const LEAST_COMMIT_MS = 0.1;
/** Below this no timer is worth it: the room is flushed at once. */
const LEAST_MS = 1;
/** Cost of a subscriber before it was measured, milliseconds. */
const ASSUMED_COST_MS = 0.004;
/** Bounds of what is believed: a stalled machine must not freeze the law, nor a lucky measurement switch it off. */
const MIN_COST_MS = 0.001;
const MAX_COST_MS = 0.02;
/** A flush to fewer subscribers tells more of the clock than of the cost. */
const LEAST_MEASURED = 50;
/** Weight of a new measurement against those before. */
const GAIN = 0.1;

export class Pacing {
  #maxMs: number;
  #costMs = ASSUMED_COST_MS;
  #commitMs = LEAST_COMMIT_MS;

  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** What one subscriber costs in one flush, milliseconds. */
  get costMs(): number {
    return this.#costMs;
  }

  /** Tells how long it took from publishing to `subscribers` until the loop turned. */
  measured(subscribers: number, ms: number): void {
    if (subscribers < LEAST_MEASURED) return;
    const cost = Math.min(MAX_COST_MS, Math.max(MIN_COST_MS, ms / subscribers));
    this.#costMs += (cost - this.#costMs) * GAIN;
  }

  /** Tells how long a commit took. */
  committed(ms: number): void {
    this.#commitMs = Math.max(LEAST_COMMIT_MS, Math.min(ms, this.#commitMs * COMMIT_RISE));
  }

  /** Subscribers that the rooms of one batch may have together. */
  get batchSubscribers(): number {
    return Math.max(BATCH_MS, BATCH_COMMITS * this.#commitMs) / this.#costMs;
  }

  /** Milliseconds from the beginning of a fan-out to so many subscribers to the next flush. 0: flush at once. */
  windowMs(subscribers: number): number {
    const fanout = subscribers * this.#costMs;
    const window = WEIGHT * fanout;
    const rest = Math.min(this.#maxMs, fanout / REST);
    return Math.min(window, this.#maxMs) < LEAST_MS
      ? 0
      : Math.max(Math.min(window, this.#maxMs), fanout + rest);
  }
}
