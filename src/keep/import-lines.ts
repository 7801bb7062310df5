/**
 * What an import takes from one line of a file: JSON Lines as an export or a repair writes them, and logs of irssi and
 * weechat. It knows no log. Invariant: a line is taken whole, passed over as one that says nothing, or refused with what
 * is wrong with it.
 */
import { encodeText } from "../wire/bytes.ts";
import { isBlank } from "../wire/invisible.ts";
import { checkNickname } from "../wire/names.ts";
import { reaction } from "../wire/records/reaction.ts";

export interface Imported {
  /** Tells people of the file apart. */
  who: string;
  name: string;
  time: number;
  kind: "text" | "reply" | "action";
  text: string;
  /** As the file numbers its messages; null: it does not. */
  seq: number | null;
  to: number | null;
  reactions: { sign: string; names: string[] }[];
}

/** Null: a line that says nothing. @throws LineError */
export type ReadLine = (line: string) => Imported | null;

/** A clause. */
export class LineError extends Error {
  override name = "LineError";
}

/** As much as the server takes, whatever it is told to take. */
const MAX_TEXT_BYTES = 7_500;
const MAX_TIME = 2 ** 48 - 1;

/** How to read a file that begins with this line; null: nobody knows. */
export function readerFor(line: string): ReadLine | null {
  if (line.startsWith("{")) return readJson;
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\t/.test(line)) return readWeechat;
  return /^--- (?:Log opened|Day changed) /.test(line) ? irssi() : null;
}

function readJson(line: string): Imported | null {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    throw new LineError("is no JSON");
  }
  if (typeof read !== "object" || read === null) throw new LineError("is no object");
  const { kind = "text", seq, author, name, time, text, to, reactions } = read as Record<string, unknown>;
  // What else happened in a room, or is missing there.
  if (kind !== "text" && kind !== "reply" && kind !== "action") return null;
  // Of a repair: one that was removed.
  if (text === "") return null;
  const number = (value: unknown, what: string): number | null => {
    if (value === undefined) return null;
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new LineError(`has no number as its ${what}`);
    return value as number;
  };
  if (typeof time !== "string" && typeof time !== "number") throw new LineError("has no time");
  const who = number(author, "author");
  return checked({
    ...{ name, text, kind },
    who: who === null ? `name ${name}` : `author ${who}`,
    time: new Date(time).getTime(),
    seq: number(seq, "seq"),
    to: number(to, "to"),
    reactions: readReactions(reactions),
  });
}

function readReactions(read: unknown): Imported["reactions"] {
  if (read === undefined) return [];
  if (typeof read !== "object" || read === null) throw new LineError("has no object as its reactions");
  return Object.entries(read).map(([sign, names]) => {
    if (
      !reaction.fits!({ to: 1, on: true, text: sign } as never) ||
      encodeText(sign).length > reaction.maxTextBytes!
    )
      throw new LineError(`has "${sign}" as a reaction`);
    if (!Array.isArray(names)) throw new LineError(`does not say whose reaction "${sign}" is`);
    return { sign, names: names.map(nameOf) };
  });
}

/** "2026-11-27 09:30:12<tab>@nick<tab>words", in the time of this machine. */
function readWeechat(line: string): Imported | null {
  const [at = "", prefix = "", ...rest] = line.split("\t");
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(at) ?? [];
  if (year === undefined) throw new LineError("has no time");
  const time = timeOf(+year, +month! - 1, +day!, +hour!, +minute!, +second!);
  return said(prefix.trim(), rest.join("\t"), time);
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** "09:30 <@nick> words"; "--- Day changed Sat Nov 28 2026" stands between days. */
function irssi(): ReadLine {
  let date: [year: number, month: number, day: number] | null = null;
  return (line) => {
    const [, month, day, , year] =
      /^--- (?:Log opened|Day changed) \w+ (\w{3}) (\d+) (?:(\d\d:\d\d:\d\d) )?(\d{4})$/.exec(line) ?? [];
    if (month !== undefined) {
      date = [Number(year), MONTHS.indexOf(month), Number(day)];
      return null;
    }
    const [, hour, minute, second = "0", nick, words, doer, deed] =
      /^(\d\d):(\d\d)(?::(\d\d))? (?:<(.+?)> (.*)| \* (\S+) (.*))$/.exec(line) ?? [];
    if (hour === undefined) return null;
    if (!date) throw new LineError("stands before any line that says of which day it is");
    const time = timeOf(...date, +hour, +minute!, +second);
    return nick === undefined ? said("*", `${doer} ${deed}`, time) : said(nick, words!, time);
  };
}

function timeOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  return new Date(year, month, day, hour, minute, second).getTime();
}

/** Bold, underlined and the like; colours with their numbers. */
const FORMATTING = new RegExp(`${String.fromCharCode(3)}(?:\\d{1,2}(?:,\\d{1,2})?)?|(?!\\t)\\p{Cc}`, "gu");

/** Words of a nick with the sign of its mode; of a star what somebody does; of arrows and dashes nothing. */
function said(prefix: string, words: string, time: number): Imported | null {
  const isAction = prefix === "*";
  const [, doer = "", deed = ""] = isAction ? (/^(\S+) (.*)$/s.exec(words) ?? []) : [];
  const nick = (isAction ? doer : prefix).replace(/^[\s@+%&~!]+/, "");
  const plain = (isAction ? deed : words).replace(FORMATTING, "");
  if (nick === "" || /^(?:-->?|<--|=!=)$/.test(prefix) || isBlank(plain)) return null;
  const kind = isAction ? "action" : "text";
  return checked({
    who: `nick ${nick}`,
    name: nick,
    time,
    kind,
    text: plain,
    seq: null,
    to: null,
    reactions: [],
  });
}

function checked(line: Omit<Imported, "name" | "text"> & { name: unknown; text: unknown }): Imported {
  const { text, time, kind, to } = line;
  const name = nameOf(line.name);
  if (typeof text !== "string" || isBlank(text)) throw new LineError("has no text");
  if (text.includes("\0")) throw new LineError("has a text that cannot be sent");
  if (encodeText(text).length > MAX_TEXT_BYTES)
    throw new LineError(`has a text of more than ${MAX_TEXT_BYTES} bytes`);
  if (!(time >= 0 && time <= MAX_TIME)) throw new LineError("has a time that cannot be");
  if (kind === "reply" && to === null) throw new LineError("does not say which message it answers");
  return { ...line, name, text };
}

function nameOf(raw: unknown): string {
  const check = typeof raw === "string" ? checkNickname(raw) : null;
  if (!check?.ok) throw new LineError(`has ${raw === undefined ? "no name" : "a name that nobody can have"}`);
  return check.name;
}
