/**
 * Whom this device ignores: numbers and names of authors, in what the browser keeps for all tabs. Nobody else learns of
 * it. Where the browser keeps nothing it lasts as long as the page.
 */
const KEY = "madang.ignored";
/** The earliest ones are forgotten beyond that. */
const MOST = 500;

export class Ignored {
  #people: Map<number, string> | null = null;

  has = (author: number): boolean => this.#all.has(author);

  set(author: number, name: string | null): void {
    const all = this.#all;
    all.delete(author);
    if (name !== null) all.set(author, name);
    this.#people = new Map([...all].slice(-MOST));
    try {
      localStorage.setItem(KEY, JSON.stringify([...this.#people]));
    } catch {
      // It holds until the page ends.
    }
  }

  /** In the order in which they were. */
  get all(): Iterable<[number, string]> {
    return this.#all;
  }

  get #all(): Map<number, string> {
    if (this.#people) return this.#people;
    try {
      this.#people = new Map(JSON.parse(localStorage.getItem(KEY) ?? "[]") as [number, string][]);
    } catch {
      this.#people = new Map();
    }
    return this.#people;
  }
}

/** That of this page. */
export const ignored = new Ignored();
