/** Rooms that retention emptied end after some time without anybody, and what comes under their name is another room. */
import { expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Refusal, Resume } from "../src/wire/codes.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { ENTER, FakeHouse, send } from "./fake-house.ts";

const HOUR = 3_600_000;

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
