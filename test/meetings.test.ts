/** Where what a room can do meets: its back room, its password, bans, whoever operates the server, and its end. */
import { expect, test, vi } from "vitest";
import { postMessage, readMessages } from "../src/session/http-room.ts";
import { PostKeys } from "../src/session/post-keys.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import { ClientKind, PutOutWhy, ServerKind } from "../src/wire/frames.ts";
import { Sort } from "../src/wire/orders.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { topic } from "../src/wire/records/topic.ts";
import { decodeStanding } from "../src/wire/standing.ts";
import { type FakeHouse, HELLO, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { answerTo, enters, KEY, operatedYard } from "./operated-yard.ts";
import { ownedYard } from "./owned-yard.ts";

/** Whoever has this connection operates the server from here on. */
async function showsKey(house: FakeHouse, socket: FakeSocket): Promise<void> {
  socket.write({ kind: ClientKind.operateAs, request: 900, body: encodeText(KEY) });
  await house.loop.settle();
  expect(answerTo(socket, 900)).toBeNull();
}

/** One more connection of the same identity. */
const another = (house: FakeHouse, socket: FakeSocket): FakeSocket =>
  house.greet({ token: socket.last(ServerKind.welcome).token });

test("who operates no more is out of the back room on all connections", async () => {
  const { house, ada } = await ownedYard({ operatorKey: KEY });
  const first = house.greet({ name: "Op" });
  const second = another(house, first);
  await showsKey(house, first);
  const { room: back } = await house.enter(second, "yard/back");
  first.session.closed();
  await house.loop.settle();
  await house.enter(ada, "yard/back");
  send(ada, back, 1, "among us");
  await house.loop.settle();
  expect(second.texts(back)).toEqual([]);
  expect(second.last(ServerKind.putOut)).toMatchObject({ room: back, what: PutOutWhy.roleLost, by: "Op" });
});

test("who operates no more is out of a room that they are banned from, and stays where they may be", async () => {
  const { house, room, ada, does } = await ownedYard({ operatorKey: KEY });
  const first = house.greet({ name: "Op" });
  const { author } = first.last(ServerKind.welcome);
  await does(sanction, { who: author, what: Sanction.ban, until: 0, text: "no", address: false });
  const { room: other } = await house.enter(house.greet({ name: "Di" }), "other");
  const second = another(house, first);
  await showsKey(house, first);
  await house.enter(second, "yard");
  await house.enter(second, "other");
  first.session.closed();
  await house.loop.settle();
  send(second, room, 1, "still here");
  send(second, other, 1, "hello");
  await house.loop.settle();
  expect(ada.texts(room)).toEqual([]);
  expect(second.all(ServerKind.putOut)).toMatchObject([{ room, what: PutOutWhy.ban, until: 0 }]);
  expect(second.texts(other)).toEqual(["hello"]);
});

test("an open room gets no password; one that was taken over does, and the operator in it is told", async () => {
  const { house, op, shows, does } = await operatedYard();
  await shows();
  const sets = async (request: number) => {
    const password = encodeText("sesame");
    op.socket.write({ kind: ClientKind.setPassword, request, room: "yard", password });
    await house.loop.settle();
    return answerTo(op.socket, request);
  };
  expect(await sets(55)).toBe(Refusal.openRoom);
  expect(await house.log.states("password/", "", 9)).toEqual([]);
  expect(await does(topic, { text: "tea" })).toBeNull();
  const before = op.socket.all(ServerKind.standing).length;
  expect(await sets(56)).toBeNull();
  expect(op.socket.all(ServerKind.standing)).toHaveLength(before + 1);
  expect(await enters(house, house.greet({ name: "Di" }))).toBe(Refusal.passwordNeeded);
});

test("no back room outlives a room that was taken over and that nothing was ever said in", async () => {
  const { house, bo, cy, op, shows, does } = await operatedYard();
  await shows();
  const mute = { who: bo.author, what: Sanction.mute, until: 5, text: "", address: false };
  expect(await does(sanction, mute)).toBe(Refusal.badTime);
  expect(await enters(house, op.socket, "yard/back")).toBe(Refusal.noSuchRoom);
  for (const { socket } of [bo, cy, op]) socket.session.closed();
  await house.loop.advance(house.limits.graceMs);
  expect([house.rooms.has("yard"), await house.log.rooms()]).toEqual([false, []]);
});

test("a kill while a room is closed leaves no back room without it", async () => {
  const { house, ada, does } = await ownedYard({ operatorKey: KEY });
  await house.enter(ada, "yard/back");
  await does(topic, { text: "tea" });
  const { log, rooms } = house;
  const drop = log.drop.bind(log);
  const left: string[][] = [];
  vi.spyOn(log, "drop").mockImplementation(async (room) => {
    const isDropped = await drop(room);
    left.push((await log.rooms()).map(({ name }) => name));
    return isDropped;
  });
  void rooms.overseer.close("yard", (room) => encodeServerFrame({ kind: ServerKind.live, room, head: 0 }));
  await house.loop.settle();
  expect(left).toEqual([["yard"], []]);
});

test("a ban with the address holds of somebody who was there before an open room was taken over", async () => {
  const { house, bo, shows, does } = await operatedYard();
  await shows();
  const ban = { who: bo.author, what: Sanction.ban, until: 0, text: "", address: true };
  expect(await does(sanction, ban)).toBeNull();
  const again = house.connect(bo.socket.session.visitor);
  again.write({ ...HELLO, name: "Bob" });
  expect(await enters(house, again)).toBe(Refusal.banned);
});

test("who operates no more is told so on another connection in an open room, too", async () => {
  const { house, op, bo, shows } = await operatedYard();
  const second = another(house, op.socket);
  await house.enter(second, "yard");
  await shows();
  const { author } = op;
  const roles = () => decodeStanding(second.last(ServerKind.standing).parts).roles;
  expect([...roles().keys()]).toEqual([author]);
  op.socket.session.closed();
  await house.loop.settle();
  expect(roles().size).toBe(0);
  expect(bo.socket.all(ServerKind.standing)).toEqual([]);
});

test("acts of a room that is closed are not noted behind the next room of that name", async () => {
  const { house, bo, does } = await ownedYard();
  const { rooms, loop } = house;
  const read = rooms.history.readForward.bind(rooms.history);
  let goOn = (): void => undefined;
  const isRemade = new Promise<void>((done) => {
    goOn = done;
  });
  vi.spyOn(rooms.history, "readForward").mockImplementation(async (...page) => {
    const blocks = await read(...page);
    await isRemade;
    return blocks;
  });
  await does(topic, { text: "a secret of Ada's" });
  void rooms.overseer.close("yard", (room) => encodeServerFrame({ kind: ServerKind.live, room, head: 0 }));
  await loop.settle();
  bo.socket.write({ kind: ClientKind.makeRoom, request: 7, unlisted: false, room: "yard" });
  await loop.settle();
  expect(bo.socket.all(ServerKind.made)).toHaveLength(1);
  goOn();
  await loop.settle();
  expect(await house.enter(bo.socket, "yard/back")).toMatchObject({ name: "yard/back", head: 0 });
});

test("a post that waits while its room is closed, and its name kept, brings no room into being", async () => {
  const { house, bo, room } = await ownedYard();
  const { rooms, loop } = house;
  send(bo.socket, room, 1);
  await loop.settle();
  const keys = new PostKeys();
  let goOn = (): void => undefined;
  const isClosed = new Promise<void>((done) => {
    goOn = done;
  });
  vi.spyOn(keys, "ready").mockImplementation(() => isClosed.then(() => true));
  vi.spyOn(keys, "knows").mockReturnValue(true);
  const post = postMessage(house.house, "yard", { name: "Bot", text: "hello" }, { nonce: 5, keys });
  await loop.settle();
  rooms.operation.reserved.add({ sort: Sort.closed, name: "yard" });
  void rooms.overseer.close("yard", (room) => encodeServerFrame({ kind: ServerKind.live, room, head: 0 }));
  await loop.settle();
  goOn();
  await loop.settle();
  expect(await post).toMatchObject({ ok: false, refusal: { code: "name_reserved" } });
  expect(rooms.has("yard")).toBe(false);
});

test("nothing is told over HTTP of a room that gets a password while it is read", async () => {
  const { house, bo, room } = await ownedYard();
  const { rooms, loop } = house;
  send(bo.socket, room, 1);
  await loop.settle();
  const read = rooms.history.readBackward.bind(rooms.history);
  vi.spyOn(rooms.history, "readBackward").mockImplementation(async (from, ...page) => {
    const blocks = await read(from, ...page);
    await rooms.passwords.set(from, Uint8Array.of(1));
    return blocks;
  });
  const page = await readMessages(house.house, "yard", { after: null, before: null, limit: 10 });
  expect(page).toMatchObject({ ok: false, refusal: { code: "no_such_room" } });
});

test("nothing of a room follows when somebody is put out of it while a page is read for them", async () => {
  const { house, room, bo, does } = await ownedYard();
  send(bo.socket, room, 1);
  await house.loop.settle();
  const read = house.rooms.history.readBackward.bind(house.rooms.history);
  const ban = { who: bo.author, what: Sanction.ban, until: 0, text: "", address: false };
  vi.spyOn(house.rooms.history, "readBackward").mockImplementationOnce(async (...page) => {
    const blocks = await read(...page);
    await does(sanction, ban);
    return blocks;
  });
  bo.socket.write({ kind: ClientKind.history, request: 7, room, direction: 0, seq: 9, limit: 9 });
  await house.loop.settle();
  expect(bo.socket.all(ServerKind.putOut)).toHaveLength(1);
  expect(bo.socket.all(ServerKind.page)).toEqual([]);
  expect(answerTo(bo.socket, 7)).toBe(Refusal.notInRoom);
});
