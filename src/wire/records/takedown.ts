/**
 * Somebody who looks after the room removes another's message, for a reason that all may read: the text goes as after a
 * removal. Its body: varint to, then the reason to the end; it may be empty.
 */
import { type RecordKind, type Referring, readReferring, Whose, writeReferring } from "./kind.ts";

export const takedown: RecordKind<Referring> = {
  kind: 12,
  name: "takedown",
  isMessage: false,
  refersTo: Whose.anyones,
  maxTextBytes: 512,
  mayBeEmpty: true,
  read: readReferring,
  write: writeReferring,
};
