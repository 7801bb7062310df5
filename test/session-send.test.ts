/** Sending: what is stored once, acknowledged and repeated. */
import { describe, expect, test } from "vitest";
import type { ReadOptions, StoredBlock } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { lostBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { acks, heldCommits, refusals } from "./session-logs.ts";

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
