/**
 * What presence costs and whether its counts are true when many people come, go and drop out at once.
 */
import { describe, expect, test } from "vitest";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { ENTER, FakeHouse } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

const HOME = 1_000;
const CROWD = 1_000;

/** Bytes and frames of presence that a crowd costs those who are in a room already. */
async function crowdCosts(limits: object): Promise<{ frames: number; bytes: number }> {
  const house = new FakeHouse({ limits });
  const enter = (i: number): void => house.greet({ name: `guest ${i}` }).write({ ...ENTER, anyName: true });
  for (let i = 0; i < HOME; i++) enter(i);
  await house.loop.advance(5_000);
  house.transport.published.length = 0;
  for (let i = HOME; i < HOME + CROWD; i++) {
    enter(i);
    if (i % 100 === 0) await house.loop.advance(10);
  }
  await house.loop.advance(5_000);
  const { published } = house.transport;
  return {
    frames: published.length,
    bytes: published.reduce((sum, { frame }) => sum + frame.length * HOME, 0),
  };
}

/** Small numbers that depend on the seed only. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("a thousand people enter a room of a thousand", () => {
  test("it costs a few frames of a few bytes, not one for each and everyone", async () => {
    const { frames, bytes } = await crowdCosts({});
    expect(frames).toBeGreaterThan(0);
    expect(frames).toBeLessThanOrEqual(7);
    // One event for each newcomer to each who is there would be 15 million bytes.
    expect(bytes).toBeLessThan(100_000);
  }, 60_000);

  test("control: a room that lists everyone pays for it", async () => {
    const { bytes } = await crowdCosts({ maxListedPeople: 10_000 });
    expect(bytes).toBeGreaterThan(10_000_000);
  }, 60_000);
});

describe("counts", () => {
  test.each([1, 2, 3, 4, 5])("are exact after a storm (seed %i)", async (seed) => {
    const below = seeded(seed);
    const house = new FakeHouse({ limits: { maxListedPeople: 20 } });
    const sockets: { socket: FakeSocket; author: number; inRoom: boolean }[] = [];
    const tokens: Uint8Array[] = [];
    const watcher = await house.seated("yard", "watcher");
    for (let step = 0; step < 1_500; step++) {
      const some = sockets[below(Math.max(1, sockets.length))];
      switch (below(some ? 5 : 1)) {
        case 0: {
          // A newcomer, or somebody who is back or has one more tab.
          const token = tokens.length > 0 && below(3) > 0 ? tokens[below(tokens.length)]! : new Uint8Array(0);
          const socket = house.greet({ token, name: `p${step}` });
          const welcome = socket.last(ServerKind.welcome);
          if (token.length === 0) tokens.push(welcome.token);
          socket.write({ ...ENTER, anyName: true });
          sockets.push({ socket, author: welcome.author, inRoom: true });
          break;
        }
        case 1:
          some!.socket.cut();
          sockets.splice(sockets.indexOf(some!), 1);
          break;
        case 2:
          some!.socket.write({ kind: ClientKind.leave, room: watcher.room });
          some!.inRoom = false;
          break;
        case 3:
          some!.socket.write({ ...ENTER, anyName: true });
          some!.inRoom = true;
          break;
        case 4:
          await house.loop.advance(below(1_500));
      }
    }
    // The grace of those who dropped out last, and the pace of a large room.
    await house.loop.advance(house.limits.graceMs + 3_000);
    const present = new Set(sockets.filter(({ inRoom }) => inRoom).map(({ author }) => author));
    const connected = new Set(sockets.map(({ author }) => author));
    const told = [...watcher.socket.frames]
      .reverse()
      .find((frame) => frame.kind === ServerKind.presence || frame.kind === ServerKind.people);
    expect(told).toMatchObject({ count: present.size + 1 });
    expect(house.rooms.people.count).toBe(connected.size + 1);
    // What those who list people believe, event by event, is who is there.
    await house.loop.advance(1);
    const [room] = [...house.rooms.loaded];
    expect(room!.presence.count).toBe(present.size + 1);
  });
});
