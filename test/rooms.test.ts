import { describe, expect, test, vi } from "vitest";
import { LogError, LogErrorCode, type ReadOptions, type StoredBlock } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Authors } from "../src/room/authors.ts";
import type { Member } from "../src/room/presence.ts";
import type { Room } from "../src/room/room.ts";
import { lostBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { FakeHouse, send } from "./fake-house.ts";

/** Somebody in a room who can say something. */
function seat(house: FakeHouse, name: string, author = 1) {
  const room = house.rooms.open(name) as Room;
  const person = house.rooms.people.connect(author, `guest ${author}`);
  const member = house.rooms.seating.enter(room, person, person.name);
  return { room, person, member };
}

async function say(
  house: FakeHouse,
  room: Room,
  member: Member,
  nonce: number,
  text = "hi",
): Promise<number> {
  const { seq } = room.accept(member, nonce, encodeText(text), house.loop.now());
  house.rooms.pending(room);
  await house.loop.settle();
  return seq;
}

async function opened(house: FakeHouse, name: string): Promise<Room> {
  const room = await house.rooms.open(name);
  if (!room) throw new Error(`${name} did not open`);
  return room;
}

/** A log whose blocks below `floor` are damaged. */
class DamagedLog extends MemoryLog {
  floor = 0;
  reads = 0;

  override async readForward(room: number, from: number, options: ReadOptions) {
    this.#check(room, from);
    return super.readForward(room, from, options);
  }

  override async readBackward(room: number, before: number, options: ReadOptions) {
    this.#check(room, before - 1);
    return super.readBackward(room, before, options);
  }

  override async trim(room: number, olderThan: number, keepRecords: number) {
    this.#check(room, 1);
    return super.trim(room, olderThan, keepRecords);
  }

  #check(room: number, seq: number): void {
    this.reads++;
    if (seq <= this.floor && room === 1)
      throw new LogError(LogErrorCode.damaged, `room ${room} is damaged at ${seq}`, { at: { room, seq } });
  }
}

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

describe("rooms come and go", () => {
  test("entering creates one; it is the same as long as somebody is in it, and forgotten without a message", async () => {
    const house = new FakeHouse();
    const { room, person, member } = seat(house, "yard");
    expect(house.rooms.open("yard")).toBe(room);
    expect([house.rooms.count, house.rooms.has("yard"), room.durable]).toEqual([1, true, false]);
    house.rooms.seating.leave(room, person, member, true);
    expect([house.rooms.count, house.rooms.has("yard")]).toEqual([0, false]);
    expect((house.rooms.open("yard") as Room).number).toBe(2);
    expect(await house.log.rooms()).toEqual([]);
  });

  test("the first message makes it durable, by one meta", async () => {
    const house = new FakeHouse();
    const { room, person, member } = seat(house, "마당");
    for (let nonce = 1; nonce <= 3; nonce++) await say(house, room, member, nonce);
    expect(await house.log.rooms()).toEqual([{ room: 1, name: "마당", createdAt: room.createdAt, flags: 0 }]);
    house.rooms.seating.leave(room, person, member, true);
    expect([house.rooms.count, house.rooms.has("마당")]).toEqual([1, true]);
    expect(house.fatals).toEqual([]);
  });

  test("a room that is let go of while its message is on the way is durable all the same", async () => {
    const house = new FakeHouse();
    const { room, person, member } = seat(house, "yard");
    room.accept(member, 1, encodeText("hi"), house.loop.now());
    house.rooms.pending(room);
    house.rooms.seating.leave(room, person, member, true);
    expect(house.rooms.open("yard")).toBe(room);
    await house.loop.settle();
    expect([room.head, house.rooms.count]).toEqual([1, 1]);
  });

  test("releasing twice is releasing once, even when another room has the name by then", () => {
    const house = new FakeHouse();
    const first = seat(house, "yard");
    house.rooms.seating.leave(first.room, first.person, first.member, true);
    const second = seat(house, "yard");
    house.rooms.release(first.room);
    house.rooms.release(first.room);
    expect([house.rooms.count, house.rooms.open("yard")]).toEqual([1, second.room]);
  });

  test("no more rooms than allowed are created, those that exist still open", async () => {
    const house = new FakeHouse({ limits: { maxRooms: 2 } });
    const a = seat(house, "a");
    await say(house, a.room, a.member, 1);
    const b = seat(house, "b");
    expect(house.rooms.open("c")).toBeNull();
    expect(house.rooms.open("a")).toBe(a.room);
    house.rooms.seating.leave(b.room, b.person, b.member, true);
    expect(house.rooms.open("c")).not.toBeNull();
    const next = await house.restart();
    expect((await opened(next, "a")).head).toBe(1);
  });

  test("durable rooms without people are kept in memory up to a bound, and load again", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    for (let i = 0; i < 300; i++) {
      const { room, person, member } = seat(house, `room ${i}`);
      await say(house, room, member, 1);
      house.rooms.seating.leave(room, person, member, false);
    }
    const loaded = [...house.rooms.loaded].map(({ name }) => name);
    expect(loaded).toHaveLength(256);
    expect(loaded).not.toContain("room 0");
    expect(house.rooms.open("room 299")).toBeInstanceOf(Object);
    const again = await opened(house, "room 0");
    expect([again.number, again.head, again.authors.get(1)]).toEqual([1, 1, { nonce: 1, seq: 1 }]);
    expect(house.rooms.count).toBe(300);
  });

  test("and up to a bound of bytes: what a million authors take is let go of when others come", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const visit = async (name: string, bytes: number) => {
      const { room, person, member } = seat(house, name);
      await say(house, room, member, 1);
      Object.defineProperty(room.authors, "bytes", { value: bytes });
      house.rooms.seating.leave(room, person, member, false);
    };
    const loaded = () => [...house.rooms.loaded].map(({ name }) => name);
    await visit("a", 35e6);
    await visit("b", 70);
    expect(loaded()).toEqual(["a", "b"]);
    await visit("c", 35e6);
    expect(loaded()).toEqual(["b", "c"]);
    // The one that was left last stays, whatever it takes.
    await visit("d", 70e6);
    expect(loaded()).toEqual(["d"]);
    for (let i = 0; i < 3; i++) {
      const room = house.rooms.open("d") as Room;
      house.rooms.release(room);
    }
    await visit("e", 70);
    expect(loaded()).toEqual(["e"]);
  });

  test("two of one room are never in memory: whoever waits sees that another let go of it", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const { room, person, member } = seat(house, "yard");
    await say(house, room, member, 1);
    house.rooms.seating.leave(room, person, member, false);
    // Somebody is about to enter and waits for the disk, while others come and go.
    const waiting = await opened(house, "yard");
    expect(house.rooms.isOpen(waiting)).toBe(true);
    house.rooms.release(await opened(house, "yard"));
    for (let i = 0; i < 256; i++) {
      const other = seat(house, `room ${i}`);
      await say(house, other.room, other.member, 1);
      house.rooms.seating.leave(other.room, other.person, other.member, false);
    }
    expect(house.rooms.isOpen(waiting)).toBe(false);
    // Its late release disturbs nobody.
    const current = await opened(house, "yard");
    house.rooms.release(waiting);
    expect(house.rooms.open("yard")).toBe(current);
  });

  test("two that ask at once while a room is loaded get the same one", async () => {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    await say(house, room, member, 1);
    const next = await house.restart();
    const [a, b] = await Promise.all([next.rooms.open("yard"), next.rooms.open("yard")]);
    expect(a).toBe(b);
    expect(next.rooms.open("yard")).toBe(a);
  });
});

describe("a restart", () => {
  test("keeps positions, (author, nonce) and numbers, with and without a snapshot", async () => {
    for (const records of [10, 9000]) {
      const house = new FakeHouse({ limits: { maxPendingBytes: 1 << 30 } });
      const { room, member } = seat(house, "yard");
      const bo = house.rooms.seating.enter(room, house.rooms.people.connect(2, "Bo"), "Bo");
      for (let nonce = 1; nonce <= records; nonce++) {
        room.accept(nonce % 3 === 0 ? bo : member, nonce, encodeText("x"), house.loop.now());
        house.rooms.pending(room);
        if (nonce % 500 === 0) await house.loop.settle();
      }
      await house.loop.settle();
      const next = await house.restart();
      const again = await opened(next, "yard");
      expect([again.head, again.number, again.durable, again.first]).toEqual([records, 1, true, 1]);
      for (const author of [1, 2]) expect(again.authors.get(author)).toEqual(room.authors.get(author));
      expect(again.tail.first).toBeLessThanOrEqual(records);
      expect(again.tail.indexOf(records)).toBe(again.tail.count - 1);
      const ada = next.rooms.seating.enter(again, next.rooms.people.connect(1, "Ada"), "Ada");
      expect(again.accept(ada, room.authors.get(1)!.nonce, encodeText("x"), 0)).toEqual({
        seq: room.authors.get(1)!.seq,
        duplicate: true,
      });
      expect(await say(next, again, ada, records + 1)).toBe(records + 1);
      expect(next.fatals).toEqual([]);
      const other = next.rooms.open("other") as Room;
      expect(other.number).toBe(2);
    }
  });

  test("damage costs the room that has it and nothing else, and is reported", async () => {
    const log = new DamagedLog();
    const house = new FakeHouse({ log });
    const bad = seat(house, "bad");
    const good = seat(house, "good");
    await say(house, bad.room, bad.member, 1);
    await say(house, good.room, good.member, 1);
    const next = await house.restart();
    log.floor = 1;
    expect(await next.rooms.open("bad")).toBeNull();
    expect((await opened(next, "good")).head).toBe(1);
    expect(next.damages).toEqual(["room 1 is damaged at 1"]);
    expect(next.fatals).toEqual([]);
    log.floor = 0;
    expect((await opened(next, "bad")).head).toBe(1);
  });

  test("any other error of the storage is fatal", async () => {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    await say(house, room, member, 1);
    const next = await house.restart();
    await house.log.close();
    expect(await next.rooms.open("yard")).toBeNull();
    expect(next.fatals).toHaveLength(1);
  });

  test("retention that overtakes a room while it is loaded is no damage", async () => {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    for (let nonce = 1; nonce <= 5; nonce++) await say(house, room, member, nonce);
    let trimmed = false;
    const log = new Proxy(house.log, {
      get(target, key) {
        const value = Reflect.get(target, key, target);
        if (key !== "readForward") return typeof value === "function" ? value.bind(target) : value;
        return async (...args: Parameters<typeof target.readForward>) => {
          if (!trimmed) await target.trim(1, house.loop.now() + 1, 0);
          trimmed = true;
          return target.readForward(...args);
        };
      },
    });
    const next = await house.restart({ log });
    const again = await opened(next, "yard");
    expect([again.first, again.head, next.damages]).toEqual([6, 5, []]);
  });
});

describe("looking for a message that may be in the log", () => {
  async function filled(count: number) {
    const house = new FakeHouse();
    const { room, member } = seat(house, "yard");
    const bo = house.rooms.seating.enter(room, house.rooms.people.connect(2, "Bo"), "Bo");
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
    const bo = house.rooms.seating.enter(ada.room, house.rooms.people.connect(2, "Bo"), "Bo");
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
    const ahead = new Authors();
    ahead.note(1, 9, 9);
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
    const bo = house.rooms.seating.enter(again, house.rooms.people.connect(1, "Bo"), "Bo");
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

describe("people in rooms", () => {
  test("whoever comes back within the grace neither left nor entered", async () => {
    const house = new FakeHouse({ limits: { graceMs: 5000 } });
    const { room, person, member } = seat(house, "yard");
    await house.loop.advance(1000);
    const before = house.transport.published.length;
    house.rooms.seating.leave(room, person, member, false);
    house.rooms.people.disconnect(person);
    await house.loop.advance(4999);
    expect([room.presence.count, house.rooms.people.count]).toEqual([1, 1]);
    const back = house.rooms.people.connect(1, "guest 1");
    expect(back).toBe(person);
    expect(house.rooms.seating.enter(room, back, back.name)).toBe(member);
    await house.loop.advance(10_000);
    expect([room.presence.count, house.transport.published.length]).toEqual([1, before]);
    house.rooms.seating.leave(room, person, member, false);
    house.rooms.people.disconnect(person);
    await house.loop.advance(5000);
    expect([room.presence.count, house.rooms.people.count, house.rooms.count]).toEqual([0, 0, 0]);
    expect(house.loop.pendingTimers).toBe(0);
  });

  test("leaving by one's own wish is at once, and ends a grace that runs", async () => {
    const house = new FakeHouse();
    const { room, person, member } = seat(house, "yard");
    seat(house, "yard", 2);
    house.rooms.seating.leave(room, person, member, true);
    expect([room.presence.count, person.rooms]).toEqual([1, []]);
    // Another life of the same person in the room is not ended by anything late.
    const again = house.rooms.seating.enter(room, person, person.name);
    await house.loop.advance(10_000);
    expect(room.presence.get(1)).toBe(again);
  });

  test("whoever comes back within the grace under another name has that name, if it is free", () => {
    const house = new FakeHouse();
    const { room, person, member } = seat(house, "yard");
    seat(house, "yard", 2);
    house.rooms.seating.leave(room, person, member, false);
    expect(house.rooms.seating.enter(room, person, "Bea").name).toBe("Bea");
    house.rooms.seating.leave(room, person, member, false);
    expect(house.rooms.seating.enter(room, person, "guest 2").name).toBe("Bea");
  });

  test("a new name must be free wherever one is; a suggestion is", () => {
    const house = new FakeHouse();
    const { person, room } = seat(house, "a");
    const b = house.rooms.open("b") as Room;
    house.rooms.seating.enter(b, person, person.name);
    const bo = house.rooms.people.connect(2, "Bo");
    house.rooms.seating.enter(b, bo, "Bo");
    const taken = house.rooms.seating.rename(person, "BO");
    expect(taken).not.toBeNull();
    for (const each of [room, b]) expect(each.presence.isFree(taken!.suggestion, 1)).toBe(true);
    expect([person.name, b.presence.get(1)!.name]).toEqual(["guest 1", "guest 1"]);
    expect(house.rooms.seating.rename(person, taken!.suggestion)).toBeNull();
    expect([person.name, b.presence.get(1)!.name]).toEqual([taken!.suggestion, taken!.suggestion]);
  });

  // Each room made the skeleton of the name anew: 19 ms for a person in many rooms.
  test("what a name costs does not grow with the rooms one is in", () => {
    const cost = (rooms: number): number => {
      const house = new FakeHouse();
      const person = house.rooms.people.connect(1, "Ann");
      for (let i = 0; i < rooms; i++) {
        const { room } = seat(house, `room ${i}`, 2 + i);
        house.rooms.seating.enter(room, person, person.name);
      }
      const normalize = vi.spyOn(String.prototype, "normalize");
      expect(house.rooms.seating.rename(person, `guest ${rooms + 1}`)).not.toBeNull();
      expect(house.rooms.seating.rename(person, "Somebody new")).toBeNull();
      const { length } = normalize.mock.calls;
      normalize.mockRestore();
      return length;
    };
    cost(1);
    expect(cost(32)).toBe(cost(1));
  });

  test("the list of rooms knows who came, who left and what was made, a second later at most", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const names = () => house.rooms.list(10).rooms.map(({ name, people }) => `${name} ${people}`);
    expect(names()).toEqual([]);
    const { room, person, member } = seat(house, "yard");
    await house.loop.advance(1_000);
    expect(names()).toEqual(["yard 1"]);
    await say(house, room, member, 1);
    seat(house, "other", 2);
    seat(house, "other", 3);
    house.rooms.seating.leave(room, person, member, true);
    expect(house.rooms.list(10)).toMatchObject({ roomCount: 2, peopleCount: 3 });
    await house.loop.advance(1_000);
    expect(names()).toEqual(["other 2", "yard 0"]);
    const next = await house.restart();
    expect(next.rooms.list(10).rooms).toEqual([{ name: "yard", people: 0 }]);
  });

  test("the list is said to have changed when people or rooms do", () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    let changes = 0;
    house.rooms.onListChanged = () => changes++;
    const { room, person, member } = seat(house, "yard");
    expect(changes).toBeGreaterThan(0);
    changes = 0;
    house.rooms.seating.leave(room, person, member, false);
    expect(changes).toBeGreaterThan(0);
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
