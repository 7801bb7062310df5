/**
 * How a room comes into being: by the first who enters it, and then it is nobody's, or because somebody makes it, and
 * then it is theirs. The first record of such a room says so, and is written together with its name: there is never one
 * without an owner. Invariant: a name that a room has is given to no other.
 */
import type { PersonHere } from "../room/people.ts";
import type { Refused } from "../room/policy.ts";
import { RECORD_BYTES } from "../room/quota.ts";
import type { Room } from "../room/room.ts";
import { isOperated, isOwned, RoomFlag } from "../room/room-flags.ts";
import type { Rooms } from "../room/rooms.ts";
import { unlistedName } from "../room/unlisted-names.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type MakeRoomFrame, ServerKind } from "../wire/frames.ts";
import { checkRoomName } from "../wire/names.ts";
import { Sort } from "../wire/orders.ts";
import { passwordOf } from "../wire/password.ts";
import { founding } from "../wire/records/founding.ts";
import { Role } from "../wire/records/role.ts";
import { hashGivenUp, mayHash } from "./paid-hash.ts";
import type { Connection } from "./seat.ts";

/** Part of all rooms that is kept for visitors who have founded none lately. */
const KEPT_SHARE = 0.1;

/** Why nobody but whoever operates the server may bring a room of this name into being; null when everybody may. */
export function reservedAs({ operation }: Rooms, name: string): Refusal | null {
  const reserved = operation.reserved.room(name);
  if (!reserved) return null;
  return reserved.sort === Sort.closed && reserved.name === name ? Refusal.roomClosed : Refusal.reservedName;
}

/** As `reservedAs`, for this connection. */
export function keptName({ house, person }: Connection, name: string): Refused | null {
  const { rooms } = house;
  const code = reservedAs(rooms, name);
  const isKept = code !== null && !rooms.operation.operators.has(person?.author ?? 0);
  return isKept ? { code, retryAfterMs: 0 } : null;
}

/**
 * Why this connection may not bring one room more into being; null when it may, and then it is paid for. Where none
 * comes of it, that is given back.
 */
export function mayFound(session: Connection): Refused | null {
  const { rooms, budget } = session.house;
  const { maxRooms } = rooms.limits;
  const isScarce = rooms.count >= maxRooms * (1 - KEPT_SHARE) && !budget.isNewFounder(session.visitor);
  if (isScarce || rooms.count >= maxRooms) return { code: Refusal.serverFull, retryAfterMs: 0 };
  const retryAfterMs = session.may("found");
  return retryAfterMs > 0 ? { code: Refusal.tooFast, retryAfterMs } : null;
}

/** A room that somebody wants to be theirs. */
interface Wanted {
  person: PersonHere;
  frame: MakeRoomFrame;
  name: string;
  flags: number;
  /** Null: everybody may enter it. */
  password: Uint8Array | null;
}

export function makeRoom(session: Connection, person: PersonHere, frame: MakeRoomFrame): void {
  const { rooms, unguessable } = session.house;
  const { unlisted } = frame;
  const checked = checkRoomName(unlisted ? unlistedName(frame.room, unguessable()) : frame.room);
  const password = frame.password ? passwordOf(frame.password) : null;
  if (!checked.ok || typeof password === "number") {
    const code = typeof password === "number" && checked.ok ? password : Refusal.badRoomName;
    refuse(session, frame, { code, retryAfterMs: 0 });
    return;
  }
  const { name } = checked;
  const flags = RoomFlag.owned | (unlisted ? RoomFlag.unlisted : 0);
  const wanted = { person, frame, name, flags, password };
  if (password && rooms.has(name)) session.wait(() => claim(session, wanted, password));
  else make(session, wanted);
}

function refuse(session: Connection, { request }: MakeRoomFrame, { code, retryAfterMs }: Refused): void {
  session.refuse(ClientKind.makeRoom, request, code, { retryAfterMs });
}

/** A room that is there has no password, or is not there. */
function make(session: Connection, wanted: Wanted): void {
  const { rooms } = session.house;
  const { frame, name, flags, password } = wanted;
  const isThere = rooms.has(name);
  const refused = isThere ? null : mayMake(session, wanted);
  if (refused) {
    refuse(session, frame, refused);
    return;
  }
  if (password) {
    session.wait(() => makeClosed(session, wanted, password));
    return;
  }
  const opened = rooms.open(name, flags);
  if (!(opened instanceof Promise)) {
    settle(session, wanted, opened, isThere);
    return;
  }
  session.wait(async () => settle(session, wanted, await opened, isThere));
}

/** Why no such room can be made; null when it can, and then it is paid for, with the hash of its password. */
function mayMake(session: Connection, wanted: Wanted): Refused | null {
  const kept = keptName(session, wanted.name);
  if (kept) return kept;
  const { quota } = session.house.rooms;
  const full = quota.refusal(null, founding.write(wanted.frame).length + RECORD_BYTES);
  if (full !== null) return { code: full, retryAfterMs: 0 };
  const refused = mayFound(session);
  if (refused || !wanted.password) return refused;
  const noHash = mayHash(session);
  if (noHash) session.owe("found", -1);
  return noHash;
}

/** With a password, which is stored before the room is there for anybody. */
async function makeClosed(session: Connection, wanted: Wanted, password: Uint8Array): Promise<void> {
  const { rooms, passwords } = session.house;
  const { person, frame, name, flags } = wanted;
  const hash = await passwords.hash(session.visitor, password);
  const isThere = rooms.has(name);
  const refused = hash ? (isThere ? null : keptName(session, name)) : hashGivenUp(session);
  if (hash && !isThere && !refused && session.person === person) {
    // Nobody who waits for this room comes between it and its first record.
    settle(session, wanted, await rooms.open(name, flags | RoomFlag.password, hash), false);
    return;
  }
  session.owe("found", -1);
  if (session.person !== person) return;
  if (refused) refuse(session, frame, refused);
  else await claim(session, wanted, password);
}

/** A room that is there is the one that was asked for when it is one's own, and has this password. */
async function claim(session: Connection, wanted: Wanted, password: Uint8Array): Promise<void> {
  const { rooms, passwords } = session.house;
  const { person, frame, name } = wanted;
  if (session.person !== person) return;
  if (!rooms.has(name)) {
    make(session, wanted);
    return;
  }
  const room = await rooms.open(name);
  if (room) await new Promise<void>((stored) => room.whenCommitted(room.lastGiven, stored));
  const isOwn = room?.projections.roles?.of(person.author) === Role.owner;
  if (room) rooms.release(room);
  const noHash = isOwn ? mayHash(session) : null;
  if (!room || !isOwn || noHash) {
    refuse(session, frame, noHash ?? { code: Refusal.roomExists, retryAfterMs: 0 });
    return;
  }
  const { hash } = await rooms.passwords.read(room.number);
  const isRight = await passwords.isRight(session.visitor, password, hash);
  if (isRight === null) refuse(session, frame, hashGivenUp(session));
  else if (!isRight) refuse(session, frame, { code: Refusal.roomExists, retryAfterMs: 0 });
  else {
    session.owe("password", -1);
    session.send(encodeServerFrame({ kind: ServerKind.made, request: frame.request, room: name }));
  }
}

/** In one step with the opening of the room: nobody comes between. */
function settle(session: Connection, { person, frame }: Wanted, room: Room | null, wasThere: boolean): void {
  const { rooms } = session.house;
  const { request, unlisted } = frame;
  const no = (code: Refusal) => refuse(session, frame, { code, retryAfterMs: 0 });
  if (!room) {
    if (!wasThere) session.owe("found", -1);
    no(wasThere ? Refusal.roomExists : Refusal.serverFull);
    return;
  }
  const { author } = person;
  // Founded just now, by this or by another connection that waited for the same name: then it has a first record.
  if (isOwned(room.flags) && !isOperated(room.flags) && !room.durable && room.pendingBytes === 0) {
    const body = founding.write({ unlisted });
    const full = rooms.quota.refusal(room, body.length + RECORD_BYTES);
    if (full === null) {
      rooms.quota.take(room, body.length + RECORD_BYTES);
      const named = { name: person.name, nameBytes: null, namedInBlock: 0 };
      const nonce = room.authors.highest(author) + 1;
      room.append(author, nonce, named, body, rooms.loop.now(), founding.kind);
      rooms.pending(room);
    } else {
      if (!wasThere) session.owe("found", -1);
      no(full);
      rooms.release(room);
      return;
    }
  }
  room.whenCommitted(room.lastGiven, () => {
    // Whoever asks again for what was made already gets the same answer.
    if (room.projections.roles?.of(author) === Role.owner)
      session.send(encodeServerFrame({ kind: ServerKind.made, request, room: room.name }));
    else no(Refusal.roomExists);
  });
  rooms.release(room);
}
