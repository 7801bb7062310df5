/**
 * The forms of a room that is exported: JSON Lines for programs, text for a terminal, and HTML, which has a file of its
 * own. Invariant: each line of each form is complete by itself.
 *
 *   {"room":3,"roomName":"yard","seq":17,"author":5,"name":"Ada","time":"2026-…Z","text":"…"}
 *   {…,"kind":"reply","to":17,"text":"…","edited":true,"reactions":{"👍":["Bo"]}}
 *   2026-11-27 09:30:12  Ada: …
 */
import { plain } from "./plain.ts";
import type { Missing, Story, Told } from "./story.ts";

export interface FormWriter {
  begin(story: Story): string;
  told(told: Told): string;
  missing(missing: Missing): string;
  end(): string;
}

/** An author is a number that tells people of one room apart, and nothing else. */
export function jsonLines(): FormWriter {
  let place = {};
  return {
    begin({ meta }) {
      place = { room: meta.room, roomName: meta.name };
      return "";
    },
    told({ seq, time, author, name, kind, to, text, isEdited, signs }) {
      const line = {
        ...place,
        ...{ seq, author, name, time: new Date(time).toISOString() },
        ...(kind !== "text" && { kind }),
        ...(to !== undefined && { to }),
        text,
        ...(isEdited && { edited: true }),
        ...(signs.length > 0 && {
          reactions: Object.fromEntries(signs.map(({ sign, names }) => [sign, names])),
        }),
      };
      return `${JSON.stringify(line)}\n`;
    },
    missing: ({ from, to, isDamaged }) =>
      `${JSON.stringify({ ...place, kind: isDamaged ? "damaged" : "lost", from, to })}\n`,
    end: () => "",
  };
}

/** What stands on further lines begins where the name does. */
const INDENT = `\n${" ".repeat(21)}`;

/** Times are of Greenwich. */
export function plainText(): FormWriter {
  return {
    begin: () => "",
    told({ seq, time, name, kind, to, text, isEdited, signs }) {
      const at = timeText(time);
      const who = kind === "action" ? `* ${plain(name, " ")} ` : `${plain(name, " ")}: `;
      const answer = to === undefined ? "" : `(to #${to}) `;
      const edited = isEdited ? " (edited)" : "";
      const on = signs.map(
        ({ sign, names }) => `${INDENT}${plain(sign, " ")} ${names.map((one) => plain(one, " ")).join(", ")}`,
      );
      return `${at}  #${seq} ${who}${answer}${plain(text, INDENT)}${edited}${on.join("")}\n`;
    },
    missing: ({ from, to, isDamaged }) =>
      `${" ".repeat(19)}  (#${from} to #${to} are ${isDamaged ? "damaged" : "lost"})\n`,
    end: () => "",
  };
}

/** "2026-11-27 09:30:12". */
export const timeText = (time: number): string => new Date(time).toISOString().slice(0, 19).replace("T", " ");
