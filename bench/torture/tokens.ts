/**
 * The texts of a run. Each is unique and says by itself who wrote it, where, as which message and how long it is, so
 * that whoever meets one can tell whether it is whole.
 *
 *   <person.room.message.padding>~~~~~
 */

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
