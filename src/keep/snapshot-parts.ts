/**
 * Compares what a snapshot says with what a replay of the same records says, projection by projection. It leaves out
 * what depends on when the snapshot was made, and on nothing that is stored:
 *
 *   amendments   numbers that were still to be blanked
 *   settings     who had written lately, among them those whose words were on their way to the log
 *   reactions    in which order the names stand
 *   roles        names, which a snapshot of an earlier version has none of
 */
import type { Projections } from "../room/projections.ts";
import { Reader, Writer } from "../wire/bytes.ts";

const LISTED_VERSION = 3;
const NAMES: Record<number, string> = {
  1: "who sent what last",
  2: "removals and edits",
  3: "reactions",
  4: "roles",
  5: "topic and pins",
  6: "settings",
  7: "bans and mutes",
  8: "the count of acts",
};

/** The name of the first projection that differs; null: none does. `bytes`: of the snapshot that `said` was read from. */
export function differenceOf(bytes: Uint8Array, said: Projections, replayed: Projections): string | null {
  // An older snapshot knows authors alone.
  const known = bytes[0] === LISTED_VERSION ? [...partsOf(bytes).keys()] : [1];
  const [ofSaid, ofReplayed] = [partsOf(said.encode()), partsOf(replayed.encode())];
  for (const id of known) {
    const [one, other] = [ofSaid.get(id), ofReplayed.get(id)];
    if (!one || !other) continue;
    if (Buffer.compare(lasting(id, one), lasting(id, other)) !== 0) return NAMES[id] ?? `projection ${id}`;
  }
  return null;
}

/** The bytes of each projection, by its number. */
function partsOf(bytes: Uint8Array): Map<number, Uint8Array> {
  const r = new Reader(bytes, 1);
  const parts = new Map<number, Uint8Array>();
  for (let n = r.varint(); n > 0; n--) parts.set(r.varint(), r.bytes(r.varint()));
  return parts;
}

/** What of a projection's bytes the records alone decide. */
function lasting(id: number, bytes: Uint8Array): Uint8Array {
  const r = new Reader(bytes, 1);
  if (id === 2) {
    const removed = Array.from({ length: r.varint() }, () => r.varint());
    for (let n = r.varint(); n > 0; n--) r.varint();
    const w = new Writer();
    for (const seq of removed.sort((a, b) => a - b)) w.varint(seq);
    return w.bytes(r.rest()).take();
  }
  if (id === 3) {
    const names = Array.from({ length: r.varint() }, () => ({ author: r.varint(), name: r.str8() }));
    const w = new Writer();
    for (const { author, name } of names.sort((a, b) => a.author - b.author)) w.varint(author).str8(name);
    return w.bytes(r.rest()).take();
  }
  if (id === 4) {
    const w = new Writer();
    for (let n = r.varint(); n > 0; n--) {
      w.varint(r.varint()).u8(r.u8());
      r.str8();
    }
    return w.take();
  }
  return id === 6 ? r.bytes(r.varint()) : bytes;
}
