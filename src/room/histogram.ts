/** Counts of values by their size, cheap enough for the hot path: bounds that are fixed, and numbers that only rise. */
export class Histogram {
  /** Ascending; a value that is as large as a bound lies below it. */
  readonly bounds: readonly number[];
  /** Values up to the bound of the same index, but above the one before; the last: above all. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  get count(): number {
    return this.counts.reduce((sum, one) => sum + one, 0);
  }

  add(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]!++;
    this.sum += value;
  }
}
