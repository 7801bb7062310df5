/**
 * Numbers of records, a bit each, so that a set of millions takes no more than the records' share. Nothing but whole
 * numbers, from 0 on. Invariant: `size` is how many there are.
 */

/** Numbers of a page; one that is alone takes a whole one. */
const PAGE = 4_096;
/** Measured: 733 bytes, with the entry of the map. */
const PAGE_BYTES = 730;

export class NumberSet {
  #pages = new Map<number, Uint8Array>();
  size = 0;

  /** About what it takes in memory. */
  get bytes(): number {
    return this.#pages.size * PAGE_BYTES;
  }

  has(number: number): boolean {
    const page = this.#pages.get(Math.floor(number / PAGE));
    return page !== undefined && (page[(number % PAGE) >>> 3]! & (1 << (number & 7))) !== 0;
  }

  add(number: number): void {
    if (this.has(number)) return;
    const at = Math.floor(number / PAGE);
    let page = this.#pages.get(at);
    if (!page) {
      page = new Uint8Array(PAGE / 8);
      this.#pages.set(at, page);
    }
    page[(number % PAGE) >>> 3]! |= 1 << (number & 7);
    this.size++;
  }

  dropBelow(first: number): void {
    for (const [at, page] of this.#pages) {
      const end = (at + 1) * PAGE;
      if (end <= first) {
        this.size -= countOf(page);
        this.#pages.delete(at);
      } else if (at * PAGE < first) this.#dropBelow(page, first - at * PAGE);
    }
  }

  /** In no order that is known. */
  *[Symbol.iterator](): Iterator<number> {
    for (const [at, page] of this.#pages)
      for (let i = 0; i < PAGE; i++) if (page[i >>> 3]! & (1 << (i & 7))) yield at * PAGE + i;
  }

  /** Of one page, the first so many. */
  #dropBelow(page: Uint8Array, count: number): void {
    const before = countOf(page);
    page.fill(0, 0, count >>> 3);
    page[count >>> 3]! &= 0xff << (count & 7);
    this.size -= before - countOf(page);
  }
}

function countOf(page: Uint8Array): number {
  let count = 0;
  for (let byte of page) for (; byte > 0; byte &= byte - 1) count++;
  return count;
}
