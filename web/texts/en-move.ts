/** What is said in English where one's identity moves. */
import { many } from "./many.ts";

export const move = {
  outWhat: (name: string) =>
    `There you are ${name}, with your rooms and messages, and here no longer. Open the link there, or type the words.`,
  words: "Words for the other browser",
  code: "QR code of the link",
  copy: "Copy link",
  copied: "Link copied.",
  notCopied: "The link could not be copied. Type the words instead.",
  left: (minutes: number, seconds: number) =>
    `Good for ${minutes}:${String(seconds).padStart(2, "0")}, one time`,
  asking: "One moment…",
  over: "The time is up.",
  again: "New words",
  cancel: "Cancel",
  waiting: (n: number) =>
    `${many(n, "message", "messages")} ${n === 1 ? "has" : "have"} not been sent yet. Move when that is done.`,
  retry: "Try again",
  elsewhere: "Sign out everywhere else",
  elsewhereWhat: "If somebody else got hold of your identity: only this browser keeps it.",
  elsewhereDone: "Done. Only this browser has your identity now.",
  inWhat: "In the other browser, choose “Move to another browser”. It shows five words.",
  field: "The words",
  next: "Next",
  comes: (name: string, rooms: number) =>
    `${name} comes here${rooms > 0 ? `, with ${many(rooms, "room", "rooms")}` : ""}.`,
  instead: (name: string) =>
    `This browser is ${name} now. That is kept, and comes back when the other one moves on.`,
  take: "Bring here",
  keepsNothing:
    "This browser keeps nothing, so an identity would be lost here. Leave private browsing, then try again.",
  away: "You moved to another browser",
  awayWhat: (name: string) => `${name} is in another browser now. You can still read here what was loaded.`,
  unsent: (n: number) => `${many(n, "message", "messages")} could not be sent from here.`,
  keepAs: (name: string) => `Go on here as ${name}`,
  keepNew: "Go on here as somebody new",
  keepWhat: "Saved conversations and drafts stay. What was not sent waits for you in its room.",
  remove: "Remove from this device",
  removeWhat: "Saved conversations, drafts and settings of this page are deleted here.",
};

export type MoveTexts = typeof move;
