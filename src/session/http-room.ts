/**
 * What an HTTP request may do in a room: read a page of messages, post one. It holds no seat and is nobody's
 * presence. Author 0 stands for this interface.
 */
import { RECORD_BYTES } from "../room/quota.ts";
import type { Room } from "../room/room.ts";
import { needsPassword } from "../room/room-flags.ts";
import type { Rooms } from "../room/rooms.ts";
import { isUnlistedName } from "../room/unlisted-names.ts";
import { type ActRecord, decodeBlock, type TextRecord } from "../wire/block.ts";
import { encodeText } from "../wire/bytes.ts";
import { Refusal } from "../wire/codes.ts";
import { checkNickname, checkRoomName } from "../wire/names.ts";
import { kindOf } from "../wire/records/registry.ts";
import { hasVisible, isText } from "../wire/text.ts";
import type { Account } from "./account.ts";
import { reservedAs } from "./make-room.ts";
import { HTTP_AUTHOR, type PostKeys } from "./post-keys.ts";
import type { House } from "./session.ts";

const PAGE_BYTES = 512 * 1024;

export interface MessageJson {
  seq: number;
  author: number;
  name: string;
  /** ISO 8601, UTC. */
  time: string;
  /** Absent: a plain text. */
  kind?: string;
  /** Number of the message that it answers. */
  to?: number;
  /** As it was said; acts on messages are told nowhere here. Empty: it was removed. */
  text: string;
}

export interface PageJson {
  room: string;
  epoch: string;
  /** Oldest number that can be read, and the newest. An empty room: first = head + 1. */
  first: number;
  head: number;
  /**
   * What to ask with for the messages before this page, and for those after it. A page may be short, or empty, although
   * there are more: what is said about messages has numbers too, and only so much is looked through for one page.
   */
  before: number;
  after: number;
  messages: MessageJson[];
}

/** The messages from number `before` to number `after`, as far as they were looked through. */
interface Found {
  records: TextRecord[];
  before: number;
  after: number;
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
 * Messages of an existing room: the first ones after `after`, or the newest before `before`, or simply the newest; with
 * both, the first ones between the two. `visitor` pays for what is read. `isGranted`: as for `isReadable`.
 */
export async function readMessages(
  house: House,
  rawName: string,
  query: { after: number | null; before: number | null; limit: number },
  visitor: Account | null = null,
  isGranted = false,
): Promise<HttpAnswer<PageJson>> {
  const { rooms } = house;
  const checked = checkRoomName(rawName);
  if (!checked.ok) return refuse(400, "bad_room_name", "This is not a name a room can have.");
  const mayRead = () => isReadable(rooms, checked.name, isGranted);
  if (!mayRead()) return refuse(404, "no_such_room", "There is no room of this name.");
  const room = await rooms.open(checked.name);
  if (!room) return refuse(500, "room_damaged", "This room is damaged on the server's disk.");
  const payer = { identity: null, visitor };
  const retryAfterMs = house.budget.may(payer, "byte", 0);
  if (retryAfterMs > 0) {
    rooms.release(room);
    return refuse(429, "too_many_requests", "Too much was read from your address lately.", retryAfterMs);
  }
  const limit = Math.min(query.limit, rooms.limits.maxPageRecords);
  const didRead = (bytes: number) => {
    house.budget.owe(payer, "byte", bytes);
    house.budget.owe(payer, "diskRead", 1);
  };
  const found = await house.pages.run((turn) =>
    readRecords(rooms, room, { ...query, limit }, { didRead, turn }),
  );
  rooms.release(room);
  // It may have been closed, or have a password, since it was read.
  if (!mayRead()) return refuse(404, "no_such_room", "There is no room of this name.");
  if (found === null) return refuse(500, "room_damaged", "This page is damaged on the server's disk.");
  const messages = found.records.map(messageJson);
  const { name, epoch, first, head } = room;
  const { before, after } = found;
  return { ok: true, value: { room: name, epoch, first, head, before, after, messages } };
}

/**
 * Whether what is said in the room of a canonical name is told over HTTP. Nothing of one with a password is, not even
 * that it is there, but to whoever has a token that was made for it (`isGranted`).
 */
export function isReadable(rooms: Rooms, name: string, isGranted: boolean): boolean {
  const about = rooms.about(name);
  return about !== null && (isGranted || !needsPassword(about.flags));
}

export function messageJson({ seq, author, name, time, kind, to, text }: TextRecord): MessageJson {
  return {
    seq,
    author,
    name,
    time: new Date(time).toISOString(),
    ...(kind !== undefined && { kind: kindOf(kind)!.name }),
    ...(to !== undefined && { to }),
    text,
  };
}

/** An act with all that it says, but bytes. */
export function recordJson({ nonce: _, seq, author, name, time, kind, ...body }: ActRecord): object {
  const said = Object.entries(body).filter(([, value]) => !(value instanceof Uint8Array));
  const at = new Date(time).toISOString();
  return { seq, author, name, time: at, kind: kindOf(kind)!.name, ...Object.fromEntries(said) };
}

/** Exactly the records asked for, or fewer when they are long; blocks may begin before them and end after them. */
async function readRecords(
  rooms: Rooms,
  room: Room,
  query: { after: number | null; before: number | null; limit: number },
  { didRead, turn }: { didRead: (bytes: number) => void; turn: () => Promise<void> },
): Promise<Found | null> {
  const { after, limit } = query;
  const end = Math.min(query.before ?? room.head + 1, room.head + 1);
  const start = Math.min(after ?? 0, room.head) + 1;
  let before = end;
  let from = start;
  let found: TextRecord[] = [];
  // Where messages are few between acts, more is read at once each time.
  let most = limit;
  for (let bytes = 0; found.length < limit && bytes < PAGE_BYTES && from < end; most *= 2) {
    const options = { maxBytes: PAGE_BYTES - bytes, maxRecords: most };
    const blocks =
      after === null
        ? await rooms.history.readBackward(room, before, options)
        : await rooms.history.readForward(room, from, options);
    if (blocks === null) return null;
    const [first] = blocks;
    const last = blocks.at(-1);
    if (!first || !last) {
      before = Math.min(before, room.first);
      from = end;
      break;
    }
    const read = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
    bytes += read;
    didRead(read);
    await turn();
    const records = blocks.flatMap((block) => decodeBlock(block.bytes).records);
    if (after === null) {
      const limitSeq = before;
      found = [...records.filter(({ seq }) => seq < limitSeq), ...found];
      before = first.seq;
    } else {
      const firstSeq = from;
      found = [...found, ...records.filter(({ seq }) => seq >= firstSeq && seq < end)];
      from = Math.min(last.seq + last.count, end);
    }
  }
  const isCut = found.length > limit;
  const records = after === null ? found.slice(-limit) : found.slice(0, limit);
  if (after === null) return { records, before: isCut ? records[0]!.seq : before, after: end - 1 };
  return { records, before: start, after: isCut ? records.at(-1)!.seq : from - 1 };
}

/**
 * Stores one message under a name of the caller's choice, who has shown the operator's token and pays nothing; answers
 * with its number after the commit. `key`: the nonce that stands for the caller's key, and where keys are known. A
 * repeat stores nothing and gets the number it has.
 */
export async function postMessage(
  house: House,
  rawName: string,
  message: { name: string; text: string },
  key: { nonce: number; keys: PostKeys } | null = null,
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
  let room: Room | null;
  let isTold = true;
  // Another caller may let go of the room, or of its keys, while the log is read.
  do {
    // Asked again, too: the room may have been closed, and its name be kept, meanwhile.
    if (!rooms.has(checked.name) && isUnlistedName(checked.name))
      return refuse(404, "no_such_room", "There is no room of this name.");
    if (!rooms.has(checked.name) && reservedAs(rooms, checked.name) !== null)
      return refuse(403, "name_reserved", "A room of this name is not to be made.");
    room = await rooms.open(checked.name);
    if (!room)
      return refuse(503, "server_full", "The server can take no more rooms, or this one is damaged.");
    if (key) isTold = await key.keys.ready(rooms, room);
  } while (!rooms.isOpen(room) || (key !== null && isTold && !key.keys.knows(room)));
  if (!isTold) {
    rooms.release(room);
    return refuse(500, "room_damaged", "Whether this key was used cannot be told: this room is damaged.");
  }
  // From here to the number nothing waits, so that of two posts with one key the later finds the earlier.
  const known = key?.keys.find(room, key.nonce);
  if (known === undefined && room.isFull) {
    rooms.release(room);
    return refuse(503, "room_busy", "The room has too much to store; try again in a moment.");
  }
  const bytes = text.length + RECORD_BYTES;
  const full = known === undefined ? rooms.quota.refusal(room, bytes) : null;
  if (full !== null) {
    rooms.release(room);
    return full === Refusal.logFull
      ? refuse(507, "log_full", "The log, or its disk, has no place for more.")
      : refuse(507, "room_storage_full", "The room holds as many bytes as a room may.");
  }
  if (known === undefined) rooms.quota.take(room, bytes);
  const seq = known ?? store(house, room, named.name, text, key);
  await new Promise<void>((committed) => room.whenCommitted(seq, committed));
  rooms.release(room);
  return { ok: true, value: { room: room.name, seq } };
}

function store(
  { rooms }: House,
  room: Room,
  name: string,
  text: Uint8Array,
  key: { nonce: number; keys: PostKeys } | null,
): number {
  const writer = { name, nameBytes: null, namedInBlock: 0 };
  // Nobody else is author 0, and nothing asks for its last nonce: one without a key is the number it gets.
  const nonce = key?.nonce ?? room.lastGiven + 1;
  const seq = room.append(HTTP_AUTHOR, nonce, writer, text, rooms.loop.now());
  key?.keys.note(room, nonce, seq);
  rooms.pending(room);
  return seq;
}
