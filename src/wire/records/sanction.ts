/**
 * Somebody who looks after the room puts a person out of it, keeps them out or silent, or takes that back. Its body:
 * varint who, u8 what, varint until, then the reason to the end; it may be empty. `what` is 128 more for a ban that
 * newcomers from the address of that person are kept out by as well; which address that is stands in no record.
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
  /** Of a ban: newcomers from the same address are kept out as well. */
  address?: boolean;
}

/** Bit of `what`. */
const ADDRESS = 0x80;

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
    const said = r.u8();
    const until = r.varint();
    const what = (said & (ADDRESS - 1)) as Sanction;
    return { who, what, until, text: decodeText(r.rest()), ...(said >= ADDRESS && { address: true }) };
  },
  write: ({ who, what, until, text, address }) =>
    new Writer()
      .varint(who)
      .u8(what | (address ? ADDRESS : 0))
      .varint(until)
      .bytes(encodeText(text))
      .take(),
  fits: ({ who, what, until, address }) =>
    (!address || what === Sanction.ban) &&
    who > 0 &&
    what >= Sanction.kick &&
    what <= Sanction.unmute &&
    (until === 0 || isLasting(what)),
};
