/**
 * Somebody who looks after the room takes down all that a person wrote lately, for a reason that all may read. It says so
 * once; the server says a takedown of each message behind it. Its body: varint who, varint since, then the reason to the
 * end; it may be empty.
 */
import { decodeText, encodeText, Reader, Writer } from "../bytes.ts";
import type { RecordKind, Text } from "./kind.ts";

/** Its text is the reason. */
export interface Sweep extends Text {
  /** Number of an identity. */
  who: number;
  /** Of messages from then on, milliseconds since 1970 by the server's clock. */
  since: number;
}

export const sweep: RecordKind<Sweep> = {
  kind: 15,
  name: "sweep",
  isMessage: false,
  maxTextBytes: 255,
  mayBeEmpty: true,
  read(body) {
    const r = new Reader(body);
    const who = r.varint();
    const since = r.varint();
    return { who, since, text: decodeText(r.rest()) };
  },
  write: ({ who, since, text }) => new Writer().varint(who).varint(since).bytes(encodeText(text)).take(),
  fits: ({ who }) => who > 0,
};
