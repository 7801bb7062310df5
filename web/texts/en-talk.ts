/** What is said in English around mentions and replies. */
import { many } from "./many.ts";

export const talk = {
  reply: "Reply",
  answering: (name: string) => `Replying to ${name}`,
  cancel: "Cancel reply",
  answers: (n: number) => many(n, "reply", "replies"),
  gone: "A message that is no longer kept",
  meant: (n: number) => `${n > 99 ? "99+" : n} for you`,
  toMeant: (n: number) => `Jump to the first of ${many(n, "message", "messages")} for you`,
  called: (name: string, text: string) => `${name} mentioned you: ${text}`,
  answered: (name: string, text: string) => `${name} replied to you: ${text}`,
};

export type TalkTexts = typeof talk;
