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
import type { Projection } from "./projection.ts";

const VERSION = 1;
const ENTRY_BYTES = 50;

export class Amendments implements Projection {
  readonly id = 2;
  readonly #removed = new Set<number>();
  readonly #toBlank = new Set<number>();
  /** Of messages that are not removed, ascending. */
  readonly #edits = new Map<number, number[]>();

  get size(): number {
    return this.#removed.size + this.#toBlank.size + this.#edits.size;
  }

  get bytes(): number {
    return this.size * ENTRY_BYTES;
  }

  isRemoved(message: number): boolean {
    return this.#removed.has(message);
  }

  /** How often a message that is there was edited. */
  editsOf(message: number): number {
    return this.#edits.get(message)?.length ?? 0;
  }

  /** Numbers of records whose texts have to go from the log. */
  get toBlank(): ReadonlySet<number> {
    return this.#toBlank;
  }

  apply({ kind, seq, body }: BlockReader): void {
    if (kind === edit.kind) {
      const { to } = edit.read(body);
      const edits = this.#edits.get(to);
      if (this.#removed.has(to)) this.#toBlank.add(seq);
      else if (edits) edits.push(seq);
      else this.#edits.set(to, [seq]);
    } else if (kind === removal.kind) {
      const { to } = removal.read(body);
      if (this.#removed.has(to)) return;
      this.#removed.add(to);
      this.#toBlank.add(to);
      for (const seq of this.#edits.get(to) ?? []) this.#toBlank.add(seq);
      this.#edits.delete(to);
    }
  }

  /** What is lost has no text. */
  lose(from: number, to: number): void {
    for (const seq of this.#toBlank) if (seq >= from && seq <= to) this.#toBlank.delete(seq);
  }

  trimmed(first: number): void {
    for (const numbers of [this.#removed, this.#toBlank, this.#edits])
      for (const seq of numbers.keys()) if (seq < first) numbers.delete(seq);
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
    w.varint(this.#edits.size);
    for (const [message, edits] of this.#edits) {
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
      const edits: number[] = [];
      this.#edits.set(r.varint(), edits);
      for (let m = r.varint(); m > 0; m--) edits.push(r.varint());
    }
    r.end();
  }
}

/** Whether a record of a known kind has a text that is not blank. */
function hasText({ kind, body }: BlockReader): boolean {
  const read: { text?: string } | undefined = kindOf(kind)?.read(body);
  return (read?.text ?? "") !== "";
}
