/**
 * What somebody does instead of says: "/me waves". Shown behind the name, without a colon. Its body: the text to the
 * end.
 */
import { type RecordKind, readText, type Text, writeText } from "./kind.ts";

export const action: RecordKind<Text> = {
  kind: 7,
  name: "action",
  isMessage: true,
  read: readText,
  write: writeText,
};
