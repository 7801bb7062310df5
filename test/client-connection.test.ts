/** The client's connection: when it comes back, when it gives up, and when it looks whether anybody is there. */
import { expect, test } from "vitest";
import { ClientState } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Close } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { FakeClock, makeEnvironment } from "./fake-client-environment.ts";

test("waits grow by full jitter up to 30 s and start short again after a good connection", async () => {
  const e = makeEnvironment();
  for (const value of [0.999999, 0]) {
    e.random.value = value;
    for (let n = 0; n < 12; n++) {
      e.socket.end();
      const wait = e.states.at(-1)!.retryAt! - e.clock.now();
      expect(wait).toBeCloseTo(value * Math.min(30_000, 500 * 2 ** (n + (value ? 0 : 12))), 0);
      await e.clock.advance(wait);
    }
  }
  e.random.value = 1;
  await e.welcome();
  await e.clock.advance(9_999);
  e.socket.end();
  expect(e.states.at(-1)!.retryAt! - e.clock.now()).toBe(30_000);
  await e.clock.advance(30_000);
  await e.welcome();
  await e.clock.advance(10_000);
  e.socket.end();
  expect(e.states.at(-1)!.retryAt! - e.clock.now()).toBe(500);
});

test("a greeting that takes too long is given up", async () => {
  const e = makeEnvironment();
  e.socket.open();
  await e.clock.advance(15_000);
  expect(e.client.state).toBe(ClientState.waiting);
  expect(e.socket.closedByClient).toBe(true);
});

test("a socket that cannot even be made counts as one that failed", async () => {
  const e = makeEnvironment(new MemoryStorage(), new FakeClock(), false);
  e.sockets.push = () => {
    throw new SyntaxError("bad address");
  };
  e.client.start();
  expect(e.client.state).toBe(ClientState.waiting);
  expect(e.errors[0]).toBeInstanceOf(SyntaxError);
});

test("callbacks of an older socket do nothing", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const old = e.socket;
  old.end();
  await e.clock.advance(250);
  const before = e.told.length;
  old.open();
  old.end(4500);
  old.giveText("garbage");
  old.give({ kind: ServerKind.goodbye, code: Close.badVersion, retryAfterMs: 0 });
  expect(e.told).toHaveLength(before);
  expect(e.client.state).toBe(ClientState.connecting);
  await e.welcome();
  expect(e.client.state).toBe(ClientState.ready);
});

test("a goodbye says when to come back", async () => {
  const e = makeEnvironment();
  await e.welcome();
  e.socket.give({ kind: ServerKind.goodbye, code: Close.goingAway, retryAfterMs: 12_345 });
  expect(e.client.state).toBe(ClientState.ready);
  e.socket.end(Close.goingAway);
  expect(e.states.at(-1)).toEqual({
    state: "waiting",
    retryAt: e.clock.now() + 12_345,
    code: Close.goingAway,
  });
  await e.clock.advance(12_345);
  // It holds for one attempt only.
  e.socket.end();
  expect(e.states.at(-1)!.retryAt! - e.clock.now()).toBeLessThan(1_000);
});

test("the time of a goodbye is kept exactly: nothing random is added, and no wake-up makes it shorter", async () => {
  const e = makeEnvironment();
  await e.welcome();
  e.random.value = 0.99;
  e.socket.give({ kind: ServerKind.goodbye, code: Close.tooMuch, retryAfterMs: 20_000 });
  e.socket.end(Close.tooMuch);
  expect(e.states.at(-1)).toEqual({ state: "waiting", retryAt: e.clock.now() + 20_000, code: Close.tooMuch });
  await e.clock.advance(5_000);
  e.client.probe();
  await e.clock.advance(14_999);
  expect(e.sockets).toHaveLength(1);
  await e.clock.advance(1);
  expect(e.sockets).toHaveLength(2);
});

test("a computer that slept over the time of a goodbye comes back at once, and a person's hand always", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const sendAway = () => {
    e.socket.give({ kind: ServerKind.goodbye, code: Close.tooMuch, retryAfterMs: 20_000 });
    e.socket.end(Close.tooMuch);
  };
  sendAway();
  e.clock.sleep(20_000);
  e.client.probe();
  expect(e.sockets).toHaveLength(2);
  await e.welcome();
  sendAway();
  e.client.probe(true);
  expect(e.sockets).toHaveLength(3);
});

test("a goodbye cannot send a client away for days", async () => {
  const e = makeEnvironment();
  await e.welcome();
  e.socket.give({ kind: ServerKind.goodbye, code: Close.goingAway, retryAfterMs: 2 ** 50 });
  e.socket.end(Close.goingAway);
  expect(e.states.at(-1)!.retryAt! - e.clock.now()).toBe(600_000);
});

test.each([
  [1000, "waiting"],
  [1006, "waiting"],
  [1012, "waiting"],
  [4000, "waiting"],
  [4499, "waiting"],
  [4500, "closed"],
  [4502, "closed"],
  [Close.denied, "closed"],
  [4999, "closed"],
])("close code %i leads to %s", async (code, state) => {
  const e = makeEnvironment();
  await e.welcome();
  e.socket.end(code);
  expect(e.states.at(-1)).toMatchObject({ state, code });
  await e.clock.advance(60_000);
  expect(e.sockets.length > 1).toBe(state === "waiting");
});

test("a goodbye for good holds although its close code was lost; start begins again", async () => {
  const e = makeEnvironment();
  e.socket.open();
  e.socket.give({ kind: ServerKind.goodbye, code: Close.badVersion, retryAfterMs: 0 });
  e.socket.end(1006);
  expect(e.states.at(-1)).toEqual({ state: "closed", retryAt: null, code: Close.badVersion });
  e.client.probe();
  expect(e.client.state).toBe(ClientState.closed);
  e.client.start();
  expect(e.client.state).toBe(ClientState.connecting);
});

test("stop ends it from everywhere and leaves no timer that does anything", async () => {
  for (const stage of [0, 1, 2, 3]) {
    const e = makeEnvironment();
    if (stage >= 1) e.socket.open();
    if (stage >= 2) await e.welcome();
    if (stage >= 3) e.socket.end();
    e.client.stop();
    expect(e.client.state).toBe(ClientState.idle);
    await e.clock.advance(120_000);
    expect(e.client.state).toBe(ClientState.idle);
    expect(e.sockets).toHaveLength(1);
    e.client.start();
    expect(e.client.state).toBe(ClientState.connecting);
    expect(e.sockets).toHaveLength(2);
  }
});

test("after 25 s of silence the client asks, and gives up 10 s later", async () => {
  const e = makeEnvironment();
  await e.welcome();
  await e.clock.advance(20_000);
  e.socket.give({ kind: ServerKind.rooms, roomCount: 0, peopleCount: 0, rooms: [] });
  await e.clock.advance(24_999);
  expect(e.socket.of(ClientKind.ping)).toHaveLength(0);
  await e.clock.advance(1);
  expect(e.socket.of(ClientKind.ping)).toHaveLength(1);
  e.socket.give({ kind: ServerKind.pong, token: 0, time: 0 });
  await e.clock.advance(34_999);
  expect(e.client.state).toBe(ClientState.ready);
  expect(e.socket.of(ClientKind.ping)).toHaveLength(2);
  await e.clock.advance(10_001);
  expect(e.client.state).not.toBe(ClientState.ready);
  expect(e.sockets[0]!.closedByClient).toBe(true);
});

test("a server with a short idle time is asked earlier", async () => {
  const e = makeEnvironment();
  await e.welcome(1, { idleTimeoutSeconds: 12 });
  await e.clock.advance(8_000);
  expect(e.socket.of(ClientKind.ping)).toHaveLength(1);
});

test("a probe finds a dead socket in 3 s and connects at once", async () => {
  const e = makeEnvironment();
  await e.welcome();
  e.clock.sleep(3_600_000);
  e.client.probe();
  expect(e.socket.of(ClientKind.ping)).toHaveLength(1);
  await e.clock.advance(3_000);
  expect(e.client.state).toBe(ClientState.connecting);
  expect(e.sockets).toHaveLength(2);
  expect(e.told).not.toContain("waiting");
});

test("a probe that is answered changes nothing", async () => {
  const e = makeEnvironment();
  await e.welcome();
  e.client.probe();
  e.socket.give({ kind: ServerKind.pong, token: 0, time: 0 });
  await e.clock.advance(3_000);
  expect(e.client.state).toBe(ClientState.ready);
  expect(e.sockets).toHaveLength(1);
});

test("a probe ends a wait", async () => {
  const e = makeEnvironment();
  e.socket.end();
  e.client.probe();
  expect(e.client.state).toBe(ClientState.connecting);
  await e.clock.advance(1_000);
  expect(e.sockets).toHaveLength(2);
});
