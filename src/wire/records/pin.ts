/** A message is kept in sight of whoever enters, or not any more. Its body: varint to, flag on. */
import { Reader, Writer } from "../bytes.ts";
import { type RecordKind, readFlag, Whose } from "./kind.ts";

export interface Pin {
  /** Number of the message. */
  to: number;
  on: boolean;
}

export const pin: RecordKind<Pin> = {
  kind: 11,
  name: "pin",
  isMessage: false,
  refersTo: Whose.anyones,
  read(body) {
    const r = new Reader(body);
    const to = r.varint();
    const on = readFlag(r);
    r.end();
    return { to, on };
  },
  write: ({ to, on }) =>
    new Writer()
      .varint(to)
      .u8(on ? 1 : 0)
      .take(),
};
