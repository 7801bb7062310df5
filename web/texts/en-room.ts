/** What a room says in English. */
export const enRoom = {
  people: "People",
  messages: "Messages",
  message: "Message",
  send: "Send",
  showPeople: (n: number) => `Show people: ${n}`,
  leave: "Leave",
  enterAgain: "Try again",
  you: "you",
  tag: (tag: string) => `tag ${tag}`,
  andMore: (n: number) => `and ${n.toLocaleString("en")} more`,
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
};

export type RoomTexts = typeof enRoom;

const messages = (n: number, which = ""): string =>
  `${n.toLocaleString("en")} ${which}${n === 1 ? "message" : "messages"}`;

function shortList(names: string[]): string {
  if (names.length < 3) return names.join(" and ");
  return `${names[0]} and ${names.length - 1} others`;
}
