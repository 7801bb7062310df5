/** What a room says in English that is not drawn with it; it comes behind the room. */
import { many } from "./many.ts";

export const later = {
  discard: "Delete",
  retry: "Try again",
  edit: "Edit",
  showLess: "Show less",
  showAll: "Show all",
  enterSends: "Enter sends",
  renamed: (before: string, after: string) => `${before} is now ${after}`,
  writeAs: (name: string) => `Message as ${name}`,
  useName: (name: string) => `Use “${name}”`,
  unsent: (n: number) =>
    `${many(n, "message", "messages")} ${n === 1 ? "has" : "have"} not been sent. If you leave now, ${n === 1 ? "it is" : "they are"} deleted.`,
  andMore: (n: number) => `and ${n.toLocaleString("en")} more`,
  recentSpeakers: "Spoke recently",
  noMessage: "That message does not exist, or is no longer kept.",
  linkCopied: "Link to the message copied",
  editing: "Editing a message",
  tooLong: (letters: number) => `Too long by about ${many(letters, "letter", "letters")}`,
  nameHere: (name: string) => `Your name is taken here. In this room you are ${name}.`,
  slowMode: (seconds: number) => `The room is in slow mode. Your next message goes out in ${seconds} s.`,
  dayFull: (until: string) => `You have written as much as one may in a day. It goes on by itself: ${until}.`,
  people: "People",
  you: "you",
  tag: (tag: string) => `tag ${tag}`,
  loadingOlder: "Loading older messages…",
  sentLater: "Sent once you are connected.",
  typing: (names: string[]) =>
    names.length > 2
      ? "Several people are typing…"
      : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing…`,
  entered: (names: string[]) => `${shortList(names)} joined`,
  left: (names: string[]) => `${shortList(names)} left`,
  beginning: "The conversation begins here.",
  emptyRoom: "Nobody has said anything here yet.",
  newBelow: (n: number) => messages(n, "new "),
  toNewest: "Jump to latest",
  enterAgain: "Try again",
  cancel: "Cancel",
};

export type LaterTexts = typeof later;

function shortList(names: string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names[0]} and ${names.length - 1} others`;
}

const messages = (n: number, which = ""): string => many(n, `${which}message`, `${which}messages`);
