/** Entering a room: who gets in, what comes back, and whether what is said of one's position is true. */
import { describe, expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Room } from "../src/room/room.ts";
import { NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { Close, Refusal, Resume } from "../src/wire/codes.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { ENTER, FakeHouse, send } from "./fake-house.ts";
import { HeldLog, refusals } from "./session-logs.ts";

describe("entering", () => {
  test("is answered, then live, then the people; and everyone sees who came", async () => {
    const house = new FakeHouse();
    const { socket: ada } = await house.seated("yard", "Ada");
    await house.loop.advance(1000);
    const bo = house.greet({ name: "Bo" });
    const entered = await house.enter(bo, "Yard ");
    expect(entered).toMatchObject({
      room: 1,
      name: "yard",
      ownName: "Bo",
      resume: Resume.fresh,
      first: 1,
      head: 0,
    });
    expect(entered).toMatchObject({ start: 0, nonce: 0, epoch: house.log.epoch, request: 1 });
    const kinds = bo.frames.map(({ kind }) => kind);
    expect(kinds.slice(1, 4)).toEqual([ServerKind.entered, ServerKind.live, ServerKind.people]);
    expect(bo.last(ServerKind.people).people.map(({ name }) => name)).toEqual(["Ada", "Bo"]);
    await house.loop.advance(1000);
    expect(ada.last(ServerKind.presence)).toMatchObject({
      count: 2,
      events: [{ change: 1, author: 2, name: "Bo" }],
    });
  });

  test("a name nobody can have is refused", () => {
    const house = new FakeHouse();
    const socket = house.greet();
    for (const room of ["", " ", "a/b", "x".repeat(65)]) socket.write({ ...ENTER, room });
    expect(refusals(socket)).toEqual(Array(4).fill([1, Refusal.badRoomName]));
    expect(house.rooms.count).toBe(0);
  });

  test("a taken name is refused with a free one, or replaced when any will do", async () => {
    const house = new FakeHouse();
    await house.seated("yard", "Ada");
    const bo = house.greet({ name: "ADA" });
    bo.write(ENTER);
    const { code, suggestion, request } = bo.last(ServerKind.refused);
    expect([code, request, suggestion]).toEqual([Refusal.nameTaken, 1, "ADA 2"]);
    expect((await house.enter(bo, "yard", { anyName: true })).ownName).toBe("ADA 2");
    expect(bo.last(ServerKind.welcome).name).toBe("ADA");
    expect((await house.enter(bo, "other")).ownName).toBe("ADA");
  });

  test("no more rooms than allowed, but again those one is in", async () => {
    const house = new FakeHouse({ limits: { maxRoomsPerConnection: 2 } });
    const socket = house.greet();
    for (const room of ["a", "b", "c"]) socket.write({ ...ENTER, room });
    await house.loop.settle();
    expect(socket.all(ServerKind.entered)).toHaveLength(2);
    expect(refusals(socket)).toEqual([[1, Refusal.tooManyRooms]]);
    expect((await house.enter(socket, "a", { request: 7 })).request).toBe(7);
    socket.write({ kind: ClientKind.leave, room: 1 });
    expect((await house.enter(socket, "c")).name).toBe("c");
  });

  test("the limit holds while rooms are loaded", async () => {
    const house = new FakeHouse();
    const { socket } = await house.seated("a");
    for (const [i, name] of ["a", "b", "c"].entries()) {
      const { room } = await house.enter(socket, name);
      send(socket, room, i + 1);
    }
    await house.loop.settle();
    const next = await house.restart({ limits: { ...house.limits, maxRoomsPerConnection: 2 } });
    const late = next.greet({ name: "Bo" });
    for (const room of ["a", "b", "c"]) late.write({ ...ENTER, room });
    await next.loop.settle();
    expect(late.all(ServerKind.entered).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(refusals(late)).toEqual([[1, Refusal.tooManyRooms]]);
    late.write({ kind: ClientKind.leave, room: late.last(ServerKind.entered).room });
    expect((await next.enter(late, "c")).name).toBe("c");
  });

  test("a server that is full says so", async () => {
    const house = new FakeHouse({ limits: { maxRooms: 1 } });
    const { socket } = await house.seated("a");
    socket.write({ ...ENTER, room: "b" });
    expect(refusals(socket)).toEqual([[1, Refusal.serverFull]]);
  });

  // What the tail in memory held was sent, were it thousands.
  test("sends at most a page of history and the rest of a block, whatever is in memory", async () => {
    const house = new FakeHouse({
      limits: { messagesPerSecond: 0, maxPageRecords: 50, tailBytes: 1 << 20 },
    });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 3_000; nonce++) {
      send(socket, room, nonce, "x");
      if (nonce % 7 === 0) await house.loop.settle();
    }
    await house.loop.settle();
    const last = house.rooms.open("yard");
    if (!(last instanceof Room)) throw new Error("the room is not in memory");
    expect(last.tail.first).toBe(1);
    for (const position of [null, { epoch: "00000000000000ff", seq: 5 }]) {
      const reader = house.greet({ name: `reader ${position?.seq}` });
      const { start, head } = await house.enter(reader, "yard", { history: 2_000, position });
      expect([head, head - start]).toEqual([3_000, 53]);
      expect(reader.texts(room)).toHaveLength(53);
    }
  });

  test("again on the same connection neither leaves nor enters, and the delivery starts anew", async () => {
    const house = new FakeHouse();
    const { socket, room } = await house.seated("yard");
    send(socket, room, 1);
    await house.loop.advance(1000);
    const told = house.transport.published.length;
    const position = { epoch: house.log.epoch, seq: 0 };
    await house.enter(socket, "yard", { position });
    await house.loop.advance(10_000);
    expect(socket.texts(room)).toEqual(["message 1", "message 1"]);
    expect(house.transport.published.length).toBe(told);
    send(socket, room, 2);
    await house.loop.settle();
    expect(socket.texts(room).slice(2)).toEqual(["message 2"]);
    expect(house.rooms.people.get(1)?.connections).toHaveLength(1);
    socket.cut();
    await house.loop.advance(10_000);
    expect(house.rooms.people.count).toBe(0);
  });

  test("twice quickly while the room is loaded is one seat, and both are answered", async () => {
    const { next, log } = await reopened();
    const socket = next.greet({ name: "Bo" });
    log.readsHeld = true;
    socket.write({ ...ENTER, request: 1 });
    socket.write({ ...ENTER, request: 2 });
    log.release();
    await next.loop.settle();
    expect(socket.all(ServerKind.entered).map(({ request }) => request)).toEqual([1, 2]);
    expect(socket.session.seats).toHaveLength(1);
    socket.write({ kind: ClientKind.leave, room: 1 });
    await next.loop.advance(20_000);
    expect([...next.rooms.loaded][0]!.presence.count).toBe(0);
  });

  test("again, and leaving while the disk is asked: the later one counts", async () => {
    const { next, log } = await reopened(500);
    const socket = next.greet({ name: "Bo" });
    await next.enter(socket, "yard", { history: 0 });
    log.readsHeld = true;
    // Its page is not in memory.
    socket.write({ ...ENTER, request: 2, history: 400 });
    socket.write({ kind: ClientKind.leave, room: 1 });
    log.release();
    await next.loop.settle();
    expect(refusals(socket)).toEqual([[2, Refusal.notInRoom]]);
    expect([socket.session.seats.length, socket.topics.size]).toEqual([0, 0]);
  });

  test("whoever is gone before the room is there takes no seat and leaves nothing behind", async () => {
    for (const end of ["cut", "close"] as const) {
      const { next, log } = await reopened();
      const socket = next.greet({ name: "Bo" });
      log.readsHeld = true;
      socket.write(ENTER);
      if (end === "cut") socket.cut();
      else socket.session.close(Close.internal);
      log.release();
      await next.loop.settle();
      expect(socket.all(ServerKind.entered)).toEqual([]);
      expect(next.rooms.people.count).toBe(0);
      expect([...next.rooms.loaded].map(({ presence }) => presence.count)).toEqual([0]);
      expect((await next.enter(next.greet({ name: "Bo" }), "yard")).head).toBe(3);
    }
  });

  test("a room that was let go of while somebody waited for the disk is opened again", async () => {
    const { next, log } = await reopened(500);
    const socket = next.greet({ name: "Ada" });
    await next.enter(socket, "yard", { history: 0 });
    socket.write({ kind: ClientKind.leave, room: 1 });
    log.readsHeld = true;
    socket.write({ ...ENTER, request: 2, history: 400 });
    await next.loop.settle();
    // Another one read a page meanwhile, and many others came and went.
    const [yard] = [...next.rooms.loaded];
    next.rooms.release(yard!);
    const other = next.greet({ name: "Bo" });
    for (let i = 0; i < 260; i++) {
      other.write({ ...ENTER, room: `room ${i}` });
      const { room } = other.last(ServerKind.entered);
      send(other, room, 1);
      await next.loop.settle();
      other.write({ kind: ClientKind.leave, room });
    }
    expect(next.rooms.isOpen(yard!)).toBe(false);
    log.release();
    await next.loop.settle();
    expect(socket.last(ServerKind.entered)).toMatchObject({ request: 2, room: 1, head: 500 });
    const third = next.greet({ name: "Cleo" });
    await next.enter(third, "yard", { history: 0 });
    send(socket, 1, 1, "from one");
    send(third, 1, 1, "from the other");
    await next.loop.settle();
    expect([third.texts(1), next.fatals]).toEqual([["from one", "from the other"], []]);
  });

  test("a client comes back to all its rooms after a restart, however slow the disk is", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0, framesPerSecond: 0 } });
    const socket = house.greet({ name: "Ada" });
    for (let i = 1; i <= 32; i++) {
      const { room } = await house.enter(socket, `room ${i}`);
      send(socket, room, 1);
    }
    await house.loop.settle();
    const next = await house.restart();
    const back = next.greet({ name: "Ada", token: Uint8Array.of(1) });
    for (let i = 1; i <= 32; i++) back.write({ ...ENTER, request: i, room: `room ${i}` });
    await next.loop.settle();
    expect(back.closedWith).toBeNull();
    expect(back.all(ServerKind.live)).toHaveLength(32);
  });

  test("a room that is being ended, when its place is another's by then: the server is full, and nothing is paid", async () => {
    const log = new MemoryLog();
    const allowances = { ...NO_ALLOWANCES, identity: { rooms: { perSecond: 0.001, burst: 1 } } };
    const house = new FakeHouse({ log, limits: { maxRooms: 1 }, allowances });
    const { socket, room } = await house.seated("yard");
    send(socket, room, 1);
    await house.loop.settle();
    let letGo: () => void = () => undefined;
    const drop = log.drop.bind(log);
    log.drop = async (number) => {
      await new Promise<void>((go) => {
        letGo = go;
      });
      return drop(number);
    };
    const closed = house.rooms.overseer.close("yard", () =>
      encodeServerFrame({ kind: ServerKind.pong, token: 1, time: 1 }),
    );
    await house.loop.settle();
    const bo = house.greet({ name: "Bo" });
    bo.write({ ...ENTER, request: 2 });
    await house.seated("other", "Cy");
    letGo();
    await closed;
    await house.loop.settle();
    expect(refusals(bo)).toEqual([[2, Refusal.serverFull]]);
    house.limits.maxRooms = 2;
    expect(await house.enter(bo, "third")).toMatchObject({ name: "third" });
  });

  test("a room that is damaged is refused, and can be entered without its history", async () => {
    const { next, log } = await reopened(500);
    const socket = next.greet({ name: "Bo" });
    await next.enter(socket, "yard", { history: 0 });
    log.damaged = true;
    socket.write({ ...ENTER, request: 2, history: 400 });
    await next.loop.settle();
    expect(refusals(socket)).toEqual([[2, Refusal.damaged]]);
    await next.enter(socket, "yard", { request: 3, history: 0 });
    expect(socket.last(ServerKind.entered).request).toBe(3);
    expect([next.fatals, next.damages.length]).toEqual([[], 1]);
  });

  /** A house after a restart, whose room has so many messages and a log that can wait. */
  async function reopened(messages = 3) {
    const log = new HeldLog();
    const limits = { messagesPerSecond: 0, framesPerSecond: 0, tailBytes: 500 };
    const house = new FakeHouse({ log, limits });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= messages; nonce++) {
      send(socket, room, nonce);
      await house.loop.settle();
    }
    return { log, next: await house.restart() };
  }
});
