/** What is said in English of whom one may mention. */
import { many } from "./many.ts";

export const whom = {
  whom: "Whom to mention",
  found: (n: number) => `${many(n, "person", "people")} to mention. Choose with the arrow keys.`,
  everybody: "all",
  everybodyHere: "everyone here",
};

export type WhomTexts = typeof whom;
