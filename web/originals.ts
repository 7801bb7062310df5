/**
 * Messages that others answer and that are not on the page: asked for once, those near each other together, and few at
 * a time. Knows no DOM. Invariant: what was asked for is asked for again only when it was let go since.
 */
import type { RecordPage } from "../src/client/contract.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { Direction } from "../src/wire/frames.ts";

/** So far from each other they are still of one page. */
const SPAN = 50;
const MOST_KNOWN = 500;
/** Whoever scrolls past many answers needs the last of them. */
const MOST_WANTED = 50;
const MOST_UNDER_WAY = 2;

export type AskPage = (direction: Direction, seq: number, limit: number) => Promise<RecordPage>;

export class Originals {
  /** Null: not there, or no longer kept. */
  readonly #known = new Map<number, TextRecord | null>();
  readonly #wanted = new Set<number>();
  readonly #asked = new Set<number>();
  #underWay = 0;
  #isDue = false;
  /** Null while there is nobody to ask. */
  readonly #page: () => AskPage | null;
  readonly #came: (page: RecordPage) => void;

  /** `came` hears of each page, once what is in it is known here. */
  constructor(page: () => AskPage | null, came: (page: RecordPage) => void) {
    this.#page = page;
    this.#came = came;
  }

  /** Null where there is none; undefined while it is on its way. */
  get(seq: number): TextRecord | null | undefined {
    const known = this.#known.get(seq);
    if (known === undefined && !this.#asked.has(seq)) this.#want(seq);
    return known;
  }

  /** Another life of the log: the same numbers are other messages. */
  forget(): void {
    this.#known.clear();
    this.#wanted.clear();
  }

  #want(seq: number): void {
    // The latest wish is the last of the set.
    this.#wanted.delete(seq);
    this.#wanted.add(seq);
    for (const oldest of this.#wanted) {
      if (this.#wanted.size <= MOST_WANTED) break;
      this.#wanted.delete(oldest);
    }
    if (this.#isDue) return;
    this.#isDue = true;
    // All that one drawing wants is asked for at once.
    queueMicrotask(() => {
      this.#isDue = false;
      this.#ask();
    });
  }

  #ask(): void {
    const page = this.#page();
    if (!page) return;
    while (this.#underWay < MOST_UNDER_WAY && this.#wanted.size > 0) {
      const newest = [...this.#wanted].at(-1) as number;
      const near = [...this.#wanted].filter((seq) => Math.abs(seq - newest) < SPAN / 2);
      const [from, to] = [Math.min(...near), Math.max(...near)];
      for (const seq of near) {
        this.#wanted.delete(seq);
        this.#asked.add(seq);
      }
      this.#underWay++;
      page(Direction.before, to + 1, to - from + 1)
        .catch(() => null)
        .then((answer) => this.#answered(near, answer));
    }
  }

  #answered(asked: readonly number[], page: RecordPage | null): void {
    this.#underWay--;
    const found = new Map(page?.records.map((record) => [record.seq, record]));
    for (const seq of asked) {
      this.#asked.delete(seq);
      // A page may hold less than was asked for: what it does not reach is asked for by the next drawing.
      if (!page || page.to < page.from || seq >= page.from) this.#learn(seq, found.get(seq) ?? null);
    }
    if (page) this.#came(page);
    this.#ask();
  }

  #learn(seq: number, record: TextRecord | null): void {
    this.#known.set(seq, record);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN) this.#known.delete(oldest as number);
  }
}
