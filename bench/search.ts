/**
 * Finds the highest rate that a server sustains. Climbs in large steps with short trials until one fails, then halves
 * the stretch between (by ratio) with full trials. Knows nothing of servers. Invariant: what it returns passed a full
 * trial.
 */
export interface Trial {
  passed: boolean;
}

export interface SearchOptions<T extends Trial> {
  start: number;
  /** Factor between two trials of the climb. */
  growth: number;
  /** The climb ends here even when nothing fails. */
  ceiling: number;
  /** Full trials at most. */
  fullTrials: number;
  /** Stops when the highest pass and the lowest failure are this close (1.05: five percent). */
  precision: number;
  trial: (rate: number, full: boolean) => Promise<T>;
}

/** @returns the full trial at the highest rate that passed, or null when none did. */
export async function findHighest<T extends Trial>(
  options: SearchOptions<T>,
): Promise<{ rate: number; trial: T } | null> {
  let low = options.start / options.growth;
  let high = Number.POSITIVE_INFINITY;
  for (let rate = options.start; rate <= options.ceiling; rate *= options.growth) {
    const { passed } = await options.trial(rate, false);
    if (!passed) {
      high = rate;
      break;
    }
    low = rate;
  }
  let best: { rate: number; trial: T } | null = null;
  let left = options.fullTrials;
  while (left-- > 0 && high / low > options.precision) {
    const rate = high === Number.POSITIVE_INFINITY ? low : Math.sqrt(low * high);
    const trial = await options.trial(rate, true);
    if (trial.passed) {
      best = { rate, trial };
      if (high === Number.POSITIVE_INFINITY) break;
      low = rate;
    } else high = rate;
  }
  // A short trial may have been kinder than a full one: go down from there until one passes.
  for (let rate = low; best === null && rate >= low / 4; rate /= 1.4) {
    const trial = await options.trial(rate, true);
    if (trial.passed) best = { rate, trial };
  }
  return best;
}
