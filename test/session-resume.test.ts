/** Coming back to a room: what is said of one's position is true, and nothing breaks in a storm of everything. */
import { describe, expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { Close, Resume } from "../src/wire/codes.ts";
import { encodeClientFrame } from "../src/wire/encode.ts";
import { ClientKind, type Direction, ServerKind } from "../src/wire/frames.ts";
import { ENTER, FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { HeldLog, heldCommits } from "./session-logs.ts";

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
