import { describe, expect, test } from "vitest";
import type { Space } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { postMessage } from "../src/session/http-room.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

/** A log on a disk of a size. */
class SmallDisk extends MemoryLog {
  looks = 0;

  override space(): Promise<Space> {
    this.looks++;
    return super.space();
  }
}

const MIB = 2 ** 20;

async function houseOf(limits: object) {
  const log = new SmallDisk();
  const house = new FakeHouse({ log, limits: { messagesPerSecond: 0, framesPerSecond: 0, ...limits } });
  await house.rooms.load();
  return { log, house, ...(await house.seated("yard", "Ada")) };
}

async function retain(house: FakeHouse, records: number) {
  let over = false;
  const done = house.rooms
    .applyRetention(0, records, () => false)
    .then(() => {
      over = true;
    });
  for (let n = 0; n < 100 && !over; n++) await house.loop.settle();
  await done;
}

/** Sends texts of 1,000 bytes; what became of them. */
async function write(house: FakeHouse, socket: FakeSocket, room: number, from: number, count: number) {
  const before = socket.all(ServerKind.refused).length;
  for (let nonce = from; nonce < from + count; nonce++) {
    send(socket, room, nonce, "x".repeat(1_000));
    // A block each, since retention removes whole blocks.
    await house.loop.settle();
  }
  return socket.all(ServerKind.refused).slice(before);
}

describe("a log that is full", () => {
  test("refuses messages, and nothing else; what it had is served, and place is used again", async () => {
    const { house, log, socket, room } = await houseOf({ maxLogBytes: 20_000 });
    const refused = await write(house, socket, room, 1, 30);
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]).toMatchObject({
      refused: ClientKind.send,
      code: Refusal.logFull,
      retryAfterMs: 0,
      room,
    });
    expect((await log.space()).logBytes).toBeLessThanOrEqual(20_000);
    const late = house.greet({ name: "Bo" });
    await house.enter(late, "yard");
    expect(late.texts(room)).toHaveLength(30 - refused.length);
    // Retention takes half of it.
    await retain(house, 5);
    await house.loop.advance(2_000);
    await write(house, socket, room, 50, 1);
    await house.loop.advance(2_000);
    expect(await write(house, socket, room, 51, 3)).toEqual([]);
    expect(house.fatals).toEqual([]);
  });

  test("keeps a reserve of the disk", async () => {
    const { house, log, socket, room } = await houseOf({ reserveBytes: 10 * MIB });
    log.freeBytes = 10 * MIB + 20_000;
    await house.loop.advance(2_000);
    await write(house, socket, room, 1, 1);
    const refused = await write(house, socket, room, 2, 30);
    expect(refused.length).toBeGreaterThan(15);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set([Refusal.logFull]));
    log.freeBytes = 500 * MIB;
    await house.loop.advance(2_000);
    await write(house, socket, room, 100, 1);
    expect(await write(house, socket, room, 101, 30)).toEqual([]);
  });

  test("is looked up once a second at most, whatever comes", async () => {
    const { house, log, socket, room } = await houseOf({});
    const { looks } = log;
    for (let round = 0; round < 20; round++) {
      await write(house, socket, room, 1 + round * 100, 100);
      await house.loop.advance(100);
    }
    expect(log.looks - looks).toBeGreaterThanOrEqual(1);
    expect(log.looks - looks).toBeLessThanOrEqual(3);
  });

  test("is told over HTTP, too", async () => {
    const { house } = await houseOf({ maxLogBytes: 1_000 });
    const posted = postMessage(house.house, "yard", { name: "Bot", text: "x".repeat(2_000) });
    await house.loop.settle();
    expect(await posted).toMatchObject({ ok: false, refusal: { status: 507, code: "log_full" } });
  });
});

describe("a room that is full", () => {
  test("refuses messages; another room takes them; it is counted anew when it is loaded", async () => {
    const { house, log, socket, room } = await houseOf({ maxRoomBytes: 10_000 });
    const refused = await write(house, socket, room, 1, 20);
    expect(refused.length).toBeGreaterThan(8);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set([Refusal.roomStorageFull]));
    const { room: other } = await house.enter(socket, "other");
    expect(await write(house, socket, other, 1, 3)).toEqual([]);
    const next = await house.restart();
    const back = next.greet({ token: Uint8Array.of(1) });
    const { room: again } = await next.enter(back, "yard");
    expect((await write(next, back, again, 100, 20)).length).toBeGreaterThan(8);
    await retain(next, 1);
    await next.loop.advance(20_000);
    await write(next, back, again, 200, 1);
    await next.loop.settle();
    expect(await write(next, back, again, 300, 3)).toEqual([]);
    expect([log, next.fatals]).toEqual([log, []]);
  });
});
