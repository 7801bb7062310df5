/**
 * Whoever operates the server, by the operator's key: takes and proves the key, and does what is wanted of all of the
 * server: closes rooms, reserves names, announces to everybody. What it may in a room is policy.ts.
 * Invariant: without the key none of it does anything, and what was done is on disk when the answer says so.
 */
import type { Announcement } from "../room/operation.ts";
import type { PersonHere } from "../room/people.ts";
import { mayStay } from "../room/policy.ts";
import { putOutFrame } from "../room/put-out.ts";
import { MAX_RESERVED } from "../room/reserved-names.ts";
import { isBack } from "../room/room-flags.ts";
import type { Rooms } from "../room/rooms.ts";
import { encodeText, WireError } from "../wire/bytes.ts";
import { Close, Refusal } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ClientKind, type OperateAsFrame, type OperateFrame, PutOutWhy, ServerKind } from "../wire/frames.ts";
import { checkNickname, checkRoomName } from "../wire/names.ts";
import {
  decodeOrder,
  MAX_ANNOUNCED_BYTES,
  MAX_REASON_BYTES,
  Order,
  type OrderBody,
  type ReservedName,
  Sort,
} from "../wire/orders.ts";
import { titleOf } from "../wire/room-title.ts";
import { hasVisible, isText } from "../wire/text.ts";
import type { Connection } from "./seat.ts";

/** Connections that are told an announcement in one turn of the loop. */
const TOLD_A_TURN = 1_000;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Who answers with nothing but that it is done, or with what was asked for. */
type Done = { told: Uint8Array; report?: string };

export function operateAs(session: Connection, person: PersonHere, { request, body }: OperateAsFrame): void {
  const { operatorKey, rooms, report } = session.house;
  if (!operatorKey) {
    session.close(Close.unexpectedFrame);
    return;
  }
  // Whoever guessed too often learns nothing from a further try, right or wrong.
  const retryAfterMs = session.may("guess");
  if (retryAfterMs > 0 || !operatorKey.isRight(body)) {
    const code = retryAfterMs > 0 ? Refusal.tooFast : Refusal.wrongKey;
    session.refuse(ClientKind.operateAs, request, code, { retryAfterMs });
    return;
  }
  session.owe("guess", -1);
  if (!session.operates) {
    session.operates = true;
    rooms.operation.operators.begin(person.author);
    report("operator", `Identity ${person.author} operates the server.`);
    for (const connection of person.connections) connection.stand();
  }
  answer(session, request);
}

/** To be called when a connection ended. */
export function operatesNoMore(session: Connection, person: PersonHere): void {
  const { author, connections } = person;
  if (!session.operates) return;
  session.operates = false;
  const { rooms } = session.house;
  const { operators } = rooms.operation;
  operators.end(author);
  if (operators.has(author)) return;
  for (const connection of connections) connection.stand();
  putOutOfOthers(rooms, person);
}

/** Nobody is in a back room, or where they are banned, by a key that is gone. */
function putOutOfOthers({ seating }: Rooms, person: PersonHere): void {
  const { author: who, name } = person;
  for (const room of [...person.rooms]) {
    if (!mayStay(room, who)) continue;
    const until = room.projections.sanctions?.banOf(who, room.now) ?? 0;
    const what = isBack(room.flags) ? PutOutWhy.roleLost : PutOutWhy.ban;
    seating.putOut(room, person, putOutFrame(room.number, { who, what, until, text: "", name }));
  }
}

/** A frame that tells what is announced. */
export const announcementFrame = ({ at, until, text }: Announcement): Uint8Array =>
  encodeServerFrame({ kind: ServerKind.announced, at, until, text: encodeText(text) });

export function operate(session: Connection, person: PersonHere, { request, body }: OperateFrame): void {
  const { rooms, report } = session.house;
  const refuse = (code: Refusal) => session.refuse(ClientKind.operate, request, code);
  const isOperator = rooms.operation.operators.has(person.author);
  const order = isOperator ? read(body) : null;
  if (!order) {
    refuse(isOperator ? Refusal.badBody : Refusal.notAllowed);
    return;
  }
  session.wait(async () => {
    const done = await fulfil(rooms, order);
    if (typeof done === "number") {
      refuse(done);
      return;
    }
    if (done.report) {
      report("operator", `Identity ${person.author}, who operates the server, ${done.report}.`);
      await rooms.backRooms.ordered(person, order);
    }
    answer(session, request, done.told);
  });
}

function answer(session: Connection, request: number, told = NOTHING): void {
  session.send(encodeServerFrame({ kind: ServerKind.operating, request, told }));
}

/** Null: it is none. The bytes are gone when this returns. */
function read(body: Uint8Array): OrderBody | null {
  try {
    return decodeOrder(body);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

async function fulfil(rooms: Rooms, order: OrderBody): Promise<Done | Refusal> {
  switch (order.what) {
    case Order.close:
      return close(rooms, order);
    case Order.reserve:
      return reserve(rooms, order);
    case Order.free:
      return free(rooms, order);
    case Order.announce:
      return announce(rooms, order);
    case Order.list:
      return { told: rooms.operation.reserved.encode() };
  }
}

async function close(
  rooms: Rooms,
  { room, reason, reserve }: Extract<OrderBody, { what: typeof Order.close }>,
): Promise<Done | Refusal> {
  const checked = checkRoomName(room);
  if (!checked.ok) return Refusal.badRoomName;
  if (!isFine(reason, MAX_REASON_BYTES)) return Refusal.badText;
  const { name } = checked;
  if (!rooms.has(name)) return Refusal.noSuchRoom;
  // First the name: whoever is put out must not bring the room into being again.
  if (reserve) {
    const code = await keep(rooms, { sort: Sort.closed, name });
    if (code !== null) return code;
  }
  const told = (number: number) =>
    encodeServerFrame({
      ...{ kind: ServerKind.refused, refused: ClientKind.enter, request: 0, room: number },
      ...{ code: Refusal.roomClosed, retryAfterMs: 0, suggestion: reason },
    });
  const isClosed = await rooms.overseer.close(name, told);
  if (!isClosed && !reserve) return Refusal.noSuchRoom;
  return {
    told: NOTHING,
    report: `closed the room "${titleOf(name)}"${reserve ? " and keeps its name" : ""}`,
  };
}

async function reserve(rooms: Rooms, { sort, name: raw }: ReservedName): Promise<Done | Refusal> {
  const name = nameOf(sort, raw);
  if (typeof name !== "string") return name;
  if (keptAs(rooms, { sort, name })?.name === name) return Refusal.noChange;
  const code = await keep(rooms, { sort, name });
  return code ?? { told: NOTHING, report: `reserved the name "${titleOf(name)}"` };
}

/** What is kept of this look and sort. */
function keptAs({ operation: { reserved } }: Rooms, { sort, name }: ReservedName): ReservedName | undefined {
  return sort === Sort.nickname ? reserved.nickname(name) : reserved.room(name);
}

async function keep(rooms: Rooms, name: ReservedName): Promise<Refusal | null> {
  const { operation } = rooms;
  // What is there gives way to it.
  const isFull = operation.reserved.size >= MAX_RESERVED && !keptAs(rooms, name);
  if (isFull) return Refusal.tooManyKept;
  operation.reserved.add(name);
  await operation.keepReserved();
  return null;
}

async function free({ operation }: Rooms, { sort, name: raw }: ReservedName): Promise<Done | Refusal> {
  const name = nameOf(sort, raw);
  if (typeof name !== "string") return name;
  if (!operation.reserved.delete({ sort, name })) return Refusal.noChange;
  await operation.keepReserved();
  return { told: NOTHING, report: `freed the name "${titleOf(name)}"` };
}

function nameOf(sort: Sort, raw: string): string | Refusal {
  const isNickname = sort === Sort.nickname;
  const checked = isNickname ? checkNickname(raw) : checkRoomName(raw);
  if (checked.ok) return checked.name;
  return isNickname ? Refusal.badName : Refusal.badRoomName;
}

async function announce(
  rooms: Rooms,
  { until, text }: Extract<OrderBody, { what: typeof Order.announce }>,
): Promise<Done | Refusal> {
  const { operation, loop, people } = rooms;
  const at = loop.now();
  if (!isFine(text, MAX_ANNOUNCED_BYTES)) return Refusal.badText;
  if (until !== 0 && until <= at) return Refusal.badTime;
  const announcement = { at, until: text === "" ? 0 : until, text };
  await operation.announce(announcement);
  const frame = announcementFrame(announcement);
  let told = 0;
  for (const { connections } of [...people.all()]) {
    for (const connection of connections) connection.send(frame);
    told += connections.length;
    if (told < TOLD_A_TURN) continue;
    told = 0;
    await new Promise<void>((next) => loop.soon(next));
    // Another one has come, and was told already.
    if (operation.announced(at) !== announcement) break;
  }
  return {
    told: NOTHING,
    report: text === "" ? "withdrew what was announced" : "announced something to all",
  };
}

/** Empty, or a text as a message has it. */
function isFine(text: string, maxBytes: number): boolean {
  const bytes = encodeText(text);
  return bytes.length <= maxBytes && (text === "" || (isText(bytes) && hasVisible(bytes)));
}
