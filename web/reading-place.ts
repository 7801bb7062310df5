/**
 * Where in a room the reader is, and what of it is unread. It owns the place that the log holds still (the newest, the
 * line of the unread, or a message and how far from the top it stands), what was read, and the line. The log measures,
 * tells what it measured, and does what is said here. Pure: it knows no DOM, no clock and no rows.
 * Invariants: only the reader's own hand, a jump, and what is missed move the place; what comes while it is not looked
 * at stays unread until it was in sight; the line stands above the first of them for as long as one was away.
 *
 *   newest ──more than LEAVE_PX upwards by hand──▶ message ──the end is reached──▶ newest
 *      └──something is missed──▶ line ──by hand──▶ message      line ──nothing is missed, the end in sight──▶ newest
 */

export const Hold = { newest: 0, line: 1, message: 2 } as const;
export type Hold = (typeof Hold)[keyof typeof Hold];

/** A message, and pixels from the top of the log to the top of its text; null: to be brought into sight. */
export interface Anchor {
  seq: number;
  offset: number | null;
}

/** What is in sight: the first message, wholly or not, where it stands, and the last one. */
export interface Sight {
  seq: number;
  offset: number;
  last: number;
}

/** How far the log is scrolled and how far it could be, and whether the end of it is the end of the room. */
export interface Measure {
  top: number;
  max: number;
  isEnd: boolean;
}

const LEAVE_PX = 4;

export class ReadingPlace {
  hold: Hold = Hold.newest;
  /** What to hold still, when it is a message. */
  anchor: Anchor | null = null;
  unread = 0;
  /** Number of the first message missed, for the line above it. */
  line: number | null = null;
  /** Number of the last message that was read; null before there is anything one could have missed. */
  read: number | null = null;
  /** Grows when the log has to go somewhere, or to be looked at anew. */
  jumps = 0;
  /** How many unread ones there are from number `after` + 1 to number `to`, of those that were told. */
  readonly #count: (after: number, to: number) => number;
  #isWatched = false;
  #isLive = false;
  /** All that the line is for was read, and one has been away since: what is missed next gets the line. */
  #isLineOver = true;
  #top = 0;
  #up = 0;
  /** The end of the room was in sight when it was measured last. */
  #endInSight = true;
  /** What passed since the last jump: between two measures everything between them did. */
  #passed: number | null = null;

  constructor(count: (after: number, to: number) => number) {
    this.#count = count;
  }

  /** Whether what comes is in sight at once. */
  get isAtNewest(): boolean {
    return this.hold === Hold.newest || (this.hold === Hold.line && this.#endInSight);
  }

  restore({ read, unread = 0, line = null }: { read: number; unread?: number; line?: number | null }): void {
    this.read = read;
    this.unread = unread;
    this.line = unread > 0 ? line : null;
    if (this.line !== null) this.#go(Hold.line);
  }

  /** Nothing is known of what was read: another life of the log. */
  forget(): void {
    this.read = null;
    this.unread = 0;
    this.line = null;
    this.#go(Hold.newest);
  }

  /** All that was missed is here: what comes now is new. `last`: number of the last message. */
  live(last: number): void {
    this.#isLive = true;
    this.read ??= last;
    if (this.hold === Hold.line) this.jumps++;
  }

  /** What is said now will be missed. */
  lost(): void {
    this.#isLive = false;
    this.#leave();
  }

  /** Whether the room is what the person looks at. */
  setWatched(isWatched: boolean): void {
    if (this.#isWatched && !isWatched) {
      this.#leave();
      // Looking away ends the line, if all was read.
      if (this.unread === 0) this.line = null;
    }
    this.#isWatched = isWatched;
    this.jumps++;
  }

  /** Messages came, `count` of them by others and unread, from number `first` on. `last`: number of the last one. */
  came(count: number, first: number, last: number): void {
    if (this.read === null) return;
    if (this.hold === Hold.newest && this.#isWatched && this.#isLive) {
      this.#readUpTo(last);
      return;
    }
    if (count === 0) return;
    if (this.unread === 0 && (this.#isLive || this.#isLineOver || this.line === null)) {
      this.line = first;
      this.#isLineOver = false;
    }
    this.unread += count;
    if (this.hold !== Hold.newest) return;
    if (this.line === first) this.#go(Hold.line);
    // The line was read already: what comes below it must not lead back there.
    else this.toMessage(this.read);
  }

  /** The reader goes to the end. `last`: number of the last message. */
  toNewest(last: number): void {
    this.line = null;
    this.#readUpTo(last);
    this.#go(Hold.newest);
  }

  toMessage(seq: number): void {
    this.anchor = { seq, offset: null };
    this.#go(Hold.message);
  }

  /** The log was scrolled, by whatever. True when something else is to be shown now. */
  scrolled({ top, max, isEnd }: Measure, look: () => Sight | null, last: number): boolean {
    // What became shorter pushed it up, not the reader.
    const up = Math.min(this.#top, max) - top;
    if (Math.abs(up) < 1) return false;
    this.#top = top;
    this.#up = up > 0 ? this.#up + up : 0;
    const wasAtNewest = this.isAtNewest;
    const { unread } = this;
    if (this.hold === Hold.newest && this.#up <= LEAVE_PX) return false;
    this.#endInSight = isEnd && max - top < 1;
    if (up < 0 && isEnd && max - top <= LEAVE_PX) this.#arrive(last);
    else this.#stayAt(look());
    return wasAtNewest !== this.isAtNewest || unread !== this.unread;
  }

  /** The log was drawn and put in its place. True when something else is to be shown now. */
  placed({ top, max, isEnd }: Measure, look: () => Sight | null, last: number): boolean {
    const wasAtNewest = this.isAtNewest;
    const { unread } = this;
    this.#top = top;
    this.#endInSight = isEnd && max - top < 1;
    if (this.hold === Hold.newest) {
      if (this.#isWatched && this.#isLive) this.#readUpTo(last);
    } else if (this.#endInSight && this.#isWatched && this.#isLive) this.#arrive(last);
    else if (this.hold === Hold.message && this.anchor?.offset === null) {
      const sight = look();
      if (sight) this.anchor = sight;
    }
    return wasAtNewest !== this.isAtNewest || unread !== this.unread;
  }

  #go(hold: Hold): void {
    this.hold = hold;
    this.#up = 0;
    this.#passed = hold === Hold.line ? this.line : null;
    this.jumps++;
  }

  #arrive(last: number): void {
    this.hold = Hold.newest;
    this.#up = 0;
    if (this.#isWatched) this.#readUpTo(last);
  }

  #stayAt(sight: Sight | null): void {
    if (!sight) return;
    this.hold = Hold.message;
    this.anchor = sight;
    const from = Math.min(sight.seq, this.#passed ?? sight.seq);
    this.#passed = sight.last;
    if (!this.#isWatched || this.read === null || sight.last <= this.read) return;
    // What was jumped over was not in sight.
    if (from > Math.max(this.read + 1, this.line ?? 0)) return;
    this.unread = Math.max(0, this.unread - this.#count(this.read, sight.last));
    this.read = sight.last;
  }

  #readUpTo(last: number): void {
    if (this.read !== null) this.read = Math.max(this.read, last);
    this.unread = 0;
  }

  #leave(): void {
    if (this.unread === 0) this.#isLineOver = true;
    this.#passed = null;
  }
}
