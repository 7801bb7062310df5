/** What retention takes away of rooms, what it leaves, and what is known of it afterwards. */
import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { FakeHouse, fakeTab, send } from "./fake-house.ts";
import { DamagedLog, opened, say, seat } from "./room-logs.ts";

/** Counts what is read. */
class CountingLog extends MemoryLog {
  reads = 0;

  override async bounds(room: number) {
    this.reads++;
    return super.bounds(room);
  }

  override async readForward(room: number, from: number, options: ReadOptions) {
    this.reads++;
    return super.readForward(room, from, options);
  }
}

describe("retention", () => {
  async function apply(house: FakeHouse, olderThan: number, keep: number, isOver = () => false) {
    const done = house.rooms.applyRetention(olderThan, keep, isOver);
    await house.loop.settle();
    await done;
  }

  test("goes through all rooms, in memory or not, and tells those in memory", async () => {
    const house = new FakeHouse();
    for (const name of ["a", "b"]) {
      const { room, member } = seat(house, name);
      for (let nonce = 1; nonce <= 10; nonce++) await say(house, room, member, nonce);
    }
    const next = await house.restart();
    const a = await opened(next, "a");
    await apply(next, 0, 4);
    expect([a.first, a.tail.first]).toEqual([6, 6]);
    expect(await next.log.bounds(2)).toEqual({ first: 6, head: 10 });
    await apply(next, next.loop.now() + 1, Number.MAX_SAFE_INTEGER);
    expect([a.first, a.head, a.tail.count]).toEqual([11, 10, 0]);
    expect((await opened(next, "b")).first).toBe(11);
  });

  // One round while the clock was ahead removed everything.
  test("a clock that jumps ahead takes nothing young away, until it has been ahead for an hour", async () => {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    const hour = 3_600_000;
    const keep = 24 * hour;
    await say(house, room, member, 1);
    await house.loop.advance(23 * hour);
    await say(house, room, member, 2);
    const round = () => apply(house, house.loop.now() - keep, Number.MAX_SAFE_INTEGER);
    house.loop.jump(7 * keep);
    await round();
    expect(room.first).toBe(1);
    await house.loop.advance(50 * 60_000);
    house.loop.jump(-7 * keep);
    await house.loop.advance(20 * 60_000);
    await round();
    // By now the first one is older than a day.
    expect(room.first).toBe(2);
    house.loop.jump(7 * keep);
    await round();
    await house.loop.advance(hour);
    await round();
    expect(room.first).toBe(3);
  });

  // With 100,000 rooms a round that removed nothing took 0.6 to 9 s of processor time, every minute.
  test("a round in which nothing is to be removed reads nothing, and what changes is seen all the same", async () => {
    const log = new CountingLog();
    const house = new FakeHouse({ log });
    const { room: a, member } = seat(house, "a");
    const b = seat(house, "b");
    for (let nonce = 1; nonce <= 10; nonce++) await say(house, a, member, nonce);
    await say(house, b.room, b.member, 1);
    house.rooms.seating.leave(b.room, b.person, b.member, true);
    const round = async (olderThan: number, keep: number): Promise<number> => {
      log.reads = 0;
      await apply(house, olderThan, keep);
      return log.reads;
    };
    expect(await round(0, 10)).toBeGreaterThan(0);
    expect(await round(0, 10)).toBe(0);
    // One more is too many by count.
    for (let nonce = 11; nonce <= 12; nonce++) await say(house, a, member, nonce);
    expect(await round(0, 10)).toBeGreaterThan(0);
    expect([a.first, a.head]).toEqual([2, 12]);
    await round(0, 10);
    expect(await round(0, 10)).toBe(0);
    // And by age.
    const soon = house.loop.now() + 1;
    await house.loop.advance(1_000);
    await say(house, a, member, 13);
    expect(await round(soon, 1_000)).toBeGreaterThan(0);
    expect([a.first, await log.bounds(2)]).toEqual([13, { first: 2, head: 1 }]);
    // Of an empty room nothing is to be removed, until somebody writes there.
    await round(soon, 1_000);
    expect(await round(soon, 1_000)).toBe(0);
    const again = await opened(house, "b");
    const bo = house.rooms.seating.enter(again, house.rooms.people.connect(1, "Bo", fakeTab()), "Bo");
    await say(house, again, bo, 2);
    expect(await round(soon, 1_000)).toBeGreaterThan(0);
    expect(await round(soon, 1_000)).toBe(0);
    await house.loop.advance(1_000);
    await round(house.loop.now(), 1_000);
    expect(await log.bounds(2)).toEqual({ first: 3, head: 2 });
  });

  test("a damaged room stops neither retention of the others nor the server", async () => {
    const log = new DamagedLog();
    const house = new FakeHouse({ log });
    for (const name of ["bad", "good"]) {
      const { room, member } = seat(house, name);
      for (let nonce = 1; nonce <= 10; nonce++) await say(house, room, member, nonce);
    }
    log.floor = 100;
    await apply(house, 0, 4);
    expect(await log.bounds(2)).toEqual({ first: 6, head: 10 });
    expect([house.fatals, house.damages.length]).toEqual([[], 1]);
  });

  test("ends when it is over, and then nothing that fails is fatal", async () => {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    for (let nonce = 1; nonce <= 10; nonce++) await say(house, room, member, nonce);
    let asked = 0;
    await apply(house, 0, 4, () => ++asked > 0);
    expect(room.first).toBe(1);
    let over = false;
    const done = house.rooms.applyRetention(0, 4, () => over);
    over = true;
    await house.log.close();
    await house.loop.settle();
    await done;
    expect(house.fatals).toEqual([]);
  });
});

describe("retention and repeats", () => {
  test("what retention took is known as sent, also after a restart", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const early = await house.seated("yard", "Early");
    send(early.socket, early.room, 1, "only once");
    await house.loop.settle();
    const late = await house.seated("yard", "Late");
    for (let nonce = 1; nonce <= 20; nonce++) {
      send(late.socket, late.room, nonce);
      await house.loop.advance(1_000);
    }
    const done = house.rooms.applyRetention(0, 5, () => false);
    await house.loop.advance(100);
    await done;
    expect((await house.log.bounds(early.room)).first).toBeGreaterThan(1);

    const next = await house.restart();
    const again = next.greet({ token: Uint8Array.of(early.author), name: "Early" });
    const { nonce, head } = await next.enter(again, "yard");
    expect([nonce, head]).toEqual([1, 21]);
    send(again, early.room, 1, "only once");
    await next.loop.settle();
    expect(again.last(ServerKind.ack)).toMatchObject({ nonce: 1 });
    expect((await next.log.bounds(early.room)).head).toBe(21);
  });
});
