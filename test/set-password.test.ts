/** SET_PASSWORD, and what happens while the hash of a password is made. */
import { describe, expect, test } from "vitest";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { decodeStanding } from "../src/wire/standing.ts";
import { FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { answerTo, ask, closedYard, enter, isIn, isSet, make, set, stored } from "./password-yard.ts";

describe("SET_PASSWORD", () => {
  test("sets, changes and takes away, stays over a restart, and puts nobody out", async () => {
    const house = new FakeHouse();
    const ada = house.greet({ name: "Ada" });
    await make(house, ada, "yard");
    const { room } = await house.enter(ada, "yard");
    const bo = await house.seated("yard", "Bo");
    expect(await set(house, ada, "one")).toEqual(isSet(true));
    send(bo.socket, room, 1, "still here");
    await house.loop.settle();
    expect(bo.socket.all(ServerKind.refused)).toEqual([]);
    const cy = house.greet({ name: "Cy" });
    expect(await enter(house, cy, "yard")).toBe(Refusal.passwordNeeded);
    expect(await set(house, ada, "two")).toEqual(isSet(true));
    expect(await enter(house, cy, "yard", "one")).toBe(Refusal.wrongPassword);
    expect(await enter(house, cy, "yard", "two")).toEqual(isIn);
    expect(house.rooms.list(9).rooms).toEqual([]);
    const next = await house.restart();
    expect(await enter(next, next.greet({ token: Uint8Array.of(3) }), "yard")).toBe(Refusal.passwordNeeded);

    const owner = next.greet({ token: Uint8Array.of(1) });
    await next.enter(owner, "yard");
    expect(await set(next, owner, "")).toEqual(isSet(false));
    expect(next.rooms.list(9).rooms.map(({ name }) => name)).toEqual(["yard"]);
    const last = await next.restart();
    expect(await enter(last, last.greet({ token: Uint8Array.of(3) }), "yard")).toEqual(isIn);
  });

  test("tells all owners who are here whether there is one, and nobody else", async () => {
    const { house, ada, bo, room } = await closedYard();
    await enter(house, bo, "yard", "sesame");
    const cy = house.greet({ name: "Cy" });
    await enter(house, cy, "yard", "sesame");
    const body = role.write({ who: 2, role: Role.owner });
    ada.write({ kind: ClientKind.act, room, nonce: 2, act: role.kind, body });
    const moderator = role.write({ who: 3, role: Role.moderator });
    ada.write({ kind: ClientKind.act, room, nonce: 3, act: role.kind, body: moderator });
    await house.loop.settle();
    const told = (socket: FakeSocket) =>
      socket.all(ServerKind.standing).map(({ parts }) => decodeStanding(parts).hasPassword);
    expect([told(ada), told(bo), told(cy)]).toEqual([[true], [true], [true]]);
    await set(house, bo, "");
    await set(house, bo, "other");
    expect([told(ada), told(bo), told(cy)]).toEqual([[true, false, true], [true, false, true], [true]]);
    expect(ada.last(ServerKind.standing).asOf).toBe(3);
    expect(ada.all(ServerKind.passwordSet)).toEqual([]);
  });

  test("is for owners alone, of a room that is somebody's", async () => {
    const { house, ada, bo, room } = await closedYard();
    const strangers = [await set(house, bo, "mine"), await set(house, bo, "mine", true, "nowhere")];
    // Whether there is such a room is not told by that.
    expect(strangers).toEqual([Refusal.notAllowed, Refusal.notAllowed]);
    expect(house.rooms.has("nowhere")).toBe(false);
    expect(await set(house, bo, "mine", true, "a/b")).toBe(Refusal.badRoomName);
    await enter(house, bo, "yard", "sesame");
    const body = role.write({ who: 2, role: Role.moderator });
    ada.write({ kind: ClientKind.act, room, nonce: 2, act: role.kind, body });
    await house.loop.settle();
    house.hashes.made = 0;
    expect(await set(house, bo, "mine")).toBe(Refusal.notAllowed);
    expect(await set(house, bo, "")).toBe(Refusal.notAllowed);
    const open = await house.seated("open", "Di");
    expect(await set(house, open.socket, "mine", true, "open")).toBe(Refusal.openRoom);
    expect(house.hashes.made).toBe(0);
  });

  test("of one who lost the role while the hash was made, or went away, changes nothing; who left is an owner still", async () => {
    for (const how of ["role", "closed", "left"]) {
      const { house, ada, bo, room } = await closedYard();
      await enter(house, bo, "yard", "sesame");
      const act = (nonce: number, who: number, to: Role) =>
        ada.write({ kind: ClientKind.act, room, nonce, act: role.kind, body: role.write({ who, role: to }) });
      act(2, 2, Role.owner);
      await house.loop.settle();
      house.hashes.isHeld = true;
      const request = (await set(house, bo, "mine", false)) as number;
      await house.loop.settle();
      expect(house.hashes.atOnce).toBe(1);
      if (how === "role") act(3, 2, Role.none);
      else if (how === "left") bo.write({ kind: ClientKind.leave, room });
      else bo.session!.closed();
      await house.loop.settle();
      house.hashes.letGo();
      await house.loop.settle();
      const answer = { role: Refusal.notAllowed, left: isSet(true), closed: undefined }[how];
      expect(answerTo(bo, request)).toEqual(answer);
      const opening = how === "left" ? "mine" : "sesame";
      expect(await enter(house, house.greet(), "yard", opening)).toEqual(isIn);
    }
  });

  test("of two owners at once: each is answered, and what was stored last counts", async () => {
    const { house, ada, bo, room } = await closedYard();
    await enter(house, bo, "yard", "sesame");
    ada.write({
      kind: ClientKind.act,
      room,
      nonce: 2,
      act: role.kind,
      body: role.write({ who: 2, role: 3 }),
    });
    await house.loop.settle();
    const asked = [
      [ada, (await set(house, ada, "by Ada", false)) as number],
      [bo, (await set(house, bo, "by Bo", false)) as number],
    ] as const;
    await house.loop.settle();
    expect(asked.map(([socket, request]) => answerTo(socket, request))).toEqual([isSet(true), isSet(true)]);
    expect(await enter(house, house.greet(), "yard", "by Ada")).toBe(Refusal.wrongPassword);
    expect(await enter(house, house.greet(), "yard", "by Bo")).toEqual(isIn);
  });
});

describe("while the hash of a password is made", () => {
  async function held(password: string) {
    const yard = await closedYard();
    yard.house.hashes.isHeld = true;
    const request = ask(yard.bo, "yard", password);
    await yard.house.loop.settle();
    const letGo = async () => {
      yard.house.hashes.letGo();
      await yard.house.loop.settle();
      return answerTo(yard.bo, request);
    };
    return { ...yard, letGo };
  }

  test.each([
    ["the old one", "sesame", Refusal.wrongPassword],
    ["the new one", "new", isIn],
  ])("another is set: of who shows %s what holds then counts", async (_, shown, answer) => {
    const { house, ada, letGo } = await held(shown);
    // Its hash does not wait for the other.
    house.hashes.isHeld = false;
    expect(await set(house, ada, "new")).toEqual(isSet(true));
    expect(await letGo()).toEqual(answer);
  });

  test("it is taken away: whoever showed a wrong one is let in", async () => {
    const { house, ada, letGo } = await held("wrong");
    await set(house, ada, "");
    expect(await letGo()).toEqual(isIn);
  });

  test("the connection is closed: nobody enters, nothing is sent, and it is paid for", async () => {
    const { house, bo, letGo } = await held("sesame");
    bo.session!.closed();
    const before = bo.frames.length;
    await letGo();
    expect(bo.frames).toHaveLength(before);
    expect(house.rooms.people.get(2)).toBeUndefined();
  });

  test("the room is ended: no room is made, and its password is forgotten", async () => {
    const { house, ada, room, letGo } = await held("sesame");
    ada.write({ kind: ClientKind.leave, room });
    await house.loop.settle();
    for (let n = 0; n < 2; n++) {
      void house.rooms.applyRetention(house.loop.now() + 1, 0, () => false);
      await house.loop.settle();
    }
    await house.rooms.endEmpty(0, () => false);
    expect(house.rooms.has("yard")).toBe(false);
    expect(await stored(house)).toEqual([]);
    expect(await letGo()).toBe(Refusal.wrongPassword);
    expect(house.rooms.has("yard")).toBe(false);
  });
});
