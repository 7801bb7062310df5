/** What became of messages, in English: what rows say with it. Their menu is in en-actions.ts. */
import { many } from "./many.ts";

export const message = {
  notSent: "Not sent",
  pending: "Sending",
  removed: "This message was removed",
  hidden: "Ignored message",
  show: "Show",
  edited: "edited",
  showEdits: "Show earlier texts",
  messageMenu: "Message menu",
  signOf: (sign: string, n: number) => `${sign} ${many(n, "person", "people")}`,
  /** `more`: so many whose names are not among these. */
  signNames: (names: string[], more: number) =>
    names.join(", ") + (more > 0 ? ` and ${many(more, "other", "others")}` : ""),
  somebody: "somebody",
  actRefused: "That was not saved",
};

export type MessageTexts = typeof message;
