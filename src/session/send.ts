/**
 * What a connection says in a room, by SEND or ACT: whether it is a repeat, in order, allowed and paid for; then the room
 * numbers it.
 * Invariant: what is stored already is answered before any limit is asked, and nothing overtakes what was refused.
 */
import { isRemoval } from "../room/amendments.ts";
import { isRuling, isToBeTakenOver, mustWait } from "../room/policy.ts";
import { RECORD_BYTES } from "../room/quota.ts";
import type { Room } from "../room/room.ts";
import { findTarget, type Target } from "../room/targets.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ServerKind } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import { operated } from "../wire/records/operated.ts";
import { sanction } from "../wire/records/sanction.ts";
import { sweep } from "../wire/records/sweep.ts";
import { ruleAddresses } from "./address-rulings.ts";
import { judge } from "./judge.ts";
import { HTTP_AUTHOR } from "./post-keys.ts";
import type { Connection, Held, Said, SayingFrame, Seat } from "./seat.ts";
import { sweepAfter } from "./sweep.ts";

/** When to try again in a room that has too much unflushed. */
const ROOM_BUSY_MS = 100;
/** When to repeat old messages again after many that have to be looked for on disk. */
const DISK_BUSY_MS = 500;
/** What one seat may hold while an act's message is looked for, and what each takes besides its body. */
const MAX_HELD_BYTES = 64 * 1024;
const HELD_OVERHEAD = 100;

/**
 * A message or an act. `body` is a view on bytes that are gone after this returns. `target`: what was found of the
 * message that it refers to, when that had to be looked for.
 */
export function say(
  session: Connection,
  number: number,
  nonce: number,
  frame: SayingFrame,
  kind: number,
  body: Uint8Array,
  target?: Target | null,
): void {
  const { rooms } = session.house;
  const seat = session.seat(number);
  if (!seat) {
    refuse(session, number, nonce, frame, Refusal.notInRoom);
    return;
  }
  const { room, member } = seat;
  if (seat.held && target === undefined) {
    const isBlocked = seat.blockedAt !== 0 && nonce > seat.blockedAt;
    // A short one might find a place where a longer one before it found none.
    if (!isBlocked && hold(seat.held, { nonce, frame, kind, body })) {
      if (nonce === seat.blockedAt) seat.blockedAt = 0;
      return;
    }
    // A repeat of what is stored, or waits here already, must not take the place of the one that has to come first.
    if (!isBlocked && nonce > seat.held.highest) seat.blockedAt = nonce;
    refuse(
      session,
      number,
      nonce,
      frame,
      isBlocked ? Refusal.outOfOrder : Refusal.tooFast,
      isBlocked ? 0 : DISK_BUSY_MS,
    );
    return;
  }
  const last = room.authors.get(member.author);
  // The one that was waited for has come, whatever becomes of it; or by another connection it, or a later one, did.
  if (nonce === seat.blockedAt || (last?.nonce ?? 0) >= seat.blockedAt) seat.blockedAt = 0;
  // What is in the log already is answered before any limit is asked.
  if (last !== undefined && nonce <= last.nonce) {
    const retryAfterMs = session.may(nonce === last.nonce ? "repeat" : "oldRepeat");
    if (retryAfterMs > 0) refuse(session, number, nonce, frame, Refusal.tooFast, retryAfterMs);
    else if (nonce === last.nonce) {
      rooms.counters.duplicates++;
      acknowledge(session, room, nonce, last.seq);
    } else if (session.isBusy) refuse(session, number, nonce, frame, Refusal.tooFast, DISK_BUSY_MS);
    else answerOld(session, seat, nonce, frame);
    return;
  }
  let code =
    seat.blockedAt !== 0 && nonce > seat.blockedAt
      ? Refusal.outOfOrder
      : judgeNonce(nonce, room.authors.highest(member.author, last));
  if (code === null) {
    const judged = judge(room, member.author, kind, body, rooms.limits.maxTextBytes, target);
    if (typeof judged === "object" && judged !== null) {
      if ("code" in judged) {
        refuse(session, number, nonce, frame, judged.code, judged.retryAfterMs);
        return;
      }
      const act = { nonce, frame, kind, body: body.slice() };
      if ("waitFor" in judged) waitFor(session, seat, judged.waitFor, act);
      else lookUp(session, seat, judged.lookFor, act);
      return;
    }
    code = judged;
  }
  if (code !== null) {
    refuse(session, number, nonce, frame, code);
    return;
  }
  if (isToBeTakenOver(room, member.author, kind)) {
    judgeLater(session, seat, { nonce, frame, kind, body: body.slice() }, 0, async () => {
      await rooms.overseer.takeOver(room);
      return target;
    });
    return;
  }
  const full = rooms.quota.refusal(room, body.length + RECORD_BYTES);
  if (full !== null) {
    refuse(session, number, nonce, frame, full);
    return;
  }
  const later = postpone(session, room, member.author, kind, body.length);
  if (later) {
    seat.blockedAt = nonce;
    refuse(session, number, nonce, frame, later.code, later.retryAfterMs);
    return;
  }
  rooms.quota.take(room, body.length + RECORD_BYTES);
  if (isRemoval(kind)) session.didRead(WIRE.maxBlockBytes);
  if (kind === sanction.kind) body = ruleAddresses(rooms, room, body);
  if (isRuling(kind) && room.isOperator(member.author)) markOperated(session, room, member.name);
  const seq = room.append(member.author, nonce, member, body, rooms.loop.now(), kind);
  rooms.pending(room);
  if (kind === sweep.kind) sweepAfter(session, room, seq, member.name, sweep.read(body.slice()));
}

/** The record behind it is of whoever operates the server. It is the server's own word, as a takedown by a sweep is. */
function markOperated({ house }: Connection, room: Room, name: string): void {
  const { rooms } = house;
  const named = { name, nameBytes: null, namedInBlock: 0 };
  const body = operated.write({});
  rooms.quota.take(room, RECORD_BYTES);
  room.append(HTTP_AUTHOR, room.lastGiven + 1, named, body, rooms.loop.now(), operated.kind);
}

function refuse(
  session: Connection,
  room: number,
  nonce: number,
  frame: SayingFrame,
  code: Refusal,
  retryAfterMs = 0,
): void {
  session.refuse(frame, nonce, code, { room, retryAfterMs });
}

/** Keeps what has to wait behind an act. @returns false when that would be too much */
function hold(held: Held, said: Said): boolean {
  if (held.bytes + said.body.length + HELD_OVERHEAD > MAX_HELD_BYTES) return false;
  held.bytes += said.body.length + HELD_OVERHEAD;
  held.highest = Math.max(held.highest, said.nonce);
  held.said.push({ ...said, body: said.body.slice() });
  return true;
}

/** Reads what an act refers to from the log. */
function lookUp(session: Connection, seat: Seat, number: number, act: Said): void {
  const { rooms } = session.house;
  judgeLater(session, seat, act, session.mayRead(), () =>
    findTarget(rooms.history, seat.room, number, session),
  );
}

/** Waits until what decides about an act is stored. */
function waitFor(session: Connection, seat: Seat, by: { room: Room; seq: number }, act: Said): void {
  judgeLater(session, seat, act, 0, async () => {
    await new Promise<void>((stored) => by.room.whenCommitted(by.seq, stored));
    return undefined;
  });
}

/** Judges an act again with what was waited for; what comes meanwhile waits behind it, so that the order is kept. */
function judgeLater(
  session: Connection,
  seat: Seat,
  act: Said,
  retryAfterMs: number,
  find: () => Promise<Target | null | undefined>,
): void {
  const { room } = seat;
  const wait = session.isBusy ? DISK_BUSY_MS : retryAfterMs;
  if (wait > 0) {
    seat.blockedAt = act.nonce;
    refuse(session, room.number, act.nonce, act.frame, Refusal.tooFast, wait);
    return;
  }
  const held: Held = { said: [], bytes: 0, highest: act.nonce };
  seat.held = held;
  session.wait(async () => {
    const target = await find();
    // It may be another seat by now: that of one who entered again.
    const now = session.seat(room.number);
    if (now?.held === held) now.held = null;
    if (!session.person) return;
    session.cork(() => {
      const { nonce, frame, kind, body } = act;
      say(session, room.number, nonce, frame, kind, body, target);
      for (const each of held.said) say(session, room.number, each.nonce, each.frame, each.kind, each.body);
    });
  });
}

/** Why a message cannot be taken now, and when it can; null when it can, and then it is paid for. */
function postpone(
  session: Connection,
  room: Room,
  author: number,
  kind: number,
  bytes: number,
): { code: Refusal; retryAfterMs: number } | null {
  if (room.isFull) return { code: Refusal.roomBusy, retryAfterMs: ROOM_BUSY_MS };
  // What the room says comes first: nobody pays for what it does not take.
  let retryAfterMs = mustWait(room, author, kind);
  if (retryAfterMs > 0) return { code: Refusal.tooSoon, retryAfterMs };
  retryAfterMs = session.slowDown(room);
  if (retryAfterMs > 0) return { code: Refusal.slowMode, retryAfterMs };
  // A text is taken out of the log by reading its block, and writing that anew.
  retryAfterMs = isRemoval(kind) || kind === sweep.kind ? session.mayRead() : 0;
  if (retryAfterMs > 0) return { code: Refusal.tooFast, retryAfterMs };
  retryAfterMs = session.may("message");
  if (retryAfterMs > 0) return { code: Refusal.tooFast, retryAfterMs };
  retryAfterMs = session.may("storedByte", bytes + RECORD_BYTES);
  return retryAfterMs > 0 ? { code: Refusal.dayFull, retryAfterMs } : null;
}

/** What is wrong with a nonce above the last one known. Up to `highest` it may have been stored, and be lost. */
function judgeNonce(nonce: number, highest: number): Refusal | null {
  if (nonce <= highest) return Refusal.cannotTell;
  return nonce - highest > WIRE.maxNonceStep ? Refusal.nonceTooHigh : null;
}

/** A repeat is acknowledged, never earlier than it is committed. */
function acknowledge(session: Connection, room: Room, nonce: number, seq: number): void {
  room.whenCommitted(seq, () => {
    session.send(encodeServerFrame({ kind: ServerKind.ack, room: room.number, nonce, seq }));
  });
}

function answerOld(session: Connection, seat: Seat, nonce: number, frame: SayingFrame): void {
  const { room, member } = seat;
  const { rooms } = session.house;
  session.wait(async () => {
    if (!session.person) return;
    // What is still on its way to the log has to be there before it can be found.
    await new Promise<void>((committed) => room.whenCommitted(room.lastGiven, committed));
    const found = await rooms.history.find(room, member.author, nonce, session);
    if (typeof found === "object") {
      refuse(session, room.number, nonce, frame, Refusal.tooFast, found.retryAfterMs);
    } else if (typeof found === "number") {
      rooms.counters.duplicates++;
      acknowledge(session, room, nonce, found);
    } else {
      const code = found === "absent" ? Refusal.staleNonce : Refusal.cannotTell;
      refuse(session, room.number, nonce, frame, code);
    }
  });
}
