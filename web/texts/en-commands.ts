/** What is said in English of commands. */
import { many } from "./many.ts";

export const commands = {
  list: "Commands",
  offers: (n: number) => `${many(n, "command", "commands")}. Choose with the arrow keys.`,
  unknown: (name: string) => `There is no command /${name} here. To send that as a text, begin with //.`,
  waits: "It is done as soon as the room answers.",
  wrong: (name: string) => `That is not how /${name} is used.`,
  /** What stands behind each, and what it does. */
  does: new Map<string, readonly [string, string]>([
    ["me", ["does something", "Say what you are doing."]],
    ["topic", ["books", "Set what the room is about. Without a text it has no topic."]],
    ["slow", ["30", "So many seconds pass between two messages of one person. “off” ends it."]],
    ["lock", ["off", "Let nobody new enter. “off” opens the room again."]],
    ["keep", ["24", "Messages disappear after so many hours; 7d is seven days. “off” lets them stay."]],
    ["kick", ["@name why", "Put somebody out of the room."]],
    ["ban", ["@name 60 why", "Keep somebody out, for so many minutes or without an end."]],
    ["mute", ["@name 10 why", "Keep somebody silent, for so many minutes or without an end."]],
    ["help", ["", "Show all commands."]],
  ]),
};

export type CommandTexts = typeof commands;
