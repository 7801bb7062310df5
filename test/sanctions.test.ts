/**
 * Who is put out of a room that belongs to somebody, kept out of it, or kept silent: by whom, until when, and what they
 * are told.
 */
import { expect, test } from "vitest";
import { StandingFold } from "../src/client/standing.ts";
import { MAX_SANCTIONS, Sanctions } from "../src/room/sanctions.ts";
import { BlockReader, BlockWriter, decodeBlock } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { Presence, Refusal } from "../src/wire/codes.ts";
import { ClientKind, Direction, type HistoryFrame, ServerKind } from "../src/wire/frames.ts";
import { action } from "../src/wire/records/action.ts";
import { edit } from "../src/wire/records/edit.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { Sanction, type SanctionBody, sanction } from "../src/wire/records/sanction.ts";
import { ENTER, FakeHouse, type HouseOptions, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { ownedYard } from "./owned-yard.ts";

const HOUR = 3_600_000;

/** A room that Ada made, in which Bo said number 2, and Cy is as well. */
async function owned(options: HouseOptions = {}) {
  const yard = await ownedYard(options);
  const { house, room, ada, bo, does } = yard;
  send(bo.socket, room, 1, "hello");
  await house.loop.settle();
  const sanctions = (what: Sanction, who: number, more: Partial<SanctionBody> = {}, by = ada) =>
    does(sanction, { who, what, until: 0, text: "", ...more }, by);
  /** What somebody is told who asks to come in: null: that they are. */
  const enters = async (socket: FakeSocket, more = {}) => {
    const before = socket.frames.length;
    socket.write({ ...ENTER, request: 77, ...more });
    await house.loop.settle();
    const told = socket.frames.slice(before).find(({ kind }) => kind === ServerKind.refused);
    return told ? (told as { code: Refusal; retryAfterMs: number }) : null;
  };
  return { ...yard, sanctions, enters };
}

test("a kick puts a person out with all connections, and lets them come back at once", async () => {
  const { house, room, ada, bo, sanctions, enters } = await owned();
  const tab = house.greet({ token: Uint8Array.of(bo.author) });
  await house.enter(tab, "yard");
  const elsewhere = house.greet({ token: Uint8Array.of(bo.author) });
  await house.enter(elsewhere, "other");
  await house.loop.advance(100);
  expect(await sanctions(Sanction.kick, bo.author, { text: "calm down" })).toBeNull();
  for (const socket of [bo.socket, tab])
    expect(socket.all(ServerKind.putOut)).toEqual([
      { kind: ServerKind.putOut, room, what: Sanction.kick, until: 0, by: "Ada", reason: "calm down" },
    ]);
  expect(elsewhere.all(ServerKind.putOut)).toEqual([]);
  await house.loop.advance(100);
  const told = ada.all(ServerKind.presence).flatMap(({ events }) => events);
  expect(told.at(-1)).toEqual({ change: Presence.leave, author: bo.author, name: "" });
  send(bo.socket, room, 2, "still here?");
  send(ada, room, 100, "no");
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ request: 2, code: Refusal.notInRoom });
  expect(bo.socket.texts(room)).toEqual(["hello"]);
  expect(await enters(bo.socket)).toBeNull();
});

test("a kick does not wait for the grace of a connection that dropped", async () => {
  const { house, bo, sanctions } = await owned();
  bo.socket.session!.closed();
  const { presence } = (await house.rooms.open("yard"))!;
  expect(presence.get(bo.author)).toBeDefined();
  await sanctions(Sanction.kick, bo.author);
  expect(presence.get(bo.author)).toBeUndefined();
  expect(house.rooms.people.get(bo.author)).toBeUndefined();
});

test("a ban keeps a person out until it ends, over any connection and after a restart", async () => {
  const { house, room, bo, cy, sanctions, enters } = await owned();
  const until = house.loop.now() + HOUR;
  expect(await sanctions(Sanction.ban, bo.author, { until, text: "spam" })).toBeNull();
  expect(bo.socket.last(ServerKind.putOut)).toEqual({
    ...{ kind: ServerKind.putOut, room, what: Sanction.ban, until, by: "Ada", reason: "spam" },
  });
  const banned = { request: 77, code: Refusal.banned, retryAfterMs: until - house.loop.now() };
  expect(await enters(bo.socket)).toMatchObject(banned);
  const { epoch } = (await house.rooms.open("yard"))!;
  expect(await enters(bo.socket, { position: { epoch, seq: 2 } })).toMatchObject({ code: Refusal.banned });
  const next = await house.restart();
  const back = next.greet({ token: Uint8Array.of(bo.author), name: "Bo" });
  back.write(ENTER);
  await house.loop.advance(1_000);
  expect(back.last(ServerKind.refused)).toMatchObject({
    ...{ code: Refusal.banned, retryAfterMs: until - house.loop.now() + 1_000 },
  });
  const other = next.greet({ token: Uint8Array.of(cy.author), name: "Cy" });
  expect(await next.enter(other, "yard")).toMatchObject({ room });
  await house.loop.advance(HOUR);
  expect(await next.enter(back, "yard")).toMatchObject({ room });
});

test("a ban without an end says no time, and is lifted by those who look after the room", async () => {
  const { house, bo, cy, sanctions, enters } = await owned();
  await sanctions(Sanction.ban, bo.author);
  expect(await enters(bo.socket)).toMatchObject({ code: Refusal.banned, retryAfterMs: 0 });
  await house.loop.advance(1_000 * HOUR);
  expect(await enters(bo.socket)).toMatchObject({ code: Refusal.banned, retryAfterMs: 0 });
  expect(await sanctions(Sanction.unban, bo.author, {}, cy.socket)).toBe(Refusal.notAllowed);
  expect(await sanctions(Sanction.unban, bo.author)).toBeNull();
  expect(await enters(bo.socket)).toBeNull();
});

test("no client is told to wait for longer than it can", async () => {
  const { house, bo, sanctions, enters } = await owned();
  await sanctions(Sanction.ban, bo.author, { until: house.loop.now() + 1_000 * HOUR });
  expect(await enters(bo.socket)).toMatchObject({ code: Refusal.banned, retryAfterMs: 2 ** 31 - 1 });
});

test("a mute refuses all that is said, and nothing that takes it away, until it ends", async () => {
  const { house, room, bo, does, sanctions } = await owned();
  const until = house.loop.now() + HOUR;
  expect(await sanctions(Sanction.mute, bo.author, { until })).toBeNull();
  expect(bo.socket.all(ServerKind.putOut)).toEqual([]);
  send(bo.socket, room, 900, "but");
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({
    ...{ request: 900, code: Refusal.muted, retryAfterMs: until - house.loop.now() },
  });
  expect(await does(edit, { to: 2, text: "hey" }, bo.socket)).toBe(Refusal.muted);
  expect(await does(reaction, { to: 2, on: true, text: "👍" }, bo.socket)).toBe(Refusal.muted);
  expect(await does(action, { text: "waves" }, bo.socket)).toBe(Refusal.muted);
  // Nothing behind it is held up.
  expect(await does(removal, { to: 2 }, bo.socket)).toBeNull();
  await house.loop.advance(HOUR);
  expect(await does(action, { text: "waves" }, bo.socket)).toBeNull();
  await sanctions(Sanction.mute, bo.author);
  expect(await does(action, { text: "waves" }, bo.socket)).toBe(Refusal.muted);
  expect(await sanctions(Sanction.unmute, bo.author)).toBeNull();
  expect(await does(action, { text: "waves" }, bo.socket)).toBeNull();
});

test("those who look after a room do so to nobody whose role is as high, nor to themselves", async () => {
  const { ada, bo, cy, does, sanctions } = await owned();
  const all = Object.values(Sanction);
  for (const what of all) {
    expect(await sanctions(what, cy.author, {}, bo.socket)).toBe(Refusal.notAllowed);
    expect(await sanctions(what, 1)).toBe(Refusal.notAllowed);
  }
  await does(role, { who: bo.author, role: Role.moderator });
  await does(role, { who: cy.author, role: Role.moderator });
  for (const who of [bo.author, cy.author, 1])
    expect(await sanctions(Sanction.kick, who, {}, bo.socket)).toBe(Refusal.notAllowed);
  await does(role, { who: cy.author, role: Role.speaker });
  expect(await sanctions(Sanction.mute, cy.author, {}, bo.socket)).toBeNull();
  expect(await sanctions(Sanction.kick, bo.author)).toBeNull();
  expect(ada.all(ServerKind.putOut)).toEqual([]);
});

test("a moderator who lost the role while the act was under way bans nobody", async () => {
  const { house, ada, bo, cy, does, enters } = await owned();
  await does(role, { who: bo.author, role: Role.moderator });
  void does(role, { who: bo.author, role: Role.none }, ada, false);
  const ban = { who: cy.author, what: Sanction.ban, until: 0, text: "" };
  void does(sanction, ban, bo.socket, false);
  await house.loop.settle();
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ code: Refusal.notAllowed });
  expect(cy.socket.all(ServerKind.putOut)).toEqual([]);
  expect(await enters(cy.socket)).toBeNull();
});

test.each([
  ["an end that has passed", { until: 1 }, Refusal.badTime],
  ["an end where nothing lasts", { what: Sanction.kick, until: 2 ** 50 }, Refusal.badBody],
  ["something that there is not", { what: 6 as Sanction }, Refusal.badBody],
  ["nobody", { who: 0 }, Refusal.badBody],
  ["a reason that is too long", { text: "é".repeat(128) }, Refusal.textTooLong],
  ["a reason of nothing visible", { text: "\u200b" }, Refusal.emptyText],
])("is refused with %s", async (_, more, code) => {
  const { does, bo } = await owned();
  expect(await does(sanction, { who: bo.author, what: Sanction.ban, until: 0, text: "", ...more })).toBe(
    code,
  );
});

test("whoever is silent in one room takes no other name, in none of theirs, until that ends", async () => {
  const { house, ada, bo, sanctions } = await owned();
  await house.enter(bo.socket, "other");
  const renames = async (name: string) => {
    bo.socket.write({ kind: ClientKind.rename, request: 80, name });
    await house.loop.settle();
    return bo.socket.frames.findLast((frame) => "request" in frame && frame.request === 80);
  };
  const until = house.loop.now() + HOUR;
  await sanctions(Sanction.mute, bo.author, { until });
  const refused = { kind: ServerKind.refused, request: 80, code: Refusal.muted };
  expect(await renames("Ada is a fool")).toMatchObject({ ...refused, retryAfterMs: HOUR });
  // Nor by coming again under another one, before one counts as gone.
  bo.socket.cut();
  const again = house.greet({ token: Uint8Array.of(bo.author), name: "Ada is a fool" });
  expect((await house.enter(again, "yard")).ownName).toBe("Bo");
  bo.socket = again;
  await house.loop.advance(HOUR);
  expect(await renames("Bob")).toMatchObject({ kind: ServerKind.renamed, name: "Bob" });
  const names = ada.all(ServerKind.presence).flatMap(({ events }) => events.map(({ name }) => name));
  expect(names).not.toContain("Ada is a fool");
  // Without an end no time is told.
  await sanctions(Sanction.mute, bo.author);
  expect(await renames("Bo")).toMatchObject({ ...refused, retryAfterMs: 0 });
});

test("does not exist in an open room", async () => {
  const house = new FakeHouse();
  const { socket, room } = await house.seated("open", "Ada");
  const body = sanction.write({ who: 2, what: Sanction.kick, until: 0, text: "" });
  socket.write({ kind: ClientKind.act, room, nonce: 1, act: sanction.kind, body });
  await house.loop.settle();
  expect(socket.last(ServerKind.refused)).toMatchObject({ request: 1, code: Refusal.openRoom });
});

/** What one record does to all that is known. */
function apply(sanctions: Sanctions, body: SanctionBody, time = 1_000): void {
  const writer = new BlockWriter();
  writer.record(sanction.kind, 1, 1, time, encodeText("Ada"), sanction.write(body));
  const reader = new BlockReader(writer.seal(1, 1));
  while (reader.next()) sanctions.apply(reader);
}

test("no more are in force than ten thousand, and what is over makes place", async () => {
  const { house, bo, cy, sanctions } = await owned();
  const known = (await house.rooms.open("yard"))!.projections.sanctions!;
  const until = house.loop.now() + HOUR;
  const ban = { what: Sanction.ban, until: 0, text: "" };
  for (let who = 100; known.size < MAX_SANCTIONS - 1; who++) apply(known, { ...ban, who });
  apply(known, { ...ban, who: 99, until });
  expect(await sanctions(Sanction.mute, bo.author)).toBe(Refusal.tooManyKept);
  expect(await sanctions(Sanction.ban, 100, { until })).toBeNull();
  expect(await sanctions(Sanction.kick, bo.author)).toBeNull();
  await house.loop.advance(HOUR);
  expect(await sanctions(Sanction.ban, bo.author)).toBeNull();
  expect(known.size).toBe(MAX_SANCTIONS - 1);
  expect(await sanctions(Sanction.mute, cy.author)).toBeNull();
  expect(await sanctions(Sanction.mute, bo.author)).toBe(Refusal.tooManyKept);
});

test("stand in a snapshot, and in none that cannot be read", () => {
  const bytes = [1, 1, 2, 0, 2, 3, 0x90, 3, 4, 0];
  const sanctions = new Sanctions();
  sanctions.decode(Uint8Array.from(bytes));
  expect([2, 3, 4].map((author) => sanctions.banOf(author, 0))).toEqual([0, null, null]);
  expect([2, 3, 4].map((author) => sanctions.muteOf(author, 399))).toEqual([null, 400, 0]);
  expect(sanctions.muteOf(3, 400)).toBeNull();
  expect([...sanctions.encode()]).toEqual(bytes);
  for (const bad of [[], [2, 0, 0], [1, 1, 1], [...bytes, 0]])
    expect(() => new Sanctions().decode(Uint8Array.from(bad))).toThrow(WireError);
});

test("whoever enters is told what is in force, and what changes it since", async () => {
  const { house, room, bo, cy, sanctions } = await owned();
  const until = house.loop.now() + HOUR;
  await sanctions(Sanction.mute, cy.author, { until: until - 1_000 });
  await sanctions(Sanction.ban, bo.author, { until });
  await sanctions(Sanction.mute, bo.author);
  const dee = await house.seated("yard", "Dee");
  const fold = new StandingFold(dee.socket.last(ServerKind.standing), () => "Bo");
  const told = { name: "", who: bo.author };
  expect(fold.now.sanctions).toEqual([
    { ...told, what: Sanction.ban, until },
    { ...told, what: Sanction.mute, until: until - 1_000, who: cy.author },
    { ...told, what: Sanction.mute, until: 0 },
  ]);
  const { head } = (await house.rooms.open("yard"))!;
  await sanctions(Sanction.kick, bo.author);
  await sanctions(Sanction.unmute, cy.author);
  await sanctions(Sanction.unban, bo.author);
  await sanctions(Sanction.mute, bo.author, { until });
  const later = await house.log.readForward(room, head + 1, EVERYTHING);
  const acts = later.flatMap(({ bytes }) => decodeBlock(bytes).acts);
  fold.take(acts.slice(0, 3));
  expect(fold.now.sanctions).toEqual([{ ...told, what: Sanction.mute, until: 0 }]);
  fold.take(acts.slice(3));
  expect(fold.now.sanctions).toEqual([{ name: "Bo", who: bo.author, what: Sanction.mute, until }]);
  await house.loop.advance(HOUR);
  const eve = await house.seated("yard", "Eve");
  expect(new StandingFold(eve.socket.last(ServerKind.standing)).now.sanctions).toEqual([]);
});

test("the log tells everybody who did what, to whom and why", async () => {
  const { house, room, bo, sanctions } = await owned();
  await sanctions(Sanction.ban, bo.author, { until: 2 ** 45, text: "spam" });
  const blocks = await house.log.readForward(room, 1, EVERYTHING);
  expect(decodeBlock(blocks.at(-1)!.bytes).acts).toMatchObject([
    { kind: 14, author: 1, name: "Ada", who: bo.author, what: Sanction.ban, until: 2 ** 45, text: "spam" },
  ]);
});

test("pages that were asked for before a ban are not given after it", async () => {
  const { house, room, bo, cy, sanctions } = await owned();
  bo.socket.stalled = true;
  for (let nonce = 100; nonce < 120; nonce++) send(cy.socket, room, nonce, "x".repeat(4_096));
  await house.loop.settle();
  const ask = {
    kind: ClientKind.history,
    request: 8,
    room,
    direction: Direction.before,
    seq: 1_000,
    limit: 5,
  };
  bo.socket.write({ ...ask, became: false } as HistoryFrame);
  await house.loop.settle();
  expect(await sanctions(Sanction.ban, bo.author)).toBeNull();
  send(cy.socket, room, 200, "among us");
  await house.loop.settle();
  bo.socket.stalled = false;
  bo.socket.read();
  await house.loop.settle();
  expect(bo.socket.all(ServerKind.page)).toEqual([]);
  expect(bo.socket.last(ServerKind.refused)).toMatchObject({ request: 8, code: Refusal.notInRoom });
});

test("whoever is kept silent is not shown to write", async () => {
  const { house, room, ada, bo, cy, sanctions } = await owned();
  await sanctions(Sanction.mute, bo.author);
  for (const { socket } of [bo, cy]) socket.write({ kind: ClientKind.typing, room, on: true });
  await house.loop.advance(1_000);
  expect(ada.last(ServerKind.typing).authors).toEqual([cy.author]);
});

test("do not hold an owner, whatever was said before they were one", async () => {
  const { house, room, bo, does, sanctions, enters } = await owned();
  await sanctions(Sanction.mute, bo.author);
  await sanctions(Sanction.ban, bo.author);
  await does(role, { who: bo.author, role: Role.moderator });
  expect(await enters(bo.socket)).toMatchObject({ code: Refusal.banned });
  await does(role, { who: bo.author, role: Role.owner });
  expect(await enters(bo.socket)).toBeNull();
  send(bo.socket, room, 2, "mine as well");
  await house.loop.settle();
  expect(bo.socket.texts(room)).toContain("mine as well");
});

test("of many the newest are told, of bans and of mutes", () => {
  const sanctions = new Sanctions();
  const ban = { what: Sanction.ban, until: 0, text: "" };
  for (const who of [2, 3, 4, 2]) apply(sanctions, { ...ban, who });
  const told = (most: number) => sanctions.held(0, most).map(({ who, what }) => [what, who]);
  expect(told(2)).toEqual([
    [Sanction.ban, 4],
    [Sanction.ban, 2],
  ]);
  for (const who of [5, 6, 7]) apply(sanctions, { ...ban, what: Sanction.mute, who });
  expect(told(4)).toEqual([
    [Sanction.ban, 4],
    [Sanction.ban, 2],
    [Sanction.mute, 6],
    [Sanction.mute, 7],
  ]);
  expect(told(5).map(([, who]) => who)).toEqual([3, 4, 2, 6, 7]);
  expect(told(6).map(([, who]) => who)).toEqual([3, 4, 2, 5, 6, 7]);
});

test("nothing that somebody does has a number behind the word that puts them out, a removal neither", async () => {
  const { house, room, ada, bo, does } = await owned();
  const act = (socket: FakeSocket, nonce: number, body: object, kind: RecordKind) =>
    socket.write({ kind: ClientKind.act, room, nonce, act: kind.kind, body: kind.write(body) });
  await house.loop.advance(100);
  const ban = { who: bo.author, what: Sanction.ban, until: 0, text: "" };
  await does(sanction, ban, ada, false);
  act(bo.socket, 5, { to: 2 }, removal as RecordKind);
  act(bo.socket, 6, { to: 2, on: true, text: "👍" }, reaction as RecordKind);
  send(bo.socket, room, 7, "one more");
  await house.loop.settle();
  const { head } = await house.log.bounds(room);
  const [block] = await house.log.readForward(room, head, EVERYTHING);
  expect(decodeBlock(block!.bytes).acts.at(-1)).toMatchObject({
    seq: head,
    who: bo.author,
    what: Sanction.ban,
  });
  expect(bo.socket.all(ServerKind.refused).map(({ code }) => code)).toEqual([
    Refusal.notInRoom,
    Refusal.notInRoom,
    Refusal.notInRoom,
  ]);
});
