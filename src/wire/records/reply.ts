/**
 * A text that answers a message. Its body: varint to, then the text to the end. A kind of its own and no field of every
 * text, because nearly all texts answer nothing, and SEND stays as short as it is.
 */
import { type RecordKind, type Referring, readReferring, Whose, writeReferring } from "./kind.ts";

export const reply: RecordKind<Referring> = {
  kind: 3,
  name: "reply",
  isMessage: true,
  refersTo: Whose.anyones,
  read: readReferring,
  write: writeReferring,
};
