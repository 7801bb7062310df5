/**
 * How a connection enters a room: finds where it goes on, gives it a seat and says so. It decides nothing about what
 * is sent afterwards. Invariant: from the answer to the seat there is no await, so that what was announced stays true.
 */
import { sizeOf } from "../room/history.ts";
import type { PersonHere } from "../room/people.ts";
import { mayEnter } from "../room/policy.ts";
import type { Room } from "../room/room.ts";
import { isUnlistedName } from "../room/unlisted-names.ts";
import { Refusal, Resume } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type EnterFrame, ServerKind } from "../wire/frames.ts";
import { checkRoomName } from "../wire/names.ts";
import { Delivery } from "./delivery.ts";
import { PAGE_BYTES } from "./history.ts";
import { keptName, mayFound } from "./make-room.ts";
import type { Connection } from "./seat.ts";

export function enterRoom(session: Connection, person: PersonHere, frame: EnterFrame): void {
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
    if (isUnlistedName(checked.name)) {
      session.refuse(ClientKind.enter, frame.request, Refusal.noSuchRoom);
      return;
    }
    const refusal = keptName(session, checked.name) ?? mayFound(session);
    if (refusal) {
      const { code, retryAfterMs } = refusal;
      session.refuse(ClientKind.enter, frame.request, code, { retryAfterMs });
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
    session.cork(() => {
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
function startInMemory(session: Connection, room: Room, frame: EnterFrame): Start | null {
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

async function findStart(session: Connection, room: Room, frame: EnterFrame): Promise<Start | null> {
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

/** Nothing was said in it, and nobody is in it. */
const isNew = ({ durable, pendingBytes, presence }: Room): boolean =>
  !durable && pendingBytes === 0 && presence.count === 0;

/** One synchronous step: what is announced here stays true until the delivery has put the connection onto the topic. */
function takeSeat(
  session: Connection,
  person: PersonHere,
  room: Room,
  frame: EnterFrame,
  found: Start,
): void {
  const { rooms } = session.house;
  // The room may have been closed, and its name be kept, while the disk was asked.
  const refused = (isNew(room) ? keptName(session, room.name) : null) ?? mayEnter(room, person.author);
  if (refused) {
    const { code, retryAfterMs } = refused;
    session.refuse(ClientKind.enter, frame.request, code, { retryAfterMs });
    rooms.release(room);
    return;
  }
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
  const delivery = new Delivery(rooms, room, session, start.seq, person.author);
  if (old) session.seats.splice(session.seats.indexOf(old), 1);
  // What waits for its turn keeps its place in front of what is still to come.
  const seat = { room, member, delivery, blockedAt: 0, held: old?.held ?? null };
  // A list of exactly one where it is one: a push would make place for seventeen in every connection.
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
