/** Topic and pinned messages of a room that belongs to somebody: who may set them, and what becomes of them. */
import { expect, test } from "vitest";
import { Notices } from "../src/room/notices.ts";
import { MAX_PINNED } from "../src/room/policy.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { WireError } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { edit } from "../src/wire/records/edit.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { pin } from "../src/wire/records/pin.ts";
import { removal } from "../src/wire/records/removal.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { topic } from "../src/wire/records/topic.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { EVERYTHING } from "./log-blocks.ts";

/** A room that Ada made, in which Bo said number 2. */
async function owned() {
  const house = new FakeHouse({ limits: { messagesPerSecond: 0 } });
  const ada = house.greet({ name: "Ada" });
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "yard" });
  await house.loop.settle();
  const { room } = await house.enter(ada, "yard");
  const bo = await house.seated("yard", "Bo");
  send(bo.socket, room, 1, "hello");
  await house.loop.settle();
  let nonce = 1;
  const does = async <Body extends object>(kind: RecordKind<Body>, body: Body, socket = ada) => {
    const before = socket.frames.length;
    socket.write({ kind: ClientKind.act, room, nonce: ++nonce, act: kind.kind, body: kind.write(body) });
    await house.loop.settle();
    const refused = socket.frames.slice(before).find((frame) => frame.kind === ServerKind.refused);
    return refused ? (refused as { code: Refusal }).code : null;
  };
  const noticesOf = async (from = house) => (await from.rooms.open("yard"))!.projections.notices!;
  return { house, room, bo, does, noticesOf };
}

test("are set by moderators and owners, and stay after a restart", async () => {
  const { house, bo, does, noticesOf } = await owned();
  expect(await does(topic, { text: "mine" }, bo.socket)).toBe(Refusal.notAllowed);
  expect(await does(pin, { to: 2, on: true }, bo.socket)).toBe(Refusal.notAllowed);
  expect(await does(topic, { text: "books" })).toBeNull();
  expect(await does(role, { who: bo.author, role: Role.moderator })).toBeNull();
  expect(await does(pin, { to: 2, on: true }, bo.socket)).toBeNull();
  const notices = await noticesOf();
  expect([notices.topic, [...notices.pinned]]).toEqual(["books", [2]]);
  expect(await does(topic, { text: "" })).toBeNull();
  expect(await does(pin, { to: 2, on: false })).toBeNull();
  expect([notices.topic, notices.pinned.size]).toEqual(["", 0]);
  await does(topic, { text: "films" });
  await does(pin, { to: 2, on: true });
  const after = await noticesOf(await house.restart());
  expect([after.topic, [...after.pinned]]).toEqual(["films", [2]]);
});

test("a message is taken down by whoever looks after the room, and its text goes from the log", async () => {
  const { house, room, bo, does, noticesOf } = await owned();
  const textOf = async (seq: number) =>
    (await house.log.readForward(room, 1, EVERYTHING))
      .flatMap(({ bytes }) => decodeBlock(bytes).records)
      .find((record) => record.seq === seq)?.text;
  expect(await does(takedown, { to: 2, text: "" }, bo.socket)).toBe(Refusal.notAllowed);
  await does(role, { who: bo.author, role: Role.owner });
  expect(await does(takedown, { to: 2, text: "spam" })).toBe(Refusal.notAllowed);
  await does(role, { who: bo.author, role: Role.moderator });
  await does(pin, { to: 2, on: true });
  expect(await textOf(2)).toBe("hello");
  expect(await does(takedown, { to: 2, text: "spam" })).toBeNull();
  await house.rooms.blanking.drained();
  expect(await textOf(2)).toBe("");
  expect((await noticesOf()).pinned.size).toBe(0);
  expect(await does(takedown, { to: 2, text: "" })).toBe(Refusal.removed);
  expect(await does(edit, { to: 2, text: "again" }, bo.socket)).toBe(Refusal.removed);
  send(bo.socket, room, 100, "mine");
  await house.loop.settle();
  const { head } = (await house.rooms.open("yard"))!;
  const body = takedown.write({ to: head, text: "" });
  bo.socket.write({ kind: ClientKind.act, room, nonce: 101, act: takedown.kind, body });
  await house.loop.settle();
  await house.rooms.blanking.drained();
  expect(await textOf(head)).toBe("");
});

test("are nobody's to set in an open room", async () => {
  const house = new FakeHouse();
  const { socket, room } = await house.seated("open", "Ada");
  send(socket, room, 1);
  const acts = [
    [topic.kind, topic.write({ text: "mine" })],
    [pin.kind, pin.write({ to: 1, on: true })],
    [takedown.kind, takedown.write({ to: 1, text: "" })],
  ] as const;
  for (const [act, body] of acts) {
    socket.write({ kind: ClientKind.act, room, nonce: 2, act, body });
    await house.loop.settle();
    expect(socket.last(ServerKind.refused)).toMatchObject({ request: 2, code: Refusal.openRoom });
  }
});

test("say nothing that cannot be shown", async () => {
  const { does } = await owned();
  expect(await does(topic, { text: " " })).toBe(Refusal.emptyText);
  expect(await does(topic, { text: "x".repeat(513) })).toBe(Refusal.textTooLong);
  expect(await does(pin, { to: 1, on: true })).toBe(Refusal.notAMessage);
  expect(await does(pin, { to: 99, on: true })).toBe(Refusal.noSuchMessage);
});

test("a message is pinned until it is removed, or not kept any more", async () => {
  const { house, room, bo, does, noticesOf } = await owned();
  await does(pin, { to: 2, on: true });
  expect(await does(removal, { to: 2 }, bo.socket)).toBeNull();
  expect((await noticesOf()).pinned.size).toBe(0);
  expect(await does(pin, { to: 2, on: true })).toBe(Refusal.removed);
  send(bo.socket, room, 100, "again");
  await house.loop.settle();
  const { head } = (await house.rooms.open("yard"))!;
  await does(pin, { to: head, on: true });
  await does(topic, { text: "books" });
  const done = house.rooms.applyRetention(0, 0, () => false);
  await house.loop.advance(100);
  await done;
  expect((await noticesOf()).pinned.size).toBe(0);
  // What it is about is known though its record is gone.
  expect((await noticesOf(await house.restart())).topic).toBe("books");
});

test("no more are pinned than fit", async () => {
  const { house, room, bo, does } = await owned();
  for (let n = 0; n < MAX_PINNED; n++) send(bo.socket, room, 2 + n);
  await house.loop.settle();
  for (let n = 0; n < MAX_PINNED; n++) expect(await does(pin, { to: 2 + n, on: true })).toBeNull();
  expect(await does(pin, { to: 2 + MAX_PINNED, on: true })).toBe(Refusal.tooManyKept);
  expect(await does(pin, { to: 2, on: true })).toBeNull();
  expect(await does(pin, { to: 2, on: false })).toBeNull();
  expect(await does(pin, { to: 2 + MAX_PINNED, on: true })).toBeNull();
});

test("a snapshot tells all, in the order in which it was pinned", () => {
  const bytes = [1, 3, 0xec, 0x95, 0x88, 2, 9, 4];
  const notices = new Notices();
  notices.decode(Uint8Array.from(bytes));
  expect([notices.topic, [...notices.pinned], [...notices.encode()]]).toEqual(["안", [9, 4], bytes]);
});

test.each([[], [2, 0, 0], [1, 5, 0], [1, 0, 1], [1, 0, 0, 0]])(
  "bytes that are no snapshot are refused",
  (...bytes) => {
    expect(() => new Notices().decode(Uint8Array.from(bytes))).toThrow(WireError);
  },
);
