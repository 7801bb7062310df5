/**
 * What a BECAME frame tells behind its numbers: of each message that something became of how it reads now, or that it is
 * removed, and the signs on it. Apart from the frames, so that a page reads it with the part that shows it.
 * Invariant: of a message that stands not here nothing became, as far as the frame reaches.
 *
 *   told      varint asOf, then to the end messages:
 *   message   varint to, u8 state: 0 as it was said, 1 removed, 2 edited; if edited: varint number, varint author,
 *             u48 time, varint length, text; then signs
 *   signs     varint n, n times a sign
 *   sign      str8 sign, varint count, u8 own, varint n, n times: varint author, str8 name
 */
import { decodeText, encodeText, Reader, WireError, Writer } from "./bytes.ts";
import { readFlag } from "./records/kind.ts";

export interface ToldSign {
  sign: string;
  /** How many people put it. */
  count: number;
  /** Whether the reader is one of them. */
  own: boolean;
  /** Some of the others. */
  people: { author: number; name: string }[];
}

/** The newest edit of a message. */
export interface ToldEdit {
  /** Number of its record. */
  number: number;
  author: number;
  time: number;
  text: string;
}

export interface ToldMessage {
  to: number;
  removed: boolean;
  /** Never of a removed one. */
  edit: ToldEdit | null;
  signs: ToldSign[];
}

export interface Told {
  /** Acts up to this number are in what is told; later ones are not. */
  asOf: number;
  messages: ToldMessage[];
}

const State = { asSaid: 0, removed: 1, edited: 2 } as const;

export function writeToldMessage({ to, removed, edit, signs }: ToldMessage): Uint8Array {
  const w = new Writer(64).varint(to).u8(removed ? State.removed : edit ? State.edited : State.asSaid);
  if (!removed && edit) {
    const text = encodeText(edit.text);
    w.varint(edit.number).varint(edit.author).u48(edit.time).varint(text.length).bytes(text);
  }
  return writeSigns(w, signs).take();
}

export function writeSigns(w: Writer, signs: readonly ToldSign[]): Writer {
  w.varint(signs.length);
  for (const { sign, count, own, people } of signs) {
    w.str8(sign)
      .varint(count)
      .u8(own ? 1 : 0)
      .varint(people.length);
    for (const { author, name } of people) w.varint(author).str8(name);
  }
  return w;
}

export function writeTold(asOf: number, messages: readonly Uint8Array[]): Uint8Array {
  const w = new Writer(64).varint(asOf);
  for (const message of messages) w.bytes(message);
  return w.take();
}

/** @throws WireError */
export const readSigns = (r: Reader): ToldSign[] => readList(r, 4, readSign);

/** @throws WireError */
export function readTold(bytes: Uint8Array): Told {
  const r = new Reader(bytes);
  const asOf = r.varint();
  const messages: ToldMessage[] = [];
  while (r.left > 0) {
    const to = r.varint();
    const state = r.u8();
    if (state > State.edited) throw new WireError("field has a value that is not allowed");
    const edit = state === State.edited ? readEdit(r) : null;
    messages.push({ to, removed: state === State.removed, edit, signs: readSigns(r) });
  }
  return { asOf, messages };
}

function readEdit(r: Reader): ToldEdit {
  const edit = { number: r.varint(), author: r.varint(), time: r.u48() };
  return { ...edit, text: decodeText(r.bytes(r.varint())) };
}

function readSign(r: Reader): ToldSign {
  const sign = { sign: r.str8(), count: r.varint(), own: readFlag(r) };
  return { ...sign, people: readList(r, 2, () => ({ author: r.varint(), name: r.str8() })) };
}

function readList<Entry>(r: Reader, leastBytes: number, read: (r: Reader) => Entry): Entry[] {
  const count = r.varint();
  if (count * leastBytes > r.left) throw new WireError("count is larger than the frame");
  return Array.from({ length: count }, () => read(r));
}
