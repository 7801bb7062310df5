/** How a room that belongs to somebody is used: slow mode, who may write, the lock and the title. */
import { expect, test } from "vitest";
import { MAX_SLOWED, RoomSettings } from "../src/room/settings.ts";
import { BlockReader, BlockWriter } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, type RefusedFrame, ServerKind } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { Role } from "../src/wire/records/role.ts";
import {
  MAX_KEEP_HOURS,
  MAX_SLOW_SECONDS,
  type SettingsBody,
  Speakers,
} from "../src/wire/records/settings.ts";
import { ENTER, FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

const { settings, text, edit, reaction, removal, role } = kinds;

/** A room that Ada made, with Bo in it. */
async function owned() {
  const house = new FakeHouse({ limits: { messagesPerSecond: 0, framesPerSecond: 0 } });
  const ada = house.greet({ name: "Ada" });
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "yard" });
  await house.loop.settle();
  const { room } = await house.enter(ada, "yard");
  const bo = await house.seated("yard", "Bo");
  const nonces = new Map([[ada, 1]]);
  const next = (socket: FakeSocket) => {
    const nonce = (nonces.get(socket) ?? 0) + 1;
    nonces.set(socket, nonce);
    return nonce;
  };
  /** Says it without waiting for an answer. */
  const says = <Body extends object>(
    kind: RecordKind<Body>,
    body: Body,
    socket = ada,
    nonce = next(socket),
  ) => socket.write({ kind: ClientKind.act, room, nonce, act: kind.kind, body: kind.write(body) });
  /** Null, or why it was refused. */
  const does = async (...what: Parameters<typeof says>): Promise<RefusedFrame | null> => {
    const socket = what[2] ?? ada;
    const before = socket.frames.length;
    says(...what);
    await house.loop.settle();
    const refused = socket.frames.slice(before).find(({ kind }) => kind === ServerKind.refused);
    return (refused as RefusedFrame | undefined) ?? null;
  };
  const sets = async (body: SettingsBody, socket = ada) =>
    (await does(settings as RecordKind, body, socket))?.code ?? null;
  const writes = (what: string, socket = bo.socket) => does(text as RecordKind, { text: what }, socket);
  const open = async (from = house) => (await from.rooms.open("yard"))!;
  return { house, room, ada, bo, says, does, sets, writes, open };
}

/** Why somebody new cannot enter; null when they did. */
async function enter(house: FakeHouse, socket = house.greet({ name: "Cy" })): Promise<Refusal | null> {
  const before = socket.frames.length;
  socket.write({ ...ENTER, request: 5 });
  await house.loop.settle();
  const refused = socket.frames.slice(before).find(({ kind }) => kind === ServerKind.refused);
  return refused ? (refused as RefusedFrame).code : null;
}

test("are the moderators' to set, field by field, and stay after a restart", async () => {
  const { house, bo, does, sets, open } = await owned();
  expect(await sets({ locked: true }, bo.socket)).toBe(Refusal.notAllowed);
  expect(await sets({ slowSeconds: 30, title: "Books" })).toBeNull();
  await does(role as RecordKind, { who: bo.author, role: Role.moderator });
  expect(await sets({ speakers: Speakers.named }, bo.socket)).toBeNull();
  const expected = { slowSeconds: 30, speakers: Speakers.named, locked: false, title: "Books", keepHours: 0 };
  expect((await open()).projections.settings!.now).toEqual(expected);
  expect(await sets({ title: "" })).toBeNull();
  const after = { ...expected, title: "" };
  for (const from of [house, await house.restart()])
    expect((await open(from)).projections.settings!.now).toEqual(after);
});

test.each([
  ["nothing", {}, Refusal.badBody],
  ["a slow mode of more than six hours", { slowSeconds: MAX_SLOW_SECONDS + 1 }, Refusal.badBody],
  ["speakers that there are not", { speakers: 2 as Speakers }, Refusal.badBody],
  ["a time to keep of more than ten years", { keepHours: MAX_KEEP_HOURS + 1 }, Refusal.badBody],
  ["a field of a later version", { more: Uint8Array.of(9, 0) }, Refusal.badBody],
  ["a title that is not canonical", { title: " Books" }, Refusal.badRoomName],
  ["a title that shows nothing", { title: "\u200b" }, Refusal.badRoomName],
  ["a title that is too long", { title: "x".repeat(65) }, Refusal.badRoomName],
])("are refused with %s", async (_, body, code) => {
  const { sets } = await owned();
  expect(await sets(body)).toBe(code);
});

test("are nobody's in an open room, and hold nobody there", async () => {
  const house = new FakeHouse();
  const { socket, room } = await house.seated("yard", "Ada");
  const body = settings.write({ locked: true });
  socket.write({ kind: ClientKind.act, room, nonce: 1, act: settings.kind, body });
  await house.loop.settle();
  expect(socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.openRoom });
  expect(await enter(house)).toBeNull();
});

test("slow mode lets one message through each time, and tells truly how long to wait", async () => {
  const { house, ada, bo, does, sets, writes } = await owned();
  expect(await writes("before it was set")).toBeNull();
  await sets({ slowSeconds: 30 });
  expect(await writes("first")).toBeNull();
  await house.loop.advance(10_000);
  const refused = await does(text as RecordKind, { text: "second" }, bo.socket, 20);
  expect(refused).toMatchObject({ code: Refusal.tooSoon, retryAfterMs: 20_000 });
  // It keeps its place.
  expect(await does(reaction as RecordKind, { to: 2, on: true, text: "👍" }, bo.socket, 21)).toMatchObject({
    code: Refusal.outOfOrder,
  });
  await house.loop.advance(refused!.retryAfterMs - 1);
  expect(await does(text as RecordKind, { text: "second" }, bo.socket, 20)).toMatchObject({
    retryAfterMs: 1,
  });
  await house.loop.advance(1);
  expect(await does(text as RecordKind, { text: "second" }, bo.socket, 20)).toBeNull();
  // What is no message waits for nothing, and those who look after the room do not either.
  const acts: [RecordKind, object][] = [
    [reaction, { to: 2, on: true, text: "👍" }],
    [edit, { to: 2, text: "changed" }],
    [removal, { to: 2 }],
  ];
  for (const [at, [kind, body]] of acts.entries())
    expect(await does(kind, body, bo.socket, 30 + at)).toBeNull();
  expect([await writes("one", ada), await writes("two", ada)]).toEqual([null, null]);
});

test("slow mode holds whoever came back, and after a restart, and not once it is over", async () => {
  const { house, bo, sets, writes, room } = await owned();
  await sets({ slowSeconds: 60 });
  await writes("first");
  bo.socket.write({ kind: ClientKind.leave, room });
  const again = await house.restart();
  await again.loop.advance(10_000);
  const socket = again.greet({ token: Uint8Array.of(bo.author), name: "Bo" });
  const entered = await again.enter(socket, "yard");
  send(socket, entered.room, entered.nonce + 1, "too soon");
  await again.loop.settle();
  expect(socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.tooSoon, retryAfterMs: 50_000 });
  (await again.rooms.open("yard"))!.projections.settings!.apply(recordOf({ slowSeconds: 0 }));
  send(socket, entered.room, entered.nonce + 1, "now");
  await again.loop.settle();
  expect(socket.all(ServerKind.refused)).toHaveLength(1);
});

test("slow mode counts what is still on its way to the log", async () => {
  const { house, room, bo, sets } = await owned();
  await sets({ slowSeconds: 60 });
  send(bo.socket, room, 1, "one");
  send(bo.socket, room, 2, "two");
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ request: 2, code: Refusal.tooSoon });
});

test("where only those with a role write, others put signs and take back what they said", async () => {
  const { bo, does, sets, writes } = await owned();
  await writes("hello");
  await sets({ speakers: Speakers.named });
  expect(await writes("again")).toMatchObject({ code: Refusal.notASpeaker, retryAfterMs: 0 });
  expect(await does(edit as RecordKind, { to: 2, text: "x" }, bo.socket)).toMatchObject({
    code: Refusal.notASpeaker,
  });
  expect(await does(reaction as RecordKind, { to: 2, on: true, text: "👍" }, bo.socket)).toBeNull();
  expect(await does(removal as RecordKind, { to: 2 }, bo.socket)).toBeNull();
  await does(role as RecordKind, { who: bo.author, role: Role.speaker });
  expect(await writes("as a speaker")).toBeNull();
});

test("a setting holds what comes behind it, though it is not stored yet", async () => {
  const { house, room, bo, says, open } = await owned();
  says(settings as RecordKind, { speakers: Speakers.named });
  send(bo.socket, room, 1, "at the same moment");
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ request: 1, code: Refusal.notASpeaker });
  expect((await open()).head).toBe(2);
});

test("a locked room takes nobody new, but whoever has a role, wrote before or is here", async () => {
  const { house, ada, bo, does, sets, writes } = await owned();
  const cy = house.greet({ name: "Cy" });
  expect(await enter(house, cy)).toBeNull();
  const cyAuthor = cy.last(ServerKind.welcome).author;
  await writes("hello");
  await sets({ locked: true });
  expect(await enter(house, house.greet({ name: "Di" }))).toBe(Refusal.locked);
  // Here, and silent: while the connection that was lost is waited for.
  expect(await enter(house, cy)).toBeNull();
  cy.cut();
  expect(await enter(house, house.greet({ name: "Cy", token: Uint8Array.of(cyAuthor) }))).toBeNull();
  for (const socket of [...house.transport.sockets]) if (socket !== ada) socket.cut();
  await house.loop.advance(10_000);
  expect(await enter(house, house.greet({ name: "Bo", token: Uint8Array.of(bo.author) }))).toBeNull();
  const back = house.greet({ name: "Cy", token: Uint8Array.of(cyAuthor) });
  expect(await enter(house, back)).toBe(Refusal.locked);
  await does(role as RecordKind, { who: cyAuthor, role: Role.speaker });
  expect(await enter(house, back)).toBeNull();
  await sets({ locked: false });
  expect(await enter(house, house.greet({ name: "Di" }))).toBeNull();
});

function recordOf(body: SettingsBody): BlockReader {
  const writer = new BlockWriter();
  writer.record(settings.kind, 1, 1, 0, encodeText("Ada"), settings.write(body));
  const reader = new BlockReader(writer.seal(1, 1));
  reader.next();
  return reader;
}

test("a snapshot tells all, byte by byte", () => {
  const bytes = [1, 15, 1, 1, 30, 2, 1, 1, 3, 1, 0, 4, 1, 0x41, 5, 1, 24, 1, 7, 5];
  const known = new RoomSettings();
  known.decode(Uint8Array.from(bytes));
  const told = { slowSeconds: 30, speakers: Speakers.named, locked: false, title: "A" };
  expect(known.now).toEqual({ ...told, keepHours: 24 });
  // One of before rooms said how long they keep what is said.
  const older = new RoomSettings();
  older.decode(Uint8Array.from([1, 12, ...bytes.slice(2, 14), 0]));
  expect(older.now).toEqual({ ...told, keepHours: 0 });
  expect(known.waitOf(7, text.kind, 1_005)).toBe(29_000);
  expect([...known.encode()]).toEqual(bytes);
  for (const bad of [[], [2, 0, 0], [1, 3, 1, 1], [1, 0, 1, 7], [...bytes, 0]])
    expect(() => new RoomSettings().decode(Uint8Array.from(bad))).toThrow(WireError);
});

test("no more people wait than fit, and a clock that is set back makes nobody wait longer than was set", () => {
  const known = new RoomSettings();
  known.apply(recordOf({ slowSeconds: 100 }));
  for (let author = 1; author <= MAX_SLOWED + 1; author++) known.give(text.kind, author, 50_000);
  expect([known.size, known.waitOf(1, text.kind, 50_000), known.waitOf(2, text.kind, 10_000)]).toEqual([
    MAX_SLOWED,
    0,
    100_000,
  ]);
  known.give(text.kind, 3, 150_000);
  expect(known.size).toBe(1);
});
