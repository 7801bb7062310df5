/** What is done to look after a room is noted in its back room: all of it, once, in order, whenever the process ends. */
import { describe, expect, test, vi } from "vitest";
import type { LogFaults } from "../src/log/faults.ts";
import { isRuling } from "../src/room/policy.ts";
import { Projections } from "../src/room/projections.ts";
import { LOST_ACTS, noted } from "../src/wire/records/noted.ts";
import { pin } from "../src/wire/records/pin.ts";
import { kindOf } from "../src/wire/records/registry.ts";
import { Role, role } from "../src/wire/records/role.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { settings } from "../src/wire/records/settings.ts";
import { sweep } from "../src/wire/records/sweep.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { topic } from "../src/wire/records/topic.ts";
import { actsOf, EndingLog, notedOf } from "./back-logs.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { EVERYTHING } from "./log-blocks.ts";
import { LogFolder } from "./log-folder.ts";
import { ownedYard } from "./owned-yard.ts";

const HOUR = 3_600_000;

describe("what is noted", () => {
  test("says who did what to person, when and why, of every kind of act", async () => {
    const { house, room, bo, does } = await ownedYard();
    send(bo.socket, room, 1, "hello");
    await house.loop.settle();
    const at = house.loop.now();
    await does(topic, { text: "cats" });
    await does(role, { who: bo.author, role: Role.speaker });
    await does(pin, { to: 2, on: true });
    await does(settings, { slowSeconds: 60 });
    await does(sanction, { who: bo.author, what: Sanction.kick, until: 0, text: "spam" });
    await does(takedown, { to: 2, text: "rude" });
    const acts = await actsOf(house.log, "yard/back");
    const told = acts.map(({ kind, author, name, front, act, by, person, personName, said }) => ({
      ...{ kind, author, name, by, front, person, personName },
      ...kindOf(act!)!.read(said!),
    }));
    const ada = { kind: noted.kind, author: 0, name: "Ada", by: 1 };
    const [nobody, him] = [
      { person: 0, personName: "" },
      { person: bo.author, personName: "Bo" },
    ];
    expect(told).toEqual([
      { ...ada, front: 3, ...nobody, text: "cats" },
      { ...ada, front: 4, ...him, who: bo.author, role: Role.speaker },
      { ...ada, front: 5, ...him, to: 2, on: true },
      { ...ada, front: 6, ...nobody, slowSeconds: 60 },
      { ...ada, front: 7, ...him, who: bo.author, what: Sanction.kick, until: 0, text: "spam" },
      { ...ada, front: 8, ...him, to: 2, text: "rude" },
    ]);
    expect(acts.every((act) => act.at === at)).toBe(true);
  });

  test("is a sweep, and not each message that it takes down", async () => {
    const { house, room, bo, does } = await ownedYard();
    for (const nonce of [1, 2, 3]) send(bo.socket, room, nonce);
    await house.loop.settle();
    await does(sweep, { who: bo.author, since: house.loop.now() - HOUR, text: "spam" });
    await house.loop.advance(1_000);
    expect((await actsOf(house.log, "yard")).filter(({ kind }) => kind === takedown.kind)).toHaveLength(3);
    expect(await notedOf(house)).toEqual([5]);
    await does(topic, { text: "on" });
    expect(await notedOf(house)).toEqual([5, 9]);
  });

  test("is nothing of texts, of open rooms, of refused acts; and nothing of it is written until there is something", async () => {
    const { house, room, ada, bo, does } = await ownedYard();
    send(ada, room, 100, "hello");
    expect(await does(topic, { text: "mine" }, bo.socket)).not.toBeNull();
    const open = await house.seated("open", "Di");
    send(open.socket, open.room, 1, "hello");
    await house.loop.settle();
    expect((await house.log.rooms()).map(({ name }) => name)).toEqual(["yard", "open"]);
  });
});

/** Five acts, two of them at once; as far as the process lives. */
async function looksAfter(log: ConstructorParameters<typeof FakeHouse>[0] = {}) {
  const yard = await ownedYard(log);
  const { room, bo, cy, does, house } = yard;
  await does(topic, { text: "one" });
  void does(role, { who: bo.author, role: Role.moderator }, undefined, false);
  await does(sanction, { who: cy.author, what: Sanction.mute, until: 0, text: "" });
  send(bo.socket, room, 1, "between");
  await house.loop.settle();
  await does(topic, { text: "two" }, bo.socket);
  await does(settings, { locked: true });
  return yard;
}

const rulingsOf = async (house: Pick<FakeHouse, "log">) =>
  (await actsOf(house.log, "yard")).filter(({ kind }) => isRuling(kind)).map(({ seq }) => seq);

describe("whenever the process ends", () => {
  // The founding is the first write; the last one is behind all that is done.
  const ends = Array.from({ length: 12 }, (_, n) => [n + 2, false] as const).flatMap(([n]) => [
    [n, false] as const,
    [n, true] as const,
  ]);
  test.each(ends)("at write %i, written or not (%s), all is noted once, in order", async (n, isWritten) => {
    const log = new EndingLog(n, isWritten);
    const { house } = await looksAfter({ log });
    log.revive();
    const next = await house.restart();
    const ada = next.greet({ token: Uint8Array.of(1) });
    await next.enter(ada, "yard/back");
    await next.loop.settle();
    expect(await notedOf(next)).toEqual(await rulingsOf(next));
    // And again, by whoever comes next.
    const last = await next.restart();
    await last.enter(last.greet({ token: Uint8Array.of(1) }), "yard/back");
    expect(await notedOf(last)).toEqual(await rulingsOf(last));
  });

  test("on a disk all is noted once as well", async () => {
    for (const point of ["beforeCommit", "afterCommit"] as const)
      for (const n of [3, 4, 5, 7]) {
        using folder = new LogFolder();
        const faults: LogFaults = {
          [point]: (write: number) => {
            if (write === n) throw new Error("the power is gone");
          },
        };
        const log = await folder.open({ faults });
        const house = new FakeHouse({ log, limits: { messagesPerSecond: 0 } });
        await house.rooms.load();
        const room = house.rooms.open("yard", 1);
        if (!room || room instanceof Promise) throw new Error("it is new");
        const named = { name: "Ada", nameBytes: null, namedInBlock: 0 };
        for (let nonce = 1; nonce <= 4 && house.fatals.length === 0; nonce++) {
          room.append(1, nonce, named, topic.write({ text: `${nonce}` }), house.loop.now(), topic.kind);
          house.rooms.pending(room);
          await vi.waitFor(async () => {
            await house.loop.settle();
            const isNoted = async () => (await notedOf(house)).length >= nonce;
            expect(house.fatals.length > 0 || (await isNoted())).toBe(true);
          });
        }
        expect(house.fatals).toHaveLength(1);
        await log.close().catch(() => undefined);
        const after = await folder.open();
        const next = new FakeHouse({ log: after });
        await next.rooms.load();
        await vi.waitFor(async () => {
          await next.loop.settle();
          next.rooms.release((await next.rooms.open("yard"))!);
          expect(await notedOf(next)).toEqual(await rulingsOf(next));
        });
        await after.close();
      }
  });
});

describe("retention", () => {
  test("waits for what is to be noted", async () => {
    // The write of the first note is the one that does not come to pass.
    const log = new EndingLog(3, false);
    const yard = await ownedYard({ log });
    await yard.does(topic, { text: "cats" });
    log.revive();
    const next = await yard.house.restart();
    log.pages.isHeld = true;
    const trimmed = next.rooms.applyRetention(next.loop.now() + HOUR, Number.POSITIVE_INFINITY, () => false);
    await next.loop.advance(1_000);
    expect(await rulingsOf(next)).toEqual([2]);
    log.pages.release();
    await Promise.all([trimmed, next.loop.advance(1_000)]);
    expect(await rulingsOf(next)).toEqual([]);
    const [note] = await actsOf(log, "yard/back");
    expect(note).toMatchObject({ front: 2, act: topic.kind });
  });

  test.each([
    ["what it took before that is said to be lost", true, [[4, LOST_ACTS, [2]]]],
    ["of which nothing was to be noted is told nothing", false, []],
  ])("%s", async (_, isRuled, told) => {
    const { house, room, bo, does } = await ownedYard();
    const { log } = house;
    send(bo.socket, room, 1, "hello");
    await house.loop.settle();
    for (const text of isRuled ? ["cats", "dogs"] : []) await does(topic, { text });
    const behind = (await log.rooms()).find(({ name }) => name === "yard/back");
    if (behind) await log.drop(behind.room);
    // Without the rooms, which would have it noted first.
    const projections = new Projections(undefined, true);
    for (const { bytes } of await log.readForward(room, 1, EVERYTHING)) projections.apply(bytes);
    const snapshot = { room, seq: projections.seq, bytes: projections.encode().slice() };
    await log.append({ blocks: [], rooms: [], snapshots: [snapshot] });
    await log.trim(room, Number.POSITIVE_INFINITY, 0);
    const last = await house.restart();
    await last.enter(last.greet({ token: Uint8Array.of(1) }), "yard/back");
    await last.loop.settle();
    const lost = async () =>
      (await actsOf(log, "yard/back")).map(({ front, act, said }) => [front, act, [...said!]]);
    expect(await lost()).toEqual(told);
    // That is said once.
    const again = await last.restart();
    await again.enter(again.greet({ token: Uint8Array.of(1) }), "yard/back");
    await again.loop.settle();
    expect(await lost()).toEqual(told);
  });

  test("ends a back room with its room, and never alone", async () => {
    const { house, room, ada, bo, cy, does } = await ownedYard();
    await does(topic, { text: "cats" });
    await house.loop.advance(HOUR);
    const before = house.loop.now();
    send(bo.socket, room, 1, "still here");
    await house.loop.advance(HOUR);
    for (const socket of [ada, bo.socket, cy.socket]) socket.cut();
    await house.loop.advance(10_000);
    const round = async (olderThan: number) => {
      const all = house.rooms.applyRetention(olderThan, Number.POSITIVE_INFINITY, () => false);
      await Promise.all([all, house.loop.advance(1_000)]);
      const ended = house.rooms.endEmpty(5_000, () => false);
      await Promise.all([ended, house.loop.advance(10_000)]);
    };
    const names = async () => (await house.log.rooms()).map(({ name }) => name);
    // Of the back room nothing is left, of its room a message is.
    for (let n = 0; n < 3; n++) await round(before);
    expect(await actsOf(house.log, "yard/back")).toEqual([]);
    expect(await names()).toEqual(["yard", "yard/back"]);
    const later = house.loop.now();
    await round(later);
    await round(later);
    await round(later);
    expect(await names()).toEqual([]);
    // Whoever makes it again finds nothing behind it.
    const di = house.greet({ name: "Di" });
    di.write({ kind: 0x0c, request: 1, unlisted: false, room: "yard" });
    await house.loop.settle();
    await house.enter(di, "yard/back");
    expect(di.texts(0)).toEqual([]);
    expect(await notedOf(house)).toEqual([]);
  });
});
