/**
 * What became of messages afterwards, as far as a server has to know it: which are removed, which have edits, and which
 * texts still have to go from the log because of that. Records are trusted: they were judged before they were stored.
 * Invariant: of a removed message, and of its edits whenever they came, every number is to be blanked until the log has
 * shown it blank.
 *
 *   snapshot   u8 version, 1; varint n, n numbers of removed messages; varint n, n numbers to be blanked;
 *              varint n, n times: varint message, varint n, n numbers of its edits
 */
import { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { edit } from "../wire/records/edit.ts";
import { kindOf } from "../wire/records/registry.ts";
import { removal } from "../wire/records/removal.ts";
import { takedown } from "../wire/records/takedown.ts";
import { NumberSet } from "./number-set.ts";
import type { Projection } from "./projection.ts";

const VERSION = 1;
/** Measured: 21 bytes of a million numbers in a set, 29 of a million pairs. */
const ENTRY_BYTES = 30;

export class Amendments implements Projection {
  readonly id = 2;
  readonly #removed = new NumberSet();
  readonly #toBlank = new Set<number>();
  /** The newest edit of each message that is not removed, and before each edit the one of the same message. */
  readonly #edited = new Map<number, number>();
  readonly #before = new Map<number, number>();
  /** Edits of messages below this number are forgotten. */
  #first = 1;

  get size(): number {
    return this.#removed.size + this.#toBlank.size + this.edits;
  }

  get bytes(): number {
    return this.#removed.bytes + (this.#toBlank.size + this.edits) * ENTRY_BYTES;
  }

  isRemoved(message: number): boolean {
    return this.#removed.has(message);
  }

  /** Edits of all messages that are there. */
  get edits(): number {
    return this.#edited.size + this.#before.size;
  }

  /** Number of the newest edit of a message that is there; undefined: it has none. */
  lastEdit(message: number): number | undefined {
    return this.#edited.get(message);
  }

  /** How often a message that is there was edited. */
  editsOf(message: number): number {
    return this.#editsOf(message).length;
  }

  /** Numbers of the edits of a message that is there, ascending. */
  editNumbersOf(message: number): number[] {
    return this.#editsOf(message).reverse();
  }

  /** Numbers of records whose texts have to go from the log. */
  get toBlank(): ReadonlySet<number> {
    return this.#toBlank;
  }

  apply(record: BlockReader): void {
    const { kind, seq } = record;
    if (kind === edit.kind) {
      const { to } = edit.read(record.body);
      if (this.#removed.has(to)) this.#toBlank.add(seq);
      else this.#addEdit(to, seq);
    } else if (isRemoval(kind)) {
      const to = removedBy(record.body);
      if (this.#removed.has(to)) return;
      this.#removed.add(to);
      this.#toBlank.add(to);
      for (const edit of this.#editsOf(to)) this.#toBlank.add(edit);
      this.#forgetEdits(to);
    }
  }

  /** What is lost has no text. */
  lose(from: number, to: number): void {
    for (const seq of this.#toBlank) if (seq >= from && seq <= to) this.#toBlank.delete(seq);
  }

  trimmed(first: number): void {
    this.#removed.dropBelow(first);
    for (const seq of this.#toBlank) if (seq < first) this.#toBlank.delete(seq);
    // All are looked at, so not for every step of retention.
    if (first - this.#first < this.edits) return;
    this.#first = first;
    for (const message of this.#edited.keys()) if (message < first) this.#forgetEdits(message);
  }

  /** The log shows a block as it is now. */
  seen(block: Uint8Array): void {
    if (this.#toBlank.size === 0) return;
    const r = new BlockReader(block);
    while (r.next()) if (this.#toBlank.has(r.seq) && !hasText(r)) this.#toBlank.delete(r.seq);
  }

  encode(): Uint8Array {
    const w = new Writer(64).u8(VERSION);
    for (const numbers of [this.#removed, this.#toBlank]) {
      w.varint(numbers.size);
      for (const seq of numbers) w.varint(seq);
    }
    w.varint(this.#edited.size);
    for (const message of this.#edited.keys()) {
      const edits = this.#editsOf(message).reverse();
      w.varint(message).varint(edits.length);
      for (const seq of edits) w.varint(seq);
    }
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) throw new WireError("amendments of another version");
    for (const numbers of [this.#removed, this.#toBlank])
      for (let n = r.varint(); n > 0; n--) numbers.add(r.varint());
    for (let n = r.varint(); n > 0; n--) {
      const message = r.varint();
      let last = message;
      for (let m = r.varint(); m > 0; m--) {
        const seq = r.varint();
        if (seq <= last) throw new WireError("edits do not rise");
        this.#addEdit(message, seq);
        last = seq;
      }
    }
    r.end();
  }

  #addEdit(message: number, seq: number): void {
    const last = this.#edited.get(message);
    if (last !== undefined) this.#before.set(seq, last);
    this.#edited.set(message, seq);
  }

  /** The newest first. */
  #editsOf(message: number): number[] {
    const edits: number[] = [];
    for (let seq = this.#edited.get(message); seq !== undefined; seq = this.#before.get(seq)) edits.push(seq);
    return edits;
  }

  #forgetEdits(message: number): void {
    for (const seq of this.#editsOf(message)) this.#before.delete(seq);
    this.#edited.delete(message);
  }
}

/** Whether a message goes by it: its author's word, or that of somebody who looks after the room. */
export const isRemoval = (kind: number): boolean => kind === removal.kind || kind === takedown.kind;

/** Number of the message: it comes first in both. */
export const removedBy = (body: Uint8Array): number => takedown.read(body).to;

/** Whether a record of a known kind has a text that is not blank. */
function hasText({ kind, body }: BlockReader): boolean {
  const read: { text?: string } | undefined = kindOf(kind)?.read(body);
  return (read?.text ?? "") !== "";
}
