import { describe, expect, test } from "vitest";
import type { Room } from "../src/room/room.ts";
import { BLOCK } from "../src/wire/block.ts";
import { decodeServerFrame } from "../src/wire/decode.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { type FakeHouse, fakeTab } from "./fake-house.ts";
import { flushingHouse } from "./flushing-house.ts";

describe("presence in a room", () => {
  function told(house: FakeHouse): number {
    return house.transport.published.filter(({ frame }) => frame[0] !== BLOCK).length;
  }

  test("changes are told at a pace that falls with the number of people", async () => {
    const { house, loop } = flushingHouse();
    const room = house.rooms.open("yard") as Room;
    const come = (author: number) =>
      house.rooms.seating.enter(
        room,
        house.rooms.people.connect(author, `guest ${author}`, fakeTab()),
        `guest ${author}`,
      );
    come(1);
    await loop.settle();
    expect(told(house)).toBe(1);
    for (let author = 2; author <= 1000; author++) {
      come(author);
      await loop.advance(1);
    }
    await loop.advance(2000);
    // A second and a half went by: fewer than twenty frames for a thousand who came.
    expect(told(house)).toBeLessThan(20);
    const last = decodeServerFrame(house.transport.published.at(-1)!.frame);
    expect(last).toMatchObject({ kind: ServerKind.presence, count: 1000, events: [] });
    expect([loop.pendingTimers, loop.isIdle]).toEqual([0, true]);
  });

  test("presence does not wait for the disk", async () => {
    const { house, loop, log, say } = flushingHouse();
    log.held = true;
    say("a", "1");
    await loop.settle();
    const before = told(house);
    const room = house.rooms.open("a") as Room;
    await loop.advance(100);
    house.rooms.seating.enter(room, house.rooms.people.connect(2, "Bo", fakeTab()), "Bo");
    await loop.settle();
    expect(told(house)).toBe(before + 1);
  });

  test("a writing mark ends by itself and everyone is told", async () => {
    const { house, loop } = flushingHouse();
    const { socket, room } = await house.seated("yard");
    socket.write({ kind: 0x08, room, on: true });
    await loop.advance(1000);
    expect(socket.last(ServerKind.typing).authors).toEqual([1]);
    socket.write({ kind: 0x08, room, on: true });
    await loop.advance(5500);
    expect(socket.last(ServerKind.typing).authors).toEqual([1]);
    await loop.advance(1000);
    expect(socket.last(ServerKind.typing).authors).toEqual([]);
    expect(socket.all(ServerKind.typing)).toHaveLength(2);
    expect(loop.pendingTimers).toBe(0);
  });

  test("a writing mark is dropped while messages wait, told once they do not, and never stored", async () => {
    const { house, loop, log, say } = flushingHouse();
    const { socket, room } = await house.seated("yard", "Bo");
    const writes = (on: boolean) => socket.write({ kind: 0x08, room, on });
    const marks = () => socket.all(ServerKind.typing).map(({ authors }) => authors);
    await loop.advance(1000);
    writes(true);
    await loop.advance(100);
    expect(marks()).toEqual([[1]]);
    log.held = true;
    say("a", "under way");
    await loop.settle();
    say("a", "waiting");
    // Its end is kept, a new one is not.
    writes(false);
    writes(true);
    await loop.advance(100);
    expect(marks()).toEqual([[1], []]);
    log.held = false;
    log.release();
    await loop.advance(100);
    expect(marks()).toHaveLength(2);
    writes(true);
    await loop.advance(100);
    expect(marks()).toEqual([[1], [], [1]]);
    expect(log.batches.flatMap(({ blocks }) => blocks.map(({ count }) => count))).toEqual([1, 1]);
  });
});
