/**
 * What REACTED and EDITED tell of a message behind the number of the request: who put which signs on it, and how it read,
 * from its first text to its newest. Apart from the frames, so that a page reads it with the part that shows it.
 * Invariant: versions rise by their numbers.
 *
 *   reacted   varint room, varint seq, signs as in became.ts
 *   edited    varint room, varint seq, varint more, varint missing, then to the end versions:
 *   version   varint number, u48 time, varint length, text
 */
import { readSigns, type ToldSign, writeSigns } from "./became.ts";
import { decodeText, encodeText, Reader, WireError, Writer } from "./bytes.ts";

/** Which message it is about. */
interface About {
  room: number;
  seq: number;
}

export interface Reacted extends About {
  signs: ToldSign[];
}

/** How a message read from a record on: its own, which has its number, or that of an edit. */
export interface Version {
  number: number;
  time: number;
  text: string;
}

export interface Edited extends About {
  /** Older ones that are there and not told, since it would be too much at once. */
  more: number;
  /** Some that were among those told and are not there any more. */
  missing: number;
  versions: Version[];
}

export function writeReacted({ room, seq, signs }: Reacted): Uint8Array {
  return writeSigns(new Writer(64).varint(room).varint(seq), signs).take();
}

/** @throws WireError */
export function readReacted(bytes: Uint8Array): Reacted {
  const r = new Reader(bytes);
  const reacted = { room: r.varint(), seq: r.varint(), signs: readSigns(r) };
  r.end();
  return reacted;
}

export function writeEdited({ room, seq, more, missing, versions }: Edited): Uint8Array {
  const w = new Writer(64).varint(room).varint(seq).varint(more).varint(missing);
  for (const { number, time, text } of versions) {
    const bytes = encodeText(text);
    w.varint(number).u48(time).varint(bytes.length).bytes(bytes);
  }
  return w.take();
}

/** @throws WireError */
export function readEdited(bytes: Uint8Array): Edited {
  const r = new Reader(bytes);
  const about = { room: r.varint(), seq: r.varint(), more: r.varint(), missing: r.varint() };
  const versions: Version[] = [];
  while (r.left > 0) {
    const head = { number: r.varint(), time: r.u48() };
    if (head.number <= (versions.at(-1)?.number ?? 0)) throw new WireError("versions do not rise");
    versions.push({ ...head, text: decodeText(r.bytes(r.varint())) });
  }
  return { ...about, versions };
}
