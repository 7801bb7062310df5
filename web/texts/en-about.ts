/** What is asked about one message, in English: who put signs on it, and what it said before. */
import { many } from "./many.ts";

const list = (said: string[]): string =>
  said.length < 2 ? said.join("") : `${said.slice(0, -1).join(", ")} and ${said.at(-1)}`;

export const about = {
  reacted: "Who reacted",
  /** `name`: of one of them, or empty; `own`: oneself as well; and so many others. */
  by: (name: string, own: boolean, others: number) =>
    list([name, own ? "you" : "", others > 0 ? many(others, "other", "others") : ""].filter(Boolean)),
  more: (n: number) => `and ${many(n, "person", "people")} more`,
  nobody: "Nobody, any more.",
  edits: "What it said before",
  missing: (n: number) => `${many(n, "earlier text is", "earlier texts are")} no longer there.`,
  older: (n: number) =>
    `${many(n, "older text is", "older texts are")} left out: that would be too much at once.`,
  asHeld: "The server cannot be asked just now. This is what is known here.",
};

export type AboutTexts = typeof about;
