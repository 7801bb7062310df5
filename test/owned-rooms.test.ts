/** Rooms that belong to somebody: how they are made and found again, and who has which role in them. */
import { describe, expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { kinds } from "../src/client/client.ts";
import { MAX_ROLES } from "../src/room/policy.ts";
import { Roles } from "../src/room/roles.ts";
import { isUnlistedName, unlistedName } from "../src/room/unlisted-names.ts";
import { type ActRecord, decodeBlock } from "../src/wire/block.ts";
import { WireError } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { founding } from "../src/wire/records/founding.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { FakeHouse, type HouseOptions, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { runServer } from "./running-server.ts";

let requests = 0;

/** The name of the room that was made, or the code of the refusal. */
async function make(house: FakeHouse, socket: FakeSocket, room: string, unlisted = false) {
  const request = ++requests;
  socket.write({ kind: ClientKind.makeRoom, request, unlisted, room });
  await house.loop.settle();
  const made = socket.all(ServerKind.made).find((frame) => frame.request === request);
  return made?.room ?? socket.all(ServerKind.refused).find((frame) => frame.request === request)?.code;
}

/** A room that Ada made, with Ada, Bo and Cy in it. */
async function owned(options: HouseOptions = {}) {
  const house = new FakeHouse(options);
  const socket = house.greet({ name: "Ada" });
  await make(house, socket, "yard");
  const { room } = await house.enter(socket, "yard");
  const bo = await house.seated("yard", "Bo");
  const cy = await house.seated("yard", "Cy");
  const nonces = new Map<FakeSocket, number>([[socket, 1]]);
  const give = async (by: FakeSocket, who: number, to: number, settle = true) => {
    const nonce = (nonces.get(by) ?? 0) + 1;
    nonces.set(by, nonce);
    const before = by.frames.length;
    const body = role.write({ who, role: to as Role });
    by.write({ kind: ClientKind.act, room, nonce, act: role.kind, body });
    if (settle) await house.loop.settle();
    const refused = by.frames.slice(before).find((frame) => frame.kind === ServerKind.refused);
    return refused ? (refused as { code: Refusal }).code : null;
  };
  const rolesOf = async (from = house) => (await from.rooms.open("yard"))!.projections.roles!;
  return { house, room, ada: { socket, author: 1 }, bo, cy, give, rolesOf };
}

describe("a room that is made", () => {
  test("has its founding as first record, written with its name, and is its maker's after a restart", async () => {
    const { house, room, rolesOf } = await owned();
    const [block] = await house.log.readForward(room, 1, EVERYTHING);
    expect(decodeBlock(block!.bytes)).toMatchObject({
      seq: 1,
      acts: [{ kind: founding.kind, author: 1, nonce: 1, name: "Ada", unlisted: false }],
    });
    const next = await house.restart();
    expect((await rolesOf(next)).of(1)).toBe(Role.owner);
    expect((await rolesOf(next)).of(2)).toBe(Role.none);
  });

  test("takes no name that a room has, and answers its owner alike as often as it is asked", async () => {
    const { house, ada, bo } = await owned();
    expect(await make(house, ada.socket, "Yard")).toBe("yard");
    expect(await make(house, bo.socket, "yard")).toBe(Refusal.roomExists);
    await house.enter(bo.socket, "open");
    expect(await make(house, ada.socket, "open")).toBe(Refusal.roomExists);
    expect(await make(house, ada.socket, "a/b")).toBe(Refusal.badRoomName);
    const next = await house.restart();
    const again = next.greet({ token: Uint8Array.of(1) });
    expect(await make(next, again, "yard")).toBe("yard");
    expect((await next.log.readForward(1, 1, EVERYTHING)).length).toBe(1);
  });

  test("is one person's, when two ask for the same name at once", async () => {
    const house = new FakeHouse();
    const [ada, bo] = [house.greet({ name: "Ada" }), house.greet({ name: "Bo" })];
    expect(await Promise.all([make(house, ada, "yard"), make(house, bo, "yard")])).toEqual([
      "yard",
      Refusal.roomExists,
    ]);
    expect(house.rooms.count).toBe(1);
  });

  test("costs what a room costs that is entered first", async () => {
    const house = new FakeHouse({ limits: { maxRooms: 1 } });
    const ada = house.greet();
    expect(await make(house, ada, "one")).toBe("one");
    expect(await make(house, ada, "two")).toBe(Refusal.serverFull);
  });

  test("stays its owner's when retention took the founding", async () => {
    const { house, room, ada, rolesOf } = await owned();
    for (let nonce = 2; nonce < 6; nonce++) {
      send(ada.socket, room, nonce);
      await house.loop.settle();
    }
    const done = house.rooms.applyRetention(0, 2, () => false);
    await house.loop.advance(100);
    await done;
    expect((await house.log.bounds(room)).first).toBeGreaterThan(1);
    expect((await rolesOf(await house.restart())).of(1)).toBe(Role.owner);
  });
});

describe("an unlisted room", () => {
  test("is in no list, listed or not by who is in it, and is entered by its whole name alone", async () => {
    const house = new FakeHouse();
    const ada = house.greet({ name: "Ada" });
    const name = (await make(house, ada, "Book Club", true)) as string;
    expect(name).toMatch(/^book-club~[a-z2-7]{13}$/);
    expect(await make(house, ada, "", true)).toMatch(/^~[a-z2-7]{13}$/);
    await house.enter(ada, name);
    await house.enter(ada, "open");
    const next = await house.restart();
    for (const { rooms } of [house.rooms.list(100), next.rooms.list(100)])
      expect(rooms.every((room) => room.name === "open")).toBe(true);
    const bo = house.greet({ name: "Bo" });
    expect(await house.enter(bo, name)).toMatchObject({ name });
    const wrong = name.replace(/.$/, (last) => (last === "a" ? "b" : "a"));
    bo.write({
      ...{ kind: ClientKind.enter, anyName: false, history: 0, position: null },
      request: 9,
      room: wrong,
    });
    await house.loop.settle();
    expect(bo.last(ServerKind.refused)).toMatchObject({ request: 9, code: Refusal.noSuchRoom });
    expect(house.rooms.has(wrong)).toBe(false);
  });

  test("has all 64 bits in its name, in a form that no chosen name has by chance", () => {
    const names = new Set<string>();
    for (let bit = 0; bit < 64; bit++) {
      const random = new Uint8Array(8);
      random[bit >> 3] = 1 << (bit & 7);
      names.add(unlistedName("club", random));
    }
    expect(names.size).toBe(64);
    expect([...names].every(isUnlistedName)).toBe(true);
    for (const name of ["club", "announcements", "club~", "club~announcement", "~announcements1"])
      expect(isUnlistedName(name)).toBe(false);
  });
});

test("a bot makes a room of its own on a server, and says there who else looks after it", async () => {
  await using server = await runServer({});
  const client = visitor(Number(new URL(server.socketUrl).port), "127.0.0.1", {});
  client.start();
  const names = await Promise.all(["club", "club"].map((name) => client.makeRoom(name, true)));
  expect(new Set(names).size).toBe(2);
  expect(names.every(isUnlistedName)).toBe(true);
  const acts: ActRecord[] = [];
  const room = client.enter(names[0]!, { listener: { acted: (some) => acts.push(...some) } });
  room.act(kinds.role, { who: 77, role: Role.moderator });
  await expect.poll(() => acts).toHaveLength(2);
  expect(acts).toMatchObject([{ kind: founding.kind }, { kind: role.kind, who: 77, role: Role.moderator }]);
  client.stop();
});

describe("roles", () => {
  test("are the owners' to give, and moderators say who is a speaker", async () => {
    const { bo, cy, ada, give, rolesOf } = await owned();
    expect(await give(bo.socket, cy.author, Role.speaker)).toBe(Refusal.notAllowed);
    expect(await give(ada.socket, bo.author, Role.moderator)).toBeNull();
    expect(await give(bo.socket, cy.author, Role.speaker)).toBeNull();
    expect(await give(bo.socket, cy.author, Role.moderator)).toBe(Refusal.notAllowed);
    expect(await give(bo.socket, ada.author, Role.none)).toBe(Refusal.notAllowed);
    expect(await give(bo.socket, bo.author, Role.owner)).toBe(Refusal.notAllowed);
    expect(await give(cy.socket, cy.author, Role.none)).toBeNull();
    const roles = await rolesOf();
    expect([1, 2, 3].map((author) => roles.of(author))).toEqual([Role.owner, Role.moderator, Role.none]);
  });

  test("leave one owner in any case", async () => {
    const { bo, ada, give, rolesOf } = await owned();
    expect(await give(ada.socket, ada.author, Role.none)).toBe(Refusal.lastOwner);
    expect(await give(ada.socket, bo.author, Role.owner)).toBeNull();
    expect(await give(ada.socket, ada.author, Role.none)).toBeNull();
    expect((await rolesOf()).owners).toBe(1);
  });

  test("that were lost a moment ago, and are not stored yet, are not used any more", async () => {
    const { house, room, ada, bo, cy, give, rolesOf } = await owned();
    await give(ada.socket, bo.author, Role.moderator);
    void give(ada.socket, bo.author, Role.none, false);
    void give(bo.socket, cy.author, Role.speaker, false);
    // What comes behind it keeps its place.
    send(bo.socket, room, 2, "and this?");
    await house.loop.settle();
    expect(bo.socket.last(ServerKind.refused)).toMatchObject({ request: 1, code: Refusal.notAllowed });
    expect((await rolesOf()).of(cy.author)).toBe(Role.none);
    const blocks = await house.log.readForward(room, 1, EVERYTHING);
    const last = decodeBlock(blocks.at(-1)!.bytes).records.at(-1);
    expect(last).toMatchObject({ author: bo.author, nonce: 2, text: "and this?" });
  });

  test("are had by no more than a thousand", async () => {
    const { ada, bo, give, rolesOf } = await owned({ limits: { messagesPerSecond: 0 } });
    const roles = await rolesOf();
    for (let who = 100; roles.size < MAX_ROLES; who++) await give(ada.socket, who, Role.speaker);
    expect(await give(ada.socket, bo.author, Role.speaker)).toBe(Refusal.tooManyKept);
    expect(await give(ada.socket, 100, Role.moderator)).toBeNull();
    expect(await give(ada.socket, 100, Role.none)).toBeNull();
    expect(await give(ada.socket, bo.author, Role.speaker)).toBeNull();
  });

  test.each([
    ["a role of nobody", role.write({ who: 0, role: Role.speaker })],
    ["a role that there is not", role.write({ who: 2, role: 4 as Role })],
    ["bytes left over", Uint8Array.of(2, 1, 0)],
    ["none", Uint8Array.of()],
  ])("are refused with %s", async (_, body) => {
    const { house, room, ada } = await owned();
    ada.socket.write({ kind: ClientKind.act, room, nonce: 2, act: role.kind, body });
    await house.loop.settle();
    expect(ada.socket.last(ServerKind.refused)).toMatchObject({ request: 2, code: Refusal.badBody });
  });

  test("stand in a snapshot, and in none that cannot be read", () => {
    const bytes = [2, 2, 1, 3, 1, 0x41, 0x90, 3, 2, 0];
    // The second has the layout of before, without names.
    for (const known of [bytes, [1, 2, 1, 3, 0x90, 3, 2]]) {
      const roles = new Roles();
      roles.decode(Uint8Array.from(known));
      expect([roles.of(1), roles.of(400), roles.of(2)]).toEqual([Role.owner, Role.moderator, Role.none]);
      expect(roles.holders.get(1)!.name).toBe(known === bytes ? "A" : "");
      if (known === bytes) expect([...roles.encode()]).toEqual(bytes);
    }
    for (const bad of [[], [3, 0], [2, 1, 1], [2, 1, 1, 1], [1, 1, 1], [...bytes, 0]])
      expect(() => new Roles().decode(Uint8Array.from(bad))).toThrow(WireError);
  });

  test("do not exist in an open room, and nobody says a founding", async () => {
    const house = new FakeHouse();
    const { socket, room } = await house.seated("open", "Ada");
    const acts = [
      [role.kind, role.write({ who: 1, role: Role.owner }), Refusal.openRoom],
      [founding.kind, founding.write({ unlisted: false }), Refusal.unknownKind],
    ] as const;
    for (const [act, body, code] of acts) {
      socket.write({ kind: ClientKind.act, room, nonce: 1, act, body });
      await house.loop.settle();
      expect(socket.last(ServerKind.refused)).toMatchObject({ code });
    }
  });
});
