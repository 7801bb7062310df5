/** Bans that keep out newcomers from the same address: whom they hold, how long, and what is stored of the address. */
import { expect, test } from "vitest";
import { AddressBans, MAX_ADDRESS_BANS, MAX_MARKS, MAX_SEEN } from "../src/room/address-bans.ts";
import { addressMarks } from "../src/server/address-marks.ts";
import { Visitor } from "../src/server/visitors.ts";
import { Account } from "../src/session/account.ts";
import { BlockReader } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind, type WelcomeFrame } from "../src/wire/frames.ts";
import { Sanction, type SanctionBody, sanction } from "../src/wire/records/sanction.ts";
import { ENTER, type FakeHouse, HELLO, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { LogFolder } from "./log-folder.ts";
import { ownedYard } from "./owned-yard.ts";
import { RawClient } from "./raw-client.ts";
import { runServer } from "./running-server.ts";

const HOUR = 3_600_000;
let names = 0;

/** The refusal, or null: entered. */
async function comes(house: FakeHouse, from: Account, token = new Uint8Array(0)) {
  const socket = house.connect(from);
  socket.write({ ...HELLO, name: `Guest ${++names}`, token });
  socket.write({ ...ENTER, anyName: true });
  await house.loop.settle();
  const [refused] = socket.all(ServerKind.refused);
  const { author } = socket.last(ServerKind.welcome);
  return { socket, author, refused: refused?.code ?? null, retryAfterMs: refused?.retryAfterMs };
}

/** A room of Ada's, into which Mal came from the school. */
async function school(options = {}) {
  const yard = await ownedYard(options);
  const address = new Account();
  const mal = await comes(yard.house, address);
  const rules = (what: Sanction, more: Partial<SanctionBody> = {}) =>
    yard.does(sanction, { who: mal.author, what, until: 0, text: "", ...more });
  const ban = (more: Partial<SanctionBody> = {}) => rules(Sanction.ban, { address: true, ...more });
  return { ...yard, address, mal, rules, ban };
}

/** Of the last sanction that is stored. */
async function lastSaid({ log }: FakeHouse, room: number): Promise<SanctionBody | undefined> {
  let last: SanctionBody | undefined;
  for (const { bytes } of await log.readForward(room, 1, EVERYTHING)) {
    const r = new BlockReader(bytes);
    while (r.next()) if (r.kind === sanction.kind) last = sanction.read(r.body.slice());
  }
  return last;
}

const stored = async ({ log }: FakeHouse) => (await log.states("address/", "", 100)).map(({ name }) => name);

test("whoever is new and comes from there is kept out with the time; who wrote there before, or is there, is not", async () => {
  const { house, room, address, mal, ban } = await school();
  const writer = await comes(house, address);
  send(writer.socket, room, 1, "hello");
  const quiet = await comes(house, address);
  await house.loop.settle();
  expect(await ban({ until: house.loop.now() + HOUR })).toBeNull();
  expect(mal.socket.last(ServerKind.putOut).what).toBe(Sanction.ban);
  const again = await comes(house, address);
  expect(again).toMatchObject({ refused: Refusal.banned, retryAfterMs: HOUR });
  expect((await comes(house, new Account())).refused).toBeNull();
  const token = (author: number) => Uint8Array.of(author);
  // Another tab of somebody who said nothing, and is here.
  expect((await comes(house, address, token(quiet.author))).refused).toBeNull();
  writer.socket.write({ kind: ClientKind.leave, room });
  await house.loop.settle();
  expect((await comes(house, address, token(writer.author))).refused).toBeNull();
  expect((await comes(house, address, token(mal.author))).refused).toBe(Refusal.banned);
  expect(await lastSaid(house, room)).toMatchObject({ what: Sanction.ban, address: true });
});

test("a plain ban keeps out one person", async () => {
  const { house, address, rules } = await school();
  await rules(Sanction.ban);
  expect((await comes(house, address)).refused).toBeNull();
  expect(await stored(house)).toEqual([]);
});

test.each([
  ["an unban", Sanction.unban],
  ["a later plain ban", Sanction.ban],
])("%s ends it, and nothing of it stays stored", async (_, what) => {
  const { house, address, ban, rules } = await school();
  await ban();
  expect(await stored(house)).toEqual(["address/1"]);
  expect(await rules(what)).toBeNull();
  expect((await comes(house, address)).refused).toBeNull();
  expect(await stored(house)).toEqual([]);
  const next = await house.restart();
  expect((await comes(next, address)).refused).toBeNull();
});

test("it ends with the ban, and goes at the next start", async () => {
  const { house, address, ban } = await school();
  await ban({ until: house.loop.now() + HOUR });
  await house.loop.advance(HOUR - 1);
  expect((await comes(house, address)).refused).toBe(Refusal.banned);
  await house.loop.advance(1);
  expect((await comes(house, address)).refused).toBeNull();
  await house.restart();
  expect(await stored(house)).toEqual([]);
});

test("it holds over a restart, and after retention took the record", async () => {
  const { house, room, address, ban } = await school();
  await ban();
  const all = house.rooms.applyRetention(house.loop.now() + HOUR, 0, () => false);
  await house.loop.settle();
  await all;
  const next = await house.restart();
  expect((await comes(next, address)).refused).toBe(Refusal.banned);
  expect((await comes(next, new Account())).refused).toBeNull();
  expect((await next.log.bounds(room)).first).toBeGreaterThan(2);
});

test("of two people who were banned at one address each counts for itself", async () => {
  const { house, address, mal, ban, rules } = await school();
  const other = await comes(house, address);
  await ban();
  await ban({ who: other.author, until: house.loop.now() + HOUR });
  await rules(Sanction.unban, { who: mal.author });
  expect(await comes(house, address)).toMatchObject({ refused: Refusal.banned, retryAfterMs: HOUR });
  await rules(Sanction.unban, { who: other.author });
  expect((await comes(house, address)).refused).toBeNull();
});

test("of somebody who left the address is remembered for a day; after that, and after a restart, the record says a plain ban", async () => {
  const { house, room, address, mal, ban } = await school();
  mal.socket.write({ kind: ClientKind.leave, room });
  await house.loop.advance(23 * HOUR);
  await ban();
  expect((await comes(house, address)).refused).toBe(Refusal.banned);

  const late = await school();
  late.mal.socket.write({ kind: ClientKind.leave, room });
  await late.house.loop.advance(25 * HOUR);
  expect(await late.ban()).toBeNull();
  expect(await lastSaid(late.house, room)).toEqual({
    who: late.mal.author,
    what: Sanction.ban,
    until: 0,
    text: "",
  });
  expect((await comes(late.house, late.address)).refused).toBeNull();
  expect(await stored(late.house)).toEqual([]);

  // Who is here all the time is known however long ago they came.
  const here = await school();
  await here.house.loop.advance(50 * HOUR);
  await here.ban();
  expect((await comes(here.house, here.address)).refused).toBe(Refusal.banned);

  const before = await school();
  const next = await before.house.restart();
  const ada = next.greet({ token: Uint8Array.of(1), name: "Ada" });
  await next.enter(ada, "yard");
  const body = sanction.write({
    who: before.mal.author,
    what: Sanction.ban,
    until: 0,
    text: "",
    address: true,
  });
  ada.write({ kind: ClientKind.act, room, nonce: 9, act: sanction.kind, body });
  await next.loop.settle();
  expect((await lastSaid(next, room))?.address).toBeUndefined();
});

test("who is banned a second time with the address keeps it, though they are gone for long", async () => {
  const { house, address, ban } = await school();
  await ban({ until: house.loop.now() + HOUR });
  const next = await house.restart();
  const ada: FakeSocket = next.greet({ token: Uint8Array.of(1), name: "Ada" });
  const { room } = await next.enter(ada, "yard");
  const body = sanction.write({ who: 4, what: Sanction.ban, until: 0, text: "", address: true });
  ada.write({ kind: ClientKind.act, room, nonce: 9, act: sanction.kind, body });
  await next.loop.settle();
  await next.loop.advance(2 * HOUR);
  expect((await comes(next, address)).refused).toBe(Refusal.banned);
});

test("it is said by those who may ban, of a ban alone", async () => {
  const { house, bo, mal, does } = await school();
  const said = (what: Sanction) => ({ who: mal.author, what, until: 0, text: "", address: true });
  expect(await does(sanction, said(Sanction.ban), bo.socket)).toBe(Refusal.notAllowed);
  for (const what of [Sanction.kick, Sanction.mute, Sanction.unban, Sanction.unmute])
    expect(await does(sanction, said(what))).toBe(Refusal.badBody);
  expect(await stored(house)).toEqual([]);
});

test("a room that ends takes it along, and an open one keeps nothing", async () => {
  const { house, room, mal, ban } = await school({ limits: { graceMs: 0 } });
  await ban();
  const others = [...house.transport.sockets];
  for (const socket of others) socket.session?.closed();
  void mal;
  for (let n = 0; n < 2; n++) {
    void house.rooms.applyRetention(house.loop.now() + HOUR, 0, () => false);
    await house.loop.settle();
  }
  await house.rooms.endEmpty(0, () => false);
  await house.loop.settle();
  expect(house.rooms.has("yard")).toBe(false);
  expect(await stored(house)).toEqual([]);
  void room;
});

test("no more is known than there is place for", () => {
  const bans = new AddressBans();
  for (let n = 0; n < 9; n++) bans.seen(1, `mark ${n}`, 0);
  expect(bans.marksOf(1, true, 0)).toEqual(["mark 5", "mark 6", "mark 7", "mark 8"]);
  expect(bans.marksOf(1, true, 0)).toHaveLength(MAX_MARKS);
  for (let author = 2; author < MAX_SEEN + 2; author++) bans.seen(author, "mark", 0);
  expect(bans.marksOf(1, true, 0)).toEqual([]);
  const marks = Array.from({ length: MAX_MARKS }, (_, n) => `${n}`.repeat(32));
  for (let author = 1; author <= MAX_ADDRESS_BANS; author++) bans.ban(2 ** 52 + author, { until: 5, marks });
  expect(bans.hasPlace(1, 4)).toBe(false);
  expect(bans.hasPlace(2 ** 52 + 1, 4)).toBe(true);
  const bytes = bans.encode(4)!;
  // What a named value of the log has place for.
  expect(bytes.length).toBeLessThan(64 * 1024);
  expect(new AddressBans().decode(bytes).encode(4)).toEqual(bytes);
  expect(bans.encode(5)).toBeNull();
  expect(bans.hasPlace(1, 5)).toBe(true);
  expect(bans.size).toBe(0);
});

test("a mark is the same for an address, and another in another room or under another secret; it holds nothing of the address", () => {
  const secret = new Uint8Array(32).fill(1);
  const here = new Visitor(null, "\x7f\0\0\x01");
  const markOf = addressMarks(secret);
  const mark = markOf(here, 1)!;
  expect(mark).toMatch(/^[0-9a-f]{32}$/);
  expect(markOf(new Visitor(null, "\x7f\0\0\x01"), 1)).toBe(mark);
  const others = [
    markOf(here, 2),
    markOf(new Visitor(null, "\x7f\0\0\x02"), 1),
    addressMarks(new Uint8Array(32))(here, 1),
  ];
  expect(new Set([mark, ...others]).size).toBe(4);
  // Who shares an account with strangers has none.
  expect(markOf(new Visitor(null), 1)).toBeNull();
  expect(markOf(new Account(), 1)).toBeNull();
});

test("it holds for an address behind a proxy, IPv6 by its network, and in a data folder that was moved", async () => {
  using folder = new LogFolder();
  const setting = { trustedProxies: ["loopback"] };
  const come = async (url: string, from: string) => {
    const client = await RawClient.open(url, { headers: { "X-Forwarded-For": from } });
    client.write({ ...HELLO, name: `Guest ${++names}` });
    await client.until(() => client.frames.length > 0, "a welcome");
    client.write({ ...ENTER, anyName: true });
    const answers: number[] = [ServerKind.entered, ServerKind.refused];
    const answer = () => client.frames.find(({ kind }) => answers.includes(kind));
    await client.until(() => answer() !== undefined, "an answer");
    const found = answer()!;
    const { author } = client.frames[0] as WelcomeFrame;
    return { client, author, code: found.kind === ServerKind.refused ? found.code : null };
  };
  let log = await folder.open();
  let server = await runServer({ ...setting, log });
  const ada = await RawClient.greeted(server.socketUrl, "Ada");
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "yard" });
  await ada.until(() => ada.frames.some(({ kind }) => kind === ServerKind.made), "a room");
  const { room } = await ada.enter("yard");
  const mal = await come(server.socketUrl, "2001:db8:1:2:3::4");
  const body = sanction.write({ who: mal.author, what: Sanction.ban, until: 0, text: "", address: true });
  ada.write({ kind: ClientKind.act, room, nonce: 2, act: sanction.kind, body });
  await mal.client.until(() => mal.client.frames.some(({ kind }) => kind === ServerKind.putOut), "its end");
  expect((await come(server.socketUrl, "2001:db8:1:2:ffff::")).code).toBe(Refusal.banned);
  expect((await come(server.socketUrl, "2001:db8:1:3::4")).code).toBeNull();
  const { bytes } = (await log.states("address/", "", 1))[0]!;
  expect(Buffer.from(bytes).includes("2001")).toBe(false);
  await server.stop();
  await log.close();

  using moved = folder.copy();
  log = await moved.open();
  server = await runServer({ ...setting, log });
  expect((await come(server.socketUrl, "2001:db8:1:2::9")).code).toBe(Refusal.banned);
  expect((await come(server.socketUrl, "192.0.2.7")).code).toBeNull();
  await server.stop();
  await log.close();
});
