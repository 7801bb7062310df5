/**
 * A small map in what the browser keeps for all tabs of this device. Where it keeps nothing, the map lasts as long as the
 * page. Values are without names of fields: the build changes those. Invariant: no more entries than it may have, the
 * latest ones.
 */
export class DeviceMap<Key, Value> {
  readonly #name: string;
  readonly #most: number;
  #entries: Map<Key, Value> | null = null;

  constructor(name: string, most: number) {
    this.#name = name;
    this.#most = most;
  }

  get all(): ReadonlyMap<Key, Value> {
    if (this.#entries) return this.#entries;
    try {
      this.#entries = new Map(JSON.parse(localStorage.getItem(this.#name) ?? "[]") as [Key, Value][]);
    } catch {
      this.#entries = new Map();
    }
    return this.#entries;
  }

  /** Null takes the entry away. */
  set(key: Key, value: Value | null): void {
    const others = [...this.all].filter(([other]) => other !== key);
    const entries = value === null ? others : [...others, [key, value] as [Key, Value]];
    this.#entries = new Map(entries.slice(-this.#most));
    try {
      localStorage.setItem(this.#name, JSON.stringify([...this.#entries]));
    } catch {
      // It holds until the page ends.
    }
  }
}
