/** What a back room says in English of what was done and reported. Names come isolated, but that of `manage`. */
import { many } from "./many.ts";

const because = (reason: string) => reason && `: ${reason}`;

export const back = {
  somebody: "somebody",
  takedown: (by: string, whom: string, reason: string) =>
    `${by} took down a message of ${whom}${because(reason)}`,
  pin: (by: string, whom: string) => `${by} pinned a message of ${whom}`,
  unpin: (by: string, whom: string) => `${by} unpinned a message of ${whom}`,
  lost: (n: number) =>
    n > 0
      ? `${many(n, "act", "acts")} before this ${n === 1 ? "is" : "are"} not known any more`
      : "Acts before this may not be known any more",
  other: (by: string) => `${by} did something that this page does not know`,
  closed: (by: string, room: string, reason: string) => `${by} closed the room ${room}${because(reason)}`,
  reserved: (by: string, name: string) => `${by} reserved the name ${name}`,
  freed: (by: string, name: string) => `${by} freed the name ${name}`,
  announced: (by: string, text: string) =>
    text ? `${by} announced to everybody: ${text}` : `${by} withdrew what was announced`,
  reported: (by: string, whom: string) => `${by} reported a message of ${whom}`,
  why: "Why:",
  show: "Show the message",
  takeDown: "Take down",
  manage: (name: string) => `About ${name}…`,
};

export type BackTexts = typeof back;
