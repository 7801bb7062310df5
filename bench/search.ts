/**
 * Finds the highest rate that a server sustains. Walks in large steps with short trials, up or down, until one side
 * passes and the other fails, then halves the stretch between (by ratio) with full trials. Knows nothing of servers.
 * Invariant: what it returns passed a full trial.
 */
export interface Trial {
  passed: boolean;
  /** It failed by so much that another try is of no use. */
  hopeless: boolean;
}

export interface SearchOptions<T extends Trial> {
  start: number;
  /** Factor between two short trials. */
  growth: number;
  /** Short trials stay within these, and end there whatever they say. */
  floor: number;
  ceiling: number;
  /** Full trials at most. */
  fullTrials: number;
  /** Stops when the highest pass and the lowest failure are this close (1.05: five percent). */
  precision: number;
  trial: (rate: number, full: boolean) => Promise<T>;
}

export interface Found<T> {
  rate: number;
  trial: T;
}

/** @returns the full trial at the highest rate that passed, or null when none did. */
export async function findHighest<T extends Trial>(options: SearchOptions<T>): Promise<Found<T> | null> {
  // One hiccup must not lead the search astray, so a failure has to happen twice unless it is beyond doubt.
  const tried = async (rate: number, full: boolean): Promise<T> => {
    const first = await options.trial(rate, full);
    return first.passed || first.hopeless ? first : options.trial(rate, full);
  };
  let [low, high] = await walk(options, async (rate) => (await tried(rate, false)).passed);
  let best: Found<T> | null = null;
  for (let left = options.fullTrials; left > 0 && high / low > options.precision; left--) {
    const rate = high === Number.POSITIVE_INFINITY ? low : Math.sqrt(low * high);
    const trial = await tried(rate, true);
    if (trial.passed) {
      best = { rate, trial };
      if (high === Number.POSITIVE_INFINITY) return best;
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

/** @returns a rate that passed and one that failed, next to each other; infinity when nothing failed. */
async function walk(
  { start, growth, floor, ceiling }: Omit<SearchOptions<Trial>, "trial">,
  passes: (rate: number) => Promise<boolean>,
): Promise<[low: number, high: number]> {
  if (await passes(start)) {
    for (let rate = start; rate * growth <= ceiling; rate *= growth) {
      if (!(await passes(rate * growth))) return [rate, rate * growth];
    }
    return [ceiling, Number.POSITIVE_INFINITY];
  }
  let rate = start;
  while (rate / growth >= floor) {
    rate /= growth;
    if (await passes(rate)) break;
  }
  return [rate, rate * growth];
}
