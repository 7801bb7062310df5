/**
 * A hundred newcomers flood a room that belongs to somebody: one moderator, with what everybody may send in a second,
 * makes it quiet again.
 */
import { expect, test } from "vitest";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { settings } from "../src/wire/records/settings.ts";
import { ENTER, FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

const RAIDERS = 100;

test("is over within a minute", async () => {
  const house = new FakeHouse({ limits: { roomMessagesPerSecond: 50 } });
  const { loop } = house;
  const ada = house.greet({ name: "Ada" });
  ada.write({ kind: ClientKind.makeRoom, request: 1, unlisted: false, room: "yard" });
  await loop.settle();
  const { room } = await house.enter(ada, "yard");
  const mo = await house.seated("yard", "Mo");
  const bo = await house.seated("yard", "Bo");
  send(bo.socket, room, 1, "good day");
  const makeModerator = role.write({ who: mo.author, role: Role.moderator });
  ada.write({ kind: ClientKind.act, room, nonce: 2, act: role.kind, body: makeModerator });
  await loop.settle();

  const raiders: { socket: FakeSocket; author: number }[] = [];
  for (let n = 0; n < RAIDERS; n++) raiders.push(await house.seated("yard", `raider ${n}`));
  let nonce = 0;
  const yard = (await house.rooms.open("yard"))!;
  const before = yard.head;
  /** Whoever is out tries to come in again, by the same identity. */
  const flood = async (seconds: number) => {
    for (let left = seconds; left > 0; left--) {
      nonce++;
      for (const { socket } of raiders) {
        if (socket.session.seats.length === 0) socket.write({ ...ENTER, anyName: true });
        send(socket, room, nonce, "raid");
      }
      await loop.advance(1_000);
    }
  };
  await flood(5);
  expect(yard.head - before).toBeGreaterThan(200);

  const since = loop.now();
  let own = 0;
  const says = async <Body extends object>(kind: RecordKind<Body>, body: Body) => {
    const act = { kind: ClientKind.act, room, nonce: ++own, act: kind.kind, body: kind.write(body) };
    for (;;) {
      const told = mo.socket.frames.length;
      mo.socket.write(act);
      // A large room is flushed at its own pace.
      await loop.advance(100);
      const refused = mo.socket.frames.slice(told).find(({ kind }) => kind === ServerKind.refused);
      if (!refused) return;
      const { code, retryAfterMs } = refused as { code: Refusal; retryAfterMs: number };
      expect([Refusal.tooFast, Refusal.slowMode]).toContain(code);
      await loop.advance(retryAfterMs);
    }
  };
  await says(settings, { slowSeconds: 600, locked: true });
  for (const { author } of raiders) {
    await says(sanction, { who: author, what: Sanction.ban, until: loop.now() + 3_600_000, text: "raid" });
    if (author % 10 === 0) await flood(1);
  }
  expect(loop.now() - since).toBeLessThan(60_000);

  const quiet = yard.head;
  await flood(10);
  const newcomer = house.greet({ name: "another" });
  newcomer.write(ENTER);
  await loop.settle();
  expect(newcomer.last(ServerKind.refused)).toMatchObject({ code: Refusal.locked });
  expect(raiders[0]!.socket.last(ServerKind.putOut)).toMatchObject({ by: "Mo", reason: "raid" });
  expect(yard.head).toBe(quiet);
  expect(yard.presence.count).toBe(3);
  send(bo.socket, room, 2, "where were we?");
  await loop.settle();
  expect(yard.head).toBe(quiet + 1);
  expect(yard.projections.sanctions!.size).toBe(RAIDERS);
});
