/**
 * What became of the messages of a page beyond it: told with the page to whoever asks, so that a reader who reads back
 * needs none of what was said since. Invariants: what is told is of one moment; it reaches from the page's near end as
 * far as its bounds allow, by one message at least, and says how far.
 */
import type { SignOn } from "../room/reactions.ts";
import type { Room } from "../room/room.ts";
import type { Tail } from "../room/tail.ts";
import {
  type ToldEdit,
  type ToldMessage,
  type ToldSign,
  writeTold,
  writeToldMessage,
} from "../wire/became.ts";
import { BlockReader } from "../wire/block.ts";
import { edit } from "../wire/records/edit.ts";
import type { Connection } from "./seat.ts";

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

type Block = NonNullable<ReturnType<Tail["at"]>>;

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
  const edits = new Edits(session, room);
  const messages: Uint8Array[] = [];
  let bytes = 0;
  for (const { message, edit } of states) {
    if (messages.length > 0 && (bytes >= MOST_BYTES || edits.reads >= MOST_READS)) {
      if (isUpward) to = message.to - 1;
      else from = message.to + 1;
      break;
    }
    const found = edit === undefined ? null : await edits.read(edit);
    const written = writeToldMessage({ ...message, edit: found });
    bytes += written.length;
    messages.push(written);
  }
  if (!isUpward) messages.reverse();
  return { from, to, told: writeTold(asOf, messages) };
}

/** Null: nothing became of it. */
function stateOf(room: Room, to: number, reader: number): State | null {
  const { amendments, reactions } = room.projections;
  if (amendments.isRemoved(to)) return { message: { to, removed: true, signs: [] }, edit: undefined };
  const edit = amendments.lastEdit(to);
  const signs = reactions.signsOn(to);
  if (edit === undefined && signs.length === 0) return null;
  return { message: { to, removed: false, signs: signs.map((sign) => signOf(room, sign, reader)) }, edit };
}

function signOf(room: Room, { sign, people }: SignOn, reader: number): ToldSign {
  const others = people.filter(({ author }) => author !== reader);
  return {
    sign,
    count: people.length,
    own: others.length < people.length,
    people: others
      .slice(0, MOST_NAMES)
      .map(({ author }) => ({ author, name: room.projections.reactions.nameOf(author) })),
  };
}

/** Edits of a room, from its tail or the log; those in one block after each other are one read. */
class Edits {
  reads = 0;
  readonly #session: Connection;
  readonly #room: Room;
  #block: Block | undefined;

  constructor(session: Connection, room: Room) {
    this.#session = session;
    this.#room = room;
  }

  /** Null: there is no such text any more. */
  async read(number: number): Promise<ToldEdit | null> {
    const block = this.#holds(this.#block, number) ? this.#block : await this.#find(number);
    if (!this.#holds(block, number)) return null;
    this.#block = block;
    const r = new BlockReader(block.bytes);
    while (r.next() && r.seq < number);
    const { kind, author, time, body } = r;
    const text = r.seq === number && kind === edit.kind ? edit.read(body).text : "";
    return text === "" ? null : { number, author, time, text };
  }

  #holds(block: Block | undefined, number: number): block is Block {
    return block !== undefined && block.seq <= number && number < block.seq + block.count;
  }

  async #find(number: number): Promise<Block | undefined> {
    const room = this.#room;
    const held = room.tail.at(room.tail.indexOf(number));
    if (held) return held;
    this.reads++;
    const { history } = this.#session.house.rooms;
    const blocks = await history.readForward(room, number, { maxBytes: 1, maxRecords: 1 });
    const block = blocks?.[0];
    this.#session.didRead(block?.bytes.length ?? 0);
    return block;
  }
}
