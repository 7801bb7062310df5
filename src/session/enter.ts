/**
 * How a connection enters a room: finds where it goes on, gives it a seat and says so. It decides nothing about what is
 * sent afterwards, nor whether a password is right. Invariant: from the answer to the seat there is no await, so that
 * what was announced stays true.
 */

import { sizeOf } from "../room/history.ts";
import type { PersonHere } from "../room/people.ts";
import { mayComeFrom, mayEnter, mayRename } from "../room/policy.ts";
import type { Room } from "../room/room.ts";
import { isBack } from "../room/room-flags.ts";
import { isUnlistedName } from "../room/unlisted-names.ts";
import { backNameOf, frontNameOf, SERVER_ROOM } from "../wire/back-name.ts";
import { Refusal, Resume } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type EnterFrame, ServerKind } from "../wire/frames.ts";
import { checkRoomName } from "../wire/names.ts";
import { noteAddress } from "./address-rulings.ts";
import { Delivery } from "./delivery.ts";
import { PAGE_BYTES } from "./history.ts";
import { keptName, mayFound } from "./make-room.ts";
import type { Asked, Connection } from "./seat.ts";
import { type ShownPassword, shownPassword } from "./shown-password.ts";

/** Of a connection that waits for no room: all have the same. */
export const NOTHING_ASKED: readonly Asked[] = [];

/** A room that is to be entered. */
interface Door {
  /** Canonical. */
  name: string;
  open(): Room | Promise<Room | null> | null;
  /** What is said where the room cannot be had. */
  missing: Refusal;
}

function doorOf({ house }: Connection, { author }: PersonHere, raw: string): Door | Refusal {
  const { rooms } = house;
  const front = frontNameOf(raw);
  const checked = checkRoomName(front ?? raw);
  if (front === null) {
    if (!checked.ok) return Refusal.badRoomName;
    const { name } = checked;
    return { name, open: () => rooms.open(name), missing: Refusal.damaged };
  }
  // Nobody is told whether there is one but those who may enter it.
  const missing = Refusal.noSuchRoom;
  if (!checked.ok && front !== SERVER_ROOM) return missing;
  const name = checked.ok ? checked.name : SERVER_ROOM;
  return { name: backNameOf(name), open: () => rooms.backRooms.enter(name, author), missing };
}

export function enterRoom(session: Connection, person: PersonHere, frame: EnterFrame): void {
  const { rooms } = session.house;
  const door = doorOf(session, person, frame.room);
  if (typeof door === "number") {
    session.refuse(ClientKind.enter, frame.request, door);
    return;
  }
  const before = session.seats.find(({ room }) => room.name === door.name);
  if (!before && session.seats.length + session.entering.length >= rooms.limits.maxRoomsPerConnection) {
    session.refuse(ClientKind.enter, frame.request, Refusal.tooManyRooms);
    return;
  }
  const isBehind = frontNameOf(door.name) !== null;
  const shown = isBehind ? null : shownPassword(session, person, door.name, frame.password);
  const isFounder = !shown && !isBehind && !rooms.has(door.name);
  if (isFounder) {
    if (isUnlistedName(door.name)) {
      session.refuse(ClientKind.enter, frame.request, Refusal.noSuchRoom);
      return;
    }
    const refusal = keptName(session, door.name) ?? mayFound(session);
    if (refusal) {
      const { code, retryAfterMs } = refusal;
      session.refuse(ClientKind.enter, frame.request, code, { retryAfterMs });
      return;
    }
  }
  // Who shows a password makes no room.
  const open = () => (shown && !rooms.has(door.name) ? Promise.resolve(null) : door.open());
  const opened = open();
  if (opened === null) {
    session.refuse(ClientKind.enter, frame.request, Refusal.serverFull);
    return;
  }
  // Even a room that is in memory may need the disk to find where the last page begins.
  const inMemory = shown || opened instanceof Promise ? null : startInMemory(session, opened, frame);
  if (inMemory && !(opened instanceof Promise)) {
    takeSeat(session, person, opened, frame, inMemory, null);
    return;
  }
  const asked = { room: door.name, isOver: false };
  // In most connections there is never one.
  session.entering = [...session.entering, asked];
  session.wait(async () => {
    // Both at the same time, so that it takes no longer where there is a room to be read.
    const judging = shown?.judge();
    let room = await opened;
    await judging;
    let start = room && (await findStart(session, room, frame));
    while (room && (!rooms.isOpen(room) || shown?.isStale)) {
      room = await open();
      await shown?.judge();
      start = room && (await findStart(session, room, frame));
    }
    shown?.settle(room);
    // Where a room of that name was being ended, another may have taken its place.
    const hasNoPlace = isFounder && !room && !rooms.has(door.name);
    if (hasNoPlace) session.owe("found", -1);
    const others = session.entering.filter((other) => other !== asked);
    session.entering = others.length > 0 ? others : NOTHING_ASKED;
    const isHere = session.person === person;
    // Left, or put out, while the disk was asked: the later one counts.
    const left = isHere && asked.isOver;
    session.cork(() => {
      if (room && start && isHere && !left) takeSeat(session, person, room, frame, start, shown);
      else {
        if (room) rooms.release(room);
        if (!isHere) return;
        const missing = { code: hasNoPlace ? Refusal.serverFull : door.missing, retryAfterMs: 0 };
        const { code, retryAfterMs } = left ? NOT_IN_ROOM : (shown?.refusal() ?? missing);
        session.refuse(ClientKind.enter, frame.request, code, { retryAfterMs });
      }
    });
  });
}

const NOT_IN_ROOM = { code: Refusal.notInRoom, retryAfterMs: 0 };

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
  shown: ShownPassword | null,
): void {
  const { rooms } = session.house;
  const markOf = () => session.house.markOf(session.visitor, room.number);
  const refused =
    // The room may have been closed, and its name be kept, while the disk was asked.
    (isNew(room) && !isBack(room.flags) ? keptName(session, room.name) : null) ??
    (shown ? shown.mayEnter(room) : mayEnter(room, person.author)) ??
    mayComeFrom(room, person.author, markOf);
  if (refused) {
    const { code, retryAfterMs } = refused;
    session.refuse(ClientKind.enter, frame.request, code, { retryAfterMs });
    rooms.release(room);
    return;
  }
  const old = session.seat(room.number);
  let { name } = person;
  const there = room.presence.get(person.author);
  // Whoever is back within the grace, and silent, has the name they had.
  if (there && mayRename([room], person.author)) name = there.name;
  if (!there && !room.presence.isFree(name, person.author)) {
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
  noteAddress(session, room);
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
