/** An own message is removed: its text, and those of its edits, are blanked in the log. Its body: varint to. */
import { Reader, Writer } from "../bytes.ts";
import { type RecordKind, Whose } from "./kind.ts";

export interface Removal {
  /** Number of the message that is removed. */
  to: number;
}

export const removal: RecordKind<Removal> = {
  kind: 5,
  name: "removal",
  isMessage: false,
  refersTo: Whose.own,
  read(body) {
    const r = new Reader(body);
    const to = r.varint();
    r.end();
    return { to };
  },
  write: ({ to }) => new Writer().varint(to).take(),
};
