/**
 * How a line of the operator's log looks. Invariant: whatever stands in a name or a header, a line is one line, and
 * nothing in it moves a cursor, colours a terminal or turns what stands beside it around.
 */

/**
 * Control characters (C0, DEL, C1), the two separators of lines that JSON leaves as they are, what shows nothing, and
 * what changes the direction of letters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]|\p{Surrogate}/gu;

const escaped = (sign: string): string =>
  sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/** The text with what is unsafe written as `\uXXXX`: within a string of JSON that is the same text. */
export const safe = (text: string): string => text.replace(UNSAFE, escaped);

/** What a line of JSON is made of. */
interface Told {
  level: string;
  time: string;
  msg: string;
  stack?: readonly string[];
}

/** A line of JSON, as a person reads it on a terminal: the time of day in UTC, how bad it is, the sentence. */
export function readable(line: string): string {
  const { level, time, msg, stack = [] } = JSON.parse(line) as Told;
  const head = `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${safe(msg)}`;
  return `${[head, ...stack.map((one) => `    ${safe(one.trim())}`)].join("\n")}\n`;
}
