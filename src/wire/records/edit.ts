/**
 * A new text for an own message: the newest edit says how it reads now. Its body: varint to, then the text to the end.
 * Empty: it was removed with the message.
 */
import { type RecordKind, type Referring, readReferring, Whose, writeReferring } from "./kind.ts";

export const edit: RecordKind<Referring> = {
  kind: 4,
  name: "edit",
  isMessage: false,
  refersTo: Whose.own,
  read: readReferring,
  write: writeReferring,
};
