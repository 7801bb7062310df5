/** What is said in English over the messages of a room that belongs to somebody. */
import { hoursText } from "./en-hours.ts";
import { many } from "./many.ts";

export const owned = {
  about: "About this room",
  pin: "Pinned message",
  pins: (n: number) => `All ${n}`,
  pinned: "Pinned messages",
  unpin: "Unpin",
  slow: (seconds: number) =>
    `Slow mode: one message every ${seconds % 60 ? many(seconds, "second", "seconds") : many(seconds / 60, "minute", "minutes")}.`,
  speakers: "Only chosen people may write here.",
  locked: "Nobody new may enter.",
  keeps: (hours: number) => `Messages here disappear after ${hoursText(hours)}.`,
  backOf: (room: string) => `${room} · back room`,
  serverBack: "The server's back room",
  back: "Back room",
  news: "new",
  behind: "Only those who look after the room are here.",
  behindServer: "Only whoever operates the server is here.",
  front: "To the room",
};

export type OwnedTexts = typeof owned;
