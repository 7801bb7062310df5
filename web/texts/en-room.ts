/** What a room says in English. */
import { many } from "./many.ts";

export const room = {
  useName: (name: string) => `Use “${name}”`,
  people: "People",
  messages: "Messages",
  message: "Message",
  writeAs: (name: string) => `Message as ${name}`,
  send: "Send",
  showPeople: (n: number) => `Show people: ${n}`,
  leave: "Leave",
  invite: "Invite",
  roomMenu: "Room menu",
  unsent: (n: number) =>
    `${messages(n)} ${n === 1 ? "has" : "have"} not been sent. If you leave now, ${n === 1 ? "it is" : "they are"} deleted.`,
  enterAgain: "Try again",
  you: "you",
  tag: (tag: string) => `tag ${tag}`,
  andMore: (n: number) => `and ${n.toLocaleString("en")} more`,
  recentSpeakers: "Spoke recently",
  emptyRoom: "Nobody has said anything here yet.",
  loadingOlder: "Loading older messages…",
  beginning: "The conversation begins here.",
  unreadLine: "New messages",
  toNewest: "Jump to latest",
  noMessage: "That message does not exist, or is no longer kept.",
  linkCopied: "Link to the message copied",
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
  renamed: (before: string, after: string) => `${before} is now ${after}`,
  showAll: "Show all",
  showLess: "Show less",
  pending: "Sending",
  notSent: "Not sent",
  enterSends: "Enter sends",
  edit: "Edit",
  retry: "Try again",
  discard: "Delete",
  editing: "Editing an unsent message",
  cancel: "Cancel",
  tooLong: (letters: number) => `Too long by about ${many(letters, "letter", "letters")}`,
  nameHere: (name: string) => `Your name is taken here. In this room you are ${name}.`,
  slowMode: (seconds: number) => `The room is in slow mode. Your next message goes out in ${seconds} s.`,
  dayFull: (until: string) => `You have written as much as one may in a day. It goes on by itself: ${until}.`,
};

export type RoomTexts = typeof room;

const messages = (n: number, which = ""): string => many(n, `${which}message`, `${which}messages`);

function shortList(names: string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names[0]} and ${names.length - 1} others`;
}
