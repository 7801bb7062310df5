/** What a room that belongs to somebody tells whoever enters, and how that is kept up to date. */
import { describe, expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { kinds, StandingFold } from "../src/client/client.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { BLOCK, decodeBlock } from "../src/wire/block.ts";
import { WireError } from "../src/wire/bytes.ts";
import { decodeServerFrame } from "../src/wire/decode.ts";
import { ClientKind, ServerKind, type StandingFrame } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { OPERATOR, Role } from "../src/wire/records/role.ts";
import { DEFAULT_SETTINGS, Speakers } from "../src/wire/records/settings.ts";
import { decodeStanding, encodeStanding, type RoleHolder, type Standing } from "../src/wire/standing.ts";
import { Dice } from "./dice.ts";
import { makeLive, ROOM } from "./fake-client-environment.ts";
import { ENTER, FakeHouse, type HouseOptions, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { runServer } from "./running-server.ts";
import { HeldLog } from "./session-logs.ts";
import { readVectors } from "./vectors.ts";

const PARTS = readVectors()
  .find(({ name }) => name === "standing")!
  .bytes.subarray(3);
const NOTHING: Standing = {
  unlisted: false,
  hasPassword: false,
  topic: "",
  pinned: [],
  roles: new Map(),
  sanctions: [],
  settings: DEFAULT_SETTINGS,
};

/** A room that Ada made. */
async function owned(options: HouseOptions = {}) {
  const { limits, ...more } = options;
  const house = new FakeHouse({ limits: { messagesPerSecond: 0, framesPerSecond: 0, ...limits }, ...more });
  const ada = house.greet({ name: "Ada" });
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "yard" });
  await house.loop.settle();
  const { room } = await house.enter(ada, "yard");
  let nonce = 1;
  const does = <Body extends object>(kind: RecordKind<Body>, body: Body, socket = ada) => {
    nonce++;
    socket.write({ kind: ClientKind.act, room, nonce, act: kind.kind, body: kind.write(body) });
  };
  const says = (text: string, socket = ada) => send(socket, room, ++nonce, text);
  return { house, ada, room, does, says };
}

/** Folds what comes from now on, as a client does. */
function listen(socket: FakeSocket) {
  const heard = { fold: null as StandingFold | null, kinds: [] as number[] };
  socket.heard = (bytes) => {
    heard.kinds.push(bytes[0]!);
    if (bytes[0] === BLOCK) heard.fold?.take(decodeBlock(bytes).acts);
    if (bytes[0] === ServerKind.standing)
      heard.fold = new StandingFold(decodeServerFrame(bytes) as StandingFrame);
  };
  return heard;
}

/** Without names, which no record of a role brings. */
const plain = ({ roles, ...rest }: Standing) => ({
  ...rest,
  roles: new Map([...roles].map(([author, { role }]) => [author, role])),
});

/** What somebody is told who enters now. */
async function toldBy(house: FakeHouse): Promise<Standing> {
  const socket = house.greet({ name: "Newcomer" });
  await house.enter(socket, "yard", { anyName: true });
  const { parts } = socket.last(ServerKind.standing);
  socket.cut();
  return decodeStanding(parts);
}

describe("the parts", () => {
  test("are read and written as the document says, and an unknown one is passed over", () => {
    const standing = decodeStanding(PARTS);
    expect(standing).toEqual({
      ...NOTHING,
      hasPassword: true,
      topic: "books we read",
      pinned: [7, 200],
      roles: new Map([
        [3, { role: Role.owner, name: "Calm Otter" }],
        [400, { role: Role.moderator, name: "Bo" }],
      ]),
      settings: { ...DEFAULT_SETTINGS, slowSeconds: 30, speakers: Speakers.named },
    });
    expect(encodeStanding(standing)).toEqual(PARTS.slice(0, -3));
    const unlisted = { ...standing, unlisted: true };
    expect(decodeStanding(encodeStanding(unlisted))).toEqual(unlisted);
  });

  test("that are left out say that there is nothing of the kind", () => {
    expect(decodeStanding(new Uint8Array(0))).toEqual(NOTHING);
  });

  test.each([
    [9],
    [9, 2, 0],
    [9, 1, 1],
    [9, 2, 0, 0],
    [8, 1, 2],
    [8, 0],
    [10, 1, 0xff],
    [11, 1, 0x80],
    [150, 1, 2],
  ])("that are cut, or have bytes left over, are refused", (...bad) => {
    expect(() => decodeStanding(Uint8Array.from(bad))).toThrow(WireError);
  });
});

test("whoever enters is told before all else how the room stands, with the names of those who look after it", async () => {
  const { house, ada, does, says } = await owned();
  does(kinds.topic, { text: "books" });
  says("a book");
  await house.loop.settle();
  const bo = await house.seated("yard", "Bo");
  does(kinds.role, { who: bo.author, role: Role.moderator });
  does(kinds.role, { who: 77, role: Role.speaker });
  does(kinds.pin, { to: 3, on: true });
  await house.loop.settle();
  const cy = house.greet({ name: "Cy" });
  const heard = listen(cy);
  await house.enter(cy, "yard");
  expect(heard.kinds.slice(0, 3)).toEqual([ServerKind.entered, ServerKind.standing, BLOCK]);
  expect(cy.last(ServerKind.standing).asOf).toBe(cy.last(ServerKind.entered).head);
  expect(heard.fold!.now).toEqual({
    ...NOTHING,
    topic: "books",
    pinned: [3],
    roles: new Map([
      [1, { role: Role.owner, name: "Ada" }],
      [bo.author, { role: Role.moderator, name: "Bo" }],
      [77, { role: Role.speaker, name: "" }],
    ]),
  });
  // Of those who are gone it is the name they wrote under last, which stays after a restart.
  ada.write({ kind: ClientKind.rename, request: 9, name: "Ada L" });
  await house.loop.settle();
  says("bye");
  await house.loop.settle();
  const next = await house.restart();
  expect((await toldBy(next)).roles.get(1)).toEqual({ role: Role.owner, name: "Ada L" });
  expect((await toldBy(next)).roles.get(bo.author)).toEqual({ role: Role.moderator, name: "" });
});

test("an unlisted room says that it is", async () => {
  const house = new FakeHouse();
  const ada = house.greet();
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: true, room: "club" });
  await house.loop.settle();
  await house.enter(ada, ada.last(ServerKind.made).room);
  expect(decodeStanding(ada.last(ServerKind.standing).parts).unlisted).toBe(true);
});

test("an open room tells nothing", async () => {
  const house = new FakeHouse();
  const { socket } = await house.seated("open");
  expect(socket.all(ServerKind.live)).toHaveLength(1);
  expect(socket.all(ServerKind.standing)).toEqual([]);
});

test("a reader of whom retention took numbers is told again", async () => {
  const log = new HeldLog();
  const { house, does, says } = await owned({ log, limits: { tailBytes: 1 } });
  for (let n = 0; n < 5; n++) {
    says(`message ${n}`);
    await house.loop.settle();
  }
  log.readsHeld = true;
  const socket = house.greet();
  const heard = listen(socket);
  await house.enter(socket, "yard", { position: { epoch: log.epoch, seq: 1 } });
  expect(heard.fold!.now.topic).toBe("");
  // What is read from here on is not held: retention waits for what is noted of the room.
  log.readsHeld = false;
  does(kinds.topic, { text: "books" });
  for (let n = 0; n < 5; n++) {
    says(`message ${n}`);
    await house.loop.settle();
  }
  const trimmed = house.rooms.applyRetention(0, 2, () => false);
  await house.loop.advance(100);
  await trimmed;
  log.release();
  await house.loop.settle();
  expect(socket.all(ServerKind.live)).toHaveLength(1);
  expect(socket.all(ServerKind.standing)).toHaveLength(2);
  expect(heard.fold!.now.topic).toBe("books");
});

test.each([1, 2, 3])(
  "what is folded is what a newcomer is told, whenever one came (seed %i)",
  async (seed) => {
    const dice = new Dice(seed);
    const { house, ada, does, says } = await owned();
    const bo = await house.seated("yard", "Bo");
    const readers: { socket: FakeSocket; heard: ReturnType<typeof listen> }[] = [];
    const messages: number[] = [];
    const room = (await house.rooms.open("yard"))!;
    for (let step = 0; step < 150; step++) {
      const by = dice.pick([ada, ada, bo.socket]);
      const to = dice.pick([...messages, 1]);
      const what = dice.int(0, 7);
      if (what === 0) {
        messages.push(room.lastGiven + 1);
        says("hi", by);
      } else if (what === 1) does(kinds.topic, { text: `topic ${step}` }, by);
      else if (what === 2) does(kinds.role, { who: dice.int(1, 6), role: dice.int(0, 3) as Role }, by);
      else if (what === 3) does(kinds.pin, { to, on: dice.int(0, 2) > 0 }, by);
      else if (what === 4)
        does(dice.pick([kinds.removal, kinds.takedown]) as RecordKind, { to, text: "" }, by);
      else if (what === 5) {
        const socket = house.greet({ name: `Guest ${step}` });
        readers.push({ socket, heard: listen(socket) });
        const seq = dice.int(0, room.head);
        socket.write({ ...ENTER, position: dice.pick([null, { epoch: room.epoch, seq }]) });
      } else if (what === 6)
        does(
          kinds.settings,
          dice.pick([{ title: `t${step}` }, { locked: false }, { slowSeconds: step }]),
          by,
        );
      else await house.loop.settle();
    }
    await house.loop.settle();
    const told = plain(await toldBy(house));
    expect(readers.length).toBeGreaterThan(10);
    for (const { heard } of readers) expect(plain(heard.fold!.now)).toEqual(told);
  },
);

describe("a fold", () => {
  const act = (seq: number, kind: RecordKind, more: Partial<ActRecord>): ActRecord => ({
    ...{ seq, author: 3, nonce: seq, time: 0, name: "Ada", kind: kind.kind },
    ...more,
  });

  test("takes what is above its number once, read or not, and is another object only when something changed", () => {
    const fold = new StandingFold({ asOf: 10, parts: PARTS }, (author) => `n${author}`);
    const before = fold.now;
    const old = act(10, kinds.topic, { text: "old" });
    expect(fold.take([old, act(11, kinds.removal, { to: 9 })])).toBe(false);
    expect(fold.now).toBe(before);
    const raw = { ...act(12, kinds.topic, {}), body: kinds.topic.write({ text: "raw" }) };
    expect(fold.take([raw, act(13, kinds.role, { who: 5, role: Role.speaker })])).toBe(true);
    expect(fold.now).toMatchObject({ topic: "raw", pinned: [7, 200] });
    expect(fold.now.roles.get(5)).toEqual({ role: Role.speaker, name: "n5" });
    expect(fold.take([raw])).toBe(false);
    expect(fold.take([act(14, kinds.role, { who: 400, role: Role.none })])).toBe(true);
    expect(fold.take([act(15, kinds.takedown, { to: 7 })])).toBe(true);
    expect([[...fold.now.roles.keys()], fold.now.pinned]).toEqual([[3, 5], [200]]);
  });

  test("leaves whoever operates the server what they are, whatever role they are given", () => {
    const roles = new Map([[7, { role: OPERATOR, name: "Op" }]]);
    const parts = encodeStanding({ ...decodeStanding(PARTS), roles });
    const fold = new StandingFold({ asOf: 10, parts });
    expect(fold.take([act(11, kinds.role, { who: 7, role: Role.none })])).toBe(false);
    expect(fold.now.roles.get(7)?.role).toBe(OPERATOR);
  });
});

test("the client hands it on as it came", async () => {
  const e = await makeLive(3);
  const told: StandingFrame[] = [];
  e.client.enter("owned", { listener: { standing: (frame) => told.push(frame) } });
  await e.entered();
  e.socket.give({ kind: ServerKind.standing, room: ROOM, asOf: 3, parts: PARTS });
  expect(told).toMatchObject([{ asOf: 3, parts: PARTS }]);
});

test("a bot knows who looks after a room, and what that changes to", async () => {
  await using server = await runServer({});
  const port = Number(new URL(server.socketUrl).port);
  const [ada, bo] = [visitor(port, "127.0.0.1", {}), visitor(port, "127.0.0.1", {})];
  for (const client of [ada, bo]) client.start();
  const name = await ada.makeRoom("club", false);
  let fold: StandingFold | null = null;
  const roles = () => [...(fold?.now.roles ?? [])].map(([author, { role }]) => [author, role]);
  bo.enter(name, {
    listener: {
      standing: (frame) => {
        fold = new StandingFold(frame);
      },
      acted: (acts) => fold?.take(acts),
    },
  });
  const owner = [ada.me!.author, Role.owner];
  await expect.poll(roles).toEqual([owner]);
  ada.enter(name, { listener: {} }).act(kinds.role, { who: 77, role: Role.moderator });
  await expect.poll(roles).toEqual([owner, [77, Role.moderator]]);
  for (const client of [ada, bo]) client.stop();
});

test("whoever takes in little at a time comes into many rooms all the same", async () => {
  const house = new FakeHouse({ limits: { framesPerSecond: 0, maxBackpressureBytes: 65_536 } });
  const ada = house.greet({ name: "Ada" });
  const names = ["one", "two", "three"];
  for (const room of names) {
    ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room });
    await house.loop.settle();
    const held = (await house.rooms.open(room))!.projections.roles!.holders as Map<number, RoleHolder>;
    for (let who = 100; who < 1_099; who++) held.set(who, { role: Role.speaker, name: "n".repeat(96) });
  }
  const socket = house.greet();
  socket.stalled = true;
  for (const room of names) socket.write({ ...ENTER, room });
  for (let turn = 0; turn < 10; turn++) {
    await house.loop.settle();
    socket.read();
  }
  await house.loop.settle();
  expect(socket.closedWith).toBeNull();
  expect(socket.all(ServerKind.standing)).toHaveLength(3);
  expect(socket.all(ServerKind.live)).toHaveLength(3);
});
