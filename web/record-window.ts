/**
 * The records a room has here, and which of them are on the page. Pure; knows nothing of people or the server.
 * Invariant: at most MAX_SHOWN records are shown, they are neighbours, and `to` is infinite exactly while the last
 * record is among them.
 */
import type { TextRecord } from "../src/wire/block.ts";

export const PAGE = 100;
const MAX_SHOWN = 400;

export class RecordWindow {
  #records: TextRecord[] = [];
  /** Numbers, not indexes: they stay true when records are put in front. */
  #from = 0;
  #to = Number.POSITIVE_INFINITY;

  get all(): readonly TextRecord[] {
    return this.#records;
  }

  get lastSeq(): number {
    return this.#records.at(-1)?.seq ?? 0;
  }

  /** Index of the first record on the page. */
  get first(): number {
    return this.#indexOf(this.#from);
  }

  /** Index behind the last record on the page. */
  get end(): number {
    return this.hasNewer ? this.#indexOf(this.#to + 1) : this.#records.length;
  }

  get hasNewer(): boolean {
    return this.#to !== Number.POSITIVE_INFINITY;
  }

  /** Number of the first record below the page. */
  get nextSeq(): number {
    return this.hasNewer ? this.#seqAt(this.end) : Number.POSITIVE_INFINITY;
  }

  replace(records: readonly TextRecord[]): void {
    this.#records = [...records];
    this.#from = 0;
    this.showNewest();
  }

  append(records: readonly TextRecord[], follow: boolean): void {
    for (const record of records) this.#records.push(record);
    if (follow) this.showNewest();
    else this.#clipEnd();
  }

  /** Puts older ones where their numbers belong: what lies before a hole stays before them. */
  prepend(records: readonly TextRecord[]): void {
    const at = this.#indexOf(records[0]?.seq ?? 0);
    const wasAtTop = at === 0 && this.first === 0;
    this.#records = [...this.#records.slice(0, at), ...records, ...this.#records.slice(at)];
    if (wasAtTop) this.#from = this.#seqAt(records.length - PAGE);
    this.#clipEnd();
  }

  /** One page more above. False when all there is here is on the page. */
  showOlder(): boolean {
    if (this.first === 0) return false;
    this.#from = this.#seqAt(this.first - PAGE);
    this.#clipEnd();
    return true;
  }

  /** One page more below. */
  showNewer(): void {
    const end = this.end + PAGE;
    this.#to = end >= this.#records.length ? Number.POSITIVE_INFINITY : this.#seqAt(end - 1);
    this.#from = this.#seqAt(Math.max(this.first, this.end - MAX_SHOWN));
  }

  showNewest(): void {
    this.#to = Number.POSITIVE_INFINITY;
    const shown = this.#records.length - this.first;
    if (this.#from === 0 || shown > MAX_SHOWN) this.#from = this.#seqAt(this.#records.length - PAGE);
  }

  /** The page with record `seq` near its top. */
  showAround(seq: number): void {
    this.#to = Number.POSITIVE_INFINITY;
    this.#from = Math.min(this.#from, this.#seqAt(this.#indexOf(seq) - PAGE / 5));
    this.#clipEnd();
  }

  /** While the reader is further up, the page ends above the newest instead of growing. */
  #clipEnd(): void {
    const limit = this.first + MAX_SHOWN;
    if (limit < this.end) this.#to = this.#seqAt(limit - 1);
  }

  #seqAt(index: number): number {
    return this.#records[Math.max(0, index)]?.seq ?? 0;
  }

  /** Index of the first record with a number of at least `seq`. */
  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#seqAt(middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
