/**
 * A sign that somebody puts on a message, or takes back; of one person the newest word on a sign counts. Its body:
 * varint to, flag on, then the sign to the end.
 */
import { decodeText, encodeText, Reader, Writer } from "../bytes.ts";
import { type RecordKind, type Referring, readFlag, Whose } from "./kind.ts";

export interface Reaction extends Referring {
  on: boolean;
}

/** Emoji, flags, keycaps and what joins them; no letters, so that it is a sign and no second text. */
const isSign = (text: string): boolean =>
  /^(?=.*(?:\p{ExtPict}|\p{RI}|\u20e3))(?:\p{ExtPict}|\p{EMod}|\p{RI}|\u200d|\ufe0f|\u20e3|[\d#*]|[\u{e0020}-\u{e007f}])+$/u.test(
    text,
  );

export const reaction: RecordKind<Reaction> = {
  kind: 6,
  name: "reaction",
  isMessage: false,
  refersTo: Whose.anyones,
  maxTextBytes: 64,
  read(body) {
    const r = new Reader(body);
    const to = r.varint();
    const on = readFlag(r);
    return { to, on, text: decodeText(r.rest()) };
  },
  write: ({ to, on, text }) =>
    new Writer()
      .varint(to)
      .u8(on ? 1 : 0)
      .bytes(encodeText(text))
      .take(),
  fits: ({ text }) => isSign(text),
};
