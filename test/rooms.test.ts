/** Rooms come, go, and come back after a restart. */
import { describe, expect, test } from "vitest";
import type { Room } from "../src/room/room.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { FakeHouse, fakeTab } from "./fake-house.ts";
import { DamagedLog, opened, say, seat } from "./room-logs.ts";

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
      const bo = house.rooms.seating.enter(room, house.rooms.people.connect(2, "Bo", fakeTab()), "Bo");
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
      const ada = next.rooms.seating.enter(again, next.rooms.people.connect(1, "Ada", fakeTab()), "Ada");
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
