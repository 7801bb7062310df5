/** What a connection may send, and history that it asks for. */
import { describe, expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { DEFAULT_ALLOWANCES } from "../src/wire/allowances.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { ClientKind, Direction, ServerKind } from "../src/wire/frames.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { acks, heldCommits, refusals } from "./session-logs.ts";

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
