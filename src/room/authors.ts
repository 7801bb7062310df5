/**
 * What makes a send idempotent: for every author of a room the highest nonce accepted and its number. It is derived
 * state: a snapshot stands in the log now and then, and what came after it is read again from the blocks when
 * the room is loaded. Records that are lost on disk may hold nonces of anyone, so their numbers are kept as well.
 * Invariant: an author's nonces rise with the numbers of the records they stand in, by at most `maxNonceStep` each.
 *
 *   snapshot   u8 version, 1 or 2; if 2: varint m, m times: varint from, varint to: lost numbers, ascending
 *              varint n, n times: varint author, varint nonce, varint seq
 */
import { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { WIRE } from "../wire/limits.ts";
import { LOST } from "../wire/records/lost.ts";

const AUTHOR_BYTES = 70;
const VERSION = 1;
const VERSION_WITH_LOST = 2;
/** More ranges of lost numbers are joined, with what lies between: then too much is taken for lost, never too little. */
const MAX_LOST_RANGES = 64;
/** A snapshot is due after this many records, or as many as there are authors if those are more. */
const LEAST_RECORDS = 4096;

export interface LastSent {
  nonce: number;
  seq: number;
}

interface Range {
  from: number;
  to: number;
}

export class Authors {
  #last = new Map<number, LastSent>();
  /** Numbers whose authors and nonces nobody knows, ascending. */
  #lost: Range[] = [];
  #sinceSnapshot = 0;
  #wanted = false;

  /** @throws WireError when the bytes are no snapshot. */
  static decode(bytes: Uint8Array, authors = new Authors()): Authors {
    const r = new Reader(bytes);
    const version = r.u8();
    if (version !== VERSION && version !== VERSION_WITH_LOST)
      throw new WireError("snapshot of another version");
    for (let n = version === VERSION ? 0 : r.varint(); n > 0; n--) {
      const range = { from: r.varint(), to: r.varint() };
      if (range.from <= (authors.#lost.at(-1)?.to ?? 0) || range.to < range.from)
        throw new WireError("lost numbers do not rise");
      authors.#lost.push(range);
    }
    for (let n = r.varint(); n > 0; n--) {
      const author = r.varint();
      authors.#last.set(author, { nonce: r.varint(), seq: r.varint() });
    }
    r.end();
    return authors;
  }

  encode(): Uint8Array {
    const w = new Writer(16 + this.#last.size * 12);
    if (this.#lost.length === 0) w.u8(VERSION);
    else w.u8(VERSION_WITH_LOST).varint(this.#lost.length);
    for (const { from, to } of this.#lost) w.varint(from).varint(to);
    w.varint(this.#last.size);
    for (const [author, last] of this.#last) w.varint(author).varint(last.nonce).varint(last.seq);
    this.#sinceSnapshot = 0;
    this.#wanted = false;
    return w.view();
  }

  /** Whether the last snapshot tells all that is known here. */
  get isSnapshotCurrent(): boolean {
    return this.#sinceSnapshot === 0;
  }

  /** Makes a snapshot due whatever came since the last one. */
  wantSnapshot(): void {
    this.#wanted = true;
  }

  get snapshotDue(): boolean {
    return this.#wanted || this.#sinceSnapshot >= Math.max(LEAST_RECORDS, this.#last.size);
  }

  get(author: number): LastSent | undefined {
    return this.#last.get(author);
  }

  /** About what they take in memory: measured, 69 MB for a million. */
  get bytes(): number {
    return this.#last.size * AUTHOR_BYTES;
  }

  /**
   * No nonce of this author that was ever stored is higher. It is the last one known, unless records behind that one
   * are lost: each may have been this author's, and have raised it by the largest step. `last`: as for `note`.
   */
  highest(author: number, last = this.get(author)): number {
    const nonce = last?.nonce ?? 0;
    if (this.#lost.length === 0) return nonce;
    const known = last?.seq ?? 0;
    let lost = 0;
    for (const { from, to } of this.#lost) lost += Math.max(0, to - Math.max(from - 1, known));
    return Math.min(nonce + lost * WIRE.maxNonceStep, WIRE.maxVarint);
  }

  /** What stood under these numbers cannot be known any more. Ranges come in ascending order. */
  lose(from: number, to: number): void {
    this.#sinceSnapshot++;
    const last = this.#lost.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else this.#lost.push({ from, to });
    if (this.#lost.length <= MAX_LOST_RANGES) return;
    const [first, second] = this.#lost.splice(0, 2);
    this.#lost.unshift({ from: first!.from, to: second!.to });
  }

  /** `last`: what `get` says of the author, for a caller that has asked already. */
  note(author: number, nonce: number, seq: number, last = this.#last.get(author)): void {
    this.#sinceSnapshot++;
    if (last === undefined) this.#last.set(author, { nonce, seq });
    else {
      last.nonce = nonce;
      last.seq = seq;
    }
  }

  /** Notes every record of a block read back. */
  replay(block: Uint8Array, after: number): void {
    const r = new BlockReader(block);
    while (r.next()) {
      if (r.seq <= after) continue;
      if (r.kind === LOST) this.lose(r.seq, r.seq);
      else this.note(r.author, r.nonce, r.seq);
    }
  }
}

/**
 * Looks for (author, nonce) in one block of a walk from the newest to the oldest. `passed`: a lower nonce of that
 * author stands here, so blocks before it cannot hold the one looked for. `lost`: between that one, or the beginning of
 * the block, and the next higher nonce of the author lie lost records; given back for the blocks behind as `lostBehind`.
 */
export function findNonce(
  block: Uint8Array,
  author: number,
  nonce: number,
  lostBehind = false,
): { seq: number | null; passed: boolean; lost: boolean } {
  let passed = false;
  let lost = false;
  const r = new BlockReader(block);
  while (r.next()) {
    if (r.kind === LOST) lost = true;
    else if (r.author !== author) continue;
    else if (r.nonce === nonce) return { seq: r.seq, passed: true, lost: false };
    else if (r.nonce > nonce) return { seq: null, passed, lost };
    else {
      passed = true;
      lost = false;
    }
  }
  return { seq: null, passed, lost: lost || lostBehind };
}
