/**
 * Whoever operates the server: how the key is shown, what it opens in rooms, and for how long; and that nobody else
 * can.
 */
import { expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerCapability, ServerKind } from "../src/wire/frames.ts";
import { Order, type OrderBody, Sort } from "../src/wire/orders.ts";
import { operated } from "../src/wire/records/operated.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { OPERATOR, Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { decodeStanding } from "../src/wire/standing.ts";
import { type FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { answerTo, enters, KEY, operatedYard as yard } from "./operated-yard.ts";

const { topic, sanction, takedown, settings, sweep, pin } = kinds;

const standingOf = (socket: FakeSocket) => decodeStanding(socket.last(ServerKind.standing).parts);
const recordsOf = async ({ log }: FakeHouse, room: number) =>
  (await log.readForward(room, 1, EVERYTHING)).flatMap(({ bytes }) => {
    const { records, acts } = decodeBlock(bytes);
    return [...records.map((one) => ({ ...one, kind: 1 })), ...acts].sort((a, b) => a.seq - b.seq);
  });

test("without a key nothing of it is there", async () => {
  const { op, shows } = await yard({ operatorKey: "" });
  expect(op.socket.last(ServerKind.welcome).capabilities & ServerCapability.isOperated).toBe(0);
  await shows();
  expect(op.socket.closedWith).toBe(Close.unexpectedFrame);
});

test("the right key is answered, said to the operator's log without the key, and told in the rooms one is in", async () => {
  const { house, op, bo, shows } = await yard();
  expect(op.socket.last(ServerKind.welcome).capabilities & ServerCapability.isOperated).not.toBe(0);
  expect(op.socket.all(ServerKind.standing)).toEqual([]);
  expect(await shows()).toBeNull();
  expect(op.socket.last(ServerKind.operating)).toEqual({
    ...{ kind: ServerKind.operating, request: 101, told: new Uint8Array(0) },
  });
  expect([...standingOf(op.socket).roles]).toEqual([[op.author, { role: OPERATOR, name: "Op" }]]);
  expect(bo.socket.all(ServerKind.standing)).toEqual([]);
  expect(house.reports).toEqual([`Identity ${op.author} operates the server.`]);
  expect(await shows()).toBeNull();
  expect(house.reports).toHaveLength(1);
});

test("guesses are slowed by address, the right key too, with a time that is true", async () => {
  const guesses = { perSecond: 1 / 60, burst: 10 };
  const { house, op, shows } = await yard({
    allowances: { identity: {}, server: {}, visitor: { guesses } },
  });
  for (let i = 0; i < 10; i++) expect(await shows(`wrong-${i}`)).toBe(Refusal.wrongKey);
  expect(await shows("wrong again")).toBe(Refusal.tooFast);
  expect(await shows(KEY)).toBe(Refusal.tooFast);
  const { retryAfterMs } = op.socket.last(ServerKind.refused);
  await house.loop.advance(retryAfterMs - 1);
  expect(await shows(KEY)).toBe(Refusal.tooFast);
  await house.loop.advance(1);
  expect(await shows(KEY)).toBeNull();
  // What is right costs nothing, however often it is shown.
  for (let i = 0; i < 20; i++) expect(await shows(KEY)).toBeNull();
  expect(house.reports.join()).not.toContain(KEY);
});

test("it ends with the connection on which it was shown, also for other connections of the same person", async () => {
  const { house, op, shows, does } = await yard();
  const tab = house.greet({ token: Uint8Array.of(op.author) });
  await house.enter(tab, "yard");
  expect(await does(topic, { text: "no" }, tab)).toBe(Refusal.openRoom);
  await shows();
  expect(standingOf(tab).roles.get(op.author)?.role).toBe(OPERATOR);
  expect(await does(topic, { text: "tea" }, tab)).toBeNull();
  op.socket.session!.closed();
  await house.loop.settle();
  expect(await does(topic, { text: "no" }, tab)).toBe(Refusal.notAllowed);
  expect([...standingOf(tab).roles]).toEqual([]);
});

test("an ordinary person can do none of it, whatever role they have in a room", async () => {
  const { house, bo, shows, wants } = await yard();
  await shows();
  bo.socket.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "mine" });
  await house.loop.settle();
  await house.enter(bo.socket, "mine");
  const orders: OrderBody[] = [
    { what: Order.close, reserve: true, room: "mine", reason: "" },
    { what: Order.reserve, sort: Sort.room, name: "lobby" },
    { what: Order.free, sort: Sort.room, name: "lobby" },
    { what: Order.announce, until: 0, text: "hear me" },
    { what: Order.list },
  ];
  for (const order of orders)
    expect([order.what, await wants(order, bo.socket)]).toEqual([order.what, Refusal.notAllowed]);
  expect(await shows("another-key-of-a-test", bo.socket)).toBe(Refusal.wrongKey);
  expect(await wants({ what: Order.list }, bo.socket)).toBe(Refusal.notAllowed);
  expect(house.rooms.has("mine")).toBe(true);
  expect(house.rooms.operation.reserved.size).toBe(0);
  expect(bo.socket.all(ServerKind.announced)).toEqual([]);
});

test("an open room is taken over by the first ruling, which stands in it with a mark, and all in it are told", async () => {
  const { house, op, bo, room, shows, does } = await yard();
  send(bo.socket, room, 1, "hello");
  await house.loop.settle();
  await shows();
  const held = (await house.rooms.open("yard"))!;
  expect(held.projections.roles).toBeNull();
  expect(
    await does(sanction, { who: bo.author, what: Sanction.mute, until: 0, text: "too loud" }),
  ).toBeNull();
  const records = await recordsOf(house, room);
  expect(records.map(({ kind, author, name }) => [kind, author, name])).toEqual([
    [1, bo.author, "Bo"],
    [18, 0, "Op"],
    [sanction.kind, op.author, "Op"],
  ]);
  expect(standingOf(bo.socket)).toMatchObject({ topic: "", sanctions: [], unlisted: false });
  expect(standingOf(bo.socket).roles.size).toBe(0);
  send(bo.socket, room, 2, "still");
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.muted });
  // To others it stays what it was: everybody may enter, and nobody looks after it.
  const dee = await house.seated("yard", "Dee");
  expect(await does(topic, { text: "mine" }, dee.socket)).toBe(Refusal.notAllowed);
  dee.socket.write({ kind: ClientKind.makeRoom, request: 9, unlisted: false, room: "yard" });
  await house.loop.settle();
  expect(answerTo(dee.socket, 9)).toBe(Refusal.roomExists);
});

test("takedown, sweep, kick, ban, settings, topic and pins work in a room that was open", async () => {
  const { house, op, bo, cy, room, shows, does } = await yard();
  send(bo.socket, room, 1, "one");
  send(bo.socket, room, 2, "two");
  send(cy.socket, room, 1, "three");
  await house.loop.settle();
  await shows();
  expect(await does(takedown, { to: 1, text: "rude" })).toBeNull();
  expect(await does(pin, { to: 3, on: true })).toBeNull();
  expect(await does(topic, { text: "tea" })).toBeNull();
  expect(await does(settings, { slowSeconds: 30, locked: true })).toBeNull();
  expect(await does(sweep, { who: bo.author, since: house.loop.now() - 1_000, text: "" })).toBeNull();
  await house.rooms.blanking.drained();
  await house.loop.settle();
  expect((await recordsOf(house, room)).filter(({ kind }) => kind === 1).map(({ text }) => text)).toEqual([
    "",
    "",
    "three",
  ]);
  expect(await does(sanction, { who: bo.author, what: Sanction.ban, until: 0, text: "spam" })).toBeNull();
  expect(bo.socket.last(ServerKind.putOut)).toMatchObject({ by: "Op", reason: "spam" });
  expect(await enters(house, bo.socket)).toBe(Refusal.banned);
  expect(await enters(house, house.greet({ name: "New" }))).toBe(Refusal.locked);
  send(op.socket, room, 5_000, "I may");
  send(op.socket, room, 5_001, "as often as I like");
  await house.loop.settle();
  expect(op.socket.texts(room).slice(-2)).toEqual(["I may", "as often as I like"]);
  const { notices } = (await house.rooms.open("yard"))!.projections;
  expect([notices!.topic, [...notices!.pinned]]).toEqual(["tea", [3]]);
});

test("what is wrong in an open room is refused, and takes nothing over", async () => {
  const { house, room, shows, does } = await yard();
  await shows();
  expect(await does(takedown, { to: 5, text: "" })).toBe(Refusal.noSuchMessage);
  expect(await does(topic, { text: "x".repeat(600) })).toBe(Refusal.textTooLong);
  const held = (await house.rooms.open("yard"))!;
  expect([held.projections.roles, held.flags, held.number]).toEqual([null, 0, room]);
  expect(await house.log.states("operated/", "", 9)).toEqual([]);
});

test("the operator comes into locked rooms and out of bans, puts owners out, and takes their roles", async () => {
  const { house, bo, op, shows, does } = await yard();
  bo.socket.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "club" });
  await house.loop.settle();
  const { room } = await house.enter(bo.socket, "club");
  expect(
    await does(sanction, { who: op.author, what: Sanction.ban, until: 0, text: "" }, bo.socket, room),
  ).toBeNull();
  expect(await does(settings, { locked: true }, bo.socket, room)).toBeNull();
  expect(await enters(house, op.socket, "club")).toBe(Refusal.banned);
  await shows();
  expect(await enters(house, op.socket, "club")).toBeNull();
  expect(standingOf(op.socket).roles.get(op.author)).toEqual({ role: OPERATOR, name: "Op" });
  expect(
    await does(sanction, { who: op.author, what: Sanction.kick, until: 0, text: "" }, bo.socket, room),
  ).toBe(Refusal.notAllowed);
  expect(await does(kinds.role, { who: bo.author, role: Role.none }, op.socket, room)).toBeNull();
  expect(
    await does(sanction, { who: bo.author, what: Sanction.ban, until: 0, text: "enough" }, op.socket, room),
  ).toBeNull();
  expect(await enters(house, bo.socket, "club")).toBe(Refusal.banned);
  const all = await recordsOf(house, room);
  expect(all.filter(({ kind }) => kind === 18)).toHaveLength(2);
});

test("nobody says the operator's mark", async () => {
  const { does, shows } = await yard();
  expect(await does(operated, {})).toBe(Refusal.unknownKind);
  await shows();
  expect(await does(operated, {})).toBe(Refusal.unknownKind);
});

test("two operators who rule at once take a room over once", async () => {
  const { house, op, bo, cy, room, shows } = await yard();
  send(cy.socket, room, 1, "hello");
  await house.loop.settle();
  await shows();
  await shows(KEY, cy.socket);
  const act = (socket: FakeSocket, nonce: number, text: string) =>
    socket.write({ kind: ClientKind.act, room, nonce, act: topic.kind, body: topic.write({ text }) });
  act(op.socket, 1, "tea");
  send(bo.socket, room, 1, "between");
  send(op.socket, room, 2, "behind it");
  act(cy.socket, 2, "books");
  await house.loop.settle();
  const all = await recordsOf(house, room);
  expect(all.map(({ kind }) => kind)).toEqual([1, 1, 18, 10, 1, 18, 10]);
  expect(await house.log.states("operated/", "", 9)).toMatchObject([
    { name: `operated/${room}`, bytes: Uint8Array.of(1) },
  ]);
});

test("an empty room that was taken over for nothing is nobody's to found", async () => {
  const { house, op, bo, room, shows, does } = await yard();
  await shows();
  const late = { who: bo.author, what: Sanction.ban, until: 1, text: "" };
  expect(await does(sanction, late)).toBe(Refusal.badTime);
  bo.socket.write({ kind: ClientKind.makeRoom, request: 9, unlisted: false, room: "yard" });
  await house.loop.settle();
  expect(answerTo(bo.socket, 9)).toBe(Refusal.roomExists);
  expect(await does(topic, { text: "tea" })).toBeNull();
  expect((await recordsOf(house, room)).map(({ kind, author }) => [kind, author])).toEqual([
    [18, 0],
    [topic.kind, op.author],
  ]);
});

test("a room that was taken over is so after a restart, with nothing of before read again", async () => {
  const { house, op, bo, cy, room, shows, does } = await yard();
  for (let nonce = 1; nonce <= 20; nonce++) {
    send(bo.socket, room, nonce, `text ${nonce}`);
    await house.loop.settle();
  }
  await shows();
  expect(await does(sanction, { who: cy.author, what: Sanction.ban, until: 0, text: "" })).toBeNull();
  const next = await house.restart({ operatorKey: KEY });
  const again = next.greet({ token: Uint8Array.of(cy.author), name: "Cy" });
  expect(await enters(next, again)).toBe(Refusal.banned);
  const held = (await next.rooms.open("yard"))!;
  expect([held.number, held.flags]).toEqual([room, 17]);
  // Nobody operates the new process: it takes the key again.
  const back = next.greet({ token: Uint8Array.of(op.author), name: "Op" });
  await next.enter(back, "yard");
  expect(decodeStanding(back.last(ServerKind.standing).parts).roles.size).toBe(0);
});

test("a room that was taken over before its first message says so in the table of rooms", async () => {
  const { house, room, shows, does } = await yard();
  await shows();
  expect(await does(topic, { text: "tea" })).toBeNull();
  expect((await house.log.rooms())[0]).toMatchObject({ room, flags: 17 });
  expect(await house.log.states("operated/", "", 9)).toEqual([]);
  const next = await house.restart();
  expect((await next.rooms.open("yard"))!.projections.notices!.topic).toBe("tea");
});

test("a kill between the takeover and the ruling leaves a room without any, and one whose founding was lost none", async () => {
  // The room's first batch waits, and nothing else does.
  const waiting: (() => void)[] = [];
  const log = new MemoryLog({
    faults: {
      beforeCommit: (write) => (write === 1 ? new Promise<void>((go) => waiting.push(go)) : undefined),
    },
  });
  const { house, bo, room, shows, op } = await yard({ log });
  await shows();
  send(bo.socket, room, 1, "never stored");
  await house.loop.settle();
  op.socket.write({
    kind: ClientKind.act,
    room,
    nonce: 1,
    act: topic.kind,
    body: topic.write({ text: "tea" }),
  });
  await house.loop.settle();
  // Nothing is said of the room's number before its row is there.
  expect((await log.states("operated/", "", 9)).length).toBe(0);
  for (const go of waiting) go();
  await house.loop.settle();
  expect(await log.states("operated/", "", 9)).toMatchObject([{ name: `operated/${room}` }]);
  // As if the process had ended there.
  await log.setState("operated/999", 0, Uint8Array.of(0));
  const next = await house.restart();
  expect(next.rooms.operation.takenOver(999)).toBeUndefined();
  expect((await log.states("operated/", "", 9)).map(({ name }) => name)).toEqual([`operated/${room}`]);
});

test("retention and a snapshot keep what the operator set in a room that was open", async () => {
  const { house, bo, cy, room, shows, does } = await yard();
  for (let nonce = 1; nonce <= 10; nonce++) {
    send(bo.socket, room, nonce, `text ${nonce}`);
    await house.loop.settle();
  }
  const kept = house.rooms.flusher.snapshot((await house.rooms.open("yard"))!);
  await house.loop.settle();
  await kept;
  await shows();
  await does(topic, { text: "tea" });
  await does(sanction, { who: cy.author, what: Sanction.ban, until: 0, text: "" });
  for (let nonce = 11; nonce <= 20; nonce++) {
    send(bo.socket, room, nonce, `text ${nonce}`);
    await house.loop.settle();
  }
  const applied = house.rooms.applyRetention(0, 2, () => false);
  await house.loop.settle();
  await applied;
  const next = await house.restart();
  const held = (await next.rooms.open("yard"))!;
  expect(held.first).toBeGreaterThan(15);
  expect(held.projections.notices!.topic).toBe("tea");
  expect(held.projections.sanctions!.banOf(cy.author, house.loop.now())).toBe(0);
});
