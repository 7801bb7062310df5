/**
 * The records of a room that are here, in islands: ranges of numbers of which everything is known, with numbers in
 * between that are on the server alone. The last island grows with what is said. Of one of them a part is on the
 * page. Pure; knows nothing of people or the server.
 * Invariants: islands are in order and never touch; at most MAX_SHOWN records are shown, and they are neighbours; far
 * from the page and from the newest nothing stays.
 */
import type { TextRecord } from "../src/wire/block.ts";

export const PAGE = 100;
const MAX_SHOWN = 400;
/** What stays beside the page on either side, and of the newest, and how much more there may be until it is cut. */
const SPARE = 300;
const SLACK = 200;

interface Island {
  /** Every number from `from` to `to` is known: most of them have a record. */
  from: number;
  to: number;
  records: TextRecord[];
}

const NOWHERE: Island = { from: 1, to: 0, records: [] };

export class RecordWindow {
  #islands: Island[] = [];
  #shown = NOWHERE;
  /** Up to which number it was told what is said; null before anything was. */
  #told: number | null = null;
  /** Numbers, not indexes: they stay true when records are put in front. */
  #from = 0;
  #to = Number.POSITIVE_INFINITY;
  /** Number of the last record that was drawn. */
  #drawn = 0;
  /** So many are shown of the newest: more than are in sight. */
  least = 30;

  /** The newest ones, as far as they are here without a hole. */
  get newest(): readonly TextRecord[] {
    return this.#last.records;
  }

  get lastSeq(): number {
    return this.#last.records.at(-1)?.seq ?? 0;
  }

  /** Lowest number from which on everything up to the newest is here. */
  get newestFrom(): number {
    return this.#last.from;
  }

  /** The range of numbers known around the page. */
  get range(): { from: number; to: number } {
    return this.#shown;
  }

  /** Those on the page. */
  get shown(): readonly TextRecord[] {
    return this.#shown.records.slice(this.#first, this.#end);
  }

  /** The record before the page, if it is here. */
  get previous(): TextRecord | null {
    return this.#shown.records[this.#first - 1] ?? null;
  }

  /** Whether what is known here begins with the page. */
  get isAtTop(): boolean {
    return this.#first === 0;
  }

  get isAtBottom(): boolean {
    return this.#end === this.#shown.records.length;
  }

  get hasNewer(): boolean {
    return !this.isAtBottom || this.#shown !== this.#last;
  }

  /** The first number below the page. */
  get nextSeq(): number {
    if (!this.hasNewer) return Number.POSITIVE_INFINITY;
    return this.#shown.records[this.#end]?.seq ?? this.#shown.to + 1;
  }

  clear(): void {
    this.#islands = [];
    this.#shown = NOWHERE;
    this.#told = null;
    this.#from = this.#drawn = 0;
    this.#to = Number.POSITIVE_INFINITY;
  }

  /** What this device kept of the newest, up to number `to`. */
  restore(from: number, to: number, records: readonly TextRecord[]): void {
    this.clear();
    this.#told = to;
    this.add({ from, to, records });
    this.showNewest();
  }

  /** What was said last. `follow`: the page goes along. */
  append(records: readonly TextRecord[], follow: boolean): void {
    const [first] = records;
    const last = records.at(-1);
    if (!first || !last) return;
    // What lies between it and what was told before is nothing that could be fetched.
    const from = Math.min((this.#told ?? first.seq) + 1, first.seq);
    this.#told = last.seq;
    this.add({ from, to: last.seq, records });
    if (follow) this.showNewest();
    else this.#clipEnd();
    this.#cut();
  }

  /** Takes a range of which everything is known, and joins what it touches. */
  add({ from, to, records }: { from: number; to: number; records: readonly TextRecord[] }): void {
    if (to < from) return;
    // The page does not grow with what it is joined to.
    if (this.#shown !== this.#last) this.#setEnd(this.#end);
    const touched = this.#islands.filter((island) => island.from <= to + 1 && island.to >= from - 1);
    const [island] = touched;
    if (island && touched.length === 1 && island.from <= from) {
      // The usual case: what is said goes behind what there is.
      for (const record of records) if (record.seq > island.to) island.records.push(record);
      island.to = Math.max(island.to, to);
      return;
    }
    const joined: Island = { from, to, records: [...records] };
    for (const one of touched) {
      const below = one.records.filter(({ seq }) => seq < joined.from);
      const above = one.records.filter(({ seq }) => seq > joined.to);
      joined.records = [...below, ...joined.records, ...above];
      joined.from = Math.min(joined.from, one.from);
      joined.to = Math.max(joined.to, one.to);
    }
    this.#islands = this.#islands.filter((one) => !touched.includes(one));
    this.#islands.push(joined);
    this.#islands.sort((a, b) => a.from - b.from);
    if (touched.includes(this.#shown) || this.#shown === NOWHERE) this.#shown = joined;
  }

  /** One page more above, of what is here. */
  showOlder(): void {
    this.#from = this.#seqAt(this.#first - PAGE);
    this.#clipEnd();
    this.#cut();
  }

  /** One page more below, of what is here. */
  showNewer(): void {
    this.#setEnd(this.#end + PAGE);
    this.#from = this.#seqAt(Math.max(this.#first, this.#end - MAX_SHOWN));
    this.#cut();
  }

  showNewest(): void {
    const isElsewhere = this.#shown !== this.#last;
    this.#shown = this.#last;
    this.#to = Number.POSITIVE_INFINITY;
    const { length } = this.#shown.records;
    if (isElsewhere || this.#from === 0 || length - this.#first > MAX_SHOWN)
      this.#from = this.#seqAt(length - PAGE);
    this.#cut();
  }

  /**
   * The page is about to be drawn. Where newest ones push all that was drawn before out of sight of a reader who
   * `follows` them, only they are shown. True when some were left out for it.
   */
  settle(follows: boolean): boolean {
    const { records } = this.#shown;
    const from = this.#seqAt(records.length - this.least);
    const isCut = follows && from > this.#drawn && from > this.#from;
    if (isCut) this.#from = from;
    this.#drawn = records[this.#end - 1]?.seq ?? 0;
    return isCut;
  }

  /** A whole page of the newest. True when that is more than there was. */
  widen(): boolean {
    const from = this.#seqAt(this.#shown.records.length - PAGE);
    if (from >= this.#from) return false;
    this.#from = from;
    return true;
  }

  /** The page around number `seq`. False when nothing is here of what stands around it. */
  showAround(seq: number): boolean {
    const island = this.#islands.find(({ from, to }) => from <= seq && seq <= to);
    if (!island) return false;
    if (island === this.#shown && seq >= this.#from && seq < this.nextSeq) return true;
    this.#shown = island;
    const at = this.#indexOf(seq);
    this.#from = this.#seqAt(at - PAGE / 2);
    this.#setEnd(at + PAGE);
    this.#cut();
    return true;
  }

  /** How many records with a number above `after` and up to `to` are here and fit. */
  count(after: number, to: number, fits: (record: TextRecord) => boolean): number {
    let count = 0;
    for (const { records } of this.#islands) {
      for (const record of records) if (record.seq > after && record.seq <= to && fits(record)) count++;
    }
    return count;
  }

  get #last(): Island {
    return this.#islands.at(-1) ?? NOWHERE;
  }

  /** Index of the first record on the page. */
  get #first(): number {
    return this.#indexOf(this.#from);
  }

  /** Index behind the last record on the page. */
  get #end(): number {
    return this.#to === Number.POSITIVE_INFINITY ? this.#shown.records.length : this.#indexOf(this.#to + 1);
  }

  #setEnd(end: number): void {
    const { records } = this.#shown;
    const isOpen = end >= records.length && this.#shown === this.#last;
    this.#to = isOpen ? Number.POSITIVE_INFINITY : (records[Math.min(end, records.length) - 1]?.seq ?? 0);
  }

  /** While the reader is further up, the page ends above the newest instead of growing. */
  #clipEnd(): void {
    const limit = this.#first + MAX_SHOWN;
    if (limit < this.#end) this.#setEnd(limit);
  }

  /** Lets go of what is far from the page and from the newest: it can be fetched again. */
  #cut(): void {
    const newest = this.#last;
    const shown = this.#shown;
    this.#islands = this.#islands.filter((island) => island === shown || island === newest);
    const { records } = shown;
    const below = records.length - this.#end;
    if (below > 2 * SPARE + SLACK || (below > SPARE + SLACK && shown !== newest)) {
      const kept = records.slice(0, this.#end + SPARE);
      const rest = { from: 0, to: shown.to, records: records.slice(-SPARE) };
      shown.records = kept;
      shown.to = (kept.at(-1) as TextRecord).seq;
      if (shown === newest) {
        rest.from = (rest.records[0] as TextRecord).seq;
        this.#islands.push(rest);
      }
    }
    this.#cutTop(shown, this.#first - SPARE);
    if (this.#last !== shown) this.#cutTop(this.#last, this.#last.records.length - SPARE);
  }

  #cutTop(island: Island, surplus: number): void {
    if (surplus <= SLACK) return;
    island.records.splice(0, surplus);
    island.from = (island.records[0] as TextRecord).seq;
  }

  #seqAt(index: number): number {
    return this.#shown.records[Math.max(0, index)]?.seq ?? 0;
  }

  /** Index of the first record around the page with a number of at least `seq`. */
  #indexOf(seq: number): number {
    const { records } = this.#shown;
    let low = 0;
    let high = records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((records[middle] as TextRecord).seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
