/** Rooms that retention emptied end after some time without anybody, and what comes under their name is another room. */
import { expect, test, vi } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { ENTER, FakeHouse, send } from "./fake-house.ts";
import { ownedYard } from "./owned-yard.ts";

const HOUR = 3_600_000;
const { text, removal, topic, settings } = kinds;

/** One round of retention that takes everything, as the process does it. */
async function round(house: FakeHouse, afterMs = 24 * HOUR, keep = -1): Promise<void> {
  const all = house.rooms.applyRetention(house.loop.now() + HOUR, keep, () => false);
  await house.loop.settle();
  await all;
  const ended = house.rooms.endEmpty(afterMs, () => false);
  await house.loop.settle();
  await ended;
}

async function writtenRoom(house: FakeHouse, name: string, messages = 3) {
  const { socket, author, room } = await house.seated(name, "Ada");
  const { nonce } = socket.last(ServerKind.entered);
  for (let n = 1; n <= messages; n++) send(socket, room, nonce + n, `text ${n}`);
  await house.loop.settle();
  return { socket, author, room };
}

test("nobody and nothing in it for long enough: the room is gone with its name, and its number is not given again", async () => {
  const house = new FakeHouse({ limits: { graceMs: 0 } });
  const { socket } = await writtenRoom(house, "yard");
  const other = await writtenRoom(house, "other");
  socket.cut();
  await round(house);
  await round(house);
  await house.loop.advance(23 * HOUR);
  await round(house);
  expect((await house.log.rooms()).map(({ name }) => name)).toEqual(["yard", "other"]);
  await house.loop.advance(HOUR);
  await round(house);
  // Somebody is in the other one.
  expect((await house.log.rooms()).map(({ name }) => name)).toEqual(["other"]);
  expect([house.rooms.count, house.rooms.has("yard"), [...house.rooms.newestNames()]]).toEqual([
    1,
    false,
    ["other"],
  ]);
  expect((await house.seated("yard")).room).toBeGreaterThan(other.room);
  const next = await house.restart();
  expect((await next.seated("new")).room).toBeGreaterThan(other.room);
  expect(house.fatals).toEqual([]);
});

test("a room that somebody wrote in again, or is in, stays, and the time begins anew", async () => {
  const house = new FakeHouse({ limits: { graceMs: 0 } });
  const { socket, room } = await writtenRoom(house, "yard");
  await round(house);
  await round(house);
  await house.loop.advance(48 * HOUR);
  await round(house);
  expect(house.rooms.has("yard")).toBe(true);
  socket.cut();
  await round(house);
  await house.loop.advance(20 * HOUR);
  const back = await house.seated("yard", "Bo");
  expect(back.room).toBe(room);
  send(back.socket, room, 1, "hi");
  await house.loop.settle();
  await round(house);
  back.socket.cut();
  await round(house);
  await house.loop.advance(20 * HOUR);
  await round(house);
  expect(house.rooms.has("yard")).toBe(true);
  await house.loop.advance(4 * HOUR);
  await round(house);
  expect(house.rooms.has("yard")).toBe(false);
});

test("a room that holds a message, or was never looked into, stays", async () => {
  const house = new FakeHouse({ limits: { graceMs: 0 } });
  const { socket } = await writtenRoom(house, "yard");
  socket.cut();
  for (let i = 0; i < 3; i++) {
    const ended = house.rooms.endEmpty(0, () => false);
    await house.loop.settle();
    await ended;
  }
  expect(house.rooms.has("yard")).toBe(true);
});

test("a position in the old room is none in the new one of its name: its numbers go on, its repeats cannot be told", async () => {
  const house = new FakeHouse({ limits: { graceMs: 0 } });
  const { socket } = await writtenRoom(house, "yard", 5);
  const token = socket.last(ServerKind.welcome).token;
  socket.cut();
  await round(house, 0);
  await round(house, 0);
  expect(house.rooms.has("yard")).toBe(false);
  const other = await writtenRoom(house, "yard", 2);
  expect(await house.log.bounds(other.room)).toEqual({ first: 6, head: 7 });
  const back = house.greet({ token });
  const entered = await house.enter(back, "yard", { position: { epoch: house.log.epoch, seq: 3 } });
  expect([entered.resume, entered.first, entered.head, entered.start]).toEqual([Resume.gap, 6, 7, 5]);
  // Sent to the old room, and its answer lost.
  send(back, other.room, 5, "text 5");
  await house.loop.settle();
  expect(back.last(ServerKind.refused).code).toBe(Refusal.cannotTell);
  send(back, other.room, entered.nonce + 1, "new");
  await house.loop.settle();
  expect((await house.log.bounds(other.room)).head).toBe(8);
  // All of it is so after a restart too.
  const next = await house.restart();
  const again = next.greet({ token });
  const reentered = await next.enter(again, "yard", { position: { epoch: next.log.epoch, seq: 3 } });
  expect([reentered.resume, reentered.first, reentered.head]).toEqual([Resume.gap, 6, 8]);
});

test("whoever enters while the end is being written waits for it and is in a new room", async () => {
  let go: () => void = () => undefined;
  let gate: Promise<void> | undefined;
  const log = new MemoryLog({ faults: { beforeCommit: () => gate } });
  const house = new FakeHouse({ log, limits: { graceMs: 0 } });
  const { socket, room } = await writtenRoom(house, "yard");
  socket.cut();
  await round(house, HOUR);
  await round(house, HOUR);
  await house.loop.advance(HOUR);
  gate = new Promise((open) => (go = open));
  const ended = house.rooms.endEmpty(HOUR, () => false);
  await house.loop.settle();
  const newcomer = house.greet();
  newcomer.write({ ...ENTER, room: "yard" });
  await house.loop.settle();
  gate = undefined;
  go();
  await house.loop.settle();
  await ended;
  const entered = newcomer.last(ServerKind.entered);
  expect([entered.room > room, entered.first, entered.head]).toEqual([true, 4, 3]);
  expect(house.fatals).toEqual([]);
});

/** A round of a server that keeps all. */
async function keepingRound(house: FakeHouse, afterMs = 24 * HOUR): Promise<void> {
  const all = house.rooms.applyRetention(0, Number.MAX_SAFE_INTEGER, () => false);
  await house.loop.settle();
  await all;
  const ended = house.rooms.endEmpty(afterMs, () => false);
  await house.loop.settle();
  await ended;
}

/** An owned room that everybody left, on a server that keeps all messages. */
async function leftYard() {
  const yard = await ownedYard({ limits: { graceMs: 0 } });
  const leave = () => {
    for (const socket of [...yard.house.transport.sockets]) socket.cut();
  };
  return { ...yard, leave };
}

test("a room that somebody made and nobody wrote in ends as well, however it was set, and its name makes an open room", async () => {
  const { house, room, does, leave } = await leftYard();
  await does(topic, { text: "books" });
  await does(settings, { locked: true });
  await keepingRound(house);
  await house.loop.advance(48 * HOUR);
  await keepingRound(house);
  // Somebody is in it.
  expect(house.rooms.has("yard")).toBe(true);
  leave();
  await keepingRound(house);
  await house.loop.advance(23 * HOUR);
  await keepingRound(house);
  expect(house.rooms.has("yard")).toBe(true);
  await house.loop.advance(HOUR);
  await keepingRound(house);
  expect([house.rooms.has("yard"), await house.log.rooms()]).toEqual([false, []]);
  const { socket, room: next } = await house.seated("yard", "Di");
  expect([next > room, socket.all(ServerKind.standing)]).toEqual([true, []]);
});

test("one that was never loaded since the start ends too, and the link of an unlisted one leads nowhere then", async () => {
  const before = new FakeHouse({ limits: { graceMs: 0 } });
  const ada = before.greet({ name: "Ada" });
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: true, room: "books" });
  await before.loop.settle();
  const { room: name } = ada.last(ServerKind.made);
  const house = await before.restart();
  await keepingRound(house);
  expect([...house.rooms.loaded]).toEqual([]);
  await house.loop.advance(24 * HOUR);
  await keepingRound(house);
  const bo = house.greet({ name: "Bo" });
  bo.write({ ...ENTER, room: name });
  await house.loop.settle();
  expect(bo.last(ServerKind.refused).code).toBe(Refusal.noSuchRoom);
});

test("one with a message stays, ends when that was removed, and not before everything is looked at that came since", async () => {
  const { house, bo, does, leave } = await leftYard();
  await does(text, { text: "hello" }, bo.socket);
  leave();
  const rounds = async (n = 2) => {
    for (let i = 0; i < n; i++) {
      await keepingRound(house);
      await house.loop.advance(24 * HOUR);
    }
  };
  await rounds();
  expect(house.rooms.has("yard")).toBe(true);
  const back = house.greet({ token: Uint8Array.of(bo.author), name: "Bo" });
  await house.enter(back, "yard");
  await does(removal, { to: 2 }, back);
  await does(text, { text: "again" }, back);
  leave();
  await rounds();
  expect(house.rooms.has("yard")).toBe(true);
  const more = house.greet({ token: Uint8Array.of(bo.author), name: "Bo" });
  await house.enter(more, "yard");
  await does(removal, { to: 4 }, more);
  leave();
  await rounds(1);
  expect(house.rooms.has("yard")).toBe(true);
  await keepingRound(house);
  expect(house.rooms.has("yard")).toBe(false);
});

test("one that somebody writes to while another is being ended stays", async () => {
  const { house, does, leave } = await leftYard();
  const di = house.greet({ name: "Di" });
  di.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "court" });
  await does(topic, { text: "books" });
  leave();
  await keepingRound(house, HOUR);
  await house.loop.advance(HOUR);
  const drop = house.log.drop.bind(house.log);
  house.log.drop = async (number) => {
    // Over HTTP: nobody is in it for that.
    const court = (await house.rooms.open("court"))!;
    const body = text.write({ text: "hi" });
    court.append(0, 1, { name: "Op", nameBytes: null, namedInBlock: 0 }, body, house.loop.now());
    house.rooms.pending(court);
    house.rooms.release(court);
    await new Promise<void>((stored) => court.whenCommitted(court.lastGiven, stored));
    return drop(number);
  };
  await keepingRound(house, HOUR);
  expect([house.rooms.has("yard"), house.rooms.has("court")]).toEqual([false, true]);
});

test("a room that keeps what is said for an hour ends a day after the last word went, round by round", async () => {
  const { house, does, leave } = await leftYard();
  await does(settings, { keepHours: 1 });
  await does(text, { text: "hello" });
  leave();
  for (let hour = 0; hour < 28; hour++) {
    await keepingRound(house);
    expect([hour, house.rooms.has("yard")]).toEqual([hour, hour < 27]);
    await house.loop.advance(HOUR);
  }
});

test("of rooms that somebody made, what is lost or of a later version counts as said, and open rooms are not looked into", async () => {
  const { house, leave } = await leftYard();
  await writtenRoom(house, "open", 1);
  const yard = (await house.rooms.open("yard"))!;
  yard.append(
    1,
    77,
    { name: "Ada", nameBytes: null, namedInBlock: 0 },
    new Uint8Array(0),
    house.loop.now(),
    99,
  );
  house.rooms.pending(yard);
  await house.loop.settle();
  leave();
  const read = vi.spyOn(house.log, "readForward");
  for (let i = 0; i < 3; i++) {
    await keepingRound(house);
    await house.loop.advance(24 * HOUR);
  }
  expect(read.mock.calls.map(([room]) => room)).toEqual([yard.number]);
  expect([house.rooms.has("yard"), house.rooms.has("open")]).toEqual([true, true]);
});
