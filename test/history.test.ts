/** What is found in the log of a room, and in one of which records are lost. */
import { describe, expect, test } from "vitest";
import { LogError, LogErrorCode, type ReadOptions, type StoredBlock } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Projections } from "../src/room/projections.ts";
import { lostBlock } from "../src/wire/block.ts";
import { WIRE } from "../src/wire/limits.ts";
import { FakeHouse, fakeTab } from "./fake-house.ts";
import { makeBlock } from "./log-blocks.ts";
import { DamagedLog, opened, say, seat } from "./room-logs.ts";

/** A log that hands out lost records in place of those from `from` to `to`; blocks here hold one record each. */
class LosingLog extends MemoryLog {
  from = 1;
  to = 0;
  snapshotDamaged = false;

  override async readForward(room: number, from: number, options: ReadOptions) {
    return this.#around(room, await super.readForward(room, from, options));
  }

  override async readBackward(room: number, before: number, options: ReadOptions) {
    return this.#around(room, await super.readBackward(room, before, options));
  }

  override async snapshot(room: number) {
    if (this.snapshotDamaged) throw new LogError(LogErrorCode.damaged, "the snapshot is damaged");
    return super.snapshot(room);
  }

  #around(room: number, blocks: StoredBlock[]): StoredBlock[] {
    return blocks.map(({ seq, count, bytes }) => {
      const lost = seq >= this.from && seq <= this.to;
      return { seq, count, bytes: lost ? lostBlock(room, seq, count, 0) : bytes };
    });
  }
}

describe("looking for a message that may be in the log", () => {
  async function filled(count: number) {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    const bo = house.rooms.seating.enter(room, house.rooms.people.connect(2, "Bo", fakeTab()), "Bo");
    // Ada has even nonces, at odd numbers.
    for (let i = 1; i <= count; i++) {
      await say(house, room, member, 2 * i);
      await say(house, room, bo, i);
    }
    return { house, room };
  }

  test("finds its number, or says that it is absent", async () => {
    const { house, room } = await filled(50);
    for (const nonce of [2, 50, 98, 100])
      expect(await house.rooms.history.find(room, 1, nonce)).toBe(nonce - 1);
    for (const nonce of [1, 51, 99]) expect(await house.rooms.history.find(room, 1, nonce)).toBe("absent");
    expect(await house.rooms.history.find(room, 3, 1)).toBe("absent");
  });

  test("does not know when retention may have taken it", async () => {
    const { house, room } = await filled(50);
    const done = house.rooms.applyRetention(0, 20, () => false);
    await house.loop.settle();
    await done;
    expect(room.first).toBe(80);
    expect(await house.rooms.history.find(room, 1, 2)).toBe("unknown");
    expect(await house.rooms.history.find(room, 1, 98)).toBe(97);
    // Above a nonce of the same author that is kept it would stand behind that one.
    expect(await house.rooms.history.find(room, 1, 99)).toBe("absent");
  });

  test("does not know when what may hold it is damaged", async () => {
    const log = new DamagedLog();
    const house = new FakeHouse({ log });
    const { room, member } = seat(house, "yard");
    for (let nonce = 1; nonce <= 3; nonce++) await say(house, room, member, nonce);
    log.floor = 3;
    expect(await house.rooms.history.find(room, 1, 2)).toBe("unknown");
    expect(house.fatals).toEqual([]);
  });
});

describe("a room with records that are lost on disk", () => {
  /** Ada has nonces 1 to 10 at the odd numbers, Bo the same at the even ones; those of `from` to `to` are lost. */
  async function damaged(from: number, to: number, snapshotAt = 0) {
    const log = new LosingLog();
    const house = new FakeHouse({ log });
    const ada = seat(house, "yard");
    const bo = house.rooms.seating.enter(ada.room, house.rooms.people.connect(2, "Bo", fakeTab()), "Bo");
    for (let nonce = 1; nonce <= 10; nonce++) {
      await say(house, ada.room, ada.member, nonce);
      await say(house, ada.room, bo, nonce);
      if (2 * nonce !== snapshotAt) continue;
      const written = house.rooms.flusher.snapshot(ada.room);
      await house.loop.settle();
      await written;
    }
    Object.assign(log, { from, to });
    const next = await house.restart();
    return { next, room: await opened(next, "yard") };
  }

  test("loads around them, keeps its numbers, and goes on", async () => {
    const { next, room } = await damaged(19, 20);
    expect([room.first, room.head, next.damages]).toEqual([1, 20, []]);
    const step = WIRE.maxNonceStep;
    for (const author of [1, 2]) expect(room.authors.highest(author)).toBe(9 + 2 * step);
    expect(room.authors.highest(3)).toBe(2 * step);
    const { member } = seat(next, "yard", 3);
    expect(await say(next, room, member, 2 * step + 1)).toBe(21);
    expect(room.authors.highest(3)).toBe(2 * step + 1);
  });

  test("what a snapshot knows is not lost with the records", async () => {
    const { room } = await damaged(5, 20, 20);
    for (const author of [1, 2]) expect(room.authors.highest(author)).toBe(10);
    expect(room.authors.highest(3)).toBe(0);
  });

  test("a message is absent only where nothing is lost between its neighbours", async () => {
    const { next, room } = await damaged(5, 6);
    const { rooms } = next;
    // Nonce 3 stood at 5.
    expect(await rooms.history.find(room, 1, 3)).toBe("unknown");
    expect(await rooms.history.find(room, 1, 2)).toBe(3);
    expect(await rooms.history.find(room, 1, 4)).toBe(7);
    expect(await rooms.history.find(room, 3, 1)).toBe("unknown");
  });

  test("what retention took without a snapshot is lost as well", async () => {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    for (let nonce = 1; nonce <= 10; nonce++) await say(house, room, member, nonce);
    await house.log.trim(room.number, 0, 3);
    const again = await opened(await house.restart(), "yard");
    expect([again.first, again.authors.highest(1)]).toEqual([7, 10]);
    expect(again.authors.highest(2)).toBe(6 * WIRE.maxNonceStep);
  });

  test("a snapshot from beyond the head says nothing: its records are gone", async () => {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    for (let nonce = 1; nonce <= 3; nonce++) await say(house, room, member, nonce);
    const ahead = new Projections();
    ahead.apply(makeBlock(1, 1, 9).bytes);
    const snapshots = [{ room: room.number, seq: 9, bytes: ahead.encode() }];
    await house.log.append({ blocks: [], rooms: [], snapshots });
    const again = await opened(await house.restart(), "yard");
    expect(again.authors.get(1)).toEqual({ nonce: 3, seq: 3 });
  });

  test.each(["damaged", "of another version"])("a snapshot that is %s is done without", async (what) => {
    const log = new LosingLog();
    const house = new FakeHouse({ log });
    const { room, member } = seat(house, "yard");
    for (let nonce = 1; nonce <= 3; nonce++) await say(house, room, member, nonce);
    if (what === "damaged") log.snapshotDamaged = true;
    else {
      const snapshots = [{ room: room.number, seq: 3, bytes: Uint8Array.of(99) }];
      await log.append({ blocks: [], rooms: [], snapshots });
    }
    const next = await house.restart();
    expect((await opened(next, "yard")).authors.get(1)).toEqual({ nonce: 3, seq: 3 });
    expect([next.damages.length, next.fatals]).toEqual([1, []]);
  });
});
