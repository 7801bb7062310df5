/**
 * What makes a send idempotent: for every author of a room the highest nonce stored and its number. It is a projection:
 * what is stored it learns from the records alone. What was given a number here and is on its way to the log is kept
 * beside that until it comes back from there. Records that are lost on disk may hold nonces of anyone, so their numbers
 * are kept as well.
 * Invariant: an author's nonces rise with the numbers of the records they stand in, by at most `maxNonceStep` each.
 *
 *   snapshot   u8 version, 1 or 2; if 2: varint m, m times: varint from, varint to: lost numbers, ascending
 *              varint n, n times: varint author, varint nonce, varint seq
 */
import { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { WIRE } from "../wire/limits.ts";
import { LOST } from "../wire/records/lost.ts";
import type { Projection } from "./projection.ts";

const AUTHOR_BYTES = 70;
const VERSION = 1;
const VERSION_WITH_LOST = 2;
/** More ranges of lost numbers are joined, with what lies between: then too much is taken for lost, never too little. */
const MAX_LOST_RANGES = 64;

export interface LastSent {
  nonce: number;
  seq: number;
}

interface Range {
  from: number;
  to: number;
}

export class Authors implements Projection {
  readonly id = 1;
  #stored = new Map<number, LastSent>();
  /** Of those whose newest record is not stored yet. */
  #given = new Map<number, LastSent>();
  /** Numbers whose authors and nonces nobody knows, ascending. */
  #lost: Range[] = [];

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    const version = r.u8();
    if (version !== VERSION && version !== VERSION_WITH_LOST)
      throw new WireError("snapshot of another version");
    for (let n = version === VERSION ? 0 : r.varint(); n > 0; n--) {
      const range = { from: r.varint(), to: r.varint() };
      if (range.from <= (this.#lost.at(-1)?.to ?? 0) || range.to < range.from)
        throw new WireError("lost numbers do not rise");
      this.#lost.push(range);
    }
    for (let n = r.varint(); n > 0; n--) {
      const author = r.varint();
      this.#stored.set(author, { nonce: r.varint(), seq: r.varint() });
    }
    r.end();
  }

  encode(): Uint8Array {
    const w = new Writer(16 + this.#stored.size * 12);
    if (this.#lost.length === 0) w.u8(VERSION);
    else w.u8(VERSION_WITH_LOST).varint(this.#lost.length);
    for (const { from, to } of this.#lost) w.varint(from).varint(to);
    w.varint(this.#stored.size);
    for (const [author, last] of this.#stored) w.varint(author).varint(last.nonce).varint(last.seq);
    return w.view();
  }

  /** What the author sent last, stored or on its way there. */
  get(author: number): LastSent | undefined {
    return this.#given.get(author) ?? this.#stored.get(author);
  }

  get size(): number {
    return this.#stored.size;
  }

  /** About what they take in memory: measured, 69 MB for a million. */
  get bytes(): number {
    return this.#stored.size * AUTHOR_BYTES;
  }

  /**
   * No nonce of this author that was ever stored is higher. It is the last one known, unless records behind that one
   * are lost: each may have been this author's, and have raised it by the largest step. `last`: what `get` says of the
   * author, for a caller that has asked already.
   */
  highest(author: number, last = this.get(author)): number {
    const nonce = last?.nonce ?? 0;
    if (this.#lost.length === 0) return nonce;
    const known = last?.seq ?? 0;
    let lost = 0;
    for (const { from, to } of this.#lost) lost += Math.max(0, to - Math.max(from - 1, known));
    return Math.min(nonce + lost * WIRE.maxNonceStep, WIRE.maxVarint);
  }

  lose(from: number, to: number): void {
    const last = this.#lost.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else this.#lost.push({ from, to });
    if (this.#lost.length <= MAX_LOST_RANGES) return;
    const [first, second] = this.#lost.splice(0, 2);
    this.#lost.unshift({ from: first!.from, to: second!.to });
  }

  /** A record was given this number, and goes to the log. */
  give(author: number, nonce: number, seq: number): void {
    put(this.#given, author, nonce, seq);
  }

  apply({ kind, author, nonce, seq }: BlockReader): void {
    if (kind === LOST) {
      this.lose(seq, seq);
      return;
    }
    put(this.#stored, author, nonce, seq);
    const given = this.#given.get(author);
    if (given !== undefined && given.seq <= seq) this.#given.delete(author);
  }
}

function put(into: Map<number, LastSent>, author: number, nonce: number, seq: number): void {
  const last = into.get(author);
  if (last === undefined) into.set(author, { nonce, seq });
  else {
    last.nonce = nonce;
    last.seq = seq;
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
