/** What is said in English to whoever operates the server. */
export const operator = {
  what: "With the operator's key you look after every room, and the server. This tab forgets the key when it is reloaded.",
  key: "The operator's key",
  begin: "Operate",
  slow: (minutes: number) =>
    minutes > 1
      ? `Too many wrong keys. Try again in ${minutes} minutes.`
      : "Too many wrong keys. Try again in a minute.",
  ended: "You do not operate the server any more: it has another key.",
  operating:
    "You operate this server: you may do everything in every room, and others see that it was the operator.",
  back: "What was reported and done",
  news: "new",
  end: "Stop operating",
  close: (room: string) => `Close ${room}`,
  closeWhat: "Everybody is put out, and all that was said is gone.",
  keep: "Keep the name, so that nobody makes the room again",
  reason: "Reason, for all to read (optional)",
  announce: "Announce to everybody",
  span: "For how long",
  spans: ["an hour", "a day", "without an end"],
  withdraw: "Withdraw",
  reserved: "Reserved names",
  reserve: "Reserve",
  name: "A room, or @ and a nickname",
  free: (name: string) => `Free ${name}`,
  none: "None are.",
  done: "Done.",
  noRoom: "There is no such room.",
  noChange: "It is so already.",
  full: "There is no place for more names.",
  tooLong: "This is too long, or empty to the eye.",
  /** What stands behind each command, and what it does. */
  does: new Map<string, readonly [string, string]>([
    ["close", ["why", "Close this room: everybody is put out, and its name is kept."]],
    ["reserve", ["name or @nickname", "Keep a name, so that nobody else uses it."]],
    ["unreserve", ["name or @nickname", "Free a name that was kept."]],
    [
      "announce",
      ["60 text", "Tell everybody, for so many minutes or without an end. Without a text it is withdrawn."],
    ],
  ]),
};

export type OperatorTexts = typeof operator;
