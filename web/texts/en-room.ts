/** What a room says in English, as far as it is drawn with it; the rest is in en-later.ts. */
export const room = {
  messages: "Messages",
  message: "Message",
  send: "Send",
  showPeople: (n: number) => `Show people: ${n}`,
  leave: "Leave",
  invite: "Invite",
  roomMenu: "Room menu",
  unreadLine: "New messages",
};

export type RoomTexts = typeof room;
