/**
 * Chance that can be replayed: every process of a torture draws from a seed of its own, made from the run's; the load
 * that a server gets is the same for all.
 */

export class Random {
  #state: number;

  /** mulberry32, whose state is one number. `stream` tells those apart who share a run's seed. */
  constructor(seed: number, stream = "") {
    let state = seed | 0;
    for (const character of stream) state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193);
    this.#state = state;
  }

  /** In [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)]!;
  }

  shuffle<T>(of: readonly T[]): T[] {
    const list = [...of];
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  }
}
