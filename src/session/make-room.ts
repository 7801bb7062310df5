/**
 * How a room comes into being: by the first who enters it, and then it is nobody's, or because somebody makes it, and
 * then it is theirs. The first record of such a room says so, and is written together with its name: there is never one
 * without an owner. Invariant: a name that a room has is given to no other.
 */
import type { PersonHere } from "../room/people.ts";
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
import type { Connection } from "./seat.ts";

/** Part of all rooms that is kept for visitors who have founded none lately. */
const KEPT_SHARE = 0.1;

interface Refused {
  code: Refusal;
  retryAfterMs: number;
}

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

/** Why this connection may not bring one room more into being; null when it may, and then it is paid for. */
export function mayFound(session: Connection): Refused | null {
  const { rooms, budget } = session.house;
  const isScarce = rooms.count >= rooms.limits.maxRooms * (1 - KEPT_SHARE);
  if (isScarce && !budget.isNewFounder(session.visitor)) return { code: Refusal.serverFull, retryAfterMs: 0 };
  const retryAfterMs = session.may("found");
  return retryAfterMs > 0 ? { code: Refusal.tooFast, retryAfterMs } : null;
}

export function makeRoom(session: Connection, person: PersonHere, frame: MakeRoomFrame): void {
  const { rooms, unguessable } = session.house;
  const { request, unlisted } = frame;
  const refuse = ({ code, retryAfterMs }: Refused) =>
    session.refuse(ClientKind.makeRoom, request, code, { retryAfterMs });
  const checked = checkRoomName(unlisted ? unlistedName(frame.room, unguessable()) : frame.room);
  if (!checked.ok) {
    refuse({ code: Refusal.badRoomName, retryAfterMs: 0 });
    return;
  }
  const { name } = checked;
  const password = frame.password && passwordOf(frame.password);
  if (typeof password === "number") {
    refuse({ code: password, retryAfterMs: 0 });
    return;
  }
  const isThere = rooms.has(name);
  const refused =
    (password ? mayHash(session) : null) ?? (isThere ? null : (keptName(session, name) ?? mayFound(session)));
  if (refused) {
    refuse(refused);
    return;
  }
  const flags = RoomFlag.owned | (unlisted ? RoomFlag.unlisted : 0);
  if (password) {
    session.wait(() => makeClosed(session, person, frame, { name, flags, password }));
    return;
  }
  const opened = rooms.open(name, flags);
  if (!(opened instanceof Promise)) {
    settle(session, person, frame, opened, isThere);
    return;
  }
  session.wait(async () => settle(session, person, frame, await opened, isThere));
}

/** Why no hash can be made for this connection now; null when it can, and then it is paid for. */
function mayHash(session: Connection): Refused | null {
  const retryAfterMs = session.house.passwords.waitFor(session.visitor) || session.may("password");
  return retryAfterMs > 0 ? { code: Refusal.tooFast, retryAfterMs } : null;
}

interface Closed {
  name: string;
  flags: number;
  password: Uint8Array;
}

/** With a password, which is stored before the room is there for anybody. */
async function makeClosed(
  session: Connection,
  person: PersonHere,
  frame: MakeRoomFrame,
  { name, flags, password }: Closed,
): Promise<void> {
  const { rooms, passwords } = session.house;
  const { visitor } = session;
  const hash = await passwords.hash(visitor, password);
  if (session.person !== person) return;
  if (!hash) {
    // Others came first, and nothing was made.
    session.owe("password", -1);
    const retryAfterMs = Math.max(1, passwords.waitFor(visitor));
    session.refuse(ClientKind.makeRoom, frame.request, Refusal.tooFast, { retryAfterMs });
    return;
  }
  const isThere = rooms.has(name);
  const kept = isThere ? null : keptName(session, name);
  if (kept) {
    session.refuse(ClientKind.makeRoom, frame.request, kept.code);
    return;
  }
  const room = await rooms.open(name, flags | RoomFlag.password, hash);
  if (room) await new Promise<void>((stored) => room.whenCommitted(isThere ? room.lastGiven : 0, stored));
  // One's own that is there has to be the one that was asked for.
  const isOwn = isThere && room?.projections.roles?.of(person.author) === Role.owner;
  const stored = isOwn && room ? (await rooms.passwords.read(room.number)).hash : null;
  if (!isOwn || (await passwords.isRight(visitor, password, stored)))
    settle(session, person, frame, room, isThere);
  else {
    session.refuse(ClientKind.makeRoom, frame.request, Refusal.roomExists);
    if (room) rooms.release(room);
  }
}

/** In one step with the opening of the room: nobody comes between. */
function settle(
  session: Connection,
  person: PersonHere,
  { request, unlisted }: MakeRoomFrame,
  room: Room | null,
  wasThere: boolean,
): void {
  const { rooms } = session.house;
  const refuse = (code: Refusal) => session.refuse(ClientKind.makeRoom, request, code);
  if (!room) {
    refuse(wasThere ? Refusal.roomExists : Refusal.serverFull);
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
      refuse(full);
      rooms.release(room);
      return;
    }
  }
  room.whenCommitted(room.lastGiven, () => {
    // Whoever asks again for what was made already gets the same answer.
    if (room.projections.roles?.of(author) === Role.owner)
      session.send(encodeServerFrame({ kind: ServerKind.made, request, room: room.name }));
    else refuse(Refusal.roomExists);
  });
  rooms.release(room);
}
