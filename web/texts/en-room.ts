/** What a room says in English, as far as it is drawn with it; the rest is in en-later.ts. */
import { many } from "./many.ts";

export const room = {
  messages: "Messages",
  message: "Message",
  send: "Send",
  showPeople: (n: number) => `Show people: ${n}`,
  leave: "Leave",
  invite: "Invite",
  roomMenu: "Room menu",
  unreadLine: "New messages",
  toNewest: "Jump to latest",
  newBelow: (n: number) => messages(n, "new "),
};

export type RoomTexts = typeof room;

const messages = (n: number, which = ""): string => many(n, `${which}message`, `${which}messages`);
