/** What the conversation says in English of what those who look after the room did. Names come isolated. */
import { hoursText } from "./en-hours.ts";
import { many } from "./many.ts";

const until = (time: string) => time && ` until ${time}`;
const because = (reason: string) => reason && `: ${reason}`;

export const rulings = {
  /** Who is nowhere to be seen, and never was. */
  nameless: (tag: string) => `a guest tagged ${tag}`,
  operator: (by: string) => `The operator (${by})`,
  topic: (by: string, topic: string) => (topic ? `${by} set the topic: ${topic}` : `${by} removed the topic`),
  pin: (by: string) => `${by} pinned a message`,
  unpin: (by: string) => `${by} unpinned a message`,
  /** By number of the role. */
  role: (by: string, whom: string) => [
    `${by} took ${whom}'s role`,
    `${by} made ${whom} a speaker`,
    `${by} made ${whom} a moderator`,
    `${by} made ${whom} an owner`,
  ],
  gaveUp: (by: string) => `${by} gave up their role`,
  slow: (by: string, seconds: number) =>
    seconds
      ? `${by} turned on slow mode: ${seconds % 60 ? many(seconds, "second", "seconds") : many(seconds / 60, "minute", "minutes")}`
      : `${by} turned off slow mode`,
  speakers: (by: string, named: boolean) =>
    named ? `${by} lets only people with a role write` : `${by} lets everybody write`,
  locked: (by: string, locked: boolean) =>
    locked ? `${by} locked the room: nobody new may enter` : `${by} unlocked the room`,
  title: (by: string, title: string) => (title ? `${by} set the title: ${title}` : `${by} removed the title`),
  keeps: (by: string, hours: number) =>
    hours
      ? `${by} lets messages disappear after ${hoursText(hours)}`
      : `${by} lets messages stay as long as the server keeps them`,
  kick: (by: string, whom: string, reason: string) => `${by} put ${whom} out${because(reason)}`,
  ban: (by: string, whom: string, reason: string, time: string) =>
    `${by} banned ${whom}${until(time)}${because(reason)}`,
  mute: (by: string, whom: string, reason: string, time: string) =>
    `${by} muted ${whom}${until(time)}${because(reason)}`,
  /** Behind a ban. */
  address: " (newcomers from the same address too)",
  unban: (by: string, whom: string, reason: string) => `${by} lifted the ban on ${whom}${because(reason)}`,
  unmute: (by: string, whom: string, reason: string) => `${by} let ${whom} speak again${because(reason)}`,
  sweep: (by: string, whom: string, reason: string, since: string) =>
    `${by} took down what ${whom} wrote since ${since}${because(reason)}`,
};

export type RulingTexts = typeof rulings;
