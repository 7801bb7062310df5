/** What the choice of emoji says in English. */
export const signs = {
  signs: "Emoji",
  ownSign: "Any emoji",
  put: "React",
  noSign: "Only emoji can be put here.",
  groups: ["Faces", "Hands and people", "Nature", "Food", "Things", "Signs"],
};

export type SignTexts = typeof signs;
