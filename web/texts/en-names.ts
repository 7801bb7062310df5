/** What is said in English of a name that cannot be one. */
import { many } from "./many.ts";

export const problems = {
  empty: "Nothing of this is to be seen.",
  tooLong: (letters: number) => `Too long by ${many(letters, "character", "characters")}.`,
  signs: (signs: string) => `This cannot be in a name here: ${signs}`,
  hidden: (code: string) => `There is an invisible character in it (${code}).`,
  marks: "There are too many marks on one letter, or some on none.",
  dots: "A room cannot be called by dots alone.",
};

export type NameProblems = typeof problems;
