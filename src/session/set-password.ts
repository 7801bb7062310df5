/**
 * An owner gives a room a password, another one, or none. Whoever is inside stays. It is judged as of what is stored,
 * before a hash is made and again when it is written. Invariant: who is no owner any more, or went away, changes
 * nothing; and nobody else learns whether there is such a room.
 */
import type { PersonHere } from "../room/people.ts";
import { roleOf } from "../room/policy.ts";
import type { Room } from "../room/room.ts";
import { isOwned } from "../room/room-flags.ts";
import type { Rooms } from "../room/rooms.ts";
import { Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, ServerKind, type SetPasswordFrame } from "../wire/frames.ts";
import { checkRoomName } from "../wire/names.ts";
import { passwordOf } from "../wire/password.ts";
import { Role } from "../wire/records/role.ts";
import { hashGivenUp, mayHash } from "./paid-hash.ts";
import type { Connection } from "./seat.ts";

export function setPassword(session: Connection, person: PersonHere, frame: SetPasswordFrame): void {
  const { rooms, passwords } = session.house;
  const { request } = frame;
  const refuse = (code: Refusal, retryAfterMs = 0) =>
    session.refuse(ClientKind.setPassword, request, code, { retryAfterMs });
  const checked = checkRoomName(frame.room);
  if (!checked.ok) {
    refuse(Refusal.badRoomName);
    return;
  }
  const password = frame.password.length > 0 ? passwordOf(frame.password) : null;
  if (typeof password === "number") {
    refuse(password);
    return;
  }
  session.wait(async () => {
    let room = await ownRoom(rooms, checked.name, person.author);
    if (password && typeof room === "object") {
      rooms.release(room);
      const noHash = mayHash(session);
      const hash = noHash ? null : await passwords.hash(session.visitor, password);
      if (!hash) {
        const { code, retryAfterMs } = noHash ?? hashGivenUp(session);
        refuse(code, retryAfterMs);
        return;
      }
      room = await ownRoom(rooms, checked.name, person.author);
      if (session.person === person && typeof room === "object") await store(session, room, request, hash);
    } else if (session.person === person && typeof room === "object")
      await store(session, room, request, null);
    if (typeof room === "object") rooms.release(room);
    else refuse(room);
  });
}

/** The room, if this person is an owner of it by all that is on its way to the log; to be released then. */
async function ownRoom(rooms: Rooms, name: string, author: number): Promise<Room | Refusal> {
  let room: Room | null;
  do {
    room = rooms.has(name) ? await rooms.open(name) : null;
    if (!room) return rooms.has(name) ? Refusal.damaged : Refusal.notAllowed;
    const { lastRuling } = room;
    await new Promise<void>((stored) => room?.whenCommitted(lastRuling, stored));
    // It may have been let go of meanwhile.
  } while (!rooms.isOpen(room) || room.lastRuling > room.head);
  const isOpen = !isOwned(room.flags);
  if (!isOpen && roleOf(room, author) >= Role.owner) return room;
  rooms.release(room);
  return isOpen ? Refusal.openRoom : Refusal.notAllowed;
}

async function store(
  session: Connection,
  room: Room,
  request: number,
  hash: Uint8Array | null,
): Promise<void> {
  const { rooms } = session.house;
  await rooms.passwords.set(room, hash);
  session.send(encodeServerFrame({ kind: ServerKind.passwordSet, request, on: hash !== null }));
  tellOwners(rooms, room);
}

/** How the room stands now, to all in it who may do the same. */
function tellOwners({ people }: Rooms, room: Room): void {
  for (const author of room.presence.authors)
    if (roleOf(room, author) >= Role.owner)
      for (const connection of people.get(author)?.connections ?? []) connection.stand(room);
}
