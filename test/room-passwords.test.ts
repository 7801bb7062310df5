/** Rooms with a password: how they are made and entered, what is stored of them, and what tells nothing of them. */
import { describe, expect, test } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { Room } from "../src/room/room.ts";
import { RoomFlag } from "../src/room/room-flags.ts";
import { postMessage, readMessages } from "../src/session/http-room.ts";
import { NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { Sort } from "../src/wire/orders.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { settings } from "../src/wire/records/settings.ts";
import { FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import {
  answerTo,
  ask,
  type Bytes,
  closedYard,
  enter,
  isIn,
  isMade,
  isSet,
  make,
  set,
  stored,
} from "./password-yard.ts";

/** Two people, and a log that keeps its named values waiting until it is let go. */
function heldHouse() {
  const log = new MemoryLog();
  const house = new FakeHouse({ log });
  const [ada, bo] = [house.greet(), house.greet()];
  let letGo: () => void = () => undefined;
  const setState = log.setState.bind(log);
  log.setState = async (...args) => {
    await new Promise<void>((go) => {
      letGo = go;
    });
    return setState(...args);
  };
  return { house, log, ada, bo, letGo: () => letGo() };
}

describe("a room with a password", () => {
  test("is made by one who knows it, and entered by nobody else", async () => {
    const { house, ada, bo } = await closedYard();
    expect(await enter(house, bo, "yard")).toBe(Refusal.passwordNeeded);
    expect(house.hashes.made).toBe(0);
    expect(await enter(house, bo, "yard", "open")).toBe(Refusal.wrongPassword);
    expect(await enter(house, bo, "yard", "sesame")).toEqual(isIn);
    expect(ada.last(ServerKind.welcome).capabilities & 16).toBe(16);
    // Whoever is here is let in again, on another connection too.
    const other = house.greet({ token: Uint8Array.of(2) });
    expect(await enter(house, other, "yard")).toEqual(isIn);
    expect(house.hashes.made).toBe(2);
  });

  test.each([
    ["in composed and in decomposed form", "비밀번호é", "비밀번호é".normalize("NFD"), true],
    ["in another case", "Sesame", "sesame", false],
    ["with a space behind it", "sesame", "sesame ", false],
    ["of 1,024 bytes", "x".repeat(1_024), "x".repeat(1_024), true],
  ])("opens with it %s, or does not", async (_, made, shown, opens) => {
    const house = new FakeHouse();
    expect(await make(house, house.greet(), "yard", made)).toEqual(isMade("yard"));
    expect(await enter(house, house.greet(), "yard", shown)).toEqual(opens ? isIn : Refusal.wrongPassword);
  });

  test.each<[string, Bytes, Refusal]>([
    ["none", "", Refusal.emptyText],
    ["nothing that shows", "  ", Refusal.emptyText],
    ["1,025 bytes", "x".repeat(1_025), Refusal.textTooLong],
    ["NUL", "a\0b", Refusal.badText],
    ["bytes that are no UTF-8", Uint8Array.of(0xc3, 0x28), Refusal.badText],
  ])("is not made with %s, and one that is there does not open with it", async (_, password, code) => {
    const { house, ada, bo } = await closedYard();
    expect(await make(house, ada, "shed", password)).toBe(code);
    expect(house.rooms.has("shed")).toBe(false);
    expect(house.hashes.made).toBe(0);
    expect(await enter(house, bo, "yard", password)).toBe(Refusal.wrongPassword);
    // That takes as long as any other.
    expect(house.hashes.made).toBe(1);
    if (password !== "") expect(await set(house, ada, password)).toBe(code);
  });

  test("answers what is wrong as a name does that no room has, after as many hashes, and is made by nobody who guesses", async () => {
    const { house, bo } = await closedYard();
    const answers = [];
    for (const name of ["yard", "nowhere", "club~k3jqx7wd2mzba"]) {
      const before = house.hashes.made;
      await enter(house, bo, name, "guess");
      const { request: _, ...refused } = bo.last(ServerKind.refused);
      answers.push({ refused, hashes: house.hashes.made - before });
    }
    expect(answers[0]).toMatchObject({ refused: { code: Refusal.wrongPassword, room: 0 }, hashes: 1 });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(house.rooms.has("nowhere")).toBe(false);
  });

  test("is read while the hash is made, so that a room which is not in memory takes no longer", async () => {
    const { house, bo } = await closedYard();
    const next = await house.restart();
    next.hashes.isHeld = true;
    const cy = next.greet({ name: "Cy" });
    const request = ask(cy, "yard", "guess");
    await next.loop.settle();
    expect([...next.rooms.loaded].map(({ name }) => name)).toEqual(["yard"]);
    expect(answerTo(cy, request)).toBeUndefined();
    next.hashes.letGo();
    await next.loop.settle();
    expect(answerTo(cy, request)).toBe(Refusal.wrongPassword);
    void bo;
  });

  test("that has none is entered as ever, whatever is shown", async () => {
    const house = new FakeHouse();
    await make(house, house.greet(), "owned");
    await house.seated("open", "Ada");
    for (const name of ["owned", "open"])
      expect(await enter(house, house.greet(), name, "anything")).toEqual(isIn);
    expect(house.hashes.made).toBe(0);
  });

  test("lets those in without who have a role, whatever they show, and keeps out whoever wrote there", async () => {
    const { house, ada, bo, room } = await closedYard();
    const guests: FakeSocket[] = [bo, house.greet({ name: "Cy" }), house.greet({ name: "Di" })];
    for (const guest of guests) expect(await enter(house, guest, "yard", "sesame")).toEqual(isIn);
    const [boAuthor, cyAuthor] = guests.map((guest) => guest.last(ServerKind.welcome).author);
    const give = (nonce: number, who: number, to: Role) =>
      ada.write({ kind: ClientKind.act, room, nonce, act: role.kind, body: role.write({ who, role: to }) });
    give(2, boAuthor!, Role.speaker);
    give(3, cyAuthor!, Role.moderator);
    send(guests[2]!, room, 1, "here");
    await house.loop.settle();
    for (const guest of guests) guest.write({ kind: ClientKind.leave, room });
    await house.loop.settle();
    expect(await enter(house, guests[0]!, "yard")).toEqual(isIn);
    expect(await enter(house, guests[1]!, "yard", "stale")).toEqual(isIn);
    expect(await enter(house, guests[2]!, "yard")).toBe(Refusal.passwordNeeded);
  });

  test("says that it is locked only to who knows it", async () => {
    const { house, ada, bo, room } = await closedYard();
    const body = settings.write({ locked: true });
    ada.write({ kind: ClientKind.act, room, nonce: 2, act: settings.kind, body });
    await house.loop.settle();
    expect(await enter(house, bo, "yard", "guess")).toBe(Refusal.wrongPassword);
    expect(await enter(house, bo, "yard", "sesame")).toBe(Refusal.locked);
  });

  test("stands in no list, and is told nothing of over HTTP", async () => {
    const { house, ada, room } = await closedYard();
    await make(house, ada, "shown");
    send(ada, room, 2, "between us");
    await house.loop.settle();
    const listed = (here: FakeHouse) => here.rooms.list(10).rooms.map(({ name }) => name);
    expect(listed(house)).toEqual(["shown"]);
    const query = { after: null, before: null, limit: 10 };
    const read = await readMessages(house.house, "yard", query);
    expect(read).toEqual(await readMessages(house.house, "nowhere", query));
    const next = await house.restart();
    expect(listed(next)).toEqual(["shown"]);
    expect(await readMessages(next.house, "yard", query)).toEqual(read);
  });

  test("is the same after a restart, and holds in the middle of the grace of who dropped out", async () => {
    const { house, bo } = await closedYard();
    expect(await enter(house, bo, "yard", "sesame")).toEqual(isIn);
    bo.session!.closed();
    const again = house.greet({ token: Uint8Array.of(2) });
    expect(await enter(house, again, "yard")).toEqual(isIn);
    const next = await house.restart();
    const cy = next.greet({ token: Uint8Array.of(2) });
    expect(await enter(next, cy, "yard")).toBe(Refusal.passwordNeeded);
    expect(await enter(next, cy, "yard", "sesame")).toEqual(isIn);
    const owner = next.greet({ token: Uint8Array.of(1) });
    expect(await enter(next, owner, "yard")).toEqual(isIn);
  });
});

describe("a password", () => {
  test("is nowhere in the log but in a hash, which is there before the room and goes with it", async () => {
    const { house } = await closedYard();
    expect(await stored(house)).toEqual(["password/1"]);
    const blocks = await house.log.readForward(1, 1, { maxBytes: 1e6, maxRecords: 100 });
    expect(blocks.some(({ bytes }) => Buffer.from(bytes).includes("sesame"))).toBe(false);
    expect((await house.log.rooms())[0]!.flags & RoomFlag.password).toBe(RoomFlag.password);
  });

  test("that was stored for a room which never came to be goes at the next start, and opens no other", async () => {
    const log = new MemoryLog();
    await log.setState("password/1", 0, Uint8Array.of(1, 2, 3));
    await log.setState("password/77", 0, Uint8Array.of(0));
    const house = new FakeHouse({ log });
    await house.rooms.load();
    expect(await stored(house)).toEqual([]);
    await make(house, house.greet(), "yard");
    expect(await enter(house, house.greet(), "yard")).toEqual(isIn);
  });

  test("that is lost leaves the room closed to all who have no role", async () => {
    const { house } = await closedYard();
    const { version } = await house.log.state("password/1");
    await house.log.setState("password/1", version, null);
    const next = await house.restart();
    const bo = next.greet({ token: Uint8Array.of(2) });
    expect(await enter(next, bo, "yard")).toBe(Refusal.passwordNeeded);
    expect(await enter(next, bo, "yard", "sesame")).toBe(Refusal.wrongPassword);
    expect(next.rooms.list(10).rooms).toEqual([]);
    const ada = next.greet({ token: Uint8Array.of(1) });
    await next.enter(ada, "yard");
    expect(await set(next, ada, "again")).toEqual(isSet(true));
    expect(await enter(next, bo, "yard", "again")).toEqual(isIn);
  });

  test("is stored before anybody can be in the room, and nobody comes between", async () => {
    const { house, log, ada, bo, letGo } = heldHouse();
    const made = make(house, ada, "yard", "sesame");
    await house.loop.settle();
    expect(await log.rooms()).toEqual([]);
    const requests = [ask(bo, "yard"), ask(bo, "yard", "guess"), ask(bo, "yard", "sesame")];
    await house.loop.settle();
    letGo();
    await house.loop.settle();
    await made;
    expect(ada.last(ServerKind.made).room).toBe("yard");
    expect(requests.map((request) => answerTo(bo, request))).toEqual([
      Refusal.passwordNeeded,
      Refusal.wrongPassword,
      isIn,
    ]);
  });

  test("belongs to whoever makes it, and nobody who waited for its name says the first word", async () => {
    const { house, ada, bo, letGo } = heldHouse();
    await make(house, ada, "yard", "sesame");
    await make(house, bo, "yard");
    const post = postMessage(house.house, "yard", { name: "Bot", text: "first" });
    letGo();
    await house.loop.settle();
    expect(ada.last(ServerKind.made).room).toBe("yard");
    expect(bo.last(ServerKind.refused).code).toBe(Refusal.roomExists);
    expect(await post).toEqual({ ok: true, value: { room: "yard", seq: 2 } });
  });

  test("that is taken away while the room is read is asked for by nobody then", async () => {
    const { house } = await closedYard();
    const next = await house.restart();
    let letGo: () => void = () => undefined;
    const snapshot = next.log.snapshot.bind(next.log);
    next.log.snapshot = async (room) => {
      await new Promise<void>((go) => {
        letGo = go;
      });
      return snapshot(room);
    };
    const bo = next.greet({ token: Uint8Array.of(2) });
    const request = ask(bo, "yard");
    await next.loop.settle();
    await next.rooms.passwords.set({ number: 1, name: "yard", flags: 0 } as Room, null);
    letGo();
    await next.loop.settle();
    expect(answerTo(bo, request)).toEqual(isIn);
  });

  test("asked for again with the room is the same, or the name is taken", async () => {
    const { house, ada, bo } = await closedYard();
    expect(await make(house, ada, "yard", "sesame")).toEqual(isMade("yard"));
    expect(await make(house, ada, "yard", "other")).toBe(Refusal.roomExists);
    expect(await make(house, bo, "yard", "sesame")).toBe(Refusal.roomExists);
    await make(house, ada, "plain");
    expect(await make(house, ada, "plain", "sesame")).toBe(Refusal.roomExists);
    expect(await enter(house, bo, "yard", "sesame")).toEqual(isIn);
    expect(await stored(house)).toEqual(["password/1"]);
  });

  test("goes with what was made for a room that the log has no place for", async () => {
    const house = new FakeHouse({ limits: { maxLogBytes: 1 } });
    await house.rooms.load();
    expect(await make(house, house.greet(), "yard", "sesame")).toBe(Refusal.logFull);
    expect(await stored(house)).toEqual([]);
    expect(house.rooms.has("yard")).toBe(false);
  });

  describe("that cannot be made costs neither a hash nor a room", () => {
    const allowances = {
      ...NO_ALLOWANCES,
      identity: { passwords: { perSecond: 0.001, burst: 1 }, rooms: { perSecond: 0.001, burst: 1 } },
    };

    /** Whoever was refused makes one afterwards, as if nothing had been. */
    async function isFree(house: FakeHouse, socket: FakeSocket) {
      expect(house.hashes.made).toBe(0);
      house.limits.maxRooms = 100;
      house.limits.maxLogBytes = 0;
      expect(await make(house, socket, "other", "sesame")).toEqual(isMade("other"));
    }

    test("because its name is kept", async () => {
      const house = new FakeHouse({ allowances });
      house.rooms.operation.reserved.add({ sort: Sort.room, name: "yard" });
      const ada = house.greet();
      expect(await make(house, ada, "yard", "sesame")).toBe(Refusal.reservedName);
      await isFree(house, ada);
    });

    test("because there are as many as there may be", async () => {
      const house = new FakeHouse({ allowances, limits: { maxRooms: 1 } });
      const ada = house.greet();
      await house.enter(house.greet(), "there");
      expect(await make(house, ada, "yard", "sesame")).toBe(Refusal.serverFull);
      expect(await make(house, ada, "yard")).toBe(Refusal.serverFull);
      expect(await enter(house, ada, "yard")).toBe(Refusal.serverFull);
      await isFree(house, ada);
    });

    test("because the log has no place", async () => {
      const house = new FakeHouse({ allowances, limits: { maxLogBytes: 1 } });
      await house.rooms.load();
      const ada = house.greet();
      expect(await make(house, ada, "yard", "sesame")).toBe(Refusal.logFull);
      expect(await make(house, ada, "yard")).toBe(Refusal.logFull);
      await isFree(house, ada);
    });

    test("because one of the two cannot be paid", async () => {
      const rare = { perSecond: 0.0001, burst: 1 };
      const withRare = (what: "passwords" | "rooms") =>
        new FakeHouse({ allowances: { ...allowances, identity: { ...allowances.identity, [what]: rare } } });
      const noHash = withRare("passwords");
      const ada = noHash.greet();
      expect(await make(noHash, ada, "first", "sesame")).toEqual(isMade("first"));
      await noHash.loop.advance(1_000_000);
      expect(await make(noHash, ada, "second", "sesame")).toBe(Refusal.tooFast);
      expect(await make(noHash, ada, "second")).toEqual(isMade("second"));
      const noRoom = withRare("rooms");
      const bo = noRoom.greet();
      expect(await make(noRoom, bo, "first")).toEqual(isMade("first"));
      expect(await make(noRoom, bo, "second", "sesame")).toBe(Refusal.tooFast);
      expect(await set(noRoom, bo, "sesame", true, "first")).toEqual(isSet(true));
    });

    test("because it is another's", async () => {
      const { house, bo } = await closedYard();
      expect(await make(house, bo, "yard", "sesame")).toBe(Refusal.roomExists);
      expect(house.hashes.made).toBe(0);
    });

    test("because its name came to be kept while the hash was made: the room is not paid for", async () => {
      const house = new FakeHouse({ allowances });
      const ada = house.greet();
      house.hashes.isHeld = true;
      const made = make(house, ada, "yard", "sesame");
      await house.loop.settle();
      house.rooms.operation.reserved.add({ sort: Sort.room, name: "yard" });
      house.hashes.letGo();
      await house.loop.settle();
      await made;
      expect(ada.last(ServerKind.refused).code).toBe(Refusal.reservedName);
      expect(await make(house, ada, "other")).toEqual(isMade("other"));
    });
  });

  test("of a room made by a link that nobody guesses is asked for as well", async () => {
    const house = new FakeHouse();
    const answer = await make(house, house.greet(), "club", "sesame", true);
    const { room } = answer as { room: string };
    expect(room).toMatch(/^club~/);
    expect(await enter(house, house.greet(), room)).toBe(Refusal.passwordNeeded);
    expect(await enter(house, house.greet(), room, "sesame")).toEqual(isIn);
  });
});
