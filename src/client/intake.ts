/**
 * The records of one room in order. It takes only the block that continues its position: what it has already is
 * dropped, a hole makes it ask for the range after its position. Pages from anywhere else go to whoever asked for
 * them and change nothing here. It sends nothing itself and knows no outbox.
 * Invariant: what it tells as appended has every number from its oldest to its position once, in order.
 */
import {
  type ActRecord,
  decodeKinds,
  type RecordHead,
  readBlockHeader,
  type TextRecord,
} from "../wire/block.ts";
import { Refusal, Resume } from "../wire/codes.ts";
import {
  type BecameFrame,
  Direction,
  type EnteredFrame,
  type PageFrame,
  type RefusedFrame,
  ServerKind,
} from "../wire/frames.ts";
import type { RecordKind } from "../wire/records/kind.ts";
import type { RecordPage } from "./contract.ts";
import { Pause } from "./pause.ts";
import { RefusedError } from "./refused-error.ts";

/** Blocks that came before their turn and are kept while the hole before them is filled. */
const EARLY_BLOCKS = 64;
/** A page that did not come by then is asked for again. */
const PAGE_MS = 15_000;
/** Least pause after a refused request for history. */
const PAUSE_MS = 500;

export interface IntakeHost {
  /**
   * Asks the server for as much of `limit` as it allows; `answer` is called at most once, and never for a connection that
   * is gone. `became`: is called before it with what became of the messages, if the server tells that.
   */
  history(
    direction: Direction,
    seq: number,
    limit: number,
    answer: (frame: PageFrame | RefusedFrame) => void,
    became?: (frame: BecameFrame) => void,
  ): void;
  now(): number;
  after(ms: number, run: () => void): () => void;
  /** Kinds of records that are told of; others have their numbers and nothing else. */
  readonly kinds: readonly RecordKind[];
  /** Messages and acts, each in order. */
  appended(records: TextRecord[], acts: ActRecord[]): void;
  /** `lost`: on the server's disk; else no longer kept. */
  gap(from: number, to: number, lost: boolean): void;
  reset(): void;
  /** `complete` may have changed. */
  changed(): void;
}

/** A page that somebody waits for. */
interface Wanted {
  direction: Direction;
  seq: number;
  limit: number;
  resolve: (page: RecordPage) => void;
  reject: (error: Error) => void;
}

export class Intake {
  #host: IntakeHost;
  /** Empty until the first answer to an enter, or a position from the caller's storage. */
  #epoch = "";
  #seq = 0;
  #oldest = 1;
  #first = 1;
  /** Highest number that is known to exist and did not come by itself. */
  #target = 0;
  #early: { seq: number; bytes: Uint8Array }[] = [];
  /** Grows with each join and loss; timers and answers of another one do nothing. */
  #generation = 0;
  #entered = false;
  #live = false;
  /** The request for missing records that is under way, 0 for none. */
  #filling = 0;
  #fills = 0;
  #wanted: Wanted[] = [];
  /** While it lasts the server is not asked for history, on whatever connection. */
  readonly #pause = new Pause();

  constructor(host: IntakeHost, position?: { epoch: string; seq: number; oldest: number }) {
    this.#host = host;
    if (position) {
      this.#epoch = position.epoch;
      this.#seq = position.seq;
      this.#oldest = position.oldest;
    }
  }

  get epoch(): string {
    return this.#epoch;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Lowest number held without a hole up to the position; position + 1 when there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Lowest number the server can still give, as far as known. */
  get first(): number {
    return this.#first;
  }

  /** Nothing is missing and new records come by themselves. */
  get complete(): boolean {
    return this.#live && !this.#filling;
  }

  /** The server's answer to an enter that stated this intake's position, if it had one. */
  entered(frame: EnteredFrame): void {
    this.lost();
    this.#entered = true;
    this.#first = frame.first;
    const known = this.#epoch !== "";
    const from = this.#seq + 1;
    const same = frame.epoch === this.#epoch;
    // What history lost lies below what is held already: nothing is missing.
    const isAhead = same && frame.resume === Resume.gap && frame.start < from;
    if (!isAhead && (!same || frame.resume !== Resume.continued)) {
      this.#epoch = frame.epoch;
      this.#seq = frame.start;
      this.#oldest = frame.start + 1;
      if (same && frame.resume === Resume.gap) this.#host.gap(from, frame.start, false);
      else if (known) {
        // In another life of the log the same numbers are other messages.
        this.#giveNoPages();
        this.#host.reset();
      }
    }
    this.#target = this.#seq;
    for (const wanted of this.#wanted) this.#request(wanted);
  }

  /** From now on blocks come as they are committed. */
  live(head: number): void {
    this.#live = true;
    this.#target = Math.max(this.#target, head);
    this.#fill();
    this.#host.changed();
  }

  lost(): void {
    this.#generation++;
    this.#entered = false;
    this.#live = false;
    this.#filling = 0;
    this.#early = [];
  }

  /** One block of this room. @throws WireError */
  take(bytes: Uint8Array): void {
    if (!this.#entered) return;
    const { seq, count } = readBlockHeader(bytes);
    this.#target = Math.max(this.#target, seq + count - 1);
    if (this.#apply(bytes)) this.#applyEarly();
    else if (this.#early.length < EARLY_BLOCKS) {
      this.#early.push({ seq, bytes });
      this.#early.sort((a, b) => a.seq - b.seq);
    }
    this.#fill();
  }

  /** Asks for about `limit` records next to number `seq`, on whatever connection there is and will be. */
  page(direction: Direction, seq: number, limit: number): Promise<RecordPage> {
    return new Promise((resolve, reject) => {
      const wanted = { direction, seq, limit, resolve, reject };
      this.#wanted.push(wanted);
      if (this.#entered) this.#request(wanted);
    });
  }

  /** Nothing will come any more. */
  end(): void {
    this.lost();
    this.#giveNoPages();
  }

  /** Takes what continues the position. False when there is a hole before the block. */
  #apply(bytes: Uint8Array): boolean {
    const { seq, count } = readBlockHeader(bytes);
    const position = this.#seq;
    if (seq > position + 1) return false;
    if (seq + count - 1 <= position) return true;
    const { records, acts, lost } = decodeKinds(bytes, this.#host.kinds);
    // What is told goes on in steps, so that the position is true at each of them.
    for (const range of lost) {
      const from = Math.max(range.from, this.#seq + 1);
      if (from > range.to) continue;
      this.#append(records, acts, from - 1);
      this.#seq = range.to;
      this.#host.gap(from, range.to, true);
    }
    this.#append(records, acts, seq + count - 1);
    return true;
  }

  /** Of the records those after the position, up to number `to`, where the position is then. */
  #append(records: TextRecord[], acts: ActRecord[], to: number): void {
    const position = this.#seq;
    const isNew = ({ seq }: RecordHead) => seq > position && seq <= to;
    const [more, moreActs] = [records.filter(isNew), acts.filter(isNew)];
    this.#seq = to;
    if (more.length + moreActs.length) this.#host.appended(more, moreActs);
  }

  #applyEarly(): void {
    this.#early = this.#early.filter((block) => !this.#apply(block.bytes));
  }

  /** Asks for what is missing, one request at a time. */
  #fill(): void {
    if (this.#filling || this.#seq >= this.#target) return;
    const fill = ++this.#fills;
    this.#filling = fill;
    /** Whether this is the first word on the request: its answer, or the end of patience. */
    const ends = () => {
      if (fill !== this.#filling) return false;
      this.#filling = 0;
      return true;
    };
    const again = () => ends() && this.#fill();
    if (!this.#waits(again)) {
      const cancel = this.#host.after(PAGE_MS, again);
      this.#host.history(Direction.after, this.#seq, Number.MAX_SAFE_INTEGER, (frame) => {
        cancel();
        if (frame.kind === ServerKind.page) {
          if (ends()) this.#takePage(frame);
        } else if (frame.code === Refusal.damaged) {
          if (ends()) this.#giveUp();
        } else {
          this.#pause.begin(Math.max(frame.retryAfterMs, PAUSE_MS), this.#host.now());
          this.#waits(again);
        }
      });
    }
    this.#host.changed();
  }

  /** The server has nothing after the position. The next block that does not fit asks again. */
  #giveUp(): void {
    this.#target = this.#seq;
    this.#early = [];
    this.#host.changed();
  }

  /** Whether `again` is to be called later, because the server said so. */
  #waits(again: () => void): boolean {
    const left = this.#pause.left(this.#host.now());
    if (left > 0) this.#host.after(left, again);
    return left > 0;
  }

  #takePage(page: PageFrame): void {
    const before = this.#seq;
    this.#first = page.first;
    if (page.first > before + 1) {
      // Retention overtook this reader.
      this.#seq = page.first - 1;
      this.#oldest = page.first;
      this.#host.gap(before + 1, this.#seq, false);
    }
    for (const block of page.blocks) this.#apply(block);
    this.#applyEarly();
    if (this.#seq === before) this.#giveUp();
    this.#fill();
    this.#host.changed();
  }

  #request(wanted: Wanted): void {
    const generation = this.#generation;
    const again = () => {
      if (generation === this.#generation) this.#request(wanted);
    };
    if (this.#waits(again)) return;
    const { direction, seq, limit } = wanted;
    let became: BecameFrame | undefined;
    const answer = (frame: PageFrame | RefusedFrame) => {
      if (generation !== this.#generation) return;
      if (frame.kind === ServerKind.refused && frame.retryAfterMs > 0) {
        this.#pause.begin(Math.max(frame.retryAfterMs, PAUSE_MS), this.#host.now());
        this.#waits(again);
        return;
      }
      if (frame.kind === ServerKind.page) wanted.resolve(this.#read(wanted, frame, became));
      else wanted.reject(new RefusedError(frame));
      this.#wanted = this.#wanted.filter((one) => one !== wanted);
    };
    this.#host.history(direction, seq, limit, answer, (frame) => {
      became = frame;
    });
  }

  /** What of a page continues the number asked for: a page that has a hole in it ends there. */
  #read({ direction, seq }: Wanted, page: PageFrame, became?: BecameFrame): RecordPage {
    const isUpward = direction === Direction.after;
    let from = isUpward ? seq + 1 : seq;
    let to = from - 1;
    const records: TextRecord[] = [];
    const acts: ActRecord[] = [];
    this.#first = page.first;
    // Below the first one that is kept there is nothing.
    if (isUpward) to = Math.max(to, page.first - 1);
    for (const bytes of isUpward ? page.blocks : page.blocks.reverse()) {
      const block = decodeKinds(bytes, this.#host.kinds);
      const end = block.seq + block.count - 1;
      if (end < from - 1 || block.seq > to + 1) break;
      from = Math.min(from, block.seq);
      to = Math.max(to, end);
      records.push(...block.records);
      acts.push(...block.acts);
      for (const range of block.lost) this.#host.gap(range.from, range.to, true);
    }
    if (became) {
      from = Math.max(from, became.from);
      to = Math.min(to, became.to);
    }
    const more = page.more && (isUpward ? to > seq : from < seq);
    if (!isUpward && !page.more) from = Math.min(from, page.first);
    const inOrder = <One extends RecordHead>(some: One[]) =>
      some.filter((one) => !became || (one.seq >= from && one.seq <= to)).sort((a, b) => a.seq - b.seq);
    return { from, to, more, records: inOrder(records), acts: inOrder(acts), became };
  }

  #giveNoPages(): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    for (const { seq, resolve } of wanted)
      resolve({ from: seq, to: seq - 1, more: false, records: [], acts: [] });
  }
}
