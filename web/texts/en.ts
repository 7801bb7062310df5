/** What the page says in English. The labels of landmarks and controls are stable: people script against them. */
import { Close, Refusal } from "../../src/wire/codes.ts";

const many = (n: number, one: string, more: string) => `${n.toLocaleString("en")} ${n === 1 ? one : more}`;

export const en = {
  tagline: "A yard to meet and talk",
  nickname: "Nickname",
  save: "Save",
  roomName: "Room name",
  enterRoom: "Enter room",
  rooms: "Rooms",
  people: "People",
  messages: "Messages",
  message: "Message",
  send: "Send",
  connection: "Connection",
  otherLanguage: "한국어",
  home: "Madang, front page",
  showRooms: "Show rooms",
  showPeople: (n: number) => `Show people: ${n}`,
  close: "Close",
  leave: "Leave",
  leaveRoom: (room: string) => `Leave ${room}`,
  you: "you",
  tag: (tag: string) => `tag ${tag}`,
  totals: (rooms: number, people: number) =>
    `${many(rooms, "room", "rooms")} · ${many(people, "person", "people")}`,
  peopleCount: (n: number) => many(n, "person", "people"),
  unread: (n: number) => `${n > 99 ? "99+" : n} unread`,
  recentSpeakers: "Spoke recently",
  emptyYard: "No room is open yet. Open the first one.",
  emptyRoom: "Nobody has said anything here yet.",
  loadingOlder: "Loading older messages …",
  beginning: "The conversation begins here.",
  unreadLine: "New since you were here",
  toNewest: "To the newest",
  newBelow: (n: number) => many(n, "new message", "new messages"),
  gap: (n: number, since: string, until: string) =>
    `${many(n, "message", "messages")}${since ? ` from ${since}` : ""} until ${until} ${n === 1 ? "is" : "are"} no longer kept.`,
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
  useName: (name: string) => `Use “${name}”`,
  nameHere: (name: string) => `Your name is taken here. In this room you are ${name}.`,
  connecting: "Connecting …",
  offline: "You are offline.",
  lost: "The connection was lost.",
  retryIn: (seconds: number) => `Next try in ${seconds} s`,
  retryNow: "Try now",
  reload: "Reload",
  memoryOnly: "This browser keeps nothing for this page: unsent messages are lost when you close it.",
  refusals: {
    [Refusal.emptyText]: "The message is empty.",
    [Refusal.textTooLong]: "The message is too long.",
    [Refusal.badText]: "The message has characters that cannot be sent.",
    [Refusal.tooFast]: "That was fast. It will be tried again.",
    [Refusal.roomBusy]: "The room is very busy. It will be tried again.",
    [Refusal.notInRoom]: "You are not in this room.",
    [Refusal.staleNonce]: "It has to be sent once more.",
    [Refusal.badName]: "Names have 1 to 32 letters, digits or signs, nothing invisible.",
    [Refusal.nameTaken]: "Somebody there has this name or one that looks like it.",
    [Refusal.badRoomName]: "Room names have 1 to 64 letters, digits or signs, nothing invisible.",
    [Refusal.tooManyRooms]: "You are in as many rooms as possible. Leave one first.",
    [Refusal.serverFull]: "The server has no space for another room.",
    [Refusal.outOfOrder]: "An earlier message has to go first.",
  } as Record<number, string>,
  refused: "The server refused this.",
  closes: {
    [Close.goingAway]: "The server is restarting.",
    [Close.helloTimeout]: "The connection was too slow.",
    [Close.stalled]: "The connection was too slow.",
    [Close.full]: "The server is full at the moment.",
    [Close.internal]: "The server had a problem.",
    [Close.badFrame]: "The server did not understand this page. Please reload it.",
    [Close.unexpectedFrame]: "The server did not understand this page. Please reload it.",
    [Close.badVersion]: "There is a new version. Please reload the page.",
    [Close.flood]: "Too much was sent at once. Reload the page to go on.",
    [Close.notBinary]: "The server did not understand this page. Please reload it.",
  } as Record<number, string>,
};

export type Texts = typeof en;

function shortList(names: string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names[0]} and ${names.length - 1} others`;
}
