/**
 * What whoever operates the server wants of all of it: rooms that are closed, names that are kept, and what all are
 * told.
 */
import { expect, test } from "vitest";
import type { Log } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { MAX_RESERVED } from "../src/room/reserved-names.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { decodeReserved, encodeOrder, Order, Sort } from "../src/wire/orders.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { topic } from "../src/wire/records/topic.ts";
import { actsOf, EndingLog } from "./back-logs.ts";
import { ENTER, FakeHouse, type HouseOptions, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { answerTo, enters, KEY, operatedYard as yard } from "./operated-yard.ts";
import { HeldLog, heldCommits } from "./session-logs.ts";

/** Names of rooms that the log knows, but that in which orders are noted. */
const kept = async (log: Log) =>
  (await log.rooms()).map(({ name }) => name).filter((name) => name !== "/back");

/** An open room that was taken over, with Bo as moderator of it in its back room. */
async function behindYard(options: HouseOptions = {}) {
  const all = await yard(options);
  await all.shows();
  await all.does(role, { who: all.bo.author, role: Role.moderator });
  const { room } = await all.house.enter(all.bo.socket, "yard/back");
  return { ...all, back: room };
}

test("a closed room puts everybody out with the reason, is dropped, and its name is free or kept", async () => {
  const { house, bo, cy, room, shows, wants } = await yard();
  send(bo.socket, room, 1, "hello");
  await house.loop.settle();
  await shows();
  expect(await wants({ what: Order.close, reserve: false, room: "Yard", reason: "spam" })).toBeNull();
  for (const { socket } of [bo, cy])
    expect(socket.last(ServerKind.refused)).toEqual({
      ...{ kind: ServerKind.refused, refused: ClientKind.enter, request: 0, room },
      ...{ code: Refusal.roomClosed, retryAfterMs: 0, suggestion: "spam" },
    });
  expect(await kept(house.log)).toEqual([]);
  expect(house.rooms.has("yard")).toBe(false);
  send(bo.socket, room, 2, "still?");
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.notInRoom });
  // A new room of the name, above the numbers of the old one.
  const entered = await house.enter(bo.socket, "yard");
  expect([entered.room > room, entered.first, entered.head]).toEqual([true, 2, 1]);
  expect(await wants({ what: Order.close, reserve: true, room: "yard", reason: "" })).toBeNull();
  expect(await enters(house, bo.socket)).toBe(Refusal.roomClosed);
  expect(await enters(house, bo.socket, "YARD")).toBe(Refusal.roomClosed);
  expect(house.reports.slice(-2)).toEqual([
    expect.stringMatching(/^Identity \d+, who operates the server, closed the room "yard"\.$/),
    expect.stringMatching(/closed the room "yard" and keeps its name\.$/),
  ]);
  const next = await house.restart();
  expect(await enters(next, next.greet({ name: "New" }))).toBe(Refusal.roomClosed);
  expect(await wants({ what: Order.close, reserve: false, room: "nowhere", reason: "" })).toBe(
    Refusal.noSuchRoom,
  );
});

test("a room that is closed takes its back room with it, and whoever is in that", async () => {
  const { house, bo, op, room, back, wants } = await behindYard();
  await house.enter(op.socket, "yard/back");
  send(bo.socket, back, 1, "between us");
  await house.loop.settle();
  expect(await wants({ what: Order.close, reserve: false, room: "yard", reason: "spam" })).toBeNull();
  for (const { socket } of [bo, op]) {
    const out = socket.all(ServerKind.refused).filter(({ code }) => code === Refusal.roomClosed);
    const told = out.map(({ room, suggestion }) => [room, suggestion]);
    // The back room goes first, so that it never stands alone.
    expect(told).toEqual([
      [back, "spam"],
      [room, "spam"],
    ]);
  }
  send(bo.socket, back, 2, "still?");
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.notInRoom });
  expect([await kept(house.log), house.rooms.has("yard/back")]).toEqual([[], false]);
  expect(await enters(house, bo.socket, "yard/back")).toBe(Refusal.noSuchRoom);
  // Both names are free, and nothing of before is behind them.
  const entered = await house.enter(op.socket, "yard");
  const body = topic.write({ text: "anew" });
  const act = {
    kind: ClientKind.act,
    room: entered.room,
    nonce: entered.nonce + 1,
    act: topic.kind,
    body,
  } as const;
  op.socket.write(act);
  await house.loop.settle();
  const behind = await house.enter(op.socket, "yard/back");
  expect([behind.room > back, behind.first, behind.head]).toEqual([true, 3, 3]);
  expect((await actsOf(house.log, "yard/back")).map(({ seq }) => seq)).toEqual([3]);
  const next = await house.restart({ operatorKey: KEY });
  expect(await enters(next, next.greet({ token: Uint8Array.of(bo.author) }), "yard/back")).toBe(
    Refusal.noSuchRoom,
  );
  expect([next.rooms.count, next.damages, house.fatals]).toEqual([1, [], []]);
});

test.each(["read", "written"])(
  "a room is closed while what was done in it is %s, and does not come back",
  async (stage) => {
    const { faults, gate } = heldCommits();
    const log = stage === "read" ? new EndingLog(Number.POSITIVE_INFINITY, true) : new MemoryLog({ faults });
    const { house, bo, op, back, does, wants } = await behindYard({ log });
    if (log instanceof EndingLog) log.pages.isHeld = true;
    await does(topic, { text: "cats" });
    if (log instanceof EndingLog) expect(log.pages.waiting).toHaveLength(1);
    else {
      // The note of that is stored; the word behind it is not.
      gate.held = true;
      send(bo.socket, back, 1, "on its way");
      await house.loop.settle();
    }
    await wants({ what: Order.close, reserve: false, room: "yard", reason: "" });
    expect(bo.socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.roomClosed });
    const late = house.greet({ token: Uint8Array.of(op.author), name: "Op" });
    late.write({ ...ENTER, request: 77, room: "yard/back" });
    await house.loop.settle();
    if (log instanceof EndingLog) log.pages.release();
    else gate.release();
    await house.loop.advance(1_000);
    expect(op.socket.all(ServerKind.operating)).toHaveLength(2);
    expect(answerTo(late, 77)).toBe(Refusal.noSuchRoom);
    expect([await kept(log), house.fatals, house.rooms.count]).toEqual([[], [], 0]);
    expect(await log.bounds(back)).toMatchObject({ head: 0 });
    const next = await house.restart();
    expect([next.rooms.count, await kept(log), next.damages]).toEqual([0, [], []]);
  },
);

test("a room is closed while people write in it, and nothing is written to it afterwards", async () => {
  const { faults, gate } = heldCommits();
  const { house, bo, cy, room, shows, wants } = await yard({ log: new MemoryLog({ faults }) });
  send(bo.socket, room, 1, "hello");
  await house.loop.settle();
  await shows();
  gate.held = true;
  send(bo.socket, room, 2, "on its way");
  await house.loop.settle();
  send(cy.socket, room, 1, "waits behind it");
  await wants({ what: Order.close, reserve: false, room: "yard", reason: "" });
  // Out at once, before the disk answered.
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.roomClosed });
  send(cy.socket, room, 2, "too late");
  const again = house.enter(cy.socket, "yard").catch(() => null);
  await house.loop.settle();
  gate.release();
  await house.loop.advance(1_000);
  await again;
  expect(house.fatals).toEqual([]);
  expect(await house.log.bounds(room)).toEqual({ first: 1, head: 0 });
  const fresh = cy.socket.last(ServerKind.entered);
  expect([fresh.room > room, fresh.first]).toEqual([true, 4]);
});

test("whoever is on the way into a room that is closed and kept is told so", async () => {
  const log = new HeldLog();
  const first = new FakeHouse({ log });
  const someone = await first.seated("yard", "Someone");
  send(someone.socket, someone.room, 1, "hello");
  await first.loop.settle();
  const house = await first.restart({ operatorKey: KEY });
  const op = house.greet({ name: "Op" });
  op.write({ kind: ClientKind.operateAs, request: 1, body: encodeText(KEY) });
  log.readsHeld = true;
  const late = house.greet({ name: "Late" });
  late.write({ ...ENTER, request: 77 });
  await house.loop.settle();
  const body = encodeOrder({ what: Order.close, reserve: true, room: "yard", reason: "" });
  op.write({ kind: ClientKind.operate, request: 2, body });
  await house.loop.settle();
  log.release();
  await house.loop.advance(1_000);
  expect(answerTo(late, 77)).toBe(Refusal.roomClosed);
  expect(op.last(ServerKind.operating)).toMatchObject({ request: 2 });
  expect([house.rooms.has("yard"), house.fatals, await kept(log)]).toEqual([false, [], []]);
});

test("a room that is closed while retention goes through all of them does not come back, and is in no list", async () => {
  const log = new HeldLog();
  const { house, bo, room, shows, wants } = await yard({ log });
  for (let nonce = 1; nonce <= 3; nonce++) send(bo.socket, room, nonce);
  await house.loop.settle();
  await shows();
  log.readsHeld = true;
  const round = house.rooms.applyRetention(house.loop.now() + 1, 0, () => false);
  await house.loop.settle();
  expect(await wants({ what: Order.close, reserve: false, room: "yard", reason: "" })).toBeNull();
  expect(house.rooms.list(9).rooms).toEqual([]);
  log.release();
  await house.loop.advance(1_000);
  await round;
  expect([await kept(log), house.rooms.count, house.fatals]).toEqual([[], 0, []]);
});

test("a reserved name makes no room for anybody but the operator, looks included, and leaves rooms that are there", async () => {
  const { house, bo, op, shows, wants } = await yard();
  await shows();
  expect(await wants({ what: Order.reserve, sort: Sort.room, name: "Lobby" })).toBeNull();
  expect(await wants({ what: Order.reserve, sort: Sort.room, name: "lobby" })).toBe(Refusal.noChange);
  expect(await wants({ what: Order.reserve, sort: Sort.room, name: "yard" })).toBeNull();
  expect(await wants({ what: Order.reserve, sort: Sort.room, name: "a/b" })).toBe(Refusal.badRoomName);
  for (const name of ["lobby", "LOBBY", "lоbby"])
    expect([name, await enters(house, bo.socket, name)]).toEqual([name, Refusal.reservedName]);
  bo.socket.write({ kind: ClientKind.makeRoom, request: 9, unlisted: false, room: "lobby" });
  await house.loop.settle();
  expect(answerTo(bo.socket, 9)).toBe(Refusal.reservedName);
  const dee = await house.seated("yard", "Dee");
  expect(dee.room).toBe(bo.room);
  expect(await enters(house, op.socket, "lobby")).toBeNull();
  expect(await enters(house, bo.socket, "lobby")).toBeNull();
  const next = await house.restart({ operatorKey: KEY });
  expect(await enters(next, next.greet({ name: "New" }), "lobby")).toBe(Refusal.reservedName);
  expect(await wants({ what: Order.list })).toBeNull();
  expect(decodeReserved(op.socket.last(ServerKind.operating).told)).toEqual([
    { sort: Sort.room, name: "lobby" },
    { sort: Sort.room, name: "yard" },
  ]);
  expect(await wants({ what: Order.free, sort: Sort.room, name: "lobby" })).toBeNull();
  expect(await wants({ what: Order.free, sort: Sort.room, name: "lobby" })).toBe(Refusal.noChange);
  const later = await house.restart();
  expect(await enters(later, later.greet({ name: "New" }), "lobby")).toBeNull();
});

test("a reserved nickname is given to nobody but the operator", async () => {
  const { house, bo, op, shows, wants } = await yard();
  await shows();
  expect(await wants({ what: Order.reserve, sort: Sort.nickname, name: "Admin" })).toBeNull();
  const rename = async (socket: FakeSocket, request: number, name: string) => {
    socket.write({ kind: ClientKind.rename, request, name });
    await house.loop.settle();
    return answerTo(socket, request);
  };
  expect(await rename(bo.socket, 51, "Аdmin")).toBe(Refusal.reservedName);
  expect(await rename(op.socket, 52, "Admin")).toBeNull();
  const fake = house.greet({ name: "admin" });
  expect(fake.last(ServerKind.welcome).name).not.toBe("admin");
  expect(await wants({ what: Order.free, sort: Sort.nickname, name: "admin" })).toBeNull();
  expect(house.greet({ name: "admin" }).last(ServerKind.welcome).name).toBe("admin");
});

test("so many names are kept at most, and all of them fit, however long they are", async () => {
  const { house, shows, wants, ...people } = await yard();
  await shows();
  const long = (i: number) => `${"가".repeat(60)}${String(i).padStart(3, "0")}`;
  for (let i = 0; i < MAX_RESERVED; i++)
    house.rooms.operation.reserved.add({ sort: Sort.room, name: long(i) });
  await house.rooms.operation.keepReserved();
  expect(await wants({ what: Order.reserve, sort: Sort.room, name: "lobby" })).toBe(Refusal.tooManyKept);
  // A room whose name is kept already takes no place of another.
  const { op } = people;
  const { room } = await house.enter(op.socket, long(0));
  send(op.socket, room, 1);
  await house.loop.settle();
  const closes = { what: Order.close, room: long(0), reason: "", reserve: true } as const;
  expect(await wants(closes)).toBeNull();
  expect(house.rooms.has(long(0))).toBe(false);
  const next = await house.restart();
  expect(next.rooms.operation.reserved.size).toBe(MAX_RESERVED);
});

test("what is announced is told to all at once, to those who come later until it ends, and after a restart", async () => {
  const { house, bo, cy, shows, wants } = await yard();
  await shows();
  const at = house.loop.now();
  const until = at + 60_000;
  expect(await wants({ what: Order.announce, until, text: "A restart at six." })).toBeNull();
  const told = { kind: ServerKind.announced, at, until, text: encodeText("A restart at six.") };
  for (const { socket } of [bo, cy]) expect(socket.all(ServerKind.announced)).toEqual([told]);
  expect(house.greet().last(ServerKind.announced)).toEqual(told);
  const next = await house.restart();
  expect(next.greet().last(ServerKind.announced)).toEqual(told);
  await next.loop.advance(60_000);
  expect(next.greet().all(ServerKind.announced)).toEqual([]);
  expect(await wants({ what: Order.announce, until: 0, text: "For ever" })).toBeNull();
  expect(house.greet().last(ServerKind.announced)).toMatchObject({ until: 0, text: encodeText("For ever") });
  expect(await wants({ what: Order.announce, until: 0, text: "" })).toBeNull();
  expect(bo.socket.last(ServerKind.announced)).toMatchObject({ text: encodeText("") });
  expect(house.greet().all(ServerKind.announced)).toEqual([]);
  expect((await house.restart()).greet().all(ServerKind.announced)).toEqual([]);
  expect(house.reports.join("\n")).not.toMatch(/restart at six|For ever/);
});

test("bad orders are refused, each with its code", async () => {
  const { house, op, shows, wants } = await yard();
  await shows();
  const passed = house.loop.now();
  expect(await wants({ what: Order.announce, until: passed, text: "late" })).toBe(Refusal.badTime);
  expect(await wants({ what: Order.announce, until: 0, text: "x".repeat(2_001) })).toBe(Refusal.badText);
  expect(await wants({ what: Order.announce, until: 0, text: "\u2800 " })).toBe(Refusal.badText);
  expect(await wants({ what: Order.close, reserve: false, room: "yard", reason: "x".repeat(256) })).toBe(
    Refusal.badText,
  );
  expect(await wants({ what: Order.close, reserve: false, room: "a/b", reason: "" })).toBe(
    Refusal.badRoomName,
  );
  expect(await wants({ what: Order.reserve, sort: Sort.nickname, name: "" })).toBe(Refusal.badName);
  for (const body of ["", "06", "02", "0202616161", "0500", "0400", "01020161", "0101ff"]) {
    op.socket.write({ kind: ClientKind.operate, request: 900, body: Buffer.from(body, "hex") });
    await house.loop.settle();
    expect([body, op.socket.last(ServerKind.refused).code]).toEqual([body, Refusal.badBody]);
  }
  expect([house.rooms.has("yard"), house.fatals]).toEqual([true, []]);
});
