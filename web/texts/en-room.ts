/** What a room says in English. */
import { many } from "./many.ts";

export const room = {
  people: "People",
  messages: "Messages",
  message: "Message",
  send: "Send",
  showPeople: (n: number) => `Show people: ${n}`,
  leave: "Leave",
  invite: "Invite",
  roomMenu: "Room menu",
  enterAgain: "Try again",
  you: "you",
  tag: (tag: string) => `tag ${tag}`,
  emptyRoom: "Nobody has said anything here yet.",
  loadingOlder: "Loading older messages…",
  beginning: "The conversation begins here.",
  unreadLine: "New messages",
  toNewest: "Jump to latest",
  newBelow: (n: number) => messages(n, "new "),
  gap: (n: number, since: string, until: string) =>
    `${messages(n)}${since ? ` from ${since}` : ""} until ${until} ${n === 1 ? "is" : "are"} no longer kept.`,
  lostHere: (n: number) =>
    `${messages(n)} ${n === 1 ? "is" : "are"} lost here: the server's disk was damaged.`,
  sentLater: "Sent once you are connected.",
  fromDevice: "Saved copy. New messages appear once you are connected.",
  typing: (names: string[]) =>
    names.length > 2
      ? "Several people are typing…"
      : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing…`,
  entered: (names: string[]) => `${shortList(names)} joined`,
  left: (names: string[]) => `${shortList(names)} left`,
  pending: "Sending",
  notSent: "Not sent",
  cancel: "Cancel",
};

export type RoomTexts = typeof room;

const messages = (n: number, which = ""): string => many(n, `${which}message`, `${which}messages`);

function shortList(names: string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names[0]} and ${names.length - 1} others`;
}
