/**
 * What makes a send idempotent: for every author of a room the highest nonce accepted and its number. It is derived
 * state: a snapshot stands in the log now and then, and what came after it is read again from the blocks when
 * the room is loaded. Invariant: an author's nonces rise with the numbers of the records they stand in.
 *
 *   snapshot   u8 version = 1, varint n, n times: varint author, varint nonce, varint seq
 */
import { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";

const VERSION = 1;
/** A snapshot is due after this many records, or as many as there are authors if those are more. */
const LEAST_RECORDS = 4096;

export interface LastSent {
  nonce: number;
  seq: number;
}

export class Authors {
  #last = new Map<number, LastSent>();
  #sinceSnapshot = 0;
  #wanted = false;

  /** @throws WireError when the bytes are no snapshot. */
  static decode(bytes: Uint8Array, authors = new Authors()): Authors {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) throw new WireError("snapshot of another version");
    for (let n = r.varint(); n > 0; n--) {
      const author = r.varint();
      authors.#last.set(author, { nonce: r.varint(), seq: r.varint() });
    }
    r.end();
    return authors;
  }

  encode(): Uint8Array {
    const w = new Writer(16 + this.#last.size * 12).u8(VERSION).varint(this.#last.size);
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
    while (r.next()) if (r.seq > after) this.note(r.author, r.nonce, r.seq);
  }
}

/**
 * Looks for (author, nonce) in one block. `passed`: a lower nonce of that author stands here, so blocks before it
 * cannot hold the one looked for.
 */
export function findNonce(
  block: Uint8Array,
  author: number,
  nonce: number,
): { seq: number | null; passed: boolean } {
  let passed = false;
  const r = new BlockReader(block);
  while (r.next()) {
    if (r.author !== author) continue;
    if (r.nonce === nonce) return { seq: r.seq, passed: true };
    if (r.nonce < nonce) passed = true;
  }
  return { seq: null, passed };
}
