/**
 * Whatever a stranger can make grow stays within its bound: each is driven to it, then twice as far again, and the heap
 * is read after both. What the rows of the README's table say in numbers of things, this says in bytes.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { RecentBounds } from "../src/log/level/recent-bounds.ts";
import type { Room } from "../src/room/room.ts";
import { RoomSettings } from "../src/room/settings.ts";
import { Skeletons } from "../src/room/skeletons.ts";
import { DenyList } from "../src/server/deny-list.ts";
import { Pages } from "../src/server/pages.ts";
import { PostGuard } from "../src/server/post-guard.ts";
import { Visitors } from "../src/server/visitors.ts";
import { Budget } from "../src/session/budget.ts";
import { MAX_SIGNS } from "../src/session/judge.ts";
import { FIRST_KEY_NONCE, PostKeys } from "../src/session/post-keys.ts";
import { DEFAULT_ALLOWANCES } from "../src/wire/allowances.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { ClientKind } from "../src/wire/frames.ts";
import { DEFAULT_LIMITS } from "../src/wire/limits.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { settings } from "../src/wire/records/settings.ts";
import { text } from "../src/wire/records/text.ts";
import { ENTER, FakeHouse } from "./fake-house.ts";
import { FakeLoop } from "./fake-loop.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What other things in this process may take or give meanwhile. */
const NOISE_BYTES = 1_500_000;

function heap(): number {
  // What the first leaves behind is gone with the second.
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

/**
 * Bytes that a thing takes at its bound, and how many more after it was driven to so many times as much. `grow` is
 * called for every number once.
 */
async function drive(
  bound: number,
  grow: (n: number) => unknown,
  times = 3,
): Promise<{ atBound: number; beyond: number }> {
  const before = heap();
  for (let n = 0; n < bound; n++) await grow(n);
  const full = heap();
  for (let n = bound; n < times * bound; n++) await grow(n);
  return { atBound: full - before, beyond: heap() - full };
}

/** A tenth of what it takes at its bound may be what a table of that size makes of itself. */
function expectBounded({ atBound, beyond }: { atBound: number; beyond: number }): void {
  expect(beyond).toBeLessThan(Math.max(0, atBound) / 10 + NOISE_BYTES);
}

/** Must live until the heap was read. */
const keep: unknown[] = [];
function kept<T>(thing: T): T {
  keep.length = 0;
  keep.push(thing);
  return thing;
}

test("a thing without a bound is noticed", async () => {
  const all = kept(new Map<string, object>());
  const driven = await drive(20_000, (n) => all.set(`stranger ${n}`, { n }));
  expect(() => expectBounded(driven)).toThrow();
});

describe("addresses and identities", () => {
  const limits = DEFAULT_LIMITS;

  test("addresses that are remembered", async () => {
    const loop = new FakeLoop();
    const budget = new Budget(loop, limits, DEFAULT_ALLOWANCES);
    const denied = new DenyList("");
    const visitors = kept(
      new Visitors({
        loop,
        budget,
        trustedProxies: [],
        denied,
        report: () => undefined,
        wholeAddresses: false,
      }),
    );
    const nobody = new ArrayBuffer(0);
    const driven = await drive(100_000, (n) => {
      const address = Uint8Array.of(10, n >> 16, n >> 8, n).buffer;
      const res = { getRemoteAddress: () => address, getProxiedRemoteAddress: () => nobody };
      visitors.ofRequest(res as never, "");
    });
    expect(visitors.count).toBe(100_000);
    expectBounded(driven);
  });

  test("identities whose use is remembered", async () => {
    const budget = kept(new Budget(new FakeLoop(), limits, DEFAULT_ALLOWANCES));
    const driven = await drive(200_000, (n) => budget.hold(n + 1));
    expect(budget.accounts).toBe(200_000);
    expectBounded(driven);
  });

  test("wrong tokens", async () => {
    const guard = kept(new PostGuard("a token of some length", () => 0));
    const driven = await drive(10_000, (n) => guard.judge("Bearer guess", () => `visitor ${n}`));
    expectBounded(driven);
  });
});

describe("rooms and their names", () => {
  test("names that are compared", async () => {
    const skeletons = kept(new Skeletons());
    const driven = await drive(2_048, (n) => skeletons.of(`${n} ${"a name of many letters ".repeat(40)}`));
    expect(skeletons.size).toBe(2_048);
    expectBounded(driven);
  });

  test("pages that are kept as they were sent", async () => {
    const template = { html: `<html>${"x".repeat(40_000)}{{title}}{{room}}{{origin}}</html>`, title: "t" };
    const pages = kept(new Pages(new Map([["room-en", template]]), "", []));
    const request = { query: "lang=en", host: "localhost", scheme: "http", cookie: "" };
    const more = { acceptLanguage: "en", acceptEncoding: "", ifNoneMatch: "" };
    const driven = await drive(64, (n) => pages.get({ ...request, ...more, path: `/r/room${n}` }));
    expectBounded(driven);
  });

  test("bounds of rooms that are asked for", async () => {
    const bounds = kept(new RecentBounds(10_000));
    const driven = await drive(10_000, (n) => bounds.set(n + 1, { first: 1, head: n }));
    expect(bounds.size).toBe(10_000);
    expectBounded(driven);
  });

  test("rooms, open and empty", async () => {
    const house = kept(new FakeHouse({ limits: { maxRooms: 300, maxRoomsPerConnection: 1 } }));
    const people = Array.from({ length: 900 }, (_, n) => house.greet({ name: `p${n}` }));
    const driven = await drive(300, async (n) => {
      people[n]!.write({ ...ENTER, room: `room ${n}` });
      await house.loop.settle();
    });
    expect(house.rooms.count).toBe(300);
    expectBounded(driven);
  });

  test("rooms that nobody is in any more", async () => {
    const house = kept(new FakeHouse());
    const one = house.greet();
    for (let n = 0; n < 900; n++) {
      const { room } = await house.enter(one, `room ${n}`);
      one.write({ kind: ClientKind.send, room, nonce: 1, text: encodeText("x") });
      await house.loop.settle();
      one.write({ kind: ClientKind.leave, room });
      await house.loop.advance(DEFAULT_LIMITS.graceMs + 1);
    }
    expect(house.rooms.count).toBe(900);
    expect([...house.rooms.loaded].length).toBeLessThanOrEqual(256);
  });
});

describe("one room", () => {
  test("those whom a slow mode holds", async () => {
    const slowed = kept(new RoomSettings());
    slowed.apply({
      kind: settings.kind,
      author: 1,
      time: 1,
      body: settings.write({ slowSeconds: 21_600 }),
    } as never);
    const driven = await drive(10_000, (n) => slowed.give(text.kind, n + 1, 1_000 + n), 10);
    expectBounded(driven);
  });

  test("signs on a message", async () => {
    const house = kept(new FakeHouse());
    const one = await house.seated("yard", "One");
    one.socket.write({ kind: ClientKind.send, room: one.room, nonce: 1, text: encodeText("x") });
    await house.loop.settle();
    const signs = Array.from({ length: 1_500 }, (_, n) =>
      String.fromCodePoint(0x1f300 + (n % 300), 0x1f400 + Math.floor(n / 300)),
    );
    let nonce = 1;
    const driven = await drive(500, async (n) => {
      const body = reaction.write({ to: 1, text: signs[n]!, on: true });
      one.socket.write({ kind: ClientKind.act, room: one.room, nonce: ++nonce, act: reaction.kind, body });
      await house.loop.advance(1_000);
      one.socket.frames.length = 0;
      one.socket.blocks.length = 0;
      house.transport.published.length = 0;
    });
    expect((house.rooms.open("yard") as Room).head).toBe(1 + MAX_SIGNS);
    expectBounded(driven);
  });

  test("keys of posts", async () => {
    const keys = kept(new PostKeys());
    const house = new FakeHouse();
    const room = house.rooms.open("yard") as Room;
    await keys.ready(house.rooms, room);
    const driven = await drive(10_000, (n) => keys.note(room, FIRST_KEY_NONCE + n, n + 1));
    expect(keys.size.keys).toBe(10_000);
    expectBounded(driven);
  });
});

describe("one connection", () => {
  test("that asks for pages and reads nothing", async () => {
    const house = kept(new FakeHouse({ limits: { framesPerSecond: 0 } }));
    const writer = await house.seated("yard", "Writer");
    const textBytes = encodeText("x".repeat(4_000));
    for (let nonce = 1; nonce <= 200; nonce++) {
      writer.socket.write({ kind: ClientKind.send, room: writer.room, nonce, text: textBytes });
      await house.loop.settle();
    }
    const reader = await house.seated("yard", "Reader");
    reader.socket.stalled = true;
    const driven = await drive(300, async (n) => {
      if (reader.socket.closedWith !== null) return;
      const range = { room: reader.room, direction: 0, seq: 200, limit: 100 } as const;
      reader.socket.write({ kind: ClientKind.history, request: n, ...range });
      await house.loop.settle();
    });
    expectBounded(driven);
    expect(reader.socket.closedWith).not.toBe(null);
    expect(driven.atBound).toBeLessThan(8 * DEFAULT_LIMITS.maxBackpressureBytes);
  });
});
