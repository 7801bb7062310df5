/**
 * That a room was taken over, a name reserved and something announced outlives the process, on both engines, and a
 * kill.
 */
import { expect, test } from "vitest";
import { type Log, LogError, LogErrorCode } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Operation } from "../src/room/operation.ts";
import { Sort } from "../src/wire/orders.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { text } from "../src/wire/records/text.ts";
import { FakeHouse } from "./fake-house.ts";
import { LogFolder } from "./log-folder.ts";

const { topic } = kinds;

/** `killed`: the log as a new process finds it when this one ends where it stands. */
const ENGINES: [string, () => Promise<{ log: Log; killed(): Promise<Log> } & AsyncDisposable>][] = [
  [
    "memory",
    async () => {
      const log = new MemoryLog();
      return { log, killed: async () => log, [Symbol.asyncDispose]: async () => undefined };
    },
  ],
  [
    "LevelDB",
    async () => {
      const folders = [new LogFolder()];
      const logs = [await folders[0]!.open()];
      return {
        log: logs[0]!,
        killed: async () => {
          const copy = folders[0]!.copy();
          folders.push(copy);
          const log = await copy.open();
          logs.push(log);
          return log;
        },
        [Symbol.asyncDispose]: async () => {
          for (const log of logs) await log.close();
          for (const folder of folders) folder[Symbol.dispose]();
        },
      };
    },
  ],
];

/** Says something in a room, and waits until it is stored. */
async function says(house: FakeHouse, name: string, kind: { kind: number }, body: Uint8Array, author = 7) {
  const room = (await house.rooms.open(name))!;
  const named = { name: "Op", nameBytes: null, namedInBlock: 0 };
  const seq = room.append(author, room.lastGiven + 1, named, body, house.loop.now(), kind.kind);
  house.rooms.pending(room);
  const stored = new Promise<void>((done) => room.whenCommitted(seq, done));
  await until(house, stored);
  return room;
}

/** Turns of the loop until something that waits for the disk is there. */
async function until<T>(house: FakeHouse, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) await house.loop.advance(10);
  return done;
}

test.each(ENGINES)("a takeover is there after a kill right behind it (%s)", async (_, open) => {
  await using engine = await open();
  const house = new FakeHouse({ log: engine.log });
  await house.rooms.load();
  for (let i = 0; i < 5; i++) await says(house, "yard", text, Uint8Array.of(0x61));
  const room = await says(house, "other", text, Uint8Array.of(0x61));
  await until(house, house.rooms.overseer.takeOver((await house.rooms.open("yard"))!));
  const next = new FakeHouse({ log: await engine.killed() });
  await next.rooms.load();
  const yard = (await next.rooms.open("yard"))!;
  expect([yard.flags, yard.head, yard.projections.roles?.size]).toEqual([17, 5, 0]);
  expect((await next.rooms.open("other"))!.projections.roles).toBeNull();
  expect(room.flags).toBe(0);
  await says(next, "yard", topic, topic.write({ text: "tea" }));
  expect(yard.projections.notices!.topic).toBe("tea");
});

test.each(ENGINES)(
  "what is looked after in it is there after a kill, with and without a snapshot (%s)",
  async (_, open) => {
    await using engine = await open();
    const house = new FakeHouse({ log: engine.log });
    await house.rooms.load();
    const room = await says(house, "yard", text, Uint8Array.of(0x61));
    await until(house, house.rooms.overseer.takeOver(room));
    await says(house, "yard", topic, topic.write({ text: "tea" }));
    for (const isKept of [false, true]) {
      if (isKept) await until(house, house.rooms.flusher.snapshot(room));
      const next = new FakeHouse({ log: await engine.killed() });
      await next.rooms.load();
      expect((await next.rooms.open("yard"))!.projections.notices!.topic).toBe("tea");
    }
  },
);

test("a room with a snapshot of before is not read again from its beginning", async () => {
  const log = new MemoryLog();
  const house = new FakeHouse({ log });
  for (let i = 0; i < 20; i++) await says(house, "yard", text, Uint8Array.of(0x61));
  const room = (await house.rooms.open("yard"))!;
  await until(house, house.rooms.flusher.snapshot(room));
  await until(house, house.rooms.overseer.takeOver(room));
  await says(house, "yard", topic, topic.write({ text: "tea" }));
  const next = new FakeHouse({ log });
  await next.rooms.load();
  const read: number[] = [];
  const readForward = log.readForward.bind(log);
  log.readForward = (number, from, options) => {
    read.push(from);
    return readForward(number, from, options);
  };
  expect((await next.rooms.open("yard"))!.projections.notices!.topic).toBe("tea");
  expect(read).toEqual([21]);
});

test.each(ENGINES)(
  "a room that ended, and one that was closed, leave nothing of it behind (%s)",
  async (_, open) => {
    await using engine = await open();
    const house = new FakeHouse({ log: engine.log });
    await house.rooms.load();
    const room = await says(house, "yard", text, Uint8Array.of(0x61));
    await until(house, house.rooms.overseer.takeOver(room));
    expect(await engine.log.states("operated/", "", 9)).toHaveLength(1);
    expect(
      await until(
        house,
        house.rooms.overseer.close("yard", () => new Uint8Array(1)),
      ),
    ).toBe(true);
    expect(await engine.log.states("operated/", "", 9)).toEqual([]);
    const next = new FakeHouse({ log: await engine.killed() });
    await next.rooms.load();
    const again = await says(next, "yard", text, Uint8Array.of(0x61));
    expect([again.number > room.number, again.flags, again.head]).toEqual([true, 0, 2]);
  },
);

test.each(ENGINES)(
  "names and what is announced are read back as they were decided last (%s)",
  async (_, open) => {
    await using engine = await open();
    const operation = new Operation(engine.log);
    await operation.load(() => true);
    operation.reserved.add({ sort: Sort.room, name: "lobby" });
    operation.reserved.add({ sort: Sort.closed, name: "yard" });
    operation.reserved.add({ sort: Sort.nickname, name: "Admin" });
    await operation.keepReserved();
    await operation.announce({ at: 5, until: 0, text: "first" });
    await operation.announce({ at: 6, until: 90, text: "둘째" });
    const next = new Operation(await engine.killed());
    await next.load(() => true);
    expect(next.reserved.room("LOBBY".toLowerCase())).toEqual({ sort: Sort.room, name: "lobby" });
    expect([next.reserved.room("yard")?.sort, next.reserved.nickname("admin")?.name]).toEqual([
      Sort.closed,
      "Admin",
    ]);
    expect([next.announced(89), next.announced(90).text]).toEqual([{ at: 6, until: 90, text: "둘째" }, ""]);
    await operation.announce({ at: 7, until: 0, text: "" });
    expect((await engine.log.state("operator/announced")).version).toBe(0);
  },
);

test("takeovers of more rooms than are read at once are all known", async () => {
  const log = new MemoryLog();
  const operation = new Operation(log);
  for (let room = 1; room <= 1_100; room++) await operation.takeOver(room, room);
  const next = new Operation(log);
  await next.load((number) => number !== 4);
  expect([3, 4, 1_100].map((room) => next.takenOver(room))).toEqual([3, undefined, 1_100]);
});

test("what is damaged of it is said, and the server is there with the rest", async () => {
  const log = new MemoryLog();
  const operation = new Operation(log);
  operation.reserved.add({ sort: Sort.room, name: "lobby" });
  await operation.keepReserved();
  const states = log.states.bind(log);
  // Whether a room has a password has to be known: without that nobody is let in.
  log.states = async (prefix, after, most) => {
    if (prefix === "password/") return states(prefix, after, most);
    throw new LogError(LogErrorCode.damaged, `a named value of ${prefix} is damaged`);
  };
  const house = new FakeHouse({ log });
  await house.rooms.load();
  expect(house.fatals).toEqual([]);
  expect(house.damages).toEqual(
    ["retention/", "address/", "operated/"].map((prefix) => `a named value of ${prefix} is damaged`),
  );
  expect(house.rooms.operation.reserved.room("lobby")).toBeDefined();
});
