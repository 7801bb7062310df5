/**
 * Counts microseconds in buckets that are at most 1.6 % wide, so that a percentile of millions of samples costs no
 * memory. Used by the generator to record and by the report to draw.
 */
const SUB_BUCKETS = 64;
const BUCKETS = SUB_BUCKETS * 27;

/** [bucket, samples], ascending: how a histogram travels between processes and stands in the JSON file. */
export type Buckets = [number, number][];

function bucketOf(us: number): number {
  const value = Math.min(Math.max(us, 0), 2 ** 31 - 1) | 0;
  if (value < SUB_BUCKETS) return value;
  const exponent = 31 - Math.clz32(value);
  return (exponent - 5) * SUB_BUCKETS + ((value >>> (exponent - 6)) - SUB_BUCKETS);
}

/** The middle of a bucket in microseconds. */
export function bucketUs(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const exponent = Math.floor(bucket / SUB_BUCKETS) + 5;
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS) + 0.5) * 2 ** (exponent - 6);
}

export class Histogram {
  #counts = new Float64Array(BUCKETS);
  #samples = new Float64Array(1);

  get samples(): number {
    return this.#samples[0]!;
  }

  add(us: number): void {
    this.#counts[bucketOf(us)]!++;
    this.#samples[0]!++;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#samples[0] = 0;
  }

  buckets(): Buckets {
    const found: Buckets = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) found.push([bucket, count]);
    });
    return found;
  }
}

/** The smallest value that at least `share` (0 to 1) of the samples do not exceed, milliseconds. NaN without samples. */
export function percentileMs(buckets: Buckets, share: number): number {
  const all = buckets.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(all * share));
  for (const [bucket, count] of buckets) {
    left -= count;
    if (left <= 0) return bucketUs(bucket) / 1000;
  }
  return Number.NaN;
}
