/**
 * Somebody reports a message of a room to those who look after it; it stands in the room's back room. The server says
 * it after a REPORT, and nobody by an ACT; its own name is that of who reports. Its body: varint front, varint by,
 * varint person, str8 personName, varint length and the excerpt, then the reason to the end; both may be empty. Where
 * it is about another room than the one whose back room this is, a 0 and str8 room stand before all that: no message
 * has that number.
 */
import { decodeText, encodeText, Reader, Writer } from "../bytes.ts";
import type { RecordKind, Text } from "./kind.ts";

/** Of the text as it was when it was reported; what is longer is cut. */
export const MAX_EXCERPT_LETTERS = 200;
/** Letters are code points. */
export const MAX_REPORT_LETTERS = 200;

/** Its text is the reason. */
export interface Report extends Text {
  /** Number of the message in the room that is looked after. */
  front: number;
  /** Name of that room; left out: the one whose back room this is. */
  room?: string;
  /** Number of who reports it. */
  by: number;
  /** Number and name of who wrote it. */
  person: number;
  personName: string;
  excerpt: string;
}

export const report: RecordKind<Report> = {
  kind: 17,
  name: "report",
  isMessage: false,
  mayBeEmpty: true,
  isServers: true,
  read(body) {
    const r = new Reader(body);
    const first = r.varint();
    const from = first === 0 ? { room: r.str8() } : {};
    const front = first || r.varint();
    const by = r.varint();
    const person = r.varint();
    const personName = r.str8();
    const excerpt = decodeText(r.bytes(r.varint()));
    return { ...from, front, by, person, personName, excerpt, text: decodeText(r.rest()) };
  },
  write({ front, room = "", by, person, personName, excerpt, text }) {
    const cut = encodeText(excerpt);
    const w = new Writer(64);
    if (room) w.varint(0).str8(room);
    w.varint(front).varint(by).varint(person).str8(personName);
    return w.varint(cut.length).bytes(cut).bytes(encodeText(text)).take();
  },
};
