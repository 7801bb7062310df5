/**
 * What a room that belongs to somebody shows to whoever enters: its topic, and the messages that are pinned. Records are
 * trusted: they were judged before they were stored. Invariant: what is pinned is kept, and was not removed.
 *
 *   snapshot   u8 version, 1; varint length, bytes of the topic; varint n, n numbers of pinned messages
 */
import type { BlockReader } from "../wire/block.ts";
import { decodeText, encodeText, Reader, WireError, Writer } from "../wire/bytes.ts";
import { pin } from "../wire/records/pin.ts";
import { topic } from "../wire/records/topic.ts";
import { isRemoval, removedBy } from "./amendments.ts";
import type { Projection } from "./projection.ts";

const VERSION = 1;
/** Of a number in a set. */
const ENTRY_BYTES = 25;

export class Notices implements Projection {
  readonly id = 5;
  #topic = "";
  readonly #pinned = new Set<number>();

  get size(): number {
    return this.#pinned.size;
  }

  get bytes(): number {
    return this.#topic.length * 2 + this.#pinned.size * ENTRY_BYTES;
  }

  /** Empty: there is none. */
  get topic(): string {
    return this.#topic;
  }

  /** Numbers of messages, in the order in which they were pinned. */
  get pinned(): ReadonlySet<number> {
    return this.#pinned;
  }

  apply(record: BlockReader): void {
    const { kind } = record;
    if (kind === topic.kind) this.#topic = topic.read(record.body).text;
    else if (isRemoval(kind)) this.#pinned.delete(removedBy(record.body));
    else if (kind === pin.kind) {
      const { to, on } = pin.read(record.body);
      if (on) this.#pinned.add(to);
      else this.#pinned.delete(to);
    }
  }

  lose(from: number, to: number): void {
    for (const message of this.#pinned) if (message >= from && message <= to) this.#pinned.delete(message);
  }

  trimmed(first: number): void {
    this.lose(0, first - 1);
  }

  encode(): Uint8Array {
    const text = encodeText(this.#topic);
    const w = new Writer(32).u8(VERSION).varint(text.length).bytes(text).varint(this.#pinned.size);
    for (const message of this.#pinned) w.varint(message);
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) throw new WireError("notices of another version");
    this.#topic = decodeText(r.bytes(r.varint()));
    for (let n = r.varint(); n > 0; n--) this.#pinned.add(r.varint());
    r.end();
  }
}
