import { describe, expect, test } from "vitest";
import type { LogFaults } from "../src/log/faults.ts";
import { LogError, LogErrorCode, type ReadOptions, type StoredBlock } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Room } from "../src/room/room.ts";
import { SessionState } from "../src/session/session.ts";
import { DEFAULT_ALLOWANCES } from "../src/wire/allowances.ts";
import { decodeBlock, lostBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Close, Refusal, Resume } from "../src/wire/codes.ts";
import { encodeClientFrame } from "../src/wire/encode.ts";
import { type ClientFrame, ClientKind, Direction, Language, ServerKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { ENTER, FakeHouse, HELLO, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

const text = encodeText("hi");
const FRAMES: Record<string, ClientFrame> = {
  hello: HELLO,
  enter: ENTER,
  leave: { kind: ClientKind.leave, room: 1 },
  send: { kind: ClientKind.send, room: 1, nonce: 1, text },
  history: { kind: ClientKind.history, request: 1, room: 1, direction: Direction.after, seq: 0, limit: 10 },
  rename: { kind: ClientKind.rename, request: 1, name: "Bea" },
  watchRooms: { kind: ClientKind.watchRooms, on: true },
  typing: { kind: ClientKind.typing, room: 1, on: true },
  ping: { kind: ClientKind.ping, token: 5 },
  work: { kind: ClientKind.work, answer: 1 },
};

/** A log whose reads and commits wait until they are let through. */
class HeldLog extends MemoryLog {
  readsHeld = false;
  damaged = false;
  #reads: (() => void)[] = [];

  override async bounds(room: number) {
    await this.#read(room);
    return super.bounds(room);
  }

  override async readForward(room: number, from: number, options: ReadOptions) {
    await this.#read(room);
    return super.readForward(room, from, options);
  }

  override async readBackward(room: number, before: number, options: ReadOptions) {
    await this.#read(room);
    return super.readBackward(room, before, options);
  }

  release(): void {
    this.readsHeld = false;
    for (const go of this.#reads.splice(0)) go();
  }

  async #read(room: number): Promise<void> {
    if (this.readsHeld) await new Promise<void>((go) => this.#reads.push(go));
    if (this.damaged) throw new LogError(LogErrorCode.damaged, `room ${room} is damaged`);
  }
}

/** A log that hands out lost records in place of those from `lostFrom` on; blocks here hold one record each. */
class LosingLog extends MemoryLog {
  lostFrom = Number.POSITIVE_INFINITY;

  override async readForward(room: number, from: number, options: ReadOptions) {
    return this.#around(room, await super.readForward(room, from, options));
  }

  override async readBackward(room: number, before: number, options: ReadOptions) {
    return this.#around(room, await super.readBackward(room, before, options));
  }

  #around(room: number, blocks: StoredBlock[]): StoredBlock[] {
    return blocks.map(({ seq, count, bytes }) => {
      const lost = seq >= this.lostFrom && seq < this.lostFrom + 2;
      return { seq, count, bytes: lost ? lostBlock(room, seq, count, 0) : bytes };
    });
  }
}

/** Retention by count: keeps those that lie at most so far below the head. */
async function retain(house: FakeHouse, belowHead: number): Promise<void> {
  const done = house.rooms.applyRetention(0, belowHead, () => false);
  await house.loop.settle();
  await done;
}

/** Commits wait while `gate.held`. */
function heldCommits(): { faults: LogFaults; gate: { held: boolean; release(): void } } {
  const waiting: (() => void)[] = [];
  const gate = {
    held: false,
    release() {
      gate.held = false;
      for (const go of waiting.splice(0)) go();
    },
  };
  const faults: LogFaults = {
    beforeCommit: () => (gate.held ? new Promise<void>((go) => waiting.push(go)) : undefined),
  };
  return { faults, gate };
}

function acks(socket: FakeSocket): [nonce: number, seq: number][] {
  return socket.all(ServerKind.ack).map(({ nonce, seq }) => [nonce, seq]);
}

function refusals(socket: FakeSocket): [request: number, code: Refusal][] {
  return socket.all(ServerKind.refused).map(({ request, code }) => [request, code]);
}

describe("every frame in every state", () => {
  test("before hello everything else ends the connection", () => {
    for (const [name, frame] of Object.entries(FRAMES)) {
      const house = new FakeHouse();
      const socket = house.connect();
      socket.write(frame);
      if (name === "hello") expect(socket.session.state).toBe(SessionState.ready);
      else expect(socket.closedWith, name).toBe(Close.unexpectedFrame);
    }
  });

  test("after hello a second one ends the connection, everything else is answered or harmless", async () => {
    const answers: Record<string, number | null> = {
      enter: ServerKind.entered,
      leave: null,
      send: ServerKind.refused,
      history: ServerKind.refused,
      rename: ServerKind.renamed,
      watchRooms: ServerKind.rooms,
      typing: null,
      ping: ServerKind.pong,
    };
    for (const [name, frame] of Object.entries(FRAMES)) {
      const house = new FakeHouse();
      const socket = house.greet();
      const before = socket.frames.length;
      socket.write(frame);
      await house.loop.settle();
      if (name === "hello" || name === "work") {
        expect(socket.closedWith).toBe(Close.unexpectedFrame);
        continue;
      }
      expect(socket.closedWith, name).toBeNull();
      const answer = socket.frames[before];
      expect(answer?.kind ?? null, name).toBe(answers[name]);
    }
  });

  test("after the end nothing does anything", async () => {
    for (const [name, frame] of Object.entries(FRAMES)) {
      const house = new FakeHouse();
      const { socket } = await house.seated("yard");
      const { length } = socket.frames;
      socket.session.close(Close.internal);
      socket.write(frame);
      socket.session.receive(Uint8Array.of(255));
      socket.session.drained();
      socket.session.lapsed(1, 1);
      socket.session.closed();
      socket.session.close(Close.flood);
      await house.loop.advance(60_000);
      expect([socket.closedWith, socket.frames.length], name).toEqual([Close.internal, length]);
    }
  });

  test("bad frames end the connection and nothing else", async () => {
    const good = encodeClientFrame(FRAMES.history!).slice();
    const bad = [
      new Uint8Array(0),
      Uint8Array.of(0),
      Uint8Array.of(0x0a),
      Uint8Array.of(0x42, 1),
      Uint8Array.of(0x81, 1),
      Uint8Array.of(ClientKind.send),
      Uint8Array.of(ClientKind.send, 1),
      Uint8Array.of(ClientKind.send, 1, 0, 65),
      Uint8Array.of(ClientKind.send, 0x80, 0, 1, 65),
      Uint8Array.of(ClientKind.typing, 1, 2),
      Uint8Array.of(ClientKind.rename, 1, 1, 0xff),
      Uint8Array.of(ClientKind.enter, 1, 4, 1, 65, 0),
      Uint8Array.of(...good, 0),
      ...Array.from({ length: good.length - 1 }, (_, i) => good.slice(0, i + 1)),
    ];
    const house = new FakeHouse();
    const { socket: other, room } = await house.seated("yard");
    for (const bytes of bad) {
      for (const socket of [house.connect(), house.greet()]) {
        socket.session.receive(bytes);
        expect(socket.closedWith, `[${bytes}]`).toBe(Close.badFrame);
      }
    }
    send(other, room, 1);
    await house.loop.settle();
    expect(other.texts(room)).toEqual(["message 1"]);
  });
});

describe("hello", () => {
  test("no hello in time ends the connection; one in time leaves no timer", async () => {
    const house = new FakeHouse({ limits: { helloTimeoutMs: 5000 } });
    const silent = house.connect();
    const polite = house.connect();
    await house.loop.advance(4999);
    polite.write(HELLO);
    await house.loop.advance(1);
    expect([silent.closedWith, polite.closedWith]).toEqual([Close.helloTimeout, null]);
    const gone = house.connect();
    gone.cut();
    expect(house.loop.pendingTimers).toBe(0);
  });

  test("another version is told so", () => {
    const house = new FakeHouse();
    const socket = house.connect();
    socket.write({ ...HELLO, version: 2 });
    expect(socket.closedWith).toBe(Close.badVersion);
  });

  test("welcome says who one is, and what is in force", () => {
    const house = new FakeHouse({ limits: { maxTextBytes: 99 } });
    const socket = house.greet({ language: Language.ko });
    const welcome = socket.last(ServerKind.welcome);
    expect(welcome).toMatchObject({ author: 1, epoch: house.log.epoch, version: 1, time: house.loop.now() });
    expect(welcome.limits.maxTextBytes).toBe(99);
    expect(welcome.name).toMatch(/^\p{Script=Hangul}+ \p{Script=Hangul}+/u);
    expect([...welcome.token]).toEqual([1]);
  });

  test("a token proves an identity, one that does not gives a new one", () => {
    const house = new FakeHouse();
    const first = house.greet({ name: "Ada" });
    const { token } = first.last(ServerKind.welcome);
    const again = house.greet({ token: token.slice() }).last(ServerKind.welcome);
    expect([again.author, again.name]).toEqual([1, "Ada"]);
    expect(house.greet({ token: Uint8Array.of(99) }).last(ServerKind.welcome).author).toBe(2);
  });

  test("a name that is not allowed is replaced", () => {
    const house = new FakeHouse();
    const { name } = house.greet({ name: "a\u202eb" }).last(ServerKind.welcome);
    expect(name).not.toBe("");
    expect(name).not.toContain("\u202e");
  });

  test("while numbers are reserved a newcomer waits, and may leave", async () => {
    const house = new FakeHouse();
    house.identities.isReady = false;
    const patient = house.greet({ name: "Ada" });
    const gone = house.greet();
    const twice = house.greet();
    twice.write(HELLO);
    expect(twice.closedWith).toBe(Close.unexpectedFrame);
    gone.cut();
    await house.loop.settle();
    expect(patient.frames).toEqual([]);
    house.identities.becomeReady();
    await house.loop.settle();
    expect(patient.last(ServerKind.welcome).name).toBe("Ada");
    expect([gone.frames, twice.frames, house.rooms.people.count]).toEqual([[], [], 1]);
  });
});

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
    expect(house.rooms.people.get(1)?.connections).toBe(1);
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

describe("sending", () => {
  test("the block is the answer, to its author too, and never before the commit", async () => {
    const { faults, gate } = heldCommits();
    const house = new FakeHouse({ log: new MemoryLog({ faults }) });
    const { socket, room, author } = await house.seated("yard", "Ada");
    gate.held = true;
    for (let nonce = 1; nonce <= 3; nonce++) send(socket, room, nonce);
    await house.loop.settle();
    expect(socket.blocks).toEqual([]);
    gate.release();
    await house.loop.settle();
    const records = socket.blocks.flatMap((block) => block.records);
    expect(records.map(({ seq, author, nonce, name }) => [seq, author, nonce, name])).toEqual([
      [1, author, 1, "Ada"],
      [2, author, 2, "Ada"],
      [3, author, 3, "Ada"],
    ]);
    expect([acks(socket), refusals(socket)]).toEqual([[], []]);
  });

  test("a repeat is acknowledged with the number it has, never before the commit", async () => {
    const { faults, gate } = heldCommits();
    const house = new FakeHouse({ log: new MemoryLog({ faults }) });
    const { socket, room } = await house.seated("yard");
    gate.held = true;
    send(socket, room, 1);
    send(socket, room, 1);
    send(socket, room, 2);
    send(socket, room, 1);
    await house.loop.settle();
    send(socket, room, 2);
    expect(acks(socket)).toEqual([]);
    gate.release();
    await house.loop.settle();
    expect(acks(socket).sort()).toEqual([
      [1, 1],
      [1, 1],
      [2, 2],
    ]);
    expect(socket.texts(room)).toEqual(["message 1", "message 2"]);
    expect(house.rooms.counters.duplicates).toBe(3);
  });

  test("everything that was stored is acknowledged after a restart, however much of it there is", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0 } });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 100; nonce++) send(socket, room, nonce);
    await house.loop.settle();
    const next = await house.restart();
    const back = next.greet({ token: Uint8Array.of(1) });
    await next.enter(back, "yard", { position: { epoch: house.log.epoch, seq: 100 } });
    for (let nonce = 1; nonce <= 101; nonce++) send(back, room, nonce);
    await next.loop.settle();
    expect(back.closedWith).toBeNull();
    expect(acks(back).sort((a, b) => a[0] - b[0])).toEqual(
      Array.from({ length: 100 }, (_, i) => [i + 1, i + 1]),
    );
    expect(back.texts(room)).toEqual(["message 101"]);
    expect((await next.log.bounds(room)).head).toBe(101);
  });

  test("more repeats than the disk can answer are asked for again, and then answered", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0 } });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 400; nonce++) send(socket, room, nonce);
    await house.loop.settle();
    const settled = new Set<number>();
    for (let round = 0; round < 40 && settled.size < 399; round++) {
      const { length } = acks(socket);
      for (let nonce = 1; nonce < 400; nonce++) if (!settled.has(nonce)) send(socket, room, nonce);
      await house.loop.settle();
      const waits = socket.all(ServerKind.refused).map(({ retryAfterMs }) => retryAfterMs);
      await house.loop.advance(Math.max(0, ...waits));
      for (const [nonce, seq] of acks(socket).slice(length)) {
        expect(seq).toBe(nonce);
        settled.add(nonce);
      }
    }
    expect([settled.size, socket.closedWith]).toEqual([399, null]);
    expect((await house.log.bounds(room)).head).toBe(400);
  });

  test("a nonce below one that was used, never stored, is stale", async () => {
    const house = new FakeHouse();
    const { socket, room } = await house.seated("yard");
    send(socket, room, 5);
    send(socket, room, 3);
    await house.loop.settle();
    expect(refusals(socket)).toEqual([[3, Refusal.staleNonce]]);
    expect(socket.texts(room)).toEqual(["message 5"]);
  });

  test("a repeat from before what is kept is never acknowledged, unless it is the author's last", async () => {
    const house = new FakeHouse();
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 10; nonce++) {
      send(socket, room, nonce);
      await house.loop.settle();
    }
    await retain(house, 2);
    send(socket, room, 2);
    send(socket, room, 9);
    await house.loop.settle();
    expect(acks(socket)).toEqual([[9, 9]]);
    expect(refusals(socket)).toEqual([[2, Refusal.cannotTell]]);
    expect(socket.last(ServerKind.refused)).toMatchObject({ retryAfterMs: 0, room });
    await retain(house, -1);
    send(socket, room, 10);
    await house.loop.settle();
    expect(acks(socket)).toEqual([
      [9, 9],
      [10, 10],
    ]);
  });

  // It was acknowledged with number 0, and its writer threw it away.
  test("what was never sent before is not acknowledged because retention took what stood around it", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0 } });
    const { socket: ann, room } = await house.seated("yard", "Ann");
    for (const nonce of [10, 20, 30]) send(ann, room, nonce);
    await house.loop.settle();
    const { socket: bob } = await house.seated("yard", "Bob");
    for (let nonce = 1; nonce <= 60; nonce++) {
      send(bob, room, nonce);
      await house.loop.settle();
    }
    await retain(house, 19);
    for (const again of [false, true]) {
      const next = again ? await house.restart() : house;
      const back = again ? next.greet({ token: Uint8Array.of(1) }) : ann;
      if (again) await next.enter(back, "yard");
      for (const nonce of [25, 20, 5, 30]) send(back, room, nonce);
      await next.loop.settle();
      expect(refusals(back)).toEqual([25, 20, 5].map((nonce) => [nonce, Refusal.cannotTell]));
      expect(acks(back)).toEqual([[30, 3]]);
    }
  });

  test("what may be among lost records is told to be unknown, and new messages begin above it", async () => {
    const log = new LosingLog();
    const house = new FakeHouse({ log });
    const { socket, room } = await house.seated("yard", "Ann");
    for (let nonce = 1; nonce <= 5; nonce++) {
      send(socket, room, nonce);
      await house.loop.settle();
    }
    // The newest two are lost. Ann knows neither of nonce 5 that it was stored, nor of 6 that it was not.
    log.lostFrom = 4;
    const next = await house.restart();
    const back = next.greet({ token: Uint8Array.of(1) });
    const { nonce: highest } = await next.enter(back, "yard");
    expect(highest).toBe(3 + 2 * WIRE.maxNonceStep);
    for (const nonce of [3, 5, 6, highest]) send(back, room, nonce);
    await next.loop.settle();
    expect(acks(back)).toEqual([[3, 3]]);
    expect(refusals(back)).toEqual([5, 6, highest].map((nonce) => [nonce, Refusal.cannotTell]));
    send(back, room, highest + 1, "new");
    await next.loop.settle();
    expect(back.texts(room)).toEqual(["message 1", "message 2", "message 3", "new"]);
    // From here on it is known again what Ann sent.
    send(back, room, highest + 2, "next");
    send(back, room, highest + 1, "new");
    await next.loop.settle();
    expect(acks(back).at(-1)).toEqual([highest + 1, 6]);
    expect(back.texts(room).slice(4)).toEqual(["next"]);
  });

  test("a nonce far above the last is refused and uses nothing up", async () => {
    const { maxNonceStep } = WIRE;
    const house = new FakeHouse();
    const { socket, room } = await house.seated("yard");
    for (const nonce of [WIRE.maxVarint, maxNonceStep + 1]) send(socket, room, nonce);
    send(socket, room, maxNonceStep);
    send(socket, room, 2 * maxNonceStep + 1);
    send(socket, room, 2 * maxNonceStep);
    await house.loop.settle();
    expect(refusals(socket)).toEqual(
      [WIRE.maxVarint, maxNonceStep + 1, 2 * maxNonceStep + 1].map((nonce) => [nonce, Refusal.nonceTooHigh]),
    );
    expect(socket.last(ServerKind.refused).retryAfterMs).toBe(0);
    expect(socket.texts(room)).toEqual([`message ${maxNonceStep}`, `message ${2 * maxNonceStep}`]);
  });

  test("texts that cannot be are refused, and hold nothing up", async () => {
    const house = new FakeHouse({ limits: { maxTextBytes: 10 } });
    const { socket, room } = await house.seated("yard");
    const bad: [Uint8Array, Refusal][] = [
      [encodeText("x".repeat(11)), Refusal.textTooLong],
      [new Uint8Array(0), Refusal.emptyText],
      [encodeText(" \u200b\n"), Refusal.emptyText],
      [Uint8Array.of(0xff), Refusal.badText],
      [Uint8Array.of(65, 0), Refusal.badText],
      [Uint8Array.of(0xed, 0xa0, 0x80), Refusal.badText],
    ];
    for (const [i, [bytes]] of bad.entries()) {
      socket.write({ kind: ClientKind.send, room, nonce: i + 1, text: bytes });
    }
    expect(refusals(socket)).toEqual(bad.map(([, code], i) => [i + 1, code]));
    send(socket, room, 7, "x".repeat(10));
    await house.loop.settle();
    expect(socket.texts(room)).toEqual(["xxxxxxxxxx"]);
  });

  test("in a room one is not in", async () => {
    const house = new FakeHouse();
    const { socket, room } = await house.seated("yard");
    send(socket, room + 1, 1);
    socket.write({ kind: ClientKind.leave, room });
    send(socket, room, 2);
    expect(refusals(socket)).toEqual([
      [1, Refusal.notInRoom],
      [2, Refusal.notInRoom],
    ]);
  });
});

describe("limits of what is sent", () => {
  test("too fast: that one and all later ones wait, so that order stays", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 10, messageBurst: 2 } });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 5; nonce++) send(socket, room, nonce);
    await house.loop.settle();
    expect(refusals(socket)).toEqual([
      [3, Refusal.tooFast],
      [4, Refusal.outOfOrder],
      [5, Refusal.outOfOrder],
    ]);
    const { retryAfterMs } = socket.all(ServerKind.refused)[0]!;
    expect(retryAfterMs).toBe(100);
    // A later one stays refused even when there are tokens again.
    await house.loop.advance(1000);
    send(socket, room, 4);
    await house.loop.settle();
    expect(refusals(socket).at(-1)).toEqual([4, Refusal.outOfOrder]);
    for (const nonce of [3, 4]) send(socket, room, nonce);
    await house.loop.advance(200);
    send(socket, room, 5);
    await house.loop.settle();
    expect(socket.texts(room)).toEqual([1, 2, 3, 4, 5].map((nonce) => `message ${nonce}`));
  });

  // A repeat opened the gate, and what came after it overtook what had been told to wait.
  test("a repeat of an old message lets nothing past the one that is waited for", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 1, messageBurst: 7 } });
    const { socket, room } = await house.seated("yard", "Ann");
    for (let nonce = 1; nonce <= 9; nonce++) send(socket, room, nonce);
    await house.loop.advance(20_000);
    send(socket, room, 2);
    send(socket, room, 10);
    await house.loop.settle();
    expect(acks(socket)).toEqual([[2, 2]]);
    const refused = [
      [8, Refusal.tooFast],
      [9, Refusal.outOfOrder],
      [10, Refusal.outOfOrder],
    ];
    expect(refusals(socket)).toEqual(refused);
    for (const nonce of [7, 8, 9, 10]) send(socket, room, nonce);
    await house.loop.settle();
    expect(refusals(socket)).toEqual(refused);
    expect(socket.texts(room).slice(7)).toEqual([8, 9, 10].map((nonce) => `message ${nonce}`));
  });

  test("a new message below the one that is waited for lets nothing past it either", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 1, messageBurst: 1 } });
    const { socket, room } = await house.seated("yard", "Ann");
    for (const nonce of [1, 8]) send(socket, room, nonce);
    await house.loop.advance(20_000);
    for (const nonce of [5, 9]) send(socket, room, nonce);
    await house.loop.settle();
    expect(refusals(socket)).toEqual([
      [8, Refusal.tooFast],
      [9, Refusal.outOfOrder],
    ]);
    expect(socket.texts(room)).toEqual(["message 1", "message 5"]);
  });

  test("a repeat costs nothing and is answered whatever is held up", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 10, messageBurst: 1 } });
    const { socket, room } = await house.seated("yard");
    send(socket, room, 1);
    for (let i = 0; i < 50; i++) send(socket, room, 1);
    await house.loop.settle();
    expect(acks(socket)).toHaveLength(50);
  });

  test("what was waited for has come even when another connection stored it", async () => {
    const house = new FakeHouse({ limits: { messagesPerSecond: 10, messageBurst: 1 } });
    const { socket, room } = await house.seated("yard");
    send(socket, room, 1);
    send(socket, room, 2);
    expect(refusals(socket)).toEqual([[2, Refusal.tooFast]]);
    const tab = house.greet({ token: Uint8Array.of(1) });
    await house.enter(tab, "yard");
    // Both are one person, who has one allowance.
    await house.loop.advance(100);
    send(tab, room, 2);
    await house.loop.advance(1000);
    send(socket, room, 2);
    send(socket, room, 3);
    await house.loop.settle();
    expect(acks(socket)).toEqual([[2, 2]]);
    expect(socket.texts(room)).toEqual(["message 1", "message 2", "message 3"]);
  });

  test("nothing waits for a message that another connection has stored, or can be stored no more", async () => {
    for (const elsewhere of [2, 5]) {
      const house = new FakeHouse({ limits: { messagesPerSecond: 10, messageBurst: 1 } });
      const { socket, room } = await house.seated("yard");
      for (const nonce of [1, 2, 3]) send(socket, room, nonce);
      expect(refusals(socket).map(([, code]) => code)).toEqual([Refusal.tooFast, Refusal.outOfOrder]);
      const tab = house.greet({ token: Uint8Array.of(1) });
      await house.enter(tab, "yard");
      // Both are one person, who has one allowance.
      await house.loop.advance(100);
      send(tab, room, elsewhere);
      await house.loop.advance(1000);
      // This connection has seen it come, and goes on behind it.
      send(socket, room, elsewhere + 1);
      await house.loop.settle();
      expect(socket.texts(room).at(-1)).toBe(`message ${elsewhere + 1}`);
    }
  });

  test("a full room asks to wait, and takes messages again when it is written", async () => {
    const { faults, gate } = heldCommits();
    const log = new MemoryLog({ faults });
    const house = new FakeHouse({ log, limits: { messagesPerSecond: 0, maxPendingBytes: 65_536 } });
    const { socket, room } = await house.seated("yard");
    gate.held = true;
    for (let nonce = 1; nonce <= 20; nonce++) send(socket, room, nonce, "x".repeat(4000));
    const [first, ...rest] = refusals(socket);
    expect(first![1]).toBe(Refusal.roomBusy);
    expect(rest.every(([, code]) => code === Refusal.outOfOrder)).toBe(true);
    expect(socket.last(ServerKind.refused).room).toBe(room);
    gate.release();
    await house.loop.settle();
    for (let nonce = first![0]; nonce <= 20; nonce++) send(socket, room, nonce, "x".repeat(4000));
    await house.loop.settle();
    expect((await log.bounds(room)).head).toBe(20);
  });

  // Without a rate they were never forgotten: in the torture a client was sent away for good after 500 in all.
  test("refusals that messages lie between are no flood, even when there is no rate", async () => {
    const { faults, gate } = heldCommits();
    const log = new MemoryLog({ faults });
    const house = new FakeHouse({ log, limits: { messagesPerSecond: 0, maxPendingBytes: 65_536 } });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 600; ) {
      gate.held = true;
      const before = refusals(socket).length;
      for (let i = 0; i < 40; i++) send(socket, room, nonce + i, "x".repeat(4000));
      nonce = refusals(socket)[before]![0];
      gate.release();
      await house.loop.settle();
    }
    expect(refusals(socket).length).toBeGreaterThan(501);
    expect(socket.closedWith).toBeNull();
  });

  test("a flood is closed at once, however much of it is in one read", async () => {
    const allowances = DEFAULT_ALLOWANCES;
    const house = new FakeHouse({ limits: { messagesPerSecond: 1, messageBurst: 1 }, allowances });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= 10_000; nonce++) send(socket, room, nonce);
    expect(socket.closedWith).toBe(Close.tooMuch);
    expect(refusals(socket).length).toBeLessThanOrEqual(1_001);
    // It may come back: the time it is told is one after which it may go on.
    expect(socket.last(ServerKind.goodbye)).toMatchObject({ code: Close.tooMuch, retryAfterMs: 1_000 });
    await house.loop.settle();
    expect((await house.log.bounds(room)).head).toBe(1);
  });

  test("other requests have a limit of their own", () => {
    const house = new FakeHouse({ limits: { framesPerSecond: 10, frameBurst: 20 } });
    const socket = house.greet();
    for (let i = 0; i < 20; i++) socket.write({ kind: ClientKind.ping, token: i });
    expect(socket.closedWith).toBeNull();
    socket.write({ kind: ClientKind.ping, token: 20 });
    expect(socket.last(ServerKind.refused)).toMatchObject({
      refused: ClientKind.ping,
      code: Refusal.tooFast,
      retryAfterMs: 100,
    });
    expect(socket.closedWith).toBeNull();
    // The greeting was one request, too; but of the visitor, not of the person.
    expect(socket.all(ServerKind.pong)).toHaveLength(20);
    const unlimited = new FakeHouse({ limits: { framesPerSecond: 0 } }).greet();
    for (let i = 0; i < 2000; i++) unlimited.write({ kind: ClientKind.ping, token: i });
    expect(unlimited.closedWith).toBeNull();
  });
});

describe("a socket over its limit", () => {
  test("what is sent to it is held, in order, and sent when it drained", async () => {
    const house = new FakeHouse({ limits: { maxBackpressureBytes: 600, framesPerSecond: 0 } });
    const { socket, room } = await house.seated("yard");
    socket.stalled = true;
    for (let i = 0; i < 100; i++) socket.write({ kind: ClientKind.ping, token: i });
    expect(socket.buffered).toBeLessThan(630);
    send(socket, room, 1);
    await house.loop.settle();
    socket.stalled = false;
    for (let i = 0; i < 20; i++) {
      socket.read();
      await house.loop.settle();
    }
    expect(socket.all(ServerKind.pong).map(({ token }) => token)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
    expect(socket.texts(room)).toEqual(["message 1"]);
    expect(socket.topics.has(room)).toBe(true);
  });

  test("one that asks on without reading is closed", () => {
    const house = new FakeHouse({ limits: { maxBackpressureBytes: 100, framesPerSecond: 0 } });
    const socket = house.greet();
    socket.stalled = true;
    for (let i = 0; i < 500; i++) socket.write({ kind: ClientKind.ping, token: i });
    expect(socket.closedWith).toBe(Close.stalled);
  });

  test("many rooms read at once fill it no further than a page or two", async () => {
    const house = new FakeHouse({
      limits: { messagesPerSecond: 0, framesPerSecond: 0, tailBytes: 0, maxBackpressureBytes: 256 * 1024 },
    });
    const writer = house.greet();
    for (let i = 0; i < 20; i++) {
      const { room } = await house.enter(writer, `room ${i}`);
      for (let nonce = 1; nonce <= 300; nonce++) {
        send(writer, room, nonce, `${nonce} ${"x".repeat(200)}`);
        await house.loop.settle();
      }
    }
    const reader = house.greet({ name: "reader" });
    reader.stalled = true;
    const position = { epoch: house.log.epoch, seq: 0 };
    for (let i = 0; i < 20; i++) reader.write({ ...ENTER, room: `room ${i}`, position });
    await house.loop.settle();
    expect(reader.closedWith).toBeNull();
    expect(reader.mostBuffered).toBeLessThan(140 * 1024);
    for (let i = 0; i < 300; i++) {
      reader.read(20_000);
      await house.loop.settle();
    }
    expect(reader.closedWith).toBeNull();
    for (let room = 1; room <= 20; room++) expect(new Set(reader.texts(room)).size).toBe(300);
    expect(reader.topics.size).toBe(20);
  });
});

describe("history", () => {
  async function filled(count: number, limits = {}) {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0, framesPerSecond: 0, ...limits } });
    const { socket, room } = await house.seated("yard");
    for (let nonce = 1; nonce <= count; nonce++) {
      send(socket, room, nonce);
      await house.loop.settle();
    }
    const ask = async (direction: Direction, seq: number, limit: number) => {
      socket.write({ kind: ClientKind.history, request: 9, room, direction, seq, limit });
      await house.loop.settle();
      const { blocks, more, first, request } = socket.last(ServerKind.page);
      expect(request).toBe(9);
      const numbers = blocks.map(
        (block) => new DataView(block.buffer, block.byteOffset).byteLength && seqOf(block),
      );
      return { numbers, more, first };
    };
    return { house, socket, room, ask };
  }

  function seqOf(block: Uint8Array): number {
    // kind, version, crc, room: then the number, one or two bytes long here.
    const low = block[7]!;
    return low < 0x80 ? low : (low & 0x7f) + block[8]! * 128;
  }

  test("pages before and after a number, with the truth about more", async () => {
    const { ask } = await filled(10);
    expect(await ask(Direction.before, 8, 3)).toEqual({ numbers: [5, 6, 7], more: true, first: 1 });
    expect(await ask(Direction.before, 4, 10)).toEqual({ numbers: [1, 2, 3], more: false, first: 1 });
    expect(await ask(Direction.before, 1, 10)).toEqual({ numbers: [], more: false, first: 1 });
    expect(await ask(Direction.before, 0, 10)).toEqual({ numbers: [], more: false, first: 1 });
    expect(await ask(Direction.before, Number.MAX_SAFE_INTEGER, 2)).toMatchObject({
      numbers: [9, 10],
      more: true,
    });
    expect(await ask(Direction.after, 0, 3)).toEqual({ numbers: [1, 2, 3], more: true, first: 1 });
    expect(await ask(Direction.after, 7, 500)).toEqual({ numbers: [8, 9, 10], more: false, first: 1 });
    expect(await ask(Direction.after, 10, 5)).toEqual({ numbers: [], more: false, first: 1 });
    expect(await ask(Direction.after, Number.MAX_SAFE_INTEGER, 5)).toMatchObject({
      numbers: [],
      more: false,
    });
  });

  test("a page is as long as allowed, whatever was asked for", async () => {
    const { ask } = await filled(30, { maxPageRecords: 7 });
    expect((await ask(Direction.after, 0, 1_000_000)).numbers).toHaveLength(7);
    expect((await ask(Direction.before, 31, 0)).numbers).toHaveLength(1);
  });

  test("after retention a page says where history begins, and an empty one never promises more", async () => {
    const { house, ask } = await filled(10);
    const done = house.rooms.applyRetention(0, 2, () => false);
    await house.loop.settle();
    await done;
    expect(await ask(Direction.after, 2, 2)).toEqual({ numbers: [8, 9], more: true, first: 8 });
    expect(await ask(Direction.before, 5, 2)).toEqual({ numbers: [], more: false, first: 8 });
  });

  test("of a room one is not in is refused, of a damaged one too", async () => {
    const { house, socket, room } = await filled(3);
    const history = { kind: ClientKind.history, direction: Direction.after, seq: 0, limit: 5 } as const;
    socket.write({ ...history, request: 1, room: room + 1 });
    house.rooms.history.readForward = async () => null;
    socket.write({ ...history, request: 2, room });
    await house.loop.settle();
    expect(refusals(socket)).toEqual([
      [1, Refusal.notInRoom],
      [2, Refusal.damaged],
    ]);
  });
});

describe("names and people", () => {
  test("renaming is answered and seen in every room", async () => {
    const house = new FakeHouse();
    const { socket, author } = await house.seated("a", "Ada");
    await house.enter(socket, "b");
    const { socket: bo } = await house.seated("b", "Bo");
    await house.loop.advance(1000);
    socket.write({ kind: ClientKind.rename, request: 3, name: " Bea " });
    await house.loop.advance(1000);
    expect(socket.last(ServerKind.renamed)).toMatchObject({ request: 3, name: "Bea" });
    expect(bo.last(ServerKind.presence).events).toEqual([{ change: 3, author, name: "Bea" }]);
    send(socket, 1, 1);
    await house.loop.settle();
    expect(socket.blocks[0]!.records[0]!.name).toBe("Bea");
  });

  test("a bad or taken name is refused and changes nothing", async () => {
    const house = new FakeHouse();
    const { socket } = await house.seated("yard", "Ada");
    await house.seated("yard", "Bo");
    for (const name of ["", "x".repeat(33), "bo"])
      socket.write({ kind: ClientKind.rename, request: 1, name });
    expect(refusals(socket).map(([, code]) => code)).toEqual([
      Refusal.badName,
      Refusal.badName,
      Refusal.nameTaken,
    ]);
    expect(socket.last(ServerKind.refused).suggestion).toBe("bo 2");
    expect(house.rooms.people.get(1)?.name).toBe("Ada");
  });

  // Whoever waited for somebody to leave could go on under that name, in the middle of a talk.
  test("nobody else gets the name of somebody who wrote lately and is away; they get it back", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const { socket: ann, room } = await house.seated("yard", "Ann");
    const { socket: eve } = await house.seated("yard", "Eve");
    const { socket: mute } = await house.seated("yard", "Mute");
    send(ann, room, 1, "I am Ann");
    await house.loop.settle();
    ann.cut();
    mute.cut();
    eve.write({ kind: ClientKind.rename, request: 1, name: "ANN" });
    expect(eve.last(ServerKind.refused)).toMatchObject({ code: Refusal.nameTaken, suggestion: "ANN 2" });
    // Who wrote nothing has left nothing behind.
    eve.write({ kind: ClientKind.rename, request: 2, name: "Mute" });
    expect(eve.last(ServerKind.renamed).request).toBe(2);

    const next = await house.restart();
    const other = next.greet({ name: "Аnn" });
    other.write(ENTER);
    await next.loop.settle();
    expect(other.last(ServerKind.refused).code).toBe(Refusal.nameTaken);
    const back = next.greet({ token: Uint8Array.of(1), name: "Ann" });
    expect((await next.enter(back, "yard")).ownName).toBe("Ann");
    // Called otherwise, Ann may still be taken for Ann.
    send(back, room, 2, "still me");
    back.write({ kind: ClientKind.rename, request: 1, name: "Bea" });
    other.write(ENTER);
    expect(other.all(ServerKind.entered)).toEqual([]);
    await next.loop.advance(30 * 60_000);
    expect((await next.enter(other, "yard")).ownName).toBe("Аnn");
  });

  test("a name is free again once enough was written since", async () => {
    const limits = { graceMs: 0, messagesPerSecond: 0, framesPerSecond: 0 };
    const house = new FakeHouse({ limits });
    const { socket: ann, room } = await house.seated("yard", "Ann");
    const { socket: bob } = await house.seated("yard", "Bob");
    send(ann, room, 1);
    ann.cut();
    for (let nonce = 1; nonce <= 500; nonce++) {
      bob.write({ kind: ClientKind.rename, request: 1, name: "Ann" });
      expect(bob.all(ServerKind.renamed)).toEqual([]);
      send(bob, room, nonce);
    }
    bob.write({ kind: ClientKind.rename, request: 1, name: "Ann" });
    expect(bob.last(ServerKind.renamed).name).toBe("Ann");
  });

  test("two connections of one identity are one person; the person stays until the last one left", async () => {
    const house = new FakeHouse();
    const { socket: first, room } = await house.seated("yard", "Ada");
    const { socket: bo } = await house.seated("yard", "Bo");
    const second = house.greet({ token: Uint8Array.of(1) });
    await house.enter(second, "yard");
    expect(second.last(ServerKind.people)).toMatchObject({ count: 2 });
    send(second, room, 1);
    await house.loop.advance(1000);
    for (const socket of [first, second, bo]) expect(socket.texts(room)).toEqual(["message 1"]);
    const { length } = bo.frames;
    second.write({ kind: ClientKind.leave, room });
    await house.loop.advance(20_000);
    expect(bo.frames.length).toBe(length);
    first.write({ kind: ClientKind.leave, room });
    await house.loop.settle();
    expect(bo.last(ServerKind.presence)).toMatchObject({ count: 1, events: [{ change: 2, author: 1 }] });
  });

  // Leave and enter within a beat were no change, though a list without that person was given out in between.
  test("a newcomer sees whoever left before and came back after the list of people was sent", async () => {
    const house = new FakeHouse();
    const { socket: cho, room, author } = await house.seated("yard", "Cho");
    await house.seated("yard", "Ann");
    await house.loop.advance(1000);
    cho.write({ kind: ClientKind.leave, room });
    const bob = house.greet({ name: "Bob" });
    bob.write(ENTER);
    cho.write(ENTER);
    await house.loop.advance(1000);
    const here = new Map(bob.last(ServerKind.people).people.map((each) => [each.author, each.name]));
    expect(here.has(author)).toBe(false);
    for (const { events, count } of bob.all(ServerKind.presence)) {
      for (const { author, name, change } of events) {
        if (change === 2) here.delete(author);
        else here.set(author, name);
      }
      expect(count).toBe(3);
    }
    expect([...here.values()].sort()).toEqual(["Ann", "Bob", "Cho"]);
  });

  test("a connection that drops and comes back within the grace is not noticed", async () => {
    const house = new FakeHouse({ limits: { graceMs: 5000 } });
    const { socket: ada, room } = await house.seated("yard", "Ada");
    const { socket: bo } = await house.seated("yard", "Bo");
    await house.loop.advance(1000);
    const { length } = bo.frames;
    ada.cut();
    await house.loop.advance(4000);
    const back = house.greet({ token: Uint8Array.of(1) });
    await house.enter(back, "yard");
    await house.loop.advance(20_000);
    expect(bo.frames.length).toBe(length);
    back.cut();
    await house.loop.advance(6000);
    expect(bo.last(ServerKind.presence)).toMatchObject({
      room,
      count: 1,
      events: [{ change: 2, author: 1 }],
    });
  });

  test("after a storm the count is the number of distinct identities connected", async () => {
    const house = new FakeHouse({ limits: { framesPerSecond: 0, maxListedPeople: 10, graceMs: 3000 } });
    const { socket: witness, room } = await house.seated("yard", "witness");
    const sockets: FakeSocket[] = [];
    for (let step = 0; step < 600; step++) {
      const pick = (step * 7919) % 13;
      if (pick < 6 || sockets.length === 0) {
        const token = step % 3 === 0 ? Uint8Array.of(2 + (step % 20)) : new Uint8Array(0);
        const socket = house.greet({ token, name: `guest ${step}` });
        await house.enter(socket, "yard", { anyName: true });
        sockets.push(socket);
      } else if (pick < 9) sockets.splice(step % sockets.length, 1)[0]!.cut();
      else if (pick < 11) sockets[step % sockets.length]!.write({ kind: ClientKind.leave, room });
      else await house.loop.advance(700);
    }
    await house.loop.advance(30_000);
    const here = new Set<number>();
    for (const { session } of house.transport.sockets) {
      if (session.seats.length > 0) here.add(session.person!.author);
    }
    const told = witness.frames.filter((frame) => "count" in frame).at(-1) as { count: number };
    expect(told.count).toBe(here.size);
    expect(house.loop.pendingTimers).toBe(0);
  });

  test("the list of rooms comes on watching, and the socket is told to watch once", async () => {
    const house = new FakeHouse();
    const { socket } = await house.seated("yard");
    for (const on of [true, true]) socket.write({ kind: ClientKind.watchRooms, on });
    expect(socket.all(ServerKind.rooms)).toHaveLength(2);
    expect(socket.last(ServerKind.rooms)).toMatchObject({ roomCount: 1, peopleCount: 1 });
    expect(socket.watching).toBe(true);
    socket.write({ kind: ClientKind.watchRooms, on: false });
    expect(socket.watching).toBe(false);
  });

  test("a writing mark lasts as long as it should when the clock is set", async () => {
    const house = new FakeHouse();
    const { socket, room, author } = await house.seated("yard", "Ann");
    await house.loop.advance(1_000);
    for (const jump of [-3_600_000, 7_200_000]) {
      socket.write({ kind: ClientKind.typing, room, on: true });
      await house.loop.advance(1_000);
      expect(socket.last(ServerKind.typing).authors).toEqual([author]);
      house.loop.jump(jump);
      socket.write({ kind: ClientKind.rename, request: 1, name: `Ann ${jump}` });
      await house.loop.advance(3_000);
      expect(socket.last(ServerKind.typing).authors).toEqual([author]);
      await house.loop.advance(3_000);
      expect(socket.last(ServerKind.typing).authors).toEqual([]);
    }
  });

  test("a connection that ends leaves nothing behind", async () => {
    const house = new FakeHouse();
    for (let i = 0; i < 20; i++) {
      const { socket, room } = await house.seated(`room ${i % 3}`, `guest ${i}`);
      socket.write({ kind: ClientKind.typing, room, on: true });
      if (i % 2) socket.cut();
      else socket.session.close(Close.flood);
    }
    await house.loop.advance(60_000);
    expect([house.rooms.people.count, house.rooms.count, house.loop.pendingTimers]).toEqual([0, 0, 0]);
    expect([...house.rooms.loaded]).toEqual([]);
  });
});

describe("resume tells the truth", () => {
  const KEPT_FROM = 21;
  const HEAD = 40;
  const HISTORY = 5;

  /** A room with numbers 21 to 40 left of 40, after a restart or not. */
  async function yard() {
    const house = new FakeHouse({ limits: { messagesPerSecond: 0, framesPerSecond: 0, tailBytes: 300 } });
    const { socket, room } = await house.seated("yard", "Ada");
    for (let nonce = 1; nonce <= HEAD; nonce++) {
      send(socket, room, nonce);
      await house.loop.settle();
    }
    const done = house.rooms.applyRetention(0, HEAD - KEPT_FROM, () => false);
    await house.loop.settle();
    await done;
    expect(await house.log.bounds(room)).toEqual({ first: KEPT_FROM, head: HEAD });
    return house;
  }

  const positions: Record<string, number> = {
    "behind within retention": 30,
    "at the edge of retention": KEPT_FROM - 1,
    "behind out of retention": 10,
    equal: HEAD,
    ahead: HEAD + 1,
    zero: 0,
    huge: Number.MAX_SAFE_INTEGER,
  };

  function expected(known: boolean, seq: number): { resume: Resume; start: number } {
    if (!known || seq > HEAD) return { resume: Resume.reset, start: HEAD - HISTORY };
    if (seq < KEPT_FROM - 1) return { resume: Resume.gap, start: KEPT_FROM - 1 };
    return { resume: Resume.continued, start: seq };
  }

  for (const way of ["on a new socket", "on the same one"]) {
    for (const known of [true, false]) {
      for (const [name, seq] of Object.entries(positions)) {
        test(`${known ? "same" : "other"} epoch, ${name}, ${way}`, async () => {
          const house = await yard();
          const socket = house.greet({ name: "Bo" });
          if (way === "on the same one") await house.enter(socket, "yard", { history: 0 });
          const before = socket.blocks.length;
          const frames = socket.frames.length;
          const position = { epoch: known ? house.log.epoch : "00000000000000ff", seq };
          const entered = await house.enter(socket, "yard", { position, history: HISTORY, request: 4 });
          const { resume, start } = expected(known, seq);
          expect(entered).toMatchObject({ request: 4, resume, start, first: KEPT_FROM, head: HEAD });
          expect(entered.epoch).toBe(house.log.epoch);
          const told = socket.blocks
            .slice(before)
            .flatMap(({ records }) => records.map((record) => record.seq));
          expect(told).toEqual(Array.from({ length: HEAD - start }, (_, i) => start + 1 + i));
          const kinds = socket.frames.slice(frames).map(({ kind }) => kind);
          expect(kinds.slice(0, 3)).toEqual([ServerKind.entered, ServerKind.live, ServerKind.people]);
          expect(socket.last(ServerKind.live).head).toBe(HEAD);
          // And it goes on without a hole.
          send(socket, entered.room, 1, "next");
          await house.loop.settle();
          expect(socket.blocks.at(-1)!.records[0]).toMatchObject({ seq: HEAD + 1, text: "next" });
        });
      }

      test(`${known ? "same" : "other"} epoch, a position of another room, ${way}`, async () => {
        const house = await yard();
        const socket = house.greet({ name: "Bo" });
        if (way === "on the same one") await house.enter(socket, "empty");
        const epoch = known ? house.log.epoch : "00000000000000ff";
        const entered = await house.enter(socket, "empty", { position: { epoch, seq: 30 } });
        expect(entered).toMatchObject({ resume: Resume.reset, first: 1, head: 0, start: 0 });
        expect(socket.blocks).toEqual([]);
      });

      test(`${known ? "same" : "other"} epoch, a room that does not exist any more, ${way}`, async () => {
        const house = new FakeHouse();
        const { socket, room } = await house.seated("yard");
        socket.write({ kind: ClientKind.leave, room });
        await house.loop.settle();
        expect(house.rooms.count).toBe(0);
        const again = way === "on the same one" ? socket : house.greet();
        const epoch = known ? house.log.epoch : "00000000000000ff";
        const empty = await house.enter(again, "yard", { position: { epoch, seq: 0 } });
        expect(empty).toMatchObject({
          resume: known ? Resume.continued : Resume.reset,
          head: 0,
          start: 0,
          first: 1,
        });
        expect(empty.room).not.toBe(room);
        const ahead = await house.enter(again, "yard", { position: { epoch, seq: 7 } });
        expect(ahead).toMatchObject({ resume: Resume.reset, head: 0, start: 0 });
      });
    }
  }

  test("a negative position cannot be said", () => {
    const house = new FakeHouse();
    const socket = house.greet();
    const bytes = encodeClientFrame({ ...ENTER, position: { epoch: house.log.epoch, seq: 0 } });
    // The largest number of eight bytes, as -1 would be.
    socket.session.receive(Uint8Array.of(...bytes.slice(0, -1), ...Array(7).fill(0xff), 0x7f));
    expect(socket.closedWith).toBe(Close.badFrame);
  });

  test("after retention took all, a position within is a gap and nothing follows", async () => {
    const house = await yard();
    const done = house.rooms.applyRetention(house.loop.now() + 1, Number.MAX_SAFE_INTEGER, () => false);
    await house.loop.settle();
    await done;
    const socket = house.greet({ name: "Bo" });
    const entered = await house.enter(socket, "yard", { position: { epoch: house.log.epoch, seq: 30 } });
    expect(entered).toMatchObject({ resume: Resume.gap, first: HEAD + 1, head: HEAD, start: HEAD });
    expect(socket.blocks).toEqual([]);
    const fresh = await house.enter(socket, "yard", { history: 100 });
    expect(fresh).toMatchObject({ resume: Resume.fresh, start: HEAD });
  });

  test("after a restart of the server every position is as good as before", async () => {
    const house = await yard();
    const next = await house.restart();
    const socket = next.greet({ token: Uint8Array.of(1) });
    const entered = await next.enter(socket, "yard", { position: { epoch: house.log.epoch, seq: 30 } });
    expect(entered).toMatchObject({ resume: Resume.continued, start: 30, head: HEAD, nonce: HEAD });
    expect(socket.texts(entered.room)).toHaveLength(10);
  });

  test("another life of the log takes nothing for continued", async () => {
    const socket = new FakeHouse({ log: new MemoryLog({ epoch: "00000000000000bb" }) }).greet();
    socket.write({ ...ENTER, position: { epoch: "00000000000000aa", seq: 0 } });
    expect(socket.last(ServerKind.entered)).toMatchObject({
      resume: Resume.reset,
      epoch: "00000000000000bb",
    });
  });
});

describe("a storm of everything, with a disk that answers when it likes", () => {
  async function storm(seed: number): Promise<void> {
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const { faults, gate } = heldCommits();
    const log = new HeldLog({ faults });
    const limits = {
      ...{
        graceMs: 500,
        tailBytes: 400,
        maxBackpressureBytes: 2_000,
        maxListedPeople: 3,
        maxRoomsPerConnection: 3,
      },
      ...{ messagesPerSecond: 50, messageBurst: 20, framesPerSecond: 0, maxRooms: 6 },
    };
    const house = new FakeHouse({ log, limits });
    const names = ["a", "b", "c", "d", "e"];
    const sockets: FakeSocket[] = [];
    const ops: ((socket: FakeSocket) => void)[] = [
      (socket) => {
        const seq = [0, random(60), Number.MAX_SAFE_INTEGER][random(3)]!;
        const epoch = random(4) ? log.epoch : "00000000000000ff";
        const position = random(2) ? { epoch, seq } : null;
        const room = names[random(5)]!;
        socket.write({
          ...ENTER,
          request: random(9),
          room,
          history: random(80),
          anyName: random(2) > 0,
          position,
        });
      },
      (socket) => socket.write({ kind: ClientKind.leave, room: 1 + random(7) }),
      (socket) => {
        const room = 1 + random(6);
        for (let n = random(6), nonce = 1 + random(60); n >= 0; n--)
          send(socket, room, nonce + n * random(2));
      },
      (socket) => {
        const seq = random(70);
        socket.write({
          kind: ClientKind.history,
          ...{ request: 1, room: 1 + random(6), direction: random(2) as Direction, seq, limit: random(20) },
        });
      },
      (socket) => socket.write({ kind: ClientKind.rename, request: 1, name: `name ${random(6)}` }),
      (socket) => socket.write({ kind: ClientKind.typing, room: 1 + random(6), on: random(2) > 0 }),
      (socket) => socket.write({ kind: ClientKind.watchRooms, on: random(2) > 0 }),
      (socket) => {
        socket.stalled = random(3) > 0;
        socket.read(random(3_000));
      },
      (socket) => {
        const how = random(6);
        if (how < 2) socket.cut();
        else if (how === 2) socket.session.close(Close.internal);
      },
    ];
    for (let step = 0; step < 1_500; step++) {
      const open = sockets.filter((socket) => house.transport.sockets.has(socket));
      if (open.length < 3 || (open.length < 12 && random(12) === 0)) {
        const token = random(2) ? Uint8Array.of(1 + random(8)) : new Uint8Array(0);
        sockets.push(house.greet({ token, name: `guest ${random(20)}` }));
      } else ops[random(ops.length)]!(open[random(open.length)]!);
      const what = random(20);
      if (what === 0) log.readsHeld = true;
      else if (what === 1) log.release();
      else if (what === 2) gate.held = true;
      else if (what === 3) gate.release();
      else if (what === 4) await house.loop.advance(random(700));
      else if (what < 12) await house.loop.settle();
    }
    log.release();
    gate.release();
    await house.loop.settle();
    for (const socket of [...house.transport.sockets]) socket.cut();
    await house.loop.advance(60_000);
    await house.rooms.flusher.drained();
    expect([house.fatals, house.damages]).toEqual([[], []]);
    expect([house.rooms.people.count, house.loop.pendingTimers, house.loop.isIdle]).toEqual([0, 0, true]);
    const durable = await log.rooms();
    expect(house.rooms.count).toBe(durable.length);
    for (const room of house.rooms.loaded) expect([room.presence.count, room.pendingBytes]).toEqual([0, 0]);
    for (const { room } of durable) {
      const nonces = new Map<number, number>();
      let next = 1;
      const blocks = await log.readForward(room, 1, { maxBytes: 1e9, maxRecords: 1e9 });
      for (const record of blocks.flatMap((block) => decodeBlock(block.bytes).records)) {
        expect(record.seq).toBe(next++);
        expect(record.nonce).toBeGreaterThan(nonces.get(record.author) ?? 0);
        nonces.set(record.author, record.nonce);
      }
    }
  }

  test("nothing breaks, nothing is left behind, and what is stored is in order, once", {
    timeout: 30_000,
  }, async () => {
    for (let seed = 1; seed <= 12; seed++) await storm(seed);
  });
});
