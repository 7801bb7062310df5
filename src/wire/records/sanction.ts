/**
 * Somebody who looks after the room puts a person out of it, keeps them out or silent, or takes that back. Its body:
 * varint who, u8 what, varint until, then the reason to the end; it may be empty.
 */
import { decodeText, encodeText, Reader, Writer } from "../bytes.ts";
import type { RecordKind, Text } from "./kind.ts";

/** A kick puts out and no more. Of bans the newest word on a person counts, and of mutes. */
export const Sanction = { kick: 1, ban: 2, mute: 3, unban: 4, unmute: 5 } as const;
export type Sanction = (typeof Sanction)[keyof typeof Sanction];

/** Its text is the reason. */
export interface SanctionBody extends Text {
  /** Number of an identity. */
  who: number;
  what: Sanction;
  /** When it ends, milliseconds since 1970 by the server's clock; 0: it has no end of itself, or is none that lasts. */
  until: number;
}

/** Whether it lasts, so that it may have an end. */
export const isLasting = (what: number): boolean => what === Sanction.ban || what === Sanction.mute;

export const sanction: RecordKind<SanctionBody> = {
  kind: 14,
  name: "sanction",
  isMessage: false,
  // As much as a string of PUT_OUT holds.
  maxTextBytes: 255,
  mayBeEmpty: true,
  read(body) {
    const r = new Reader(body);
    const who = r.varint();
    const what = r.u8() as Sanction;
    const until = r.varint();
    return { who, what, until, text: decodeText(r.rest()) };
  },
  write: ({ who, what, until, text }) =>
    new Writer().varint(who).u8(what).varint(until).bytes(encodeText(text)).take(),
  fits: ({ who, what, until }) =>
    who > 0 && what >= Sanction.kick && what <= Sanction.unmute && (until === 0 || isLasting(what)),
};
