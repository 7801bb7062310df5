import { expect, test } from "vitest";
import { ClientState, type Identity } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import { Close, Presence, Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { FakeClock, makeEnvironment, makeLive, numbers, ROOM, settle } from "./fake-client-environment.ts";

test("start opens, greets and becomes ready", async () => {
  const e = makeEnvironment();
  expect(e.client.state).toBe(ClientState.connecting);
  expect(e.socket.binaryType).toBe("arraybuffer");
  e.socket.open();
  expect(e.client.state).toBe(ClientState.greeting);
  await settle();
  const hello = e.socket.last(ClientKind.hello);
  expect(hello).toMatchObject({ version: 1, name: "" });
  expect(hello.token).toHaveLength(0);
  await e.welcome();
  expect(e.told).toEqual(["connecting", "greeting", "me 1 Otter", "ready"]);
  expect(e.client.me).toEqual({ author: 1, name: "Otter" });
  expect(await e.storage.identity()).toMatchObject({ author: 1, name: "Otter" });
  expect(e.client.limits.maxTextBytes).toBe(4096);
});

test("an identity is shown again", async () => {
  const first = makeEnvironment();
  await first.welcome(5);
  const e = makeEnvironment(first.storage);
  await settle();
  expect(e.client.me?.author).toBe(5);
  e.socket.open();
  await settle();
  expect([...e.socket.last(ClientKind.hello).token]).toEqual([5, 1, 2]);
});

test("of two newcomers on one storage the second takes the identity of the first", async () => {
  const clock = new FakeClock();
  const storage = new MemoryStorage();
  const a = makeEnvironment(storage, clock);
  const b = makeEnvironment(new MemoryStorage(storage), clock);
  await a.welcome(10);
  await b.welcome(11);
  expect(a.client.state).toBe(ClientState.ready);
  expect(b.sockets).toHaveLength(2);
  expect(b.sockets[0]!.closedByClient).toBe(true);
  b.socket.open();
  await settle();
  expect([...b.socket.last(ClientKind.hello).token]).toEqual([10, 1, 2]);
  await b.welcome(10);
  expect(b.client.me?.author).toBe(10);
  expect(b.client.state).toBe(ClientState.ready);
});

test("an identity found after the server was greeted without one is not given up for the server's", async () => {
  const clock = new FakeClock();
  const storage = new MemoryStorage();
  const a = makeEnvironment(storage, clock);
  const b = makeEnvironment(new MemoryStorage(storage), clock);
  const exclusive = b.storage.exclusive.bind(b.storage);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  b.storage.exclusive = (name, signal, task) => held.then(() => exclusive(name, signal, task));
  await b.welcome(11);
  b.socket.end();
  await clock.advance(250);
  b.socket.open();
  await settle();
  expect(b.socket.last(ClientKind.hello).token).toHaveLength(0);
  await a.welcome(10);
  release();
  await settle();
  expect(b.client.me?.author).toBe(10);
  await b.welcome(12);
  expect(b.client.me?.author).toBe(10);
  expect((await storage.identity())?.author).toBe(10);
  expect(b.client.state).toBe(ClientState.connecting);
});

test.each([
  ["before it opened", 0],
  ["while greeting", 1],
  ["when ready", 2],
])("a socket that ends %s is waited for and replaced", async (_, stage) => {
  const e = makeEnvironment();
  if (stage >= 1) e.socket.open();
  if (stage >= 2) await e.welcome();
  e.socket.end(1006);
  expect(e.states.at(-1)).toEqual({ state: "waiting", retryAt: e.clock.now() + 250, code: 1006 });
  await e.clock.advance(249);
  expect(e.sockets).toHaveLength(1);
  await e.clock.advance(1);
  expect(e.sockets).toHaveLength(2);
  expect(e.client.state).toBe(ClientState.connecting);
});

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

test.each([
  ["text", null],
  ["an empty message", new Uint8Array(0)],
  ["a frame cut short", new Uint8Array([ServerKind.live])],
  ["a frame with bytes left over", new Uint8Array([ServerKind.live, 1, 1, 1])],
  ["a block that is none", new Uint8Array([0x42, 1, 2])],
])("bytes that are no protocol (%s) end the socket and count as a failure", async (_, bytes) => {
  const e = makeEnvironment();
  await e.welcome();
  if (bytes) e.socket.giveBytes(bytes);
  else e.socket.giveText("hi");
  expect(e.client.state).toBe(ClientState.waiting);
  expect(e.socket.closedByClient).toBe(true);
  expect(e.errors).toHaveLength(1);
  await e.clock.advance(250);
  expect(e.sockets).toHaveLength(2);
});

test("frames of kinds not known are passed over", async () => {
  const e = await makeLive();
  e.socket.giveBytes(new Uint8Array([0xf0, 1, 2, 3]));
  e.socket.giveBytes(new Uint8Array([0x05]));
  expect(e.client.state).toBe(ClientState.ready);
  e.socket.giveBytes(numbers(1));
  expect(e.view.texts).toBe("1");
});

test("a listener that throws is reported and the room resumes from its position", async () => {
  const e = makeEnvironment();
  let calls = 0;
  const room = e.client.enter("lobby", {
    listener: {
      appended: () => {
        if (calls++ === 0) throw new Error("a bug above");
      },
    },
  });
  await e.welcome();
  await e.entered();
  e.socket.giveBytes(numbers(1));
  expect(e.errors[0]?.message).toBe("a bug above");
  await e.clock.advance(250);
  await e.welcome();
  await settle();
  expect(e.socket.last(ClientKind.enter).position).toEqual(room.position);
  expect(room.position?.seq).toBe(1);
});

test("a rename is answered with the name or a refusal", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const good = e.client.rename("Heron");
  const bad = e.client.rename("Admin");
  const [first, second] = e.socket.of(ClientKind.rename);
  e.socket.give({
    kind: ServerKind.refused,
    refused: ClientKind.rename,
    request: second!.request,
    room: 0,
    code: Refusal.nameTaken,
    retryAfterMs: 0,
    suggestion: "Admin 2",
  });
  e.socket.give({ kind: ServerKind.renamed, request: first!.request, name: "Heron" });
  expect(await good).toBe("Heron");
  const error = await bad.catch((reason) => reason);
  expect(error).toBeInstanceOf(RefusedError);
  expect(error).toMatchObject({ code: Refusal.nameTaken, suggestion: "Admin 2", retryAfterMs: 0 });
  expect(e.client.me?.name).toBe("Heron");
  expect((await e.storage.identity())?.name).toBe("Heron");
  expect(e.told.at(-1)).toBe("me 1 Heron");
});

test("a rename that came too fast is told with its time", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const renamed = e.client.rename("Heron").catch((error) => error);
  const { request } = e.socket.last(ClientKind.rename);
  const frame = { refused: ClientKind.rename, request, room: 0, suggestion: "" };
  e.socket.give({ kind: ServerKind.refused, ...frame, code: Refusal.tooFast, retryAfterMs: 4_000 });
  expect(await renamed).toMatchObject({ code: Refusal.tooFast, retryAfterMs: 4_000 });
  await e.clock.advance(5_000);
  expect(e.socket.of(ClientKind.rename)).toHaveLength(1);
});

/** One of 270 bytes made the client throw at every connection, for ever. */
test("a name too long for the wire is refused before it is sent, also without a connection", async () => {
  const e = makeEnvironment();
  const early = e.client.rename("가".repeat(90)).catch((error) => error);
  expect(await early).toBeInstanceOf(RefusedError);
  await e.welcome();
  expect(await e.client.rename("가".repeat(33)).catch((error) => error.code)).toBe(Refusal.badName);
  expect(e.socket.of(ClientKind.rename)).toEqual([]);
  // Longer than a frame allows as it was typed, but not as it is meant.
  void e.client.rename("   각".normalize("NFD").repeat(23)).catch(() => undefined);
  expect(e.socket.last(ClientKind.rename).name).toBe(Array(23).fill("각").join(" "));
  expect([e.client.state, e.errors]).toEqual([ClientState.ready, []]);
});

test("a room name too long for the wire is refused here; the others are entered", async () => {
  const e = makeEnvironment();
  const long = e.enter("가".repeat(90));
  const fine = e.enter("yard");
  expect(long.told).toEqual(["refused"]);
  for (let n = 0; n < 2; n++) {
    await e.welcome();
    await e.entered();
    expect(long.room.state).toBe("refused");
    expect(long.room.refusal).toMatchObject({ code: Refusal.badRoomName, retryAfterMs: 0 });
    expect(fine.room.state).toBe("catchingUp");
    expect(e.socket.of(ClientKind.enter).map(({ room }) => room)).toEqual(["yard"]);
    e.socket.end();
    await e.clock.advance(1_000);
  }
  long.room.send("x");
  await settle();
  expect(e.errors).toEqual([]);
});

test.each<[string, unknown, string]>([
  ["a name of 10 kB", { token: new Uint8Array([5]), author: 5, name: "x".repeat(10_000) }, "5"],
  ["a name of another type", { token: new Uint8Array([5]), author: 5, name: { evil: 1 } }, "5"],
  ["no name", { token: new Uint8Array([5]), author: 5 }, "5"],
  ["a token of another type", { token: "secret", author: 5, name: "Otter" }, ""],
  ["a token too long", { token: new Uint8Array(300), author: 5, name: "Otter" }, ""],
  ["an author that is no number", { token: new Uint8Array([5]), author: "5", name: "Otter" }, ""],
  ["a text", "garbage", ""],
])("a stored identity with %s is survived and made good", async (_, stored, token) => {
  const storage = new MemoryStorage();
  await storage.saveIdentity(stored as Identity);
  const e = makeEnvironment(storage);
  e.socket.open();
  await settle();
  const hello = e.socket.last(ClientKind.hello);
  expect([[...hello.token].join(), hello.name]).toEqual([token, ""]);
  await e.welcome(5, {}, "Heron");
  expect(e.client.me).toEqual({ author: 5, name: "Heron" });
  expect(await storage.identity()).toEqual({ token: new Uint8Array([5, 1, 2]), author: 5, name: "Heron" });
  expect([e.sockets.length, e.errors]).toEqual([1, []]);
});

test("a rename survives a lost connection and ends with stop", async () => {
  const e = makeEnvironment();
  const early = e.client.rename("Heron");
  await e.welcome();
  e.socket.end();
  await e.clock.advance(250);
  await e.welcome();
  const { request } = e.socket.last(ClientKind.rename);
  e.socket.give({ kind: ServerKind.renamed, request, name: "Heron" });
  expect(await early).toBe("Heron");
  const late = e.client.rename("Crane").catch((error) => error.message);
  e.client.stop();
  expect(await late).toBe("stopped");
});

test("watching rooms is asked for again on every connection", async () => {
  const e = makeEnvironment();
  e.client.watchRooms(true);
  await e.welcome();
  expect(e.socket.of(ClientKind.watchRooms)).toMatchObject([{ on: true }]);
  e.socket.give({
    kind: ServerKind.rooms,
    roomCount: 1,
    peopleCount: 3,
    rooms: [{ name: "lobby", people: 3 }],
  });
  expect(e.told.at(-1)).toBe("rooms lobby 3");
  e.socket.end();
  await e.clock.advance(250);
  await e.welcome();
  expect(e.socket.of(ClientKind.watchRooms)).toMatchObject([{ on: true }]);
  e.client.watchRooms(false);
  expect(e.socket.last(ClientKind.watchRooms).on).toBe(false);
});

test("a refused list of rooms is asked for after its time; a refused word of typing asks for nothing", async () => {
  const e = await makeLive(0);
  e.client.watchRooms(true);
  const refuse = (refused: ClientKind, room: number) =>
    e.socket.give({
      kind: ServerKind.refused,
      refused,
      request: 0,
      room,
      code: Refusal.tooFast,
      retryAfterMs: 1_000,
      suggestion: "",
    });
  refuse(ClientKind.watchRooms, 0);
  refuse(ClientKind.typing, ROOM);
  refuse(ClientKind.ping, 0);
  await e.clock.advance(999);
  expect(e.socket.of(ClientKind.watchRooms)).toHaveLength(1);
  await e.clock.advance(1);
  expect(e.socket.of(ClientKind.watchRooms)).toHaveLength(2);
  expect(e.socket.of(ClientKind.enter)).toHaveLength(1);
  expect(e.view.room.state).toBe("live");
});

test("a storage that fails is told and everything goes on from memory", async () => {
  const broken = () => Promise.reject(new Error("disk"));
  const storage = new MemoryStorage();
  Object.assign(storage, {
    identity: broken,
    saveIdentity: broken,
    outbox: broken,
    outboxRooms: broken,
    putEntry: broken,
    removeEntry: broken,
    moveEntries: broken,
    exclusive: broken,
  });
  const e = makeEnvironment(storage);
  const view = e.enter();
  await e.welcome();
  await e.entered();
  view.room.send("still here");
  await settle();
  expect(e.socket.sends).toEqual([[1, "still here"]]);
  expect(e.errors.length).toBeGreaterThan(3);
  expect(e.client.state).toBe(ClientState.ready);
});

test("rooms are entered with the newest name, known by the canonical one, and left", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const view = e.enter(" Cafe\u0301 ");
  expect(e.enter("Caf\u00e9").room).toBe(view.room);
  await e.entered({ name: "café" });
  expect(view.room.name).toBe("café");
  expect([...e.client.rooms.keys()]).toEqual(["café"]);
  view.room.leave();
  expect(view.room.state).toBe("left");
  expect(e.socket.of(ClientKind.leave)).toMatchObject([{ room: ROOM }]);
  expect(e.client.rooms.size).toBe(0);
  e.socket.giveBytes(numbers(1));
  expect(view.records).toHaveLength(0);
});

test("a room left before the answer came is left on the server too", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const view = e.enter();
  await settle();
  view.room.leave();
  expect(e.socket.of(ClientKind.leave)).toHaveLength(0);
  await e.entered();
  expect(e.socket.of(ClientKind.leave)).toMatchObject([{ room: ROOM }]);
  expect(view.room.state).toBe("left");
});

test("a room left and entered again before the first answer stays", async () => {
  const e = makeEnvironment();
  await e.welcome();
  const first = e.enter();
  await settle();
  const { request } = e.socket.last(ClientKind.enter);
  first.room.leave();
  const second = e.enter();
  await settle();
  await e.entered({ request });
  await e.entered();
  expect(e.socket.of(ClientKind.leave)).toHaveLength(0);
  e.live(0);
  expect(second.room.state).toBe("live");
});

test("presence, people and typing are told and never move the position", async () => {
  const e = await makeLive(3);
  const { position } = e.view.room;
  e.socket.give({
    kind: ServerKind.people,
    room: ROOM,
    count: 1,
    listed: true,
    people: [{ author: 1, name: "Otter" }],
  });
  e.socket.give({
    kind: ServerKind.presence,
    room: ROOM,
    count: 2,
    events: [{ change: Presence.enter, author: 2, name: "Fox" }],
  });
  e.socket.give({
    kind: ServerKind.presence,
    room: ROOM,
    count: 2,
    events: [{ change: Presence.rename, author: 1, name: "Heron" }],
  });
  e.socket.give({ kind: ServerKind.typing, room: ROOM, authors: [2, 3] });
  e.view.room.typing(true);
  expect(e.view.told.slice(-5)).toEqual([
    "people Otter 1 true",
    "presence Fox 2",
    "own Heron",
    "presence Heron 2",
    "typing 2,3",
  ]);
  expect(e.socket.last(ClientKind.typing)).toMatchObject({ room: ROOM, on: true });
  expect(e.view.room.position).toEqual(position);
});
