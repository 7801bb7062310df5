/** What is said in English where there are many rooms. */
export const search = {
  search: "Search rooms",
  none: "No such room yet. Start it above.",
  more: "Show more rooms",
  tooMany: "There are more rooms. Enter one by its name above.",
};

export type SearchTexts = typeof search;
