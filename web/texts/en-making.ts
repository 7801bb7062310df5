/** What is said in English where one makes a room. */
export const making = {
  what: "A room you make is yours to look after. A room that is just entered belongs to nobody.",
  whoFinds: "Who finds it",
  listed: "Everybody",
  listedWhat: "It is in the list of rooms.",
  unlisted: "Only who has the link",
  unlistedWhat: "It is in no list, and its link cannot be guessed.",
  make: "Make it",
};

export type MakingTexts = typeof making;
