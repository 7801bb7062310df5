/**
 * What became of the messages of a page beyond it: told with the page to whoever asks, so that a reader who reads back
 * needs none of what was said since. Invariants: what is told is of one moment; it reaches from the page's near end as
 * far as its bounds allow, by one message at least, and says how far.
 */
import type { SignOn } from "../room/reactions.ts";
import type { Room } from "../room/room.ts";
import { type ToldMessage, type ToldSign, writeTold, writeToldMessage } from "../wire/became.ts";
import { edit } from "../wire/records/edit.ts";
import type { Connection } from "./seat.ts";
import { StoredTexts } from "./stored-texts.ts";

/** More is told with the next page. */
const MOST_BYTES = 64 * 1024;
const MOST_READS = 100;
/** Names told of those who put a sign. */
const MOST_NAMES = 3;

export interface Range {
  from: number;
  to: number;
}

/** As far as it is told: `from` to `to` of the numbers asked for, in the bytes of a BECAME frame. */
export interface Became extends Range {
  told: Uint8Array;
}

interface State {
  message: Omit<ToldMessage, "edit">;
  edit: number | undefined;
}

/** `isUpward`: the near end is the lower one. */
export async function tellBecame(
  session: Connection,
  room: Room,
  { from, to }: Range,
  isUpward: boolean,
): Promise<Became> {
  const author = session.person?.author ?? 0;
  const asOf = room.head;
  const states: State[] = [];
  // Far more numbers than a page has may lie below the first one that is kept.
  for (let number = Math.max(from, room.first); number <= to; number++) {
    const state = stateOf(room, number, author);
    if (state) states.push(state);
  }
  if (!isUpward) states.reverse();
  const texts = new StoredTexts(session, room);
  const messages: Uint8Array[] = [];
  let bytes = 0;
  for (const { message, edit: newest } of states) {
    if (messages.length > 0 && (bytes >= MOST_BYTES || texts.reads >= MOST_READS)) {
      if (isUpward) to = message.to - 1;
      else from = message.to + 1;
      break;
    }
    const written = writeToldMessage({ ...message, edit: await editOf(texts, newest) });
    bytes += written.length;
    messages.push(written);
  }
  if (!isUpward) messages.reverse();
  return { from, to, told: writeTold(asOf, messages) };
}

/** Null: there is no such text any more. */
async function editOf(texts: StoredTexts, number: number | undefined): Promise<ToldMessage["edit"]> {
  const found = number === undefined ? null : await texts.read(number);
  if (number === undefined || found?.kind !== edit.kind || found.text === "") return null;
  const { author, time, text } = found;
  return { number, author, time, text };
}

/** Null: nothing became of it. */
function stateOf(room: Room, to: number, reader: number): State | null {
  const { amendments, reactions } = room.projections;
  if (amendments.isRemoved(to)) return { message: { to, removed: true, signs: [] }, edit: undefined };
  const edit = amendments.lastEdit(to);
  const signs = reactions.signsOn(to);
  if (edit === undefined && signs.length === 0) return null;
  return {
    message: { to, removed: false, signs: signs.map((sign) => signOf(room, sign, reader, MOST_NAMES)) },
    edit,
  };
}

/** As the reader is told of it, with so many of the others: those who put it first. */
export function signOf(room: Room, { sign, people }: SignOn, reader: number, most: number): ToldSign {
  const others = people.filter(({ author }) => author !== reader);
  return {
    sign,
    count: people.length,
    own: others.length < people.length,
    people: others
      .slice(0, most)
      .map(({ author }) => ({ author, name: room.projections.reactions.nameOf(author) })),
  };
}
