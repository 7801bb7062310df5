/**
 * The back room of a room that belongs to somebody: who is in it, who is put out of it, and what nobody else learns of
 * it.
 */
import { describe, expect, test } from "vitest";
import { maySpeak } from "../src/room/policy.ts";
import { readMessages } from "../src/session/http-room.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind, PutOutWhy, ServerKind } from "../src/wire/frames.ts";
import { noted } from "../src/wire/records/noted.ts";
import { removal } from "../src/wire/records/removal.ts";
import { report } from "../src/wire/records/report.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { text } from "../src/wire/records/text.ts";
import { topic } from "../src/wire/records/topic.ts";
import { ENTER, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { ownedYard } from "./owned-yard.ts";

const codeOf = (socket: FakeSocket) => socket.last(ServerKind.refused).code;

async function tries(yard: Awaited<ReturnType<typeof ownedYard>>, socket: FakeSocket, room = "yard/back") {
  const before = socket.frames.length;
  socket.write({ ...ENTER, room });
  await yard.house.loop.settle();
  const [answer] = socket.frames.slice(before);
  return answer?.kind === ServerKind.refused ? answer.code : answer?.kind === ServerKind.entered && answer;
}

describe("who is in it", () => {
  test("are those who look after the room; everybody else hears the same as of a room that is not there", async () => {
    const yard = await ownedYard();
    const { house, ada, bo, cy, does } = yard;
    expect(await tries(yard, ada)).toMatchObject({ name: "yard/back", head: 0 });
    expect(await tries(yard, bo.socket)).toBe(Refusal.noSuchRoom);
    await does(role, { who: bo.author, role: Role.moderator });
    await does(role, { who: cy.author, role: Role.speaker });
    expect(await tries(yard, bo.socket, "Yard/back")).toMatchObject({ name: "yard/back", head: 2 });
    expect(await tries(yard, cy.socket)).toBe(Refusal.noSuchRoom);
    for (const none of ["nowhere/back", "/back", "a/b/back", "back/back", "yard/back/back"])
      expect([none, await tries(yard, ada, none)]).toEqual([none, Refusal.noSuchRoom]);
    for (const bad of ["yard/", "yard/backs", "yard/Back"])
      expect([bad, await tries(yard, ada, bad)]).toEqual([bad, Refusal.badRoomName]);
    await house.seated("open", "Di");
    expect(await tries(yard, ada, "open/back")).toBe(Refusal.noSuchRoom);
    expect(house.rooms.has("nowhere")).toBe(false);
  });

  test("talk there, and nobody else is sent a byte of it", async () => {
    const yard = await ownedYard();
    const { house, ada, bo, cy, does } = yard;
    await does(role, { who: bo.author, role: Role.moderator });
    const { room } = await house.enter(bo.socket, "yard/back");
    await house.enter(ada, "yard/back");
    const before = cy.socket.frames.length;
    send(bo.socket, room, 1, "between us");
    await house.loop.settle();
    expect(ada.texts(room)).toEqual(["between us"]);
    expect(cy.socket.frames).toHaveLength(before);
    cy.socket.write({ kind: ClientKind.history, request: 7, room, direction: 0, seq: 9, limit: 9 });
    await house.loop.settle();
    expect(codeOf(cy.socket)).toBe(Refusal.notInRoom);
    cy.socket.write({ kind: ClientKind.send, room, nonce: 1, text: new Uint8Array([65]) });
    expect(codeOf(cy.socket)).toBe(Refusal.notInRoom);
  });

  test("goes on where one was, and is read back in pages", async () => {
    const { house, ada, does } = await ownedYard();
    for (let n = 0; n < 5; n++) await does(topic, { text: `${n}` });
    const { room, head, epoch } = await house.enter(ada, "yard/back");
    expect(head).toBe(5);
    ada.write({ kind: ClientKind.history, request: 7, room, direction: 0, seq: 4, limit: 2 });
    await house.loop.settle();
    const { blocks, more } = ada.last(ServerKind.page);
    expect([blocks.map((block) => decodeBlock(block).seq), more]).toEqual([[2, 3], true]);
    const tab = house.greet({ token: Uint8Array.of(1) });
    const entered = await house.enter(tab, "yard/back", { position: { epoch, seq: 3 } });
    expect(entered).toMatchObject({ resume: Resume.continued, start: 3, head: 5 });
    expect(tab.blocks.filter((block) => block.room === room).map(({ seq }) => seq)).toEqual([4, 5]);
  });

  test("is never counted, listed, or given over HTTP", async () => {
    const yard = await ownedYard();
    const { house, ada, does } = yard;
    const before = house.rooms.list(100);
    await does(topic, { text: "cats" });
    await house.enter(ada, "yard/back");
    await house.loop.advance(2_000);
    const { rooms, roomCount } = house.rooms.list(100);
    expect({ rooms, roomCount }).toEqual({ rooms: before.rooms, roomCount: 1 });
    const answer = await readMessages(house.house, "yard/back", { after: null, before: null, limit: 10 });
    expect(answer).toMatchObject({ ok: false, refusal: { code: "bad_room_name" } });
    const next = await house.restart();
    expect(next.rooms.list(100)).toMatchObject({ rooms: [{ name: "yard" }], roomCount: 1 });
  });

  test("does not take the place of another room", async () => {
    const yard = await ownedYard({ limits: { maxRooms: 2 } });
    const { house, ada, does } = yard;
    await house.seated("second", "Di");
    await does(topic, { text: "cats" });
    expect(await tries(yard, ada)).toMatchObject({ head: 1 });
    expect(await tries(yard, ada, "third")).toBe(Refusal.serverFull);
  });
});

describe("whoever loses the role", () => {
  test("is put out, told by person, and not let in again", async () => {
    const yard = await ownedYard();
    const { house, ada, bo, does } = yard;
    await does(role, { who: bo.author, role: Role.moderator });
    const { room } = await house.enter(bo.socket, "yard/back");
    await house.enter(ada, "yard/back");
    await does(role, { who: bo.author, role: Role.speaker });
    const put = bo.socket.last(ServerKind.putOut);
    expect(put).toEqual({
      ...{ kind: ServerKind.putOut, room, what: PutOutWhy.roleLost, until: 0, by: "Ada", reason: "" },
    });
    const before = bo.socket.frames.length;
    await does(topic, { text: "cats" });
    expect(bo.socket.frames.slice(before).filter((frame) => "room" in frame && frame.room === room)).toEqual(
      [],
    );
    expect(await tries(yard, bo.socket)).toBe(Refusal.noSuchRoom);
    // In the room itself Bo still is.
    expect((await house.rooms.open("yard"))!.presence.get(bo.author)).toBeDefined();
  });

  test("by a ban is out of both; a mute and a kick leave the back room", async () => {
    const yard = await ownedYard();
    const { house, bo, cy, does } = yard;
    for (const { author } of [bo, cy]) await does(role, { who: author, role: Role.moderator });
    for (const { socket } of [bo, cy]) await house.enter(socket, "yard/back");
    await does(sanction, { who: bo.author, what: Sanction.ban, until: 0, text: "spam" });
    expect(bo.socket.all(ServerKind.putOut).map(({ what, reason }) => [what, reason])).toEqual([
      [PutOutWhy.ban, "spam"],
      [PutOutWhy.ban, "spam"],
    ]);
    expect(await tries(yard, bo.socket)).toBe(Refusal.noSuchRoom);
    await does(sanction, { who: cy.author, what: Sanction.mute, until: 0, text: "" });
    await does(sanction, { who: cy.author, what: Sanction.kick, until: 0, text: "" });
    expect(cy.socket.all(ServerKind.putOut)).toHaveLength(1);
    expect(await tries(yard, cy.socket)).toMatchObject({ name: "yard/back" });
    await does(sanction, { who: bo.author, what: Sanction.unban, until: 0, text: "" });
    expect(await tries(yard, bo.socket)).toMatchObject({ name: "yard/back" });
  });

  test("while a word of theirs is on its way is refused it", async () => {
    const yard = await ownedYard();
    const { house, bo, does } = yard;
    await does(role, { who: bo.author, role: Role.moderator });
    const { room } = await house.enter(bo.socket, "yard/back");
    void does(role, { who: bo.author, role: Role.none }, undefined, false);
    send(bo.socket, room, 1, "one word more");
    await house.loop.settle();
    const { records } = await kept(yard);
    expect(records).toEqual([]);
    expect(codeOf(bo.socket)).toBe(Refusal.notInRoom);
  });

  test("may say nothing there, were they still in it", async () => {
    const { house, ada, bo, does } = await ownedYard();
    await does(role, { who: bo.author, role: Role.moderator });
    await house.enter(ada, "yard/back");
    const back = house.rooms.loadedBack("yard")!;
    expect(maySpeak(back, bo.author, text.kind)).toBeNull();
    await does(role, { who: bo.author, role: Role.speaker });
    for (const { kind } of [text, removal, topic])
      expect(maySpeak(back, bo.author, kind)).toMatchObject({ code: Refusal.notAllowed });
  });

  test("while entering is not let in", async () => {
    const yard = await ownedYard();
    const { house, bo, does } = yard;
    await does(role, { who: bo.author, role: Role.moderator });
    void does(role, { who: bo.author, role: Role.none }, undefined, false);
    bo.socket.write({ ...ENTER, room: "yard/back" });
    await house.loop.settle();
    expect(codeOf(bo.socket)).toBe(Refusal.noSuchRoom);
  });

  test("by giving it up goes too, and the room itself is kept in memory as long as somebody is behind it", async () => {
    const yard = await ownedYard();
    const { house, ada, bo, cy, does } = yard;
    await does(role, { who: bo.author, role: Role.moderator });
    await house.enter(bo.socket, "yard/back");
    for (const socket of [ada, bo.socket, cy.socket])
      socket.write({ kind: ClientKind.leave, room: yard.room });
    await house.loop.settle();
    const room = await house.rooms.open("yard");
    house.rooms.release(room!);
    for (let i = 0; i < 300; i++) {
      const other = house.greet();
      const { room } = await house.enter(other, `other ${i}`);
      send(other, room, 1);
      await house.loop.settle();
      other.write({ kind: ClientKind.leave, room });
    }
    await house.loop.settle();
    expect(house.rooms.isOpen(room!)).toBe(true);
    await house.enter(ada, "yard");
    await does(role, { who: bo.author, role: Role.none });
    expect(bo.socket.all(ServerKind.putOut)).toHaveLength(1);
    await house.loop.settle();
    expect(house.rooms.loadedBack("yard")).toBeUndefined();
  });
});

async function kept({ house }: Awaited<ReturnType<typeof ownedYard>>) {
  const back = await house.rooms.backRooms.open("yard");
  const blocks = await house.log.readForward(back!.number, 1, EVERYTHING);
  house.rooms.release(back!);
  const all = blocks.map(({ bytes }) => decodeBlock(bytes));
  return { records: all.flatMap(({ records }) => records), acts: all.flatMap(({ acts }) => acts) };
}

test("takes no acts of looking after a room, nor the server's own", async () => {
  const yard = await ownedYard();
  const { house, ada } = yard;
  const { room } = await house.enter(ada, "yard/back");
  let nonce = 10;
  const says = async (kind: number, body: Uint8Array) => {
    ada.write({ kind: ClientKind.act, room, nonce: ++nonce, act: kind, body });
    await house.loop.settle();
    return codeOf(ada);
  };
  expect(await says(topic.kind, topic.write({ text: "cats" }))).toBe(Refusal.backRoom);
  expect(await says(role.kind, role.write({ who: 2, role: Role.owner }))).toBe(Refusal.backRoom);
  const about = { front: 1, by: 1, person: 0, personName: "" };
  const note = noted.write({ ...about, act: 10, at: 0, said: new Uint8Array(0) });
  expect(await says(noted.kind, note)).toBe(Refusal.unknownKind);
  expect(await says(report.kind, report.write({ ...about, excerpt: "", text: "" }))).toBe(
    Refusal.unknownKind,
  );
});
