/**
 * How a room comes into being: by the first who enters it, and then it is nobody's, or because somebody makes it, and
 * then it is theirs. The first record of such a room says so, and is written together with its name: there is never one
 * without an owner. Invariant: a name that a room has is given to no other.
 */
import type { PersonHere } from "../room/people.ts";
import type { Room } from "../room/room.ts";
import { isOperated, isOwned, RoomFlag } from "../room/room-flags.ts";
import type { Rooms } from "../room/rooms.ts";
import { unlistedName } from "../room/unlisted-names.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type MakeRoomFrame, ServerKind } from "../wire/frames.ts";
import { checkRoomName } from "../wire/names.ts";
import { Sort } from "../wire/orders.ts";
import { founding } from "../wire/records/founding.ts";
import { Role } from "../wire/records/role.ts";
import { RECORD_BYTES } from "./costs.ts";
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
  const isThere = rooms.has(name);
  const refused = isThere ? null : (keptName(session, name) ?? mayFound(session));
  if (refused) {
    refuse(refused);
    return;
  }
  const flags = RoomFlag.owned | (unlisted ? RoomFlag.unlisted : 0);
  const opened = rooms.open(name, flags);
  if (!(opened instanceof Promise)) {
    settle(session, person, frame, opened, isThere);
    return;
  }
  session.wait(async () => settle(session, person, frame, await opened, isThere));
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
