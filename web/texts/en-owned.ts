/** What is said in English over the messages of a room that belongs to somebody. */
export const owned = {
  about: "About this room",
  pin: "Pinned message",
  pins: (n: number) => `All ${n}`,
  pinned: "Pinned messages",
  unpin: "Unpin",
};

export type OwnedTexts = typeof owned;
