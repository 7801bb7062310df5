/**
 * What stands in journals. The texts of a run are unique and say by themselves who wrote them, where, as which message
 * and how long they are, so that whoever meets one can tell whether it is whole. A label is a record of whatever kind in
 * one line; nobody of a run says two things in a room that have the same label.
 *
 *   text       <person.room.message.padding>~~~~~
 *   label      the text · `>to text` a reply · `=to text` an edit · `-to` a removal · `+to sign`, `~to sign` a reaction
 */
import type { RecordHead } from "../../src/wire/block.ts";
import { kinds } from "../../src/wire/records/registry.ts";

export interface Token {
  person: number;
  room: number;
  message: number;
  padding: number;
}

const TOKEN = /^<(\d+)\.(\d+)\.(\d+)\.(\d+)>/;

export function makeText({ person, room, message, padding }: Token): string {
  return `<${person}.${room}.${message}.${padding}>${"~".repeat(padding)}`;
}

export function readToken(text: string): Token | null {
  const found = TOKEN.exec(text);
  if (!found) return null;
  const [person, room, message, padding] = found.slice(1).map(Number);
  return { person: person!, room: room!, message: message!, padding: padding! };
}

/** What stands in a journal for a text: its beginning if the text is whole, all of it otherwise. */
export function shorten(text: string): string {
  const token = readToken(text);
  return token && makeText(token) === text ? makeText({ ...token }).slice(0, text.indexOf(">") + 1) : text;
}

export const SIGNS = { text: "", reply: ">", edit: "=", removal: "-", on: "+", off: "~" } as const;
export type Said = keyof typeof SIGNS;

/** What a label says. A reaction's sign is its text. */
export interface Meaning {
  said: Said;
  /** 0: refers to nothing. */
  to: number;
  text: string;
}

const LABEL = /^([>=+~])(\d+) (.*)$|^(-)(\d+)$/s;
const SAID = new Map(Object.entries(SIGNS).map(([said, sign]) => [sign as string, said as Said]));

export function writeLabel({ said, to, text }: Meaning): string {
  if (said === "text") return shorten(text);
  return said === "removal" ? `-${to}` : `${SIGNS[said]}${to} ${shorten(text)}`;
}

export function readLabel(label: string): Meaning {
  const found = LABEL.exec(label);
  if (!found) return { said: "text", to: 0, text: label };
  return { said: SAID.get(found[1] ?? found[4]!)!, to: Number(found[2] ?? found[5]), text: found[3] ?? "" };
}

/** Whether the text of a text, a reply or an edit is gone. */
export const isBlank = ({ said, text }: Meaning): boolean => text === "" && said !== "removal";

/** A record as a client is told it: a plain text has no kind. */
export interface ToldRecord extends RecordHead {
  kind?: number;
  to?: number;
  text?: string;
  on?: boolean;
}

export function labelOf({ kind, to = 0, text = "", on }: ToldRecord): string {
  let said: Said = "text";
  if (kind === kinds.reply.kind) said = "reply";
  else if (kind === kinds.edit.kind) said = "edit";
  else if (kind === kinds.removal.kind) said = "removal";
  else if (kind === kinds.reaction.kind) said = on ? "on" : "off";
  else if (kind !== undefined) return `a record of kind ${kind}`;
  return writeLabel({ said, to, text });
}
