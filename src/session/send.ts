/**
 * What a connection says in a room: whether it is a repeat, in order, allowed and paid for; then the room numbers it.
 * Invariant: what is stored already is answered before any limit is asked, and nothing overtakes what was refused.
 */
import type { Room } from "../room/room.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, ServerKind } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import { hasVisible, isText } from "../wire/text.ts";
import { RECORD_BYTES } from "./costs.ts";
import type { Connection, Seat } from "./seat.ts";

/** When to try again in a room that has too much unflushed. */
const ROOM_BUSY_MS = 100;
/** When to repeat old messages again after many that have to be looked for on disk. */
const DISK_BUSY_MS = 500;

/** One message. `text` is a view on bytes that are gone after this returns. */
export function sendMessage(session: Connection, number: number, nonce: number, text: Uint8Array): void {
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
  room.append(member.author, nonce, member, text, rooms.loop.now());
  rooms.pending(room);
}

/** Why a message cannot be taken now, and when it can; null when it can, and then it is paid for. */
function postpone(
  session: Connection,
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

function refuseMessage(
  session: Connection,
  room: number,
  nonce: number,
  code: Refusal,
  retryAfterMs = 0,
): void {
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
function acknowledge(session: Connection, room: Room, nonce: number, seq: number): void {
  room.whenCommitted(seq, () => {
    session.send(encodeServerFrame({ kind: ServerKind.ack, room: room.number, nonce, seq }));
  });
}

function answerOld(session: Connection, seat: Seat, nonce: number): void {
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
