/** What a room says in English. */
import type { Refusal } from "../../src/wire/codes.ts";

export const enRoom = {
  people: "People",
  messages: "Messages",
  message: "Message",
  send: "Send",
  showPeople: (n: number) => `Show people: ${n}`,
  leave: "Leave",
  you: "you",
  tag: (tag: string) => `tag ${tag}`,
  recentSpeakers: "Spoke recently",
  emptyRoom: "Nobody has said anything here yet.",
  loadingOlder: "Loading older messages …",
  beginning: "The conversation begins here.",
  unreadLine: "New since you were here",
  toNewest: "To the newest",
  newBelow: (n: number) => messages(n, "new "),
  gap: (n: number, since: string, until: string) =>
    `${messages(n)}${since ? ` from ${since}` : ""} until ${until} ${n === 1 ? "is" : "are"} no longer kept.`,
  lostHere: (n: number) =>
    `${messages(n)} ${n === 1 ? "is" : "are"} lost here: the server's disk was damaged.`,
  fromDevice: "Shown from this device. It goes on once you are connected.",
  typing: (names: string[]) =>
    names.length > 2
      ? "Several people are writing …"
      : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} writing …`,
  entered: (names: string[]) => `${shortList(names)} came in`,
  left: (names: string[]) => `${shortList(names)} left`,
  renamed: (before: string, after: string) => `${before} is now ${after}`,
  pending: "Sending",
  notSent: "Not sent",
  edit: "Edit",
  retry: "Try again",
  discard: "Discard",
  editing: "You are changing a message that was not sent.",
  cancel: "Cancel",
  tooLong: (bytes: number, max: number) => `${bytes} of ${max} bytes`,
  nameHere: (name: string) => `Your name is taken here. In this room you are ${name}.`,
  slowMode: (seconds: number) => `The room is in slow mode. Your next message goes out in ${seconds} s.`,
  dayFull: (until: string) => `You have written as much as one may in a day. It goes on by itself: ${until}.`,
  refusals: {
    emptyText: "The message is empty.",
    textTooLong: "The message is too long.",
    badText: "The message has characters that cannot be sent.",
    badRoomName: "Room names have 1 to 64 letters, digits or signs, nothing invisible.",
    tooManyRooms: "You are in as many rooms as possible. Leave one first.",
    serverFull: "The server has no space for another room.",
    damaged: "This is damaged on the server's disk.",
    cannotTell: "It may or may not have been sent: the server can no longer tell.",
    logFull: "The server's disk is full.",
    roomStorageFull: "This room has no space for more messages.",
  } as Partial<Record<keyof typeof Refusal, string>>,
};

export type RoomTexts = typeof enRoom;

const messages = (n: number, which = ""): string =>
  `${n.toLocaleString("en")} ${which}${n === 1 ? "message" : "messages"}`;

function shortList(names: string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names[0]} and ${names.length - 1} others`;
}
