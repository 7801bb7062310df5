/**
 * Rooms that say for how long they keep their messages: when these go, what outlives them, and what a crash leaves of
 * it.
 */
import { expect, test, vi } from "vitest";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { decodeStanding, hoursKept } from "../src/wire/standing.ts";
import { type FakeHouse, send } from "./fake-house.ts";
import { ownedYard } from "./owned-yard.ts";
import { opened } from "./room-logs.ts";

const HOUR = 3_600_000;
const FOR_EVER = Number.MAX_SAFE_INTEGER;
const { settings, text, topic, role, pin, sanction } = kinds;

/** One round, as the process does it. `keepHours`: the operator's; 0: for ever. */
async function round(house: FakeHouse, keepHours = 0, keep = FOR_EVER): Promise<void> {
  const olderThan = keepHours === 0 ? 0 : house.loop.now() - keepHours * HOUR;
  const done = house.rooms.applyRetention(olderThan, keep, () => false);
  await house.loop.settle();
  await done;
}

const later = (house: FakeHouse, hours: number) => house.loop.advance(hours * HOUR);

test("what is older than a room says goes at the next round, and nothing of other rooms does", async () => {
  const { house, room, does } = await ownedYard();
  const other = await house.seated("other", "Di");
  send(other.socket, other.room, 1, "stays");
  await does(text, { text: "old" });
  await later(house, 2);
  await does(text, { text: "young" });
  await round(house);
  expect((await house.log.bounds(room)).first).toBe(1);
  await does(settings, { keepHours: 1 });
  const read = vi.spyOn(house.log, "bounds");
  await round(house);
  // Of the room, and of its back room.
  const { number: back } = (await house.rooms.backRooms.open("yard"))!;
  expect(new Set(read.mock.calls.map(([which]) => which))).toEqual(new Set([room, back]));
  expect(await house.log.bounds(room)).toEqual({ first: 3, head: 4 });
  expect((await opened(house, "yard")).first).toBe(3);
  expect((await house.log.bounds(other.room)).first).toBe(1);
  // Longer again: what is there stays.
  await does(settings, { keepHours: 0 });
  await later(house, 50);
  await round(house);
  expect((await house.log.bounds(room)).first).toBe(3);
});

test("of what the room and what the operator say the shorter time counts", async () => {
  const { house, room, does } = await ownedYard();
  await does(settings, { keepHours: 24 });
  await later(house, 2);
  await does(text, { text: "hello" });
  await round(house, 1);
  expect((await house.log.bounds(room)).first).toBe(3);
  await later(house, 20);
  await round(house, 48);
  expect((await house.log.bounds(room)).first).toBe(3);
  await later(house, 5);
  await round(house, 48);
  expect((await house.log.bounds(room)).first).toBe(4);
});

test("a block goes when the youngest in it is too old, and not before", async () => {
  const { house, room, does, bo } = await ownedYard();
  await does(settings, { keepHours: 1 });
  const yard = await opened(house, "yard");
  const { head } = yard;
  // Both in one block, half an hour apart by the clock.
  for (const [nonce, time] of [
    [90, house.loop.now()],
    [91, house.loop.now() + HOUR / 2],
  ] as const) {
    const member = yard.presence.get(bo.author)!;
    yard.append(bo.author, nonce, member, text.write({ text: "hi" }), time);
  }
  house.rooms.pending(yard);
  await house.loop.settle();
  await later(house, 1.25);
  await round(house);
  expect((await house.log.bounds(room)).first).toBe(head + 1);
  await later(house, 0.25);
  await round(house);
  expect((await house.log.bounds(room)).first).toBe(head + 1);
  await house.loop.advance(2);
  await round(house);
  expect((await house.log.bounds(room)).first).toBe(head + 3);
});

test("roles, topic, bans, settings and the founding outlive the records that said them, also a restart; a pin does not outlive its message", async () => {
  const { house, room, ada, bo, cy, does } = await ownedYard();
  await does(role, { who: bo.author, role: Role.moderator });
  await does(topic, { text: "books" });
  await does(sanction, { who: cy.author, what: Sanction.ban, until: 0, text: "spam" });
  await does(settings, { keepHours: 1, slowSeconds: 5 });
  await does(text, { text: "old" });
  const { head: old } = await house.log.bounds(room);
  await does(pin, { to: old, on: true });
  await later(house, 2);
  await does(text, { text: "young" });
  await does(pin, { to: old + 2, on: true });
  await round(house);
  expect((await house.log.bounds(room)).first).toBe(old + 2);
  for (const from of [house, await house.restart()]) {
    const { projections } = await opened(from, "yard");
    expect(projections.roles!.of(ada.last(ServerKind.welcome).author)).toBe(Role.owner);
    expect(projections.roles!.of(bo.author)).toBe(Role.moderator);
    expect(projections.notices!.topic).toBe("books");
    expect([...projections.notices!.pinned]).toEqual([old + 2]);
    expect(projections.sanctions!.banOf(cy.author, from.loop.now())).toBe(0);
    expect(projections.settings!.now).toMatchObject({ keepHours: 1, slowSeconds: 5 });
    const back = from.greet({ token: Uint8Array.of(cy.author), name: "Cy" });
    back.write({
      kind: ClientKind.enter,
      request: 1,
      anyName: true,
      room: "yard",
      history: 9,
      position: null,
    });
    await from.loop.settle();
    expect(back.last(ServerKind.refused).code).toBe(Refusal.banned);
  }
});

test("what is said behind a room, and was reported, goes after the room's time, also after a restart", async () => {
  const { house, ada, room, bo, cy, does } = await ownedYard();
  send(bo.socket, room, 1, "rude");
  await house.loop.settle();
  const { head: seq } = await house.log.bounds(room);
  const reason = encodeText("it is");
  cy.socket.write({ kind: ClientKind.report, request: 9, room, seq, reason });
  const back = await house.enter(ada, "yard/back");
  send(ada, back.room, 1, "look at this");
  await house.loop.settle();
  await later(house, 2);
  await round(house);
  // The room says nothing of it, so neither goes.
  expect(await house.log.bounds(back.room)).toEqual({ first: 1, head: 2 });
  await does(settings, { keepHours: 1 });
  await house.enter(ada, "yard/back");
  expect(decodeStanding(ada.last(ServerKind.standing).parts).settings.keepHours).toBe(1);
  const next = await house.restart();
  await round(next);
  // What was noted just now, of the settings, is young.
  expect(await next.log.bounds(back.room)).toEqual({ first: 3, head: 3 });
});

test("the round knows it after a restart without loading a room that has nothing to lose", async () => {
  const { house, room, does } = await ownedYard();
  await does(settings, { keepHours: 1 });
  await later(house, 0.5);
  const next = await house.restart();
  await round(next);
  expect([...next.rooms.loaded]).toEqual([]);
  await later(next, 1);
  await round(next);
  expect(await next.log.bounds(room)).toEqual({ first: 3, head: 2 });
});

/** A log that forgets a named value, or has another, as after a repair or a loss of records. */
const storedFor = async (house: FakeHouse, room: number) =>
  (await house.log.state(`retention/${room}`)).bytes;

test.each([
  ["longer", 1, 48],
  ["not at all", 1, 0],
])("what the record says wins over a value that differs: the room keeps it %s", async (_, wrong, hours) => {
  const { house, room, does } = await ownedYard();
  await does(settings, { keepHours: hours });
  const { version } = await house.log.state(`retention/${room}`);
  await house.log.setState(`retention/${room}`, version, Uint8Array.of(wrong));
  await later(house, 2);
  const next = await house.restart();
  await round(next);
  expect((await next.log.bounds(room)).first).toBe(1);
  expect([...(await storedFor(next, room))]).toEqual(hours ? [hours] : []);
});

test("a room that lost the value has it again once it is loaded", async () => {
  const { house, room, does } = await ownedYard();
  await does(settings, { keepHours: 1 });
  const { version } = await house.log.state(`retention/${room}`);
  await house.log.setState(`retention/${room}`, version, null);
  await later(house, 2);
  const next = await house.restart();
  await opened(next, "yard");
  await next.loop.settle();
  expect([...(await storedFor(next, room))]).toEqual([1]);
  await round(next);
  expect((await next.log.bounds(room)).first).toBe(3);
});

test("the value is written with the record, in one batch", async () => {
  const { house, room, does } = await ownedYard();
  const written: unknown[] = [];
  const append = house.log.append.bind(house.log);
  house.log.append = (batch) => {
    // What is done in the room is noted behind it.
    const blocks = batch.blocks.filter((block) => block.room === room);
    if (blocks.length > 0) written.push([blocks.map(({ seq }) => seq), batch.states]);
    return append(batch);
  };
  await does(settings, { keepHours: 24 });
  await does(settings, { slowSeconds: 5 });
  await does(settings, { keepHours: 0 });
  const name = `retention/${room}`;
  expect(written).toEqual([
    [[2], [{ name, bytes: Uint8Array.of(24) }]],
    [[3], []],
    [[4], [{ name, bytes: null }]],
  ]);
});

test("a room that ends leaves no value behind, and one of a room that is no more is taken away at the start", async () => {
  const { house, room, ada, bo, cy, does } = await ownedYard({ limits: { graceMs: 0 } });
  await does(settings, { keepHours: 1 });
  for (const socket of [ada, bo.socket, cy.socket]) socket.cut();
  await later(house, 2);
  for (let i = 0; i < 2; i++) {
    await round(house);
    await round(house);
    const ended = house.rooms.endEmpty(0, () => false);
    await house.loop.settle();
    await ended;
  }
  expect([house.rooms.has("yard"), await house.log.states("retention/", "", 9)]).toEqual([false, []]);
  await house.log.setState(`retention/${room}`, 0, Uint8Array.of(1));
  await house.log.setState("retention/x", 0, Uint8Array.of(1));
  await house.restart();
  expect(await house.log.states("retention/", "", 9)).toEqual([]);
});

test("whoever enters is told for how long the operator keeps what is said", async () => {
  const { house, ada, does } = await ownedYard({ keepMs: 48 * HOUR });
  const told = async () => {
    await house.enter(ada, "yard");
    return hoursKept(decodeStanding(ada.last(ServerKind.standing).parts));
  };
  expect(await told()).toBe(48);
  await does(settings, { keepHours: 72 });
  expect(await told()).toBe(48);
  await does(settings, { keepHours: 24 });
  expect(await told()).toBe(24);
  const free = await ownedYard();
  expect(hoursKept(decodeStanding(free.ada.last(ServerKind.standing).parts))).toBe(0);
});
