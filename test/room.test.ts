import { describe, expect, test } from "vitest";
import type { AppendBlock } from "../src/log/log.ts";
import { Projections } from "../src/room/projections.ts";
import { Room } from "../src/room/room.ts";
import { Slab } from "../src/room/slab.ts";
import { decodeBlock, verifyBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { DEFAULT_LIMITS, type Limits, WIRE } from "../src/wire/limits.ts";

const NOW = 1_767_225_600_000;
const META = { number: 3, name: "yard", createdAt: NOW, epoch: "00000000000000aa", durable: false };

function makeRoom(limits: Partial<Limits> = {}, bounds = { first: 1, head: 0 }): Room {
  return new Room(META, bounds, new Projections(), { ...DEFAULT_LIMITS, ...limits }, new Slab());
}

function take(room: Room): AppendBlock[] {
  const blocks: AppendBlock[] = [];
  room.take(blocks);
  return blocks;
}

let flush = 0;
function commit(room: Room): AppendBlock[] {
  const blocks = take(room);
  flush++;
  for (const block of blocks) room.committed(block, flush);
  return blocks;
}

const text = encodeText;

describe("a room", () => {
  test("gives numbers in order, from the one after its head", () => {
    const room = makeRoom({}, { first: 4, head: 9 });
    const ada = room.presence.enter(1, "Ada");
    const bo = room.presence.enter(2, "Bo");
    expect(room.accept(ada, 1, text("one"), NOW)).toEqual({ seq: 10, duplicate: false });
    expect(room.accept(bo, 5, text("two"), NOW + 5)).toEqual({ seq: 11, duplicate: false });
    expect(room.accept(ada, 2, text("three"), NOW + 7)).toEqual({ seq: 12, duplicate: false });
    expect([room.head, room.lastGiven]).toEqual([9, 12]);
    const [block, ...more] = take(room);
    expect(more).toEqual([]);
    expect(verifyBlock(block!.bytes)).toBe(true);
    const { records, acts: _, lost: _lost, ...header } = decodeBlock(block!.bytes);
    expect(header).toEqual({ room: 3, seq: 10, time: NOW, count: 3 });
    expect({ ...block, bytes: null }).toEqual({ room: 3, seq: 10, time: NOW, count: 3, bytes: null });
    expect(
      records.map(({ seq, author, nonce, time, name, text }) => [seq, author, nonce, time, name, text]),
    ).toEqual([
      [10, 1, 1, NOW, "Ada", "one"],
      [11, 2, 5, NOW + 5, "Bo", "two"],
      [12, 1, 2, NOW + 7, "Ada", "three"],
    ]);
  });

  test("its head moves only when the log says so", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    room.accept(ada, 1, text("one"), NOW);
    const blocks = take(room);
    room.accept(ada, 2, text("two"), NOW);
    expect([room.head, room.tail.count, room.lastGiven]).toEqual([0, 0, 2]);
    room.committed(blocks[0]!, 1);
    expect([room.head, room.tail.count, room.lastGiven]).toEqual([1, 1, 2]);
  });

  test("a repeat of the last nonce has the number it had, committed or not", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    room.accept(ada, 7, text("one"), NOW);
    expect(room.accept(ada, 7, text("other"), NOW)).toEqual({ seq: 1, duplicate: true });
    commit(room);
    expect(room.accept(ada, 7, text("other"), NOW)).toEqual({ seq: 1, duplicate: true });
    expect(take(room)).toEqual([]);
  });

  test("a name is written once in each block, and again after it changed", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    const long = "Ada Lovelace of Ockham Park in Su";
    for (let nonce = 1; nonce <= 3; nonce++) room.accept(ada, nonce, text("x"), NOW);
    const once = take(room)[0]!.bytes.length;
    room.presence.rename(ada, long);
    for (let nonce = 4; nonce <= 6; nonce++) room.accept(ada, nonce, text("x"), NOW);
    const renamed = take(room)[0]!;
    expect(renamed.bytes.length - once).toBe(long.length - "Ada".length);
    room.accept(ada, 7, text("x"), NOW);
    room.presence.rename(ada, "Bea");
    room.accept(ada, 8, text("x"), NOW);
    expect(decodeBlock(take(room)[0]!.bytes).records.map(({ name }) => name)).toEqual([long, "Bea"]);
  });

  // A clock that was ahead for a moment dated every later message until it had caught up.
  test("a clock that jumps ahead and comes back dates one block, and within a block times never precede it", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    const day = 86_400_000;
    const times = [NOW, NOW + day, NOW + 5, NOW - day];
    for (const [i, time] of times.entries()) room.accept(ada, i + 1, text("x"), time);
    const [first] = commit(room);
    room.accept(ada, 5, text("x"), NOW + 6);
    const [second] = commit(room);
    expect(decodeBlock(first!.bytes).records.map(({ time }) => time)).toEqual([NOW, NOW + day, NOW + 5, NOW]);
    expect([first!.time, second!.time]).toEqual([NOW, NOW + 6]);
    room.accept(ada, 6, text("x"), NOW - day);
    expect(commit(room)[0]!.time).toBe(NOW - day);
  });

  test("blocks stay within their bound, however much is pending", () => {
    const room = makeRoom({ maxPendingBytes: 1 << 30 });
    const members = Array.from({ length: 40 }, (_, i) =>
      room.presence.enter(i + 1, `${"ㅋ".repeat(28)}${i}`),
    );
    let seq = 0;
    for (let round = 1; round <= 20; round++) {
      for (const member of members) {
        seq++;
        const length = 1 + ((seq * 7919) % 4096);
        expect(room.accept(member, round, new Uint8Array(length).fill(0x61), NOW).seq).toBe(seq);
      }
    }
    const blocks = take(room);
    expect(blocks.length).toBeGreaterThan(10);
    let next = 1;
    for (const block of blocks) {
      expect(block.bytes.length).toBeLessThanOrEqual(WIRE.maxBlockBytes);
      expect(block.seq).toBe(next);
      const { records } = decodeBlock(block.bytes);
      for (const record of records) expect(record.name).toBe(members[record.author - 1]!.name);
      next += block.count;
    }
    expect(next).toBe(seq + 1);
  });

  test("counts what is pending until the log has it, and says when it is full", () => {
    const room = makeRoom({ maxPendingBytes: 200 });
    const ada = room.presence.enter(1, "Ada");
    room.accept(ada, 1, new Uint8Array(150).fill(0x61), NOW);
    expect(room.isFull).toBe(false);
    room.accept(ada, 2, new Uint8Array(50).fill(0x61), NOW);
    expect(room.isFull).toBe(true);
    const blocks = take(room);
    expect(room.isFull).toBe(true);
    for (const block of blocks) room.committed(block, 1);
    expect([room.isFull, room.pendingBytes]).toEqual([false, 0]);
  });

  test("whoever waits for a number is called once it is committed, never before", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    const called: string[] = [];
    room.whenCommitted(0, () => called.push("zero"));
    room.accept(ada, 1, text("x"), NOW);
    room.whenCommitted(1, () => called.push("one"));
    room.whenCommitted(2, () => called.push("two"));
    expect(called).toEqual(["zero"]);
    commit(room);
    expect(called).toEqual(["zero", "one"]);
    room.accept(ada, 2, text("x"), NOW);
    commit(room);
    expect(called).toEqual(["zero", "one", "two"]);
  });

  test("whoever waits may ask to wait again", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    const called: number[] = [];
    const again = (): void => {
      called.push(room.head);
      if (called.length < 3) room.whenCommitted(room.head + 1, again);
    };
    room.whenCommitted(1, again);
    for (let nonce = 1; nonce <= 4; nonce++) {
      room.accept(ada, nonce, text("x"), NOW);
      commit(room);
    }
    expect(called).toEqual([1, 2, 3]);
  });

  test("remembers its head of two flushes ago", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    const settled: number[] = [];
    for (let nonce = 1; nonce <= 4; nonce++) {
      room.accept(ada, nonce, text("x"), NOW);
      commit(room);
      settled.push(room.settledHead);
    }
    expect(settled).toEqual([0, 0, 1, 2]);
  });

  test("retention moves its beginning", () => {
    const room = makeRoom();
    const ada = room.presence.enter(1, "Ada");
    for (let nonce = 1; nonce <= 4; nonce++) {
      room.accept(ada, nonce, text("x"), NOW);
      commit(room);
    }
    room.trimmed(3);
    expect([room.first, room.tail.first, room.head]).toEqual([3, 3, 4]);
  });
});
