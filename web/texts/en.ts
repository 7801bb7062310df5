/**
 * What the page says in English before a room is open. The labels of landmarks and controls are stable: people script
 * against them. What a room says is in en-room.ts, what is said in trouble in en-trouble.ts.
 * A page speaks one language: where it imports an en… file, the build of the Korean page puts ko… in its place,
 * so both export the same names.
 */
import type { LanguageName } from "../language.ts";
import type { LaterTexts } from "./en-later.ts";
import type { MessageTexts } from "./en-message.ts";
import type { RoomTexts } from "./en-room.ts";
import type { TroubleTexts } from "./en-trouble.ts";
import { many } from "./many.ts";

export const language: LanguageName = "en";

export const front = {
  title: "Madang 마당",
  tagline: "Open a room, share its link, talk",
  nickname: "Nickname",
  save: "Save",
  roomName: "Room name",
  enterRoom: "Enter room",
  makeRoom: "Make a room",
  rooms: "Rooms",
  recentRooms: "Your recent rooms",
  connection: "Connection",
  otherLanguage: "한국어",
  home: "마당 Madang, front page",
  showRooms: "Show rooms",
  close: "Close",
  leaveRoom: (room: string) => `Leave ${room}`,
  totals: (rooms: number, people: number) =>
    `${many(rooms, "room", "rooms")} · ${many(people, "person", "people")}`,
  peopleCount: (n: number) => many(n, "person", "people"),
  unread: (n: number) => `${n > 99 ? "99+" : n} unread`,
  emptyYard: "No rooms yet. Start the first one.",
  connecting: "Connecting…",
  offline: "You are offline.",
  lost: "The connection was lost.",
  broken: "Something went wrong. Please reload.",
  retryIn: (seconds: number) => `Next try in ${seconds} s`,
  retryNow: "Try now",
  reload: "Reload",
  refused: "That did not work.",
};

export type FrontTexts = typeof front;
/** All there is to say. What a room says is there once a room can be, what trouble says soon after the first paint. */
export type Texts = FrontTexts & RoomTexts & LaterTexts & MessageTexts & TroubleTexts;
