/** The headless client: who it is, what it tells of, and what it asks for again. */
import { expect, test } from "vitest";
import { ClientState } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Presence, Refusal } from "../src/wire/codes.ts";
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
