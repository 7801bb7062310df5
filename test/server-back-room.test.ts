/** The server's own back room: what is reported in open rooms, and what was ordered, for whoever operates the server. */
import { describe, expect, test } from "vitest";
import { MAX_REPORTS_AN_HOUR } from "../src/room/ledger.ts";
import { readMessages } from "../src/session/http-room.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, PutOutWhy, ServerKind } from "../src/wire/frames.ts";
import { decodeOrder, Order, type OrderBody, Sort } from "../src/wire/orders.ts";
import { noted } from "../src/wire/records/noted.ts";
import { report } from "../src/wire/records/report.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { topic } from "../src/wire/records/topic.ts";
import { actsOf } from "./back-logs.ts";
import { FakeHouse, type HouseOptions, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { answerTo, enters, KEY, operatedYard } from "./operated-yard.ts";

const BACK = "/back";
let request = 5_000;

async function reports(house: FakeHouse, socket: FakeSocket, room: number, seq: number, reason = "") {
  const asked = ++request;
  socket.write({ kind: ClientKind.report, request: asked, room, seq, reason: encodeText(reason) });
  await house.loop.settle();
  return answerTo(socket, asked);
}

/** An open room in which Bo wrote messages 1 and up. */
async function yardOf(options: HouseOptions = {}, messages = 1) {
  const yard = await operatedYard({ limits: { messagesPerSecond: 0 }, ...options });
  for (let n = 1; n <= messages; n++) send(yard.bo.socket, yard.room, n, `message ${n}`);
  await yard.house.loop.settle();
  const told = async () =>
    (await actsOf(yard.house.log, BACK)).map(({ kind, ...rest }) => ({ kind, ...rest }));
  return { ...yard, told };
}

describe("a report of an open room", () => {
  test("is heard by whoever operates the server, with the name of the room", async () => {
    const { house, room, bo, cy, op, shows, told } = await yardOf();
    expect(await reports(house, cy.socket, room, 1, "rude")).toBeNull();
    expect(cy.socket.last(ServerKind.reported)).toMatchObject({ room, seq: 1 });
    expect(await reports(house, cy.socket, room, 1)).toBe(Refusal.alreadyReported);
    const about = { front: 1, by: cy.author, person: bo.author, personName: "Bo", excerpt: "message 1" };
    expect(await told()).toMatchObject([
      { kind: report.kind, author: 0, name: "Cy", room: "yard", ...about, text: "rude" },
    ]);
    // The message of that number in another room is another one.
    const other = await house.enter(bo.socket, "other");
    await house.enter(cy.socket, "other");
    send(bo.socket, other.room, other.nonce + 1, "elsewhere");
    await house.loop.settle();
    expect(await reports(house, cy.socket, other.room, 1)).toBeNull();
    await shows();
    const { head } = await house.enter(op.socket, BACK);
    expect(head).toBe(2);
  });

  test("is refused by a server that nobody operates", async () => {
    const house = new FakeHouse();
    const bo = await house.seated("yard", "Bo");
    const cy = await house.seated("yard", "Cy");
    send(bo.socket, bo.room, 1);
    await house.loop.settle();
    expect(await reports(house, cy.socket, bo.room, 1)).toBe(Refusal.openRoom);
    expect(house.rooms.has(BACK)).toBe(false);
  });

  test("goes to the room itself once that was taken over", async () => {
    const { house, room, cy, shows, does, told } = await yardOf({}, 2);
    await shows();
    await does(topic, { text: "cats" });
    expect(await reports(house, cy.socket, room, 2)).toBeNull();
    expect(await told()).toEqual([]);
    expect((await actsOf(house.log, "yard/back")).filter(({ kind }) => kind === report.kind)).toHaveLength(1);
  });

  test("is one of so many in an hour, wherever they come from, also after a restart", async () => {
    const { house, room, cy, op } = await yardOf({}, MAX_REPORTS_AN_HOUR + 1);
    for (let seq = 1; seq <= MAX_REPORTS_AN_HOUR; seq++) {
      expect(await reports(house, cy.socket, room, seq)).toBeNull();
      if (seq === 1) await house.loop.advance(60_000);
    }
    const other = await house.enter(cy.socket, "other");
    await house.enter(op.socket, "other");
    send(cy.socket, other.room, other.nonce + 1);
    await house.loop.settle();
    expect(await reports(house, op.socket, other.room, 1)).toBe(Refusal.tooFast);
    const next = await house.restart({ operatorKey: KEY });
    const again = next.greet({ token: Uint8Array.of(cy.author) });
    const back = await next.enter(again, "yard");
    expect(await reports(next, again, back.room, 1)).toBe(Refusal.alreadyReported);
    expect(await reports(next, again, back.room, MAX_REPORTS_AN_HOUR + 1)).toBe(Refusal.tooFast);
    expect(next.damages).toEqual([]);
  });
});

describe("in it", () => {
  test("is nobody but whoever operates the server, and nobody else learns of it", async () => {
    const { house, room, bo, cy, op, shows } = await yardOf();
    await reports(house, cy.socket, room, 1);
    const before = house.rooms.list(100);
    for (const socket of [bo.socket, op.socket])
      expect(await enters(house, socket, BACK)).toBe(Refusal.noSuchRoom);
    expect(house.rooms.loadedBack("")).toBeUndefined();
    await shows();
    expect(await enters(house, op.socket, BACK)).toBeNull();
    expect(await enters(house, bo.socket, BACK)).toBe(Refusal.noSuchRoom);
    await house.loop.advance(2_000);
    const { rooms, roomCount } = house.rooms.list(100);
    expect({ rooms, roomCount }).toEqual({ rooms: before.rooms, roomCount: 1 });
    const page = { after: null, before: null, limit: 10 };
    expect(await readMessages(house.house, BACK, page)).toMatchObject({ refusal: { code: "bad_room_name" } });
    const own = op.socket.last(ServerKind.entered).room;
    op.socket.write({
      kind: ClientKind.act,
      room: own,
      nonce: 1,
      act: topic.kind,
      body: topic.write({ text: "x" }),
    });
    await house.loop.settle();
    expect(op.socket.last(ServerKind.refused).code).toBe(Refusal.backRoom);
    const heard = bo.socket.frames.length;
    send(op.socket, own, 2, "between us");
    await house.loop.settle();
    expect(op.socket.texts(own)).toEqual(["between us"]);
    expect(bo.socket.frames).toHaveLength(heard);
    expect(await reports(house, op.socket, own, 2)).toBe(Refusal.backRoom);
  });

  test("is nobody any more whose last connection with the key ended, nor in other back rooms", async () => {
    const { house, room, bo, cy, op, shows, does } = await yardOf();
    await shows();
    const tab = house.greet({ token: Uint8Array.of(op.author), name: "Op" });
    await does(role, { who: bo.author, role: Role.moderator });
    const rooms: number[] = [];
    for (const name of [BACK, "yard/back"]) rooms.push((await house.enter(tab, name)).room);
    await house.enter(bo.socket, "yard/back");
    await reports(house, cy.socket, room, 1);
    op.socket.cut();
    await house.loop.settle();
    const put = { what: PutOutWhy.roleLost, until: 0, by: "Op", reason: "" };
    expect(tab.all(ServerKind.putOut)).toEqual(
      rooms.map((one) => ({ kind: ServerKind.putOut, room: one, ...put })),
    );
    expect(bo.socket.all(ServerKind.putOut)).toEqual([]);
    expect(await enters(house, tab, BACK)).toBe(Refusal.noSuchRoom);
    expect(house.rooms.loadedBack("")).toBeUndefined();
  });

  test("is whoever has the key still on another connection", async () => {
    const { house, op, shows } = await yardOf();
    await shows();
    const tab = house.greet({ token: Uint8Array.of(op.author), name: "Op" });
    await shows(KEY, tab);
    await house.enter(tab, BACK);
    op.socket.cut();
    await house.loop.settle();
    expect(tab.all(ServerKind.putOut)).toEqual([]);
  });

  test("stands what was told before a restart, and nobody reads it where the server has no key any more", async () => {
    const { house, room, cy, op } = await yardOf();
    await reports(house, cy.socket, room, 1);
    const next = await house.restart({ operatorKey: KEY });
    const again = next.greet({ token: Uint8Array.of(op.author), name: "Op" });
    again.write({ kind: ClientKind.operateAs, request: 1, body: encodeText(KEY) });
    await next.loop.settle();
    expect(await next.enter(again, BACK)).toMatchObject({ name: BACK, head: 1 });
    expect(next.rooms.list(100)).toMatchObject({ roomCount: 1, rooms: [{ name: "yard" }] });
    const without = await house.restart();
    const last = without.greet({ token: Uint8Array.of(op.author), name: "Op" });
    expect(await enters(without, last, BACK)).toBe(Refusal.noSuchRoom);
  });

  test("is trimmed by retention as any room", async () => {
    const { house, room, cy } = await yardOf();
    await reports(house, cy.socket, room, 1);
    await house.loop.advance(10_000);
    const trimmed = house.rooms.applyRetention(house.loop.now() + 1, 0, () => false);
    await house.loop.settle();
    await trimmed;
    expect(await actsOf(house.log, BACK)).toEqual([]);
    expect(house.rooms.loadedBack("")).toBeUndefined();
  });

  test("what was ordered is noted, by whom and whole, when the answer says that it is done", async () => {
    const { house, op, shows, wants, told } = await yardOf();
    await shows();
    const orders: OrderBody[] = [
      { what: Order.reserve, sort: Sort.nickname, name: "admin" },
      { what: Order.free, sort: Sort.nickname, name: "admin" },
      { what: Order.announce, until: 0, text: "tea" },
      { what: Order.close, reserve: true, room: "yard", reason: "spam" },
    ];
    for (const order of orders) expect(await wants(order)).toBeNull();
    await wants({ what: Order.list });
    expect(await wants({ what: Order.close, reserve: false, room: "nowhere", reason: "" })).toBe(
      Refusal.noSuchRoom,
    );
    const all = await told();
    expect(all).toMatchObject(
      orders.map(({ what }) => ({ kind: noted.kind, front: 0, act: what, by: op.author, name: "Op" })),
    );
    expect(all.map((act) => decodeOrder((act as unknown as { said: Uint8Array }).said))).toEqual(orders);
    expect(house.damages).toEqual([]);
  });

  test("nothing is noted that was done in a room that has its own", async () => {
    const { shows, does, told } = await yardOf();
    await shows();
    await does(takedown, { to: 1, text: "rude" });
    expect(await told()).toEqual([]);
  });
});
