/** A text that somebody said. Its body: the text to the end. Empty: it was removed. */
import { type RecordKind, readText, type Text, writeText } from "./kind.ts";

export const text: RecordKind<Text> = {
  kind: 1,
  name: "text",
  isMessage: true,
  read: readText,
  write: writeText,
};
