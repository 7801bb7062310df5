/** Names and people as a connection is told of them. */
import { describe, expect, test } from "vitest";
import { Close, Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { ENTER, FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { refusals } from "./session-logs.ts";

describe("names and people", () => {
  test("renaming is answered and seen in every room", async () => {
    const house = new FakeHouse();
    const { socket, author } = await house.seated("a", "Ada");
    await house.enter(socket, "b");
    const { socket: bo } = await house.seated("b", "Bo");
    await house.loop.advance(1000);
    socket.write({ kind: ClientKind.rename, request: 3, name: " Bea " });
    await house.loop.advance(1000);
    expect(socket.last(ServerKind.renamed)).toMatchObject({ request: 3, name: "Bea" });
    expect(bo.last(ServerKind.presence).events).toEqual([{ change: 3, author, name: "Bea" }]);
    send(socket, 1, 1);
    await house.loop.settle();
    expect(socket.blocks[0]!.records[0]!.name).toBe("Bea");
  });

  test("a bad or taken name is refused and changes nothing", async () => {
    const house = new FakeHouse();
    const { socket } = await house.seated("yard", "Ada");
    await house.seated("yard", "Bo");
    for (const name of ["", "x".repeat(33), "bo"])
      socket.write({ kind: ClientKind.rename, request: 1, name });
    expect(refusals(socket).map(([, code]) => code)).toEqual([
      Refusal.badName,
      Refusal.badName,
      Refusal.nameTaken,
    ]);
    expect(socket.last(ServerKind.refused).suggestion).toBe("bo 2");
    expect(house.rooms.people.get(1)?.name).toBe("Ada");
  });

  // Whoever waited for somebody to leave could go on under that name, in the middle of a talk.
  test("nobody else gets the name of somebody who wrote lately and is away; they get it back", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const { socket: ann, room } = await house.seated("yard", "Ann");
    const { socket: eve } = await house.seated("yard", "Eve");
    const { socket: mute } = await house.seated("yard", "Mute");
    send(ann, room, 1, "I am Ann");
    await house.loop.settle();
    ann.cut();
    mute.cut();
    eve.write({ kind: ClientKind.rename, request: 1, name: "ANN" });
    expect(eve.last(ServerKind.refused)).toMatchObject({ code: Refusal.nameTaken, suggestion: "ANN 2" });
    // Who wrote nothing has left nothing behind.
    eve.write({ kind: ClientKind.rename, request: 2, name: "Mute" });
    expect(eve.last(ServerKind.renamed).request).toBe(2);

    const next = await house.restart();
    const other = next.greet({ name: "Аnn" });
    other.write(ENTER);
    await next.loop.settle();
    expect(other.last(ServerKind.refused).code).toBe(Refusal.nameTaken);
    const back = next.greet({ token: Uint8Array.of(1), name: "Ann" });
    expect((await next.enter(back, "yard")).ownName).toBe("Ann");
    // Called otherwise, Ann may still be taken for Ann.
    send(back, room, 2, "still me");
    back.write({ kind: ClientKind.rename, request: 1, name: "Bea" });
    other.write(ENTER);
    expect(other.all(ServerKind.entered)).toEqual([]);
    await next.loop.advance(30 * 60_000);
    expect((await next.enter(other, "yard")).ownName).toBe("Аnn");
  });

  test("a name is free again once enough was written since", async () => {
    const limits = { graceMs: 0, messagesPerSecond: 0, framesPerSecond: 0 };
    const house = new FakeHouse({ limits });
    const { socket: ann, room } = await house.seated("yard", "Ann");
    const { socket: bob } = await house.seated("yard", "Bob");
    send(ann, room, 1);
    ann.cut();
    for (let nonce = 1; nonce <= 500; nonce++) {
      bob.write({ kind: ClientKind.rename, request: 1, name: "Ann" });
      expect(bob.all(ServerKind.renamed)).toEqual([]);
      send(bob, room, nonce);
    }
    bob.write({ kind: ClientKind.rename, request: 1, name: "Ann" });
    expect(bob.last(ServerKind.renamed).name).toBe("Ann");
  });

  test("two connections of one identity are one person; the person stays until the last one left", async () => {
    const house = new FakeHouse();
    const { socket: first, room } = await house.seated("yard", "Ada");
    const { socket: bo } = await house.seated("yard", "Bo");
    const second = house.greet({ token: Uint8Array.of(1) });
    await house.enter(second, "yard");
    expect(second.last(ServerKind.people)).toMatchObject({ count: 2 });
    send(second, room, 1);
    await house.loop.advance(1000);
    for (const socket of [first, second, bo]) expect(socket.texts(room)).toEqual(["message 1"]);
    const { length } = bo.frames;
    second.write({ kind: ClientKind.leave, room });
    await house.loop.advance(20_000);
    expect(bo.frames.length).toBe(length);
    first.write({ kind: ClientKind.leave, room });
    await house.loop.settle();
    expect(bo.last(ServerKind.presence)).toMatchObject({ count: 1, events: [{ change: 2, author: 1 }] });
  });

  // Leave and enter within a beat were no change, though a list without that person was given out in between.
  test("a newcomer sees whoever left before and came back after the list of people was sent", async () => {
    const house = new FakeHouse();
    const { socket: cho, room, author } = await house.seated("yard", "Cho");
    await house.seated("yard", "Ann");
    await house.loop.advance(1000);
    cho.write({ kind: ClientKind.leave, room });
    const bob = house.greet({ name: "Bob" });
    bob.write(ENTER);
    cho.write(ENTER);
    await house.loop.advance(1000);
    const here = new Map(bob.last(ServerKind.people).people.map((each) => [each.author, each.name]));
    expect(here.has(author)).toBe(false);
    for (const { events, count } of bob.all(ServerKind.presence)) {
      for (const { author, name, change } of events) {
        if (change === 2) here.delete(author);
        else here.set(author, name);
      }
      expect(count).toBe(3);
    }
    expect([...here.values()].sort()).toEqual(["Ann", "Bob", "Cho"]);
  });

  test("a connection that drops and comes back within the grace is not noticed", async () => {
    const house = new FakeHouse({ limits: { graceMs: 5000 } });
    const { socket: ada, room } = await house.seated("yard", "Ada");
    const { socket: bo } = await house.seated("yard", "Bo");
    await house.loop.advance(1000);
    const { length } = bo.frames;
    ada.cut();
    await house.loop.advance(4000);
    const back = house.greet({ token: Uint8Array.of(1) });
    await house.enter(back, "yard");
    await house.loop.advance(20_000);
    expect(bo.frames.length).toBe(length);
    back.cut();
    await house.loop.advance(6000);
    expect(bo.last(ServerKind.presence)).toMatchObject({
      room,
      count: 1,
      events: [{ change: 2, author: 1 }],
    });
  });

  test("after a storm the count is the number of distinct identities connected", async () => {
    const house = new FakeHouse({ limits: { framesPerSecond: 0, maxListedPeople: 10, graceMs: 3000 } });
    const { socket: witness, room } = await house.seated("yard", "witness");
    const sockets: FakeSocket[] = [];
    for (let step = 0; step < 600; step++) {
      const pick = (step * 7919) % 13;
      if (pick < 6 || sockets.length === 0) {
        const token = step % 3 === 0 ? Uint8Array.of(2 + (step % 20)) : new Uint8Array(0);
        const socket = house.greet({ token, name: `guest ${step}` });
        await house.enter(socket, "yard", { anyName: true });
        sockets.push(socket);
      } else if (pick < 9) sockets.splice(step % sockets.length, 1)[0]!.cut();
      else if (pick < 11) sockets[step % sockets.length]!.write({ kind: ClientKind.leave, room });
      else await house.loop.advance(700);
    }
    await house.loop.advance(30_000);
    const here = new Set<number>();
    for (const { session } of house.transport.sockets) {
      if (session.seats.length > 0) here.add(session.person!.author);
    }
    const told = witness.frames.filter((frame) => "count" in frame).at(-1) as { count: number };
    expect(told.count).toBe(here.size);
    expect(house.loop.pendingTimers).toBe(0);
  });

  test("the list of rooms comes on watching, and the socket is told to watch once", async () => {
    const house = new FakeHouse();
    const { socket } = await house.seated("yard");
    for (const on of [true, true]) socket.write({ kind: ClientKind.watchRooms, on });
    expect(socket.all(ServerKind.rooms)).toHaveLength(2);
    expect(socket.last(ServerKind.rooms)).toMatchObject({ roomCount: 1, peopleCount: 1 });
    expect(socket.watching).toBe(true);
    socket.write({ kind: ClientKind.watchRooms, on: false });
    expect(socket.watching).toBe(false);
  });

  test("a writing mark lasts as long as it should when the clock is set", async () => {
    const house = new FakeHouse();
    const { socket, room, author } = await house.seated("yard", "Ann");
    await house.loop.advance(1_000);
    for (const jump of [-3_600_000, 7_200_000]) {
      socket.write({ kind: ClientKind.typing, room, on: true });
      await house.loop.advance(1_000);
      expect(socket.last(ServerKind.typing).authors).toEqual([author]);
      house.loop.jump(jump);
      socket.write({ kind: ClientKind.rename, request: 1, name: `Ann ${jump}` });
      await house.loop.advance(3_000);
      expect(socket.last(ServerKind.typing).authors).toEqual([author]);
      await house.loop.advance(3_000);
      expect(socket.last(ServerKind.typing).authors).toEqual([]);
    }
  });

  test("a connection that ends leaves nothing behind", async () => {
    const house = new FakeHouse();
    for (let i = 0; i < 20; i++) {
      const { socket, room } = await house.seated(`room ${i % 3}`, `guest ${i}`);
      socket.write({ kind: ClientKind.typing, room, on: true });
      if (i % 2) socket.cut();
      else socket.session.close(Close.flood);
    }
    await house.loop.advance(60_000);
    expect([house.rooms.people.count, house.rooms.count, house.loop.pendingTimers]).toEqual([0, 0, 0]);
    expect([...house.rooms.loaded]).toEqual([]);
  });
});
