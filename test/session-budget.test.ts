/** What one person, one address and a crowd may do, as they notice it. */
import { describe, expect, test } from "vitest";
import type { ReadOptions, StoredBlock } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Account } from "../src/session/account.ts";
import { type Allowances, DEFAULT_ALLOWANCES, NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { ClientKind, Direction, ServerKind } from "../src/wire/frames.ts";
import { DEFAULT_LIMITS } from "../src/wire/limits.ts";
import { ENTER, FakeHouse, HELLO, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

const visitor = (allowances: Allowances["visitor"]): Allowances => ({
  ...NO_ALLOWANCES,
  visitor: allowances,
});

class CountingLog extends MemoryLog {
  reads = 0;

  override readBackward(room: number, before: number, options: ReadOptions): Promise<StoredBlock[]> {
    this.reads++;
    return super.readBackward(room, before, options);
  }
}

function refusals(socket: FakeSocket): [refused: number, request: number, code: Refusal, wait: boolean][] {
  return socket
    .all(ServerKind.refused)
    .map(({ refused, request, code, retryAfterMs }) => [refused, request, code, retryAfterMs > 0]);
}

async function greetFrom(house: FakeHouse, address: Account, name = ""): Promise<FakeSocket> {
  const socket = house.connect(address);
  socket.write({ ...HELLO, name });
  await house.loop.settle();
  return socket;
}

describe("requests", () => {
  test("over the allowance are refused with a time that is true; leaving is always done", async () => {
    const house = new FakeHouse({ limits: { framesPerSecond: 2, frameBurst: 10 } });
    const { socket, room } = await house.seated("yard");
    for (let request = 1; request <= 3; request++)
      socket.write({ kind: ClientKind.rename, request, name: `Ada ${request}` });
    socket.write({ ...ENTER, request: 4, room: "other" });
    socket.write({
      kind: ClientKind.history,
      request: 5,
      room,
      direction: Direction.before,
      seq: 1,
      limit: 1,
    });
    socket.write({ kind: ClientKind.typing, room, on: true });
    await house.loop.settle();
    expect(refusals(socket)).toEqual([
      [ClientKind.rename, 3, Refusal.tooFast, true],
      [ClientKind.enter, 4, Refusal.tooFast, true],
      [ClientKind.history, 5, Refusal.tooFast, true],
      [ClientKind.typing, 0, Refusal.tooFast, true],
    ]);
    const { retryAfterMs } = socket.all(ServerKind.refused)[0]!;
    socket.write({ kind: ClientKind.leave, room });
    await house.loop.settle();
    expect(socket.session.seats).toEqual([]);
    await house.loop.advance(retryAfterMs + 500);
    socket.write({ kind: ClientKind.rename, request: 6, name: "Ada 6" });
    expect(socket.last(ServerKind.renamed).request).toBe(6);
    expect(socket.closedWith).toBeNull();
  });

  test("are answered in full for somebody who comes back to all rooms at once", async () => {
    const house = new FakeHouse({ allowances: DEFAULT_ALLOWANCES });
    const socket = house.greet();
    for (let n = 0; n < DEFAULT_LIMITS.maxRoomsPerConnection; n++)
      socket.write({ ...ENTER, request: n, room: `room ${n}` });
    await house.loop.settle();
    expect(socket.all(ServerKind.entered)).toHaveLength(DEFAULT_LIMITS.maxRoomsPerConnection);
    expect(refusals(socket)).toEqual([]);
  });

  test("a room that is there costs nobody a foundation, a new one does", async () => {
    const house = new FakeHouse({ allowances: visitor({ rooms: { perSecond: 0.1, burst: 1 } }) });
    const address = new Account();
    const socket = await greetFrom(house, address);
    for (const room of ["one", "one", "two", "one"]) socket.write({ ...ENTER, room });
    await house.loop.settle();
    expect(refusals(socket)).toEqual([[ClientKind.enter, 1, Refusal.tooFast, true]]);
    expect(house.rooms.count).toBe(1);
    await house.loop.advance(10_000);
    await house.enter(socket, "two");
    expect(house.rooms.count).toBe(2);
  });

  test("the last tenth of all rooms is for visitors who have founded none", async () => {
    const allowances = visitor({ rooms: { perSecond: 0.01, burst: 100 } });
    const house = new FakeHouse({ limits: { maxRooms: 20, framesPerSecond: 0 }, allowances });
    const founder = await greetFrom(house, new Account(), "Founder");
    for (let n = 0; n < 25; n++) founder.write({ ...ENTER, request: n, room: `room ${n}` });
    await house.loop.settle();
    expect(founder.all(ServerKind.entered)).toHaveLength(18);
    expect(refusals(founder)[0]).toEqual([ClientKind.enter, 18, Refusal.serverFull, false]);
    const newcomer = await greetFrom(house, new Account(), "Newcomer");
    await house.enter(newcomer, "a room of one's own");
    await house.enter(newcomer, "room 3");
    expect(refusals(newcomer)).toEqual([]);
  });

  test("a page is read when there is place for it, so that asking without reading costs little", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0, framesPerSecond: 0, tailBytes: 1_000 } });
    const { socket: writer, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 400; nonce++) {
      send(writer, room, nonce, "x".repeat(1_000));
      if (nonce % 20 === 0) await house.loop.settle();
    }
    const reader = house.greet({ name: "Reader" });
    await house.enter(reader, "yard", { history: 0 });
    reader.stalled = true;
    for (let request = 1; request <= 60; request++)
      reader.write({
        kind: ClientKind.history,
        request,
        room,
        direction: Direction.after,
        seq: 0,
        limit: 500,
      });
    for (let n = 0; n < 20; n++) await house.loop.settle();
    // One page of 192 KiB with the rest of a block, and what was there before: not sixty, and not four.
    expect(reader.mostBuffered).toBeLessThan(64 * 1024 + 2 * 192 * 1024);
    reader.stalled = false;
    for (let n = 0; n < 400 && reader.all(ServerKind.page).length < 60; n++) {
      reader.read(1_000_000);
      await house.loop.settle();
    }
    expect(reader.all(ServerKind.page).map(({ request }) => request)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
  });

  test("reading is paid for by its bytes, and goes on by itself", async () => {
    const house = new FakeHouse({
      limits: { messagesPerSecond: 0, framesPerSecond: 0, tailBytes: 1_000 },
      allowances: visitor({ bytes: { perSecond: 100_000, burst: 100_000 } }),
    });
    const { socket: writer, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 600; nonce++) {
      send(writer, room, nonce, "x".repeat(1_000));
      if (nonce % 20 === 0) await house.loop.settle();
    }
    const address = new Account();
    const reader = await greetFrom(house, address, "Reader");
    reader.write({ ...ENTER, position: { epoch: house.log.epoch, seq: 0 } });
    for (let n = 0; n < 10; n++) await house.loop.settle();
    const atOnce = reader.texts(room).length;
    expect(atOnce).toBeGreaterThan(50);
    expect(atOnce).toBeLessThan(400);
    reader.write({
      kind: ClientKind.history,
      request: 9,
      room,
      direction: Direction.after,
      seq: 0,
      limit: 5,
    });
    await house.loop.settle();
    expect(refusals(reader)).toEqual([[ClientKind.history, 9, Refusal.tooFast, true]]);
    await house.loop.advance(20_000);
    expect(reader.texts(room)).toHaveLength(600);
    expect(reader.topics.has(room)).toBe(true);
    expect(reader.closedWith).toBeNull();
  });
});

describe("messages", () => {
  test("more bytes than a visitor may write in a day are refused, with the time", async () => {
    const allowances = visitor({ stored: { perSecond: 10, burst: 1_000 } });
    const house = new FakeHouse({ limits: { messagesPerSecond: 0 }, allowances });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 6; nonce++) send(socket, room, nonce, "x".repeat(100));
    await house.loop.settle();
    expect(refusals(socket).map(([, request, code]) => [request, code])).toEqual([
      [5, Refusal.dayFull],
      [6, Refusal.outOfOrder],
    ]);
    await house.loop.advance(socket.all(ServerKind.refused)[0]!.retryAfterMs);
    send(socket, room, 5, "x".repeat(100));
    await house.loop.settle();
    expect(socket.texts(room)).toHaveLength(5);
  });

  test("a flooded room slows down for whoever floods, keeps order, and hears the others", async () => {
    const limits = {
      messagesPerSecond: 0,
      roomMessagesPerSecond: 10,
      roomMessageBurst: 20,
    };
    const house = new FakeHouse({ limits });
    const { socket: flooder, room } = await house.seated("yard", "Flooder");
    const guests = [];
    for (let n = 0; n < 5; n++) guests.push((await house.seated("yard", `Guest ${n}`)).socket);
    for (let nonce = 1; nonce <= 100; nonce++) send(flooder, room, nonce);
    await house.loop.settle();
    const [first, ...rest] = flooder.all(ServerKind.refused);
    expect(first).toMatchObject({ code: Refusal.slowMode });
    expect(new Set(rest.map(({ code }) => code))).toEqual(new Set([Refusal.outOfOrder]));
    for (const guest of guests) send(guest, room, 1, "quietly");
    await house.loop.settle();
    expect(guests.flatMap((guest) => guest.all(ServerKind.refused))).toEqual([]);
    expect(flooder.texts(room).filter((text) => text === "quietly")).toHaveLength(5);
    // Five more have a share since then, so it may be told once more to wait.
    await house.loop.advance(first!.retryAfterMs + 3_000);
    send(flooder, room, first!.request);
    await house.loop.settle();
    expect(flooder.texts(room).at(-1)).toBe(`message ${first!.request}`);
  });

  test("repeats cost little and are told when they come too thick", async () => {
    const house = new FakeHouse({ limits: { framesPerSecond: 20, frameBurst: 100 } });
    const { socket, room } = await house.seated("yard");
    send(socket, room, 1);
    await house.loop.settle();
    for (let n = 0; n < 1_000; n++) send(socket, room, 1);
    await house.loop.settle();
    const acked = socket.all(ServerKind.ack).length;
    expect(acked).toBeGreaterThan(300);
    expect(acked).toBeLessThan(401);
    expect(socket.all(ServerKind.refused)[0]).toMatchObject({ request: 1, code: Refusal.tooFast });
    expect(socket.last(ServerKind.refused).retryAfterMs).toBeGreaterThan(0);
  });
});

describe("whoever goes on in spite of the times", () => {
  test("is sent away, whatever it asks; a moment of the same is not held against anybody", async () => {
    const asks: ((socket: FakeSocket, room: number, n: number) => void)[] = [
      (socket, room, n) => send(socket, room, n),
      (socket, room, n) => send(socket, room, n, " "),
      (socket, room) => send(socket, room + 9, 1),
      (socket, _, n) => socket.write({ kind: ClientKind.rename, request: n, name: "" }),
      (socket, _, n) => socket.write({ ...ENTER, request: n, room: "" }),
      (socket, _, n) => socket.write({ kind: ClientKind.ping, token: n }),
      (socket) => socket.session.pinged(),
    ];
    for (const [i, ask] of asks.entries()) {
      const house = new FakeHouse({ allowances: DEFAULT_ALLOWANCES });
      const { socket, room } = await house.seated("yard");
      for (let n = 1; n <= 500; n++) ask(socket, room, n);
      expect(socket.closedWith, `ask ${i}`).toBeNull();
      for (let n = 501; n <= 3_000; n++) ask(socket, room, n);
      expect(socket.closedWith, `ask ${i}`).toBe(Close.tooMuch);
      expect(socket.last(ServerKind.goodbye).retryAfterMs, `ask ${i}`).toBeGreaterThanOrEqual(1_000);
    }
  });
});

test("nobody is sent away for what others behind the same address do", async () => {
  const house = new FakeHouse({ allowances: DEFAULT_ALLOWANCES });
  const address = new Account();
  const flooders: FakeSocket[] = [];
  for (let n = 0; n < 30; n++) flooders.push(await greetFrom(house, address, `Flooder ${n}`));
  const innocent = await greetFrom(house, address, "Innocent");
  for (const flooder of flooders)
    for (let request = 1; request <= 2_000; request++)
      flooder.write({ kind: ClientKind.rename, request, name: "" });
  expect(flooders.every(({ closedWith }) => closedWith === Close.tooMuch)).toBe(true);
  for (let request = 1; request <= 128; request++)
    innocent.write({ kind: ClientKind.rename, request, name: "" });
  expect(innocent.all(ServerKind.refused)).toHaveLength(128);
  expect(innocent.closedWith).toBeNull();
});

test("a school behind one address comes in at once and talks", async () => {
  const house = new FakeHouse({ allowances: DEFAULT_ALLOWANCES, limits: { roomMessagesPerSecond: 50 } });
  const school = new Account();
  const pupils: { socket: FakeSocket; room: number; nonce: number }[] = [];
  for (let n = 0; n < 500; n++) {
    const socket = await greetFrom(house, school, `Pupil ${n}`);
    socket.write({ kind: ClientKind.watchRooms, on: true });
    const { room } = await house.enter(socket, `class ${n % 20}`, { anyName: true });
    pupils.push({ socket, room, nonce: 0 });
  }
  // For two minutes each writes about every 12 seconds: 42 messages a second from one address.
  for (let second = 0; second < 120; second++) {
    for (let n = second % 12; n < pupils.length; n += 12) {
      const pupil = pupils[n]!;
      send(pupil.socket, pupil.room, ++pupil.nonce, `${second}: what the teacher said, in some words`);
    }
    await house.loop.advance(1_000);
  }
  const told = pupils.flatMap(({ socket }) => refusals(socket));
  expect(told).toEqual([]);
  expect(pupils.every(({ socket }) => socket.closedWith === null)).toBe(true);
  let stored = 0;
  for (let room = 1; room <= 20; room++) stored += (await (house.log as MemoryLog).bounds(room)).head;
  expect(stored).toBe(pupils.reduce((sum, { nonce }) => sum + nonce, 0));
});

test("an old nonce that is looked for in a large room is paid for, and nobody reads for one who has left", async () => {
  const log = new CountingLog();
  const house = new FakeHouse({
    log,
    limits: { messagesPerSecond: 0, framesPerSecond: 0, tailBytes: 1_000 },
    allowances: visitor({ bytes: { perSecond: 100_000, burst: 600_000 } }),
  });
  const { socket, room } = await house.seated("yard", "Ada");
  send(socket, room, 5, "the first");
  const { socket: writer } = await house.seated("yard", "Bo");
  for (let nonce = 1; nonce <= 2_000; nonce++) {
    send(writer, room, nonce, "x".repeat(1_000));
    if (nonce % 20 === 0) await house.loop.settle();
  }
  send(socket, room, 6, "the last");
  await house.loop.settle();
  log.reads = 0;
  send(socket, room, 3);
  for (let n = 0; n < 50; n++) await house.loop.settle();
  const first = socket.last(ServerKind.refused);
  expect(first).toMatchObject({ request: 3, code: Refusal.tooFast });
  expect(first.retryAfterMs).toBeGreaterThan(0);
  const { reads } = log;
  expect(reads).toBeLessThan(5);
  await house.loop.advance(120_000);
  send(socket, room, 3);
  socket.session.close(Close.internal);
  for (let n = 0; n < 50; n++) await house.loop.settle();
  expect(log.reads).toBe(reads);
});
