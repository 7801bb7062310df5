/**
 * What the page says in English before a room is open. The labels of landmarks and controls are stable: people script
 * against them. What a room says is in en-room.ts, what is said in trouble in en-trouble.ts.
 */
import type { RoomTexts } from "./en-room.ts";
import type { TroubleTexts } from "./en-trouble.ts";
import { many } from "./many.ts";

export const en = {
  tagline: "A yard to meet and talk",
  nickname: "Nickname",
  save: "Save",
  roomName: "Room name",
  enterRoom: "Enter room",
  rooms: "Rooms",
  connection: "Connection",
  otherLanguage: "한국어",
  home: "Madang, front page",
  showRooms: "Show rooms",
  close: "Close",
  leaveRoom: (room: string) => `Leave ${room}`,
  totals: (rooms: number, people: number) =>
    `${many(rooms, "room", "rooms")} · ${many(people, "person", "people")}`,
  peopleCount: (n: number) => many(n, "person", "people"),
  unread: (n: number) => `${n > 99 ? "99+" : n} unread`,
  emptyYard: "No room is open yet. Open the first one.",
  useName: (name: string) => `Use “${name}”`,
  connecting: "Connecting …",
  offline: "You are offline.",
  lost: "The connection was lost.",
  broken: "The server did not understand this page. Please reload it.",
  retryIn: (seconds: number) => `Next try in ${seconds} s`,
  retryNow: "Try now",
  reload: "Reload",
  memoryOnly: "This browser keeps nothing for this page: unsent messages are lost when you close it.",
  refused: "The server refused this.",
};

export type FrontTexts = typeof en;
/** All there is to say, by the numbers of the codes. What a room says is there once a room can be. */
export type Texts = FrontTexts & RoomTexts & Record<keyof TroubleTexts, Record<number, string>>;
