/** What the room is about, from here on. Its body: the text to the end. Empty: there is no topic any more. */
import { type RecordKind, readText, type Text, writeText } from "./kind.ts";

export const topic: RecordKind<Text> = {
  kind: 10,
  name: "topic",
  isMessage: false,
  maxTextBytes: 512,
  mayBeEmpty: true,
  read: readText,
  write: writeText,
};
