/** What is said in English where somebody who looks after a room sets how it is. */
import { hoursText } from "./en-hours.ts";
import { many } from "./many.ts";

export const settings = {
  title: "Title",
  titleWhat: "Shown in place of the room's name. Its link stays.",
  topic: "Topic",
  topicWhat: "Shown to whoever enters. Links in it work.",
  slow: "Slow mode",
  off: "Off",
  every: (seconds: number) =>
    `One message every ${seconds % 60 ? many(seconds, "second", "seconds") : many(seconds / 60, "minute", "minutes")}`,
  keep: "Keep messages",
  /** `most`: for so many hours the server keeps them; 0: for ever. */
  keepAll: (most: number) => (most ? `As long as the server does: ${hoursText(most)}` : "For ever"),
  keepFor: (hours: number) => `For ${hoursText(hours)}`,
  keepWhat: "Older ones go from the server within minutes. Roles, the topic and bans stay.",
  speakers: "Only people with a role may write",
  locked: "Nobody new may enter",
};

export type SettingsTexts = typeof settings;
