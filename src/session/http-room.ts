/**
 * What an HTTP request may do in a room: read a page of messages, post one. It holds no seat and is nobody's
 * presence. Author 0 stands for this interface.
 */
import { checkNickname, checkRoomName } from "../room/names.ts";
import type { Room } from "../room/room.ts";
import { decodeBlock, type TextRecord } from "../wire/block.ts";
import { encodeText } from "../wire/bytes.ts";
import { hasVisible, isText } from "../wire/text.ts";
import type { Account } from "./account.ts";
import type { House } from "./session.ts";

/** Identities begin at 1. */
export const HTTP_AUTHOR = 0;
const PAGE_BYTES = 512 * 1024;

export interface MessageJson {
  seq: number;
  author: number;
  name: string;
  /** ISO 8601, UTC. */
  time: string;
  text: string;
}

export interface PageJson {
  room: string;
  epoch: string;
  /** Oldest number that can be read, and the newest. An empty room: first = head + 1. */
  first: number;
  head: number;
  messages: MessageJson[];
}

/** A request that cannot be served: HTTP status and stable code. */
export interface HttpRefusal {
  status: number;
  code: string;
  message: string;
  /** 0: no waiting helps. */
  retryAfterMs: number;
}

export type HttpAnswer<T> = { ok: true; value: T } | { ok: false; refusal: HttpRefusal };

function refuse<T>(status: number, code: string, message: string, retryAfterMs = 0): HttpAnswer<T> {
  return { ok: false, refusal: { status, code, message, retryAfterMs } };
}

/**
 * Messages of an existing room: those after `after`, or the newest before `before`, or simply the newest. `visitor` pays
 * for what is read.
 */
export async function readMessages(
  house: House,
  rawName: string,
  query: { after: number | null; before: number | null; limit: number },
  visitor: Account | null = null,
): Promise<HttpAnswer<PageJson>> {
  const { rooms } = house;
  const checked = checkRoomName(rawName);
  if (!checked.ok) return refuse(400, "bad_room_name", "This is not a name a room can have.");
  if (!rooms.has(checked.name)) return refuse(404, "no_such_room", "There is no room of this name.");
  const room = await rooms.open(checked.name);
  if (!room) return refuse(500, "room_damaged", "This room is damaged on the server's disk.");
  const payer = { identity: null, visitor };
  const retryAfterMs = house.budget.may(payer, "byte", 0);
  if (retryAfterMs > 0) {
    rooms.release(room);
    return refuse(429, "too_many_requests", "Too much was read from your address lately.", retryAfterMs);
  }
  const limit = Math.min(query.limit, rooms.limits.maxPageRecords);
  const records = await readRecords(rooms, room, { ...query, limit }, (bytes) => {
    house.budget.owe(payer, "byte", bytes);
    house.budget.owe(payer, "diskRead", 1);
  });
  rooms.release(room);
  if (records === null) return refuse(500, "room_damaged", "This page is damaged on the server's disk.");
  const messages = records.map(({ seq, author, name, time, text }) => ({
    seq,
    author,
    name,
    time: new Date(time).toISOString(),
    text,
  }));
  const { name, epoch, first, head } = room;
  return { ok: true, value: { room: name, epoch, first, head, messages } };
}

/** Exactly the records asked for, or fewer when they are long; blocks may begin before them and end after them. */
async function readRecords(
  rooms: House["rooms"],
  room: Room,
  query: { after: number | null; before: number | null; limit: number },
  didRead: (bytes: number) => void,
): Promise<TextRecord[] | null> {
  const { after, limit } = query;
  const end = room.head + 1;
  let before = Math.min(query.before ?? end, end);
  let from = Math.min(after ?? 0, room.head) + 1;
  let found: TextRecord[] = [];
  for (let bytes = 0; found.length < limit && bytes < PAGE_BYTES; ) {
    const options = { maxBytes: PAGE_BYTES - bytes, maxRecords: limit - found.length };
    const blocks =
      after === null
        ? await rooms.readBackward(room, before, options)
        : await rooms.readForward(room, from, options);
    if (blocks === null) return null;
    const [first] = blocks;
    const last = blocks.at(-1);
    if (!first || !last) break;
    const read = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
    bytes += read;
    didRead(read);
    const records = blocks.flatMap((block) => decodeBlock(block.bytes).records);
    if (after === null) {
      const limitSeq = before;
      found = [...records.filter(({ seq }) => seq < limitSeq), ...found];
      before = first.seq;
    } else {
      const firstSeq = from;
      found = [...found, ...records.filter(({ seq }) => seq >= firstSeq && seq < end)];
      from = last.seq + last.count;
    }
  }
  return after === null ? found.slice(-limit) : found.slice(0, limit);
}

/**
 * Stores one message under a name of the caller's choice, who has shown the operator's token and pays nothing; answers with
 * its number after the commit.
 */
export async function postMessage(
  house: House,
  rawName: string,
  message: { name: string; text: string },
): Promise<HttpAnswer<{ room: string; seq: number }>> {
  const { rooms } = house;
  const checked = checkRoomName(rawName);
  if (!checked.ok) return refuse(400, "bad_room_name", "This is not a name a room can have.");
  const named = checkNickname(message.name);
  if (!named.ok) return refuse(400, "bad_name", "This is not a name somebody can have.");
  const text = encodeText(message.text);
  if (text.length > rooms.limits.maxTextBytes) {
    return refuse(413, "text_too_long", `A message has at most ${rooms.limits.maxTextBytes} bytes of UTF-8.`);
  }
  if (!isText(text) || !hasVisible(text))
    return refuse(400, "empty_text", "A message needs a visible character.");
  const room = await rooms.open(checked.name);
  if (!room) return refuse(503, "server_full", "The server can take no more rooms, or this one is damaged.");
  if (room.isFull) {
    rooms.release(room);
    return refuse(503, "room_busy", "The room has too much to store; try again in a moment.");
  }
  const last = room.authors.get(HTTP_AUTHOR);
  const nonce = (last?.nonce ?? 0) + 1;
  const writer = { name: named.name, nameBytes: null, namedInBlock: 0 };
  const seq = room.append(HTTP_AUTHOR, nonce, writer, text, rooms.loop.now(), last);
  rooms.pending(room);
  await new Promise<void>((committed) => room.whenCommitted(seq, committed));
  rooms.release(room);
  return { ok: true, value: { room: room.name, seq } };
}
