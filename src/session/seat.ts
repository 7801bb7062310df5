/**
 * What one connection does in one room: enters at a position, sends, and asks for pages. Free functions on a session;
 * the seat is all that a session keeps of a room.
 */
import type { PersonHere } from "../room/people.ts";
import type { Member } from "../room/presence.ts";
import type { Room } from "../room/room.ts";
import { Refusal, Resume } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, Direction, type EnterFrame, type HistoryFrame, ServerKind } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import { checkRoomName } from "../wire/names.ts";
import { hasVisible, isText } from "../wire/text.ts";
import { RECORD_BYTES } from "./costs.ts";
import { Delivery } from "./delivery.ts";
import type { Session } from "./session.ts";

export interface Seat {
  readonly room: Room;
  readonly member: Member;
  readonly delivery: Delivery;
  /**
   * The nonce that was refused for now. Later ones are refused too until this one comes again: otherwise an author's
   * messages would be stored in another order than they were written. 0: none.
   */
  blockedAt: number;
}

/** Part of all rooms that is kept for visitors who have founded none lately. */
const KEPT_SHARE = 0.1;
/** When to try again in a room that has too much unflushed. */
const ROOM_BUSY_MS = 100;
/** When to repeat old messages again after many that have to be looked for on disk. */
const DISK_BUSY_MS = 500;
/** Most bytes of one page. A page is whole blocks, so it can be longer by less than one block. */
const PAGE_BYTES = 192 * 1024;

export function enterRoom(session: Session, person: PersonHere, frame: EnterFrame): void {
  const { rooms } = session.house;
  const checked = checkRoomName(frame.room);
  if (!checked.ok) {
    session.refuse(ClientKind.enter, frame.request, Refusal.badRoomName);
    return;
  }
  const before = session.seats.find(({ room }) => room.name === checked.name);
  if (!before && session.seats.length + session.entering >= rooms.limits.maxRoomsPerConnection) {
    session.refuse(ClientKind.enter, frame.request, Refusal.tooManyRooms);
    return;
  }
  if (!rooms.has(checked.name)) {
    const isScarce = rooms.count >= rooms.limits.maxRooms * (1 - KEPT_SHARE);
    if (isScarce && !session.house.budget.isNewFounder(session.visitor)) {
      session.refuse(ClientKind.enter, frame.request, Refusal.serverFull);
      return;
    }
    const retryAfterMs = session.may("found");
    if (retryAfterMs > 0) {
      session.refuse(ClientKind.enter, frame.request, Refusal.tooFast, { retryAfterMs });
      return;
    }
  }
  const opened = rooms.open(checked.name);
  if (opened === null) {
    session.refuse(ClientKind.enter, frame.request, Refusal.serverFull);
    return;
  }
  // Even a room that is in memory may need the disk to find where the last page begins.
  const inMemory = opened instanceof Promise ? null : startInMemory(session, opened, frame);
  if (inMemory && !(opened instanceof Promise)) {
    takeSeat(session, person, opened, frame, inMemory);
    return;
  }
  session.entering++;
  session.wait(async () => {
    let room = await opened;
    let start = room && (await findStart(session, room, frame));
    while (room && !rooms.isOpen(room)) {
      room = await rooms.open(checked.name);
      start = room && (await findStart(session, room, frame));
    }
    session.entering--;
    const isHere = session.person === person;
    // Entered again and left while the disk was asked: the later one counts.
    const left = before !== undefined && isHere && !session.seat(before.room.number);
    session.socket.cork(() => {
      if (room && start && isHere && !left) takeSeat(session, person, room, frame, start);
      else {
        if (room) rooms.release(room);
        if (isHere)
          session.refuse(ClientKind.enter, frame.request, left ? Refusal.notInRoom : Refusal.damaged);
      }
    });
  });
}

interface Start {
  resume: Resume;
  /** Everything after this number is sent. */
  seq: number;
}

/** Where the client goes on, when that can be told without reading; null otherwise. */
function startInMemory(session: Session, room: Room, frame: EnterFrame): Start | null {
  const { position } = frame;
  const known = position !== null && position.epoch === room.epoch && position.seq <= room.head;
  if (known && position.seq >= room.first - 1) return { resume: Resume.continued, seq: position.seq };
  if (known) return { resume: Resume.gap, seq: room.first - 1 };
  const resume = position === null ? Resume.fresh : Resume.reset;
  const history = Math.min(frame.history, session.house.rooms.limits.maxPageRecords);
  const wanted = Math.max(room.first, room.head - history + 1);
  if (wanted > room.head) return { resume, seq: room.head };
  // A whole block is sent in any case, so the page begins where its first block does.
  const index = room.tail.indexOf(wanted);
  return index < 0 ? null : { resume, seq: Math.max(room.tail.at(index)!.seq, room.first) - 1 };
}

async function findStart(session: Session, room: Room, frame: EnterFrame): Promise<Start | null> {
  const { rooms } = session.house;
  const start = startInMemory(session, room, frame);
  if (start) return start;
  const resume = frame.position === null ? Resume.fresh : Resume.reset;
  const maxRecords = Math.min(frame.history, rooms.limits.maxPageRecords);
  const blocks = await rooms.history.readBackward(room, room.head + 1, { maxBytes: PAGE_BYTES, maxRecords });
  if (blocks === null) return null;
  session.didRead(sizeOf(blocks));
  return { resume, seq: Math.max(blocks[0]?.seq ?? room.head + 1, room.first) - 1 };
}

/** One synchronous step: what is announced here stays true until the delivery has put the connection onto the topic. */
function takeSeat(session: Session, person: PersonHere, room: Room, frame: EnterFrame, found: Start): void {
  const { rooms } = session.house;
  const old = session.seat(room.number);
  let { name } = person;
  if (!room.presence.get(person.author) && !room.presence.isFree(name, person.author)) {
    const retryAfterMs = session.may("suggestion");
    if (retryAfterMs > 0) {
      session.refuse(ClientKind.enter, frame.request, Refusal.tooFast, { retryAfterMs });
      rooms.release(room);
      return;
    }
    const suggestion = rooms.seating.suggest(person, name, room);
    if (!frame.anyName) {
      session.refuse(ClientKind.enter, frame.request, Refusal.nameTaken, { suggestion });
      rooms.release(room);
      return;
    }
    name = suggestion;
  }
  // Entering again on the same connection starts the delivery anew; the person neither leaves nor enters.
  old?.delivery.end();
  const member = old?.member ?? rooms.seating.enter(room, person, name);
  // Retention may have moved the beginning while the disk was asked.
  const start = { ...found, seq: Math.max(found.seq, room.first - 1) };
  const delivery = new Delivery(rooms, room, session, start.seq);
  if (old) session.seats.splice(session.seats.indexOf(old), 1);
  // A list of exactly one where it is one: a push would make place for seventeen in every connection.
  const seat = { room, member, delivery, blockedAt: 0 };
  session.seats = session.seats.length === 0 ? [seat] : [...session.seats, seat];
  session.send(
    encodeServerFrame({
      kind: ServerKind.entered,
      request: frame.request,
      room: room.number,
      name: room.name,
      ownName: member.name,
      epoch: room.epoch,
      resume: start.resume,
      first: room.first,
      head: room.head,
      start: start.seq,
      nonce: room.authors.highest(person.author),
    }),
  );
  delivery.pump();
}

/** One message. `text` is a view on bytes that are gone after this returns. */
export function sendMessage(session: Session, number: number, nonce: number, text: Uint8Array): void {
  const { rooms } = session.house;
  const seat = session.seat(number);
  if (!seat) {
    refuseMessage(session, number, nonce, Refusal.notInRoom);
    return;
  }
  const { room, member } = seat;
  const last = room.authors.get(member.author);
  // The one that was waited for has come, whatever becomes of it; or by another connection it, or a later one, did.
  if (nonce === seat.blockedAt || (last?.nonce ?? 0) >= seat.blockedAt) seat.blockedAt = 0;
  // What is in the log already is answered before any limit is asked.
  if (last !== undefined && nonce <= last.nonce) {
    const retryAfterMs = session.may(nonce === last.nonce ? "repeat" : "oldRepeat");
    if (retryAfterMs > 0) refuseMessage(session, number, nonce, Refusal.tooFast, retryAfterMs);
    else if (nonce === last.nonce) {
      rooms.counters.duplicates++;
      acknowledge(session, room, nonce, last.seq);
    } else if (session.isBusy) refuseMessage(session, number, nonce, Refusal.tooFast, DISK_BUSY_MS);
    else answerOld(session, seat, nonce);
    return;
  }
  const code =
    seat.blockedAt !== 0 && nonce > seat.blockedAt
      ? Refusal.outOfOrder
      : (judgeNonce(nonce, room.authors.highest(member.author, last)) ??
        judgeText(text, rooms.limits.maxTextBytes));
  if (code !== null) {
    refuseMessage(session, number, nonce, code);
    return;
  }
  const full = rooms.quota.refusal(room, text.length + RECORD_BYTES);
  if (full !== null) {
    refuseMessage(session, number, nonce, full);
    return;
  }
  const later = postpone(session, room, text.length);
  if (later) {
    seat.blockedAt = nonce;
    refuseMessage(session, number, nonce, later.code, later.retryAfterMs);
    return;
  }
  rooms.quota.take(room, text.length + RECORD_BYTES);
  room.append(member.author, nonce, member, text, rooms.loop.now(), last);
  rooms.pending(room);
}

/** Why a message cannot be taken now, and when it can; null when it can, and then it is paid for. */
function postpone(
  session: Session,
  room: Room,
  bytes: number,
): { code: Refusal; retryAfterMs: number } | null {
  if (room.isFull) return { code: Refusal.roomBusy, retryAfterMs: ROOM_BUSY_MS };
  // What the room says comes first: nobody pays for what it does not take.
  let retryAfterMs = session.slowDown(room);
  if (retryAfterMs > 0) return { code: Refusal.slowMode, retryAfterMs };
  retryAfterMs = session.may("message");
  if (retryAfterMs > 0) return { code: Refusal.tooFast, retryAfterMs };
  retryAfterMs = session.may("storedByte", bytes + RECORD_BYTES);
  return retryAfterMs > 0 ? { code: Refusal.dayFull, retryAfterMs } : null;
}

function refuseMessage(session: Session, room: number, nonce: number, code: Refusal, retryAfterMs = 0): void {
  session.refuse(ClientKind.send, nonce, code, { room, retryAfterMs });
}

/** What is wrong with a nonce above the last one known. Up to `highest` it may have been stored, and be lost. */
function judgeNonce(nonce: number, highest: number): Refusal | null {
  if (nonce <= highest) return Refusal.cannotTell;
  return nonce - highest > WIRE.maxNonceStep ? Refusal.nonceTooHigh : null;
}

/** What is wrong with the text of a message; null when nothing is. */
function judgeText(text: Uint8Array, maxBytes: number): Refusal | null {
  if (text.length > maxBytes) return Refusal.textTooLong;
  if (!isText(text)) return Refusal.badText;
  return hasVisible(text) ? null : Refusal.emptyText;
}

/** A repeat is acknowledged, never earlier than it is committed. */
function acknowledge(session: Session, room: Room, nonce: number, seq: number): void {
  room.whenCommitted(seq, () => {
    session.send(encodeServerFrame({ kind: ServerKind.ack, room: room.number, nonce, seq }));
  });
}

function answerOld(session: Session, seat: Seat, nonce: number): void {
  const { room, member } = seat;
  const { rooms } = session.house;
  session.wait(async () => {
    if (!session.person) return;
    // What is still on its way to the log has to be there before it can be found.
    await new Promise<void>((committed) => room.whenCommitted(room.lastGiven, committed));
    const found = await rooms.history.find(room, member.author, nonce, session);
    if (typeof found === "object") {
      refuseMessage(session, room.number, nonce, Refusal.tooFast, found.retryAfterMs);
    } else if (typeof found === "number") {
      rooms.counters.duplicates++;
      acknowledge(session, room, nonce, found);
    } else {
      const code = found === "absent" ? Refusal.staleNonce : Refusal.cannotTell;
      refuseMessage(session, room.number, nonce, code);
    }
  });
}

export function sendPage(session: Session, frame: HistoryFrame): void {
  const seat = session.seat(frame.room);
  if (!seat) {
    session.refuse(ClientKind.history, frame.request, Refusal.notInRoom, { room: frame.room });
    return;
  }
  const { rooms } = session.house;
  const { room } = seat;
  const maxRecords = Math.max(1, Math.min(frame.limit, rooms.limits.maxPageRecords));
  session.page(async () => {
    if (!session.person) return;
    const retryAfterMs = session.mayRead();
    if (retryAfterMs > 0) {
      session.refuse(ClientKind.history, frame.request, Refusal.tooFast, { room: room.number, retryAfterMs });
      return;
    }
    const options = { maxBytes: PAGE_BYTES, maxRecords };
    const before = frame.direction === Direction.before;
    const seq = Math.min(frame.seq, room.head + 1);
    const blocks = before
      ? await rooms.history.readBackward(room, seq, options)
      : await rooms.history.readForward(room, seq + 1, options);
    if (blocks === null) {
      session.refuse(ClientKind.history, frame.request, Refusal.damaged, { room: room.number });
      return;
    }
    session.didRead(sizeOf(blocks));
    const lowest = blocks[0]?.seq ?? seq;
    const last = blocks[blocks.length - 1];
    const highest = last ? last.seq + last.count - 1 : seq;
    session.send(
      encodeServerFrame({
        kind: ServerKind.page,
        request: frame.request,
        room: room.number,
        first: room.first,
        // An empty page never says that there is more: whoever asks for it would ask forever.
        more: last !== undefined && (before ? lowest > room.first : highest < room.head),
        blocks: blocks.map((block) => block.bytes),
      }),
    );
  });
}

function sizeOf(blocks: readonly { bytes: Uint8Array }[]): number {
  let bytes = 0;
  for (const block of blocks) bytes += block.bytes.length;
  return bytes;
}
