/**
 * What every engine of the log must do beyond appending and reading: found and end rooms, put one block in the place
 * of another, keep named values, and be followed. A part of the contract suite; it knows no engine.
 */
import { describe, expect, test } from "vitest";
import {
  ChangeKind,
  type Followed,
  FollowedKind,
  type FollowFrom,
  type Log,
  LogErrorCode,
} from "../src/log/log.ts";
import { BlockWriter, decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, makeDamaged, START, textOf, timeOf } from "./log-blocks.ts";
import { type Opened, type OpenLog, seqsOf } from "./log-contract.ts";

/** The block of these numbers with its texts removed, as a deletion leaves it. */
export function makeBlank(room: number, seq: number, count = 1): Uint8Array {
  const writer = new BlockWriter();
  for (let i = seq; i < seq + count; i++) writer.text(1, i, timeOf(i), encodeText("Ada"), new Uint8Array(0));
  return writer.seal(room, seq);
}

const ALL: FollowFrom = { change: 0, seq: () => 0 };
const NEW: FollowFrom = { change: Number.POSITIVE_INFINITY, seq: () => Number.POSITIVE_INFINITY };

/** Follows and writes down what it is told: "1: 1-3 4", "1 ~4", "1 gone". */
function watch(log: Log, from: FollowFrom, pause: () => Promise<void> = async () => undefined) {
  const told: string[] = [];
  const follower = log.follow(from, async (what) => {
    told.push(describeTold(what));
    await pause();
  });
  /** Resolves when so many numbers of each room in all, or so many lines, were told. */
  const until = async (isEnough: () => boolean) => {
    while (!isEnough()) await new Promise((next) => setTimeout(next, 1));
  };
  return { told, follower, until };
}

function describeTold(what: Followed): string {
  switch (what.kind) {
    case FollowedKind.blocks:
      return `${what.room}: ${what.blocks.map(({ seq, count }) => (count === 1 ? seq : `${seq}-${seq + count - 1}`)).join(" ")}`;
    case FollowedKind.replaced:
      return `${what.room} ~${what.block.seq}`;
    case FollowedKind.dropped:
      return `${what.room} gone`;
    case FollowedKind.missed:
      return `missed up to ${what.change}`;
  }
}

export function changesContract(name: string, open: OpenLog): void {
  describe(`${name}: rooms are founded and end`, () => {
    test("each name gets a number of its own, at once the same, and keeps it", async () => {
      await using opened: Opened = await open();
      const { log } = opened;
      const metas = await Promise.all(
        ["yard", "마당", "yard", "hall"].map((each, i) => log.found(each, START + i, i)),
      );
      expect(metas).toEqual([
        { room: 1, name: "yard", createdAt: START, flags: 0 },
        { room: 2, name: "마당", createdAt: START + 1, flags: 1 },
        { room: 1, name: "yard", createdAt: START, flags: 0 },
        { room: 3, name: "hall", createdAt: START + 3, flags: 3 },
      ]);
      expect(await log.found("마당", START + 9, 0xffffffff)).toEqual(metas[1]);
      expect(await log.rooms()).toEqual([metas[0], metas[1], metas[3]]);
      expect(log.totals.rooms).toBe(3);
      expect(await log.bounds(2)).toEqual({ first: 1, head: 0 });
      await log.append(makeBatch(makeBlock(2, 1, 2)));
      expect(seqsOf(2, await log.readForward(2, 1, EVERYTHING))).toEqual([1]);
    });

    test("a number is above those that came with batches", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 7, 1);
      expect((await log.found("yard", START)).room).toBe(8);
      expect((await log.found("room-7", START)).room).toBe(7);
    });

    test("a room that comes with a batch begins above a dropped one of its name", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 3);
      expect([log.nextRoom, log.firstOf("room-1")]).toEqual([2, 1]);
      await log.drop(1);
      expect([log.nextRoom, log.firstOf("room-1"), log.firstOf("room-2")]).toEqual([2, 6, 1]);
      const rooms = [{ room: log.nextRoom, name: "room-1", createdAt: START, flags: 0 }];
      await log.append({ ...makeBatch(makeBlock(2, 6), makeBlock(2, 7)), rooms });
      expect(await log.bounds(2)).toEqual({ first: 6, head: 7 });
      expect(seqsOf(2, await log.readForward(2, 1, EVERYTHING))).toEqual([6, 7]);
    });

    test("a batch cannot name what is founded", async () => {
      await using opened = await open();
      const { log } = opened;
      await log.found("yard", START);
      const rooms = [{ room: 2, name: "yard", createdAt: START, flags: 0 }];
      await expect(log.append({ ...makeBatch(), rooms })).rejects.toMatchObject({
        code: LogErrorCode.outOfOrder,
      });
    });

    test("one that was dropped is as one that nobody wrote to, and the others are not touched", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 3);
      await fill(log, 2, 2, 3);
      await fill(log, 3, 2, 3);
      await log.append({ ...makeBatch(), snapshots: [{ room: 2, seq: 5, bytes: new Uint8Array(1) }] });
      const changed: unknown[] = [];
      log.tail({ committed: () => undefined, changed: (change) => changed.push(change) });
      expect(await log.drop(2)).toBe(true);
      expect(changed).toEqual([{ change: 1, kind: ChangeKind.dropped, room: 2 }]);
      expect(await log.drop(2)).toBe(false);
      expect(await log.drop(9)).toBe(false);
      expect([log.changes, log.totals.rooms]).toEqual([1, 2]);
      expect((await log.rooms()).map(({ room }) => room)).toEqual([1, 3]);
      expect(await log.bounds(2)).toEqual({ first: 1, head: 0 });
      expect(await log.snapshot(2)).toBeNull();
      expect(await log.readForward(2, 1, EVERYTHING)).toEqual([]);
      expect(await log.readBackward(2, 9, EVERYTHING)).toEqual([]);
      expect(await log.trim(2, timeOf(99), 0)).toEqual({ first: 1, head: 0, more: false });
      expect(await log.replace(2, 1, makeBlank(2, 1, 2))).toBe(false);
      for (const room of [1, 3])
        expect(seqsOf(room, await log.readForward(room, 1, EVERYTHING))).toEqual([1, 3]);
      await expect(log.append(makeBatch(makeBlock(2, 1)))).rejects.toMatchObject({
        code: LogErrorCode.outOfOrder,
      });
    });

    test("a room of the same name has another number and goes on above the old one's", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 3);
      await log.drop(1);
      const [again, other] = [await log.found("room-1", START + 5), await log.found("elsewhere", START)];
      expect([again.room, other.room]).toEqual([2, 3]);
      expect(await log.bounds(2)).toEqual({ first: 6, head: 5 });
      expect(await log.bounds(3)).toEqual({ first: 1, head: 0 });
      await log.append(makeBatch(makeBlock(2, 6, 2)));
      expect(seqsOf(2, await log.readForward(2, 1, EVERYTHING))).toEqual([6]);
      expect(seqsOf(2, await log.readBackward(2, 99, EVERYTHING))).toEqual([6]);
      expect(await log.trim(2, 0, 0)).toEqual({ first: 6, head: 7, more: false });
      // A shorter life does not bring the number down.
      await log.drop(2);
      await log.drop((await log.found("room-1", START)).room);
      expect(await log.bounds((await log.found("room-1", START)).room)).toEqual({ first: 8, head: 7 });
    });
  });

  describe(`${name}: a block takes the place of another`, () => {
    test("whoever reads gets the new one, under the same numbers, and the tail says so", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 2, 2);
      const before = await log.readForward(1, 1, EVERYTHING);
      const changed: unknown[] = [];
      log.tail({ committed: () => undefined, changed: (...said) => changed.push(said) });
      const blank = makeBlank(1, 3, 2);
      const bytes = blank.slice();
      const replaced = log.replace(1, 3, bytes);
      bytes.fill(0);
      expect(await replaced).toBe(true);
      expect(changed).toEqual([[{ change: 1, kind: ChangeKind.replaced, room: 1, seq: 3, count: 2 }, blank]]);
      const whole = [before[0], { seq: 3, count: 2, bytes: blank }, before[2]];
      expect(await log.readForward(1, 1, EVERYTHING)).toEqual(whole);
      expect(await log.readBackward(1, 7, EVERYTHING)).toEqual(whole);
      expect(await log.readForward(1, 4, EVERYTHING)).toEqual(whole.slice(1));
      expect(await log.bounds(1)).toEqual({ first: 1, head: 6 });
      expect(log.totals).toEqual({ rooms: 1, records: 6, commits: 3 });
      // And again.
      expect(await log.replace(1, 3, makeBlock(1, 3, 2).bytes)).toBe(true);
      expect(await log.readForward(1, 1, EVERYTHING)).toEqual(before);
      expect(log.changes).toBe(2);
    });

    test("nobody reads the old one once it has resolved, whatever is read meanwhile", async () => {
      await using opened = await open();
      const { log } = opened;
      await log.append(makeBatch(...Array.from({ length: 300 }, (_, i) => makeBlock(1, i + 1))));
      const isBlank = async (seq: number) => {
        const [block] = await log.readForward(1, seq, { maxBytes: 1, maxRecords: 1 });
        return decodeBlock(block!.bytes).records[0]!.text === "";
      };
      for (let seq = 1; seq <= 300; seq += 60) {
        const reads: Promise<unknown>[] = [];
        for (let i = 0; i < 5; i++) {
          reads.push(log.readForward(1, 1, { maxBytes: 5_000, maxRecords: 1_000 }));
          reads.push(log.readBackward(1, 301, { maxBytes: 5_000, maxRecords: 1_000 }));
        }
        await log.replace(1, seq, makeBlank(1, seq));
        expect(await isBlank(seq)).toBe(true);
        if (seq < 300) expect(await isBlank(seq + 1)).toBe(false);
        await Promise.all(reads);
      }
    });

    test("what is not kept is not replaced, nor what is of other numbers or another time", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 2, 2);
      await log.trim(1, 0, 3);
      expect(await log.bounds(1)).toEqual({ first: 3, head: 6 });
      const other = new BlockWriter();
      for (const seq of [3, 4]) other.text(1, seq, timeOf(seq) + 1, encodeText("Ada"), new Uint8Array(0));
      const refused = [
        await log.replace(1, 1, makeBlank(1, 1, 2)),
        await log.replace(1, 7, makeBlank(1, 7, 2)),
        await log.replace(2, 1, makeBlank(2, 1)),
        await log.replace(1, 3, makeBlank(1, 3, 1)),
        await log.replace(1, 4, makeBlank(1, 4, 1)),
        await log.replace(1, 3, other.seal(1, 3)),
      ];
      expect(refused).toEqual(refused.map(() => false));
      expect([log.changes, seqsOf(1, await log.readForward(1, 1, EVERYTHING))]).toEqual([0, [3, 5]]);
    });

    for (const [what, bytes] of [
      ["is damaged", makeDamaged(1, 1, 2).bytes],
      ["is of another room", makeBlank(2, 1, 2)],
      ["begins elsewhere", makeBlank(1, 2, 2)],
      ["is none", new Uint8Array(20)],
    ] as const) {
      test(`a block that ${what} is refused, and the log goes on`, async () => {
        await using opened = await open();
        const { log } = opened;
        await fill(log, 1, 2);
        await expect(log.replace(1, 1, bytes)).rejects.toMatchObject({ code: LogErrorCode.outOfOrder });
        await fill(log, 1, 1);
        expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([1, 3]);
      });
    }

    test("a damaged block can be replaced, and is whole then", async () => {
      await using opened = await open();
      const { log } = opened;
      await log.append(makeBatch(makeBlock(1, 1), makeDamaged(1, 2, 2), makeBlock(1, 4)));
      expect(decodeBlock((await log.readForward(1, 2, EVERYTHING))[0]!.bytes).lost).toHaveLength(1);
      expect(await log.replace(1, 2, makeBlock(1, 2, 2).bytes)).toBe(true);
      expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([1, 2, 4]);
    });

    test("retention takes replaced blocks like others", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 2, 2);
      await log.replace(1, 1, makeBlank(1, 1, 2));
      expect(await log.trim(1, timeOf(3), Number.MAX_SAFE_INTEGER)).toEqual({
        first: 3,
        head: 6,
        more: false,
      });
    });
  });

  describe(`${name}: named values`, () => {
    const bytes = (...values: number[]) => new Uint8Array(values);

    test("are written by whoever knows the version, and removed", async () => {
      await using opened = await open();
      const { log } = opened;
      expect(await log.state("keys")).toEqual({ version: 0, bytes: bytes() });
      const one = bytes(1);
      const written = log.setState("keys", 0, one);
      one.fill(9);
      const first = (await written)!;
      expect(first).toBeGreaterThan(0);
      expect(await log.state("keys")).toEqual({ version: first, bytes: bytes(1) });
      expect(await log.setState("keys", 0, bytes(2))).toBeNull();
      expect(await log.setState("keys", first + 1, bytes(2))).toBeNull();
      const second = (await log.setState("keys", first, bytes(2, 2)))!;
      expect(second).toBeGreaterThan(first);
      expect(await log.state("keys")).toEqual({ version: second, bytes: bytes(2, 2) });
      expect(await log.setState("keys", first, null)).toBeNull();
      expect(await log.setState("keys", second, null)).toBe(0);
      expect(await log.state("keys")).toEqual({ version: 0, bytes: bytes() });
      // Whoever remembers a version of before does not take what is there now for that.
      const third = (await log.setState("keys", 0, bytes(3)))!;
      expect(third).toBeGreaterThan(second);
      expect(await log.setState("keys", second, bytes(4))).toBeNull();
    });

    test("of many who write at once one wins each time", async () => {
      await using opened = await open();
      const { log } = opened;
      const count = async () => {
        for (;;) {
          const { version, bytes: now } = await log.state("count");
          if ((await log.setState("count", version, bytes((now[0] ?? 0) + 1))) !== null) return;
        }
      };
      await Promise.all([...Array.from({ length: 20 }, count), fill(log, 1, 1, 1, 1)]);
      expect((await log.state("count")).bytes).toEqual(bytes(20));
    });

    test("are found by the beginning of their name, in order, so many at a time", async () => {
      await using opened = await open();
      const { log } = opened;
      const names = ["key/b", "key/a", "key/가", "key", "kez", "key/A", "kex/z"];
      for (const [i, each] of names.entries()) await log.setState(each, 0, bytes(i));
      const some = async (prefix: string, after = "", most = 99) =>
        (await log.states(prefix, after, most)).map((each) => each.name);
      expect(await some("key/")).toEqual(["key/A", "key/a", "key/b", "key/가"]);
      expect(await some("key/", "", 2)).toEqual(["key/A", "key/a"]);
      expect(await some("key/", "key/a", 2)).toEqual(["key/b", "key/가"]);
      expect(await some("key/", "key/가")).toEqual([]);
      expect(await some("")).toEqual(["kex/z", "key", "key/A", "key/a", "key/b", "key/가", "kez"]);
      expect(await some("key/", "", 0)).toEqual([]);
      const [first] = await log.states("key/b", "", 1);
      expect({ name: "key/b", ...(await log.state("key/b")) }).toEqual(first);
    });

    test("are set in one write with blocks, and removed, whatever they were", async () => {
      await using opened = await open();
      const { log } = opened;
      const before = (await log.setState("a", 0, bytes(1)))!;
      const value = bytes(2);
      const states = [
        { name: "a", bytes: value },
        { name: "b", bytes: bytes(3) },
        { name: "c", bytes: null },
      ];
      const written = log.append({ ...makeBatch(makeBlock(1, 1)), states });
      value.fill(9);
      await written;
      const { version, bytes: now } = await log.state("a");
      expect([version > before, now]).toEqual([true, bytes(2)]);
      expect((await log.states("", "", 9)).map((each) => each.name)).toEqual(["a", "b"]);
      await log.append({ ...makeBatch(makeBlock(1, 2)), states: [{ name: "a", bytes: null }] });
      expect((await log.state("a")).version).toBe(0);
      expect(await log.setState("a", version, bytes(4))).toBeNull();
    });

    test("have bounds, and a caller beyond them does no harm", async () => {
      await using opened = await open();
      const { log } = opened;
      for (const bad of ["", "x".repeat(256), "가".repeat(86), "\ud800"]) {
        await expect(log.setState(bad, 0, bytes())).rejects.toThrow(RangeError);
        await expect(log.state(bad)).rejects.toThrow(RangeError);
      }
      await expect(log.setState("x", 0, new Uint8Array(65_537))).rejects.toThrow(RangeError);
      expect(await log.setState("x".repeat(255), 0, new Uint8Array(65_536))).not.toBeNull();
      await fill(log, 1, 1);
    });
  });

  describe(`${name}: followers`, () => {
    test("hear all that there is and then what comes, each room in order", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 1);
      await fill(log, 2, 3);
      const one = watch(log, ALL);
      await one.until(() => one.told.length === 2);
      await fill(log, 2, 1);
      await fill(log, 3, 1);
      await log.append(makeBatch(makeBlock(1, 4), makeBlock(2, 5, 2), makeBlock(1, 5)));
      await one.until(() => one.told.length === 6);
      expect(one.told).toEqual(["1: 1-2 3", "2: 1-3", "2: 4", "3: 1", "1: 4 5", "2: 5-6"]);
      await one.follower.close();
      expect(await one.follower.ended).toBeNull();
    });

    test("go on where they were, in the rooms that they want", async () => {
      await using opened = await open();
      const { log } = opened;
      for (const room of [1, 2, 3, 4]) await fill(log, room, 2, 2);
      const positions = new Map([
        [1, 2],
        [2, 3],
        [4, 4],
      ]);
      const one = watch(log, { change: 0, seq: (room) => positions.get(room) ?? null });
      await one.until(() => one.told.length === 2);
      await fill(log, 3, 1);
      await fill(log, 4, 1);
      await one.until(() => one.told.length === 3);
      expect(one.told).toEqual(["1: 3-4", "2: 3-4", "4: 5"]);
    });

    test("who want only what is new hear nothing else, and nothing of it is missed", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 2);
      const one = watch(log, NEW);
      // At once, while it is looking at the rooms.
      for (let seq = 5; seq < 30; seq++) await log.append(makeBatch(makeBlock(1, seq)));
      const numbers = () => one.told.flatMap((line) => line.split(": ")[1]!.split(" ").map(Number));
      await one.until(() => numbers().length === 25);
      expect(numbers()).toEqual(Array.from({ length: 25 }, (_, i) => i + 5));
    });

    test("any number of them, a slow one and one that fails among them, hear the same without holding up anybody", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 1);
      let go: () => void = () => undefined;
      const gate = new Promise<void>((open) => (go = open));
      const slow = watch(log, ALL, () => gate);
      const quick = watch(log, ALL);
      const failing = log.follow(ALL, () => {
        throw new Error("it had enough");
      });
      expect(String(await failing.ended)).toContain("it had enough");
      for (let seq = 2; seq <= 400; seq++) {
        const blocks = [makeBlock(1, seq)];
        if (seq % 4 === 0)
          blocks.push(makeBlock(2 + (seq % 3), Math.floor((await log.bounds(2 + (seq % 3))).head) + 1));
        const rooms = [2, 3, 4]
          .filter((room) => seq === 2 && room > 1)
          .map((room) => ({ room, name: `n-${room}`, createdAt: START, flags: 0 }));
        await log.append({ blocks, rooms, snapshots: [] });
      }
      const numbers = (told: readonly string[], room: number) =>
        told
          .filter((line) => line.startsWith(`${room}:`))
          .flatMap((line) => line.split(": ")[1]!.split(" ").map(Number));
      await quick.until(() => numbers(quick.told, 1).length === 400);
      expect(slow.told).toEqual(["1: 1"]);
      go();
      await slow.until(() => numbers(slow.told, 1).length === 400);
      for (const room of [1, 2, 3, 4]) {
        const { head } = await log.bounds(room);
        const all = Array.from({ length: head }, (_, i) => i + 1);
        await slow.until(() => numbers(slow.told, room).length === head);
        await quick.until(() => numbers(quick.told, room).length === head);
        expect(numbers(slow.told, room)).toEqual(all);
        expect(numbers(quick.told, room)).toEqual(all);
      }
      // What waited came in pages.
      expect(slow.told.length).toBeLessThan(20);
    });

    test("are told when what they have was replaced or dropped, also when it was while they were away", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 2);
      await fill(log, 2, 2);
      await fill(log, 3, 2);
      const live = watch(log, ALL);
      await live.until(() => live.told.length === 3);
      await log.replace(1, 1, makeBlank(1, 1, 2));
      await log.drop(2);
      await log.replace(1, 3, makeBlank(1, 3, 2));
      await live.until(() => live.told.length === 6);
      expect(live.told.slice(3)).toEqual(["1 ~1", "2 gone", "1 ~3"]);
      // One that had read up to 2 in each room before the second change.
      const away = watch(log, { change: 1, seq: (room) => (room === 3 ? null : 2) });
      await away.until(() => away.told.length === 2);
      await fill(log, 3, 1);
      await log.replace(3, 1, makeBlank(3, 1, 2));
      await fill(log, 1, 1);
      await away.until(() => away.told.length === 3);
      expect(away.told).toEqual(["2 gone", "1: 3-4", "1: 5"]);
      const late = watch(log, NEW);
      await log.drop(1);
      await late.until(() => late.told.length === 1);
      expect(late.told).toEqual(["1 gone"]);
    });

    test("get what is there now: the old bytes of what they had not read yet are told to nobody", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 1);
      let go: () => void = () => undefined;
      let gate = Promise.resolve();
      const texts: string[] = [];
      const follower = log.follow(ALL, async (told) => {
        if (told.kind === FollowedKind.blocks)
          for (const { bytes } of told.blocks)
            texts.push(...decodeBlock(bytes).records.map(({ text }) => text));
        if (told.kind === FollowedKind.replaced) texts.push(`~${told.block.seq}`);
        await gate;
      });
      const until = async (count: number) => {
        while (texts.length < count) await new Promise((next) => setTimeout(next, 1));
      };
      await until(1);
      await new Promise((next) => setTimeout(next, 5));
      gate = new Promise((open) => (go = open));
      // The first of the batch is being told of, the others wait in memory; what comes then waits in the log.
      const rooms = [2, 3].map((room) => ({ room, name: `n-${room}`, createdAt: START, flags: 0 }));
      await log.append({ blocks: [makeBlock(1, 2), makeBlock(2, 1), makeBlock(3, 1)], rooms, snapshots: [] });
      await until(2);
      await log.append(makeBatch(makeBlock(2, 2)));
      await log.replace(2, 1, makeBlank(2, 1));
      await log.replace(2, 2, makeBlank(2, 2));
      await log.drop(3);
      go();
      await until(4);
      await follower.close();
      expect(texts.filter((text) => !text.startsWith("~"))).toEqual([textOf(1, 1), textOf(1, 2), "", ""]);
    });

    test("one that is closed while it is told hears nothing more", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 1);
      let go: () => void = () => undefined;
      const gate = new Promise<void>((open) => (go = open));
      const one = watch(log, ALL, () => gate);
      await one.until(() => one.told.length === 1);
      const closed = one.follower.close();
      await fill(log, 1, 1, 1);
      expect(await Promise.race([closed.then(() => "closed"), Promise.resolve("running")])).toBe("running");
      go();
      await closed;
      await log.close();
      expect(one.told).toEqual(["1: 1"]);
    });

    test("retention that was faster shows by the numbers", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 2, 2);
      await log.trim(1, 0, 1);
      const one = watch(log, { change: 0, seq: () => 1 });
      await one.until(() => one.told.length === 1);
      expect(one.told).toEqual(["1: 5-6"]);
    });
  });

  describe(`${name}: failures`, () => {
    const operations: [string, (log: Log) => Promise<unknown>][] = [
      ["found", (log) => log.found("new", START)],
      ["drop", (log) => log.drop(1)],
      ["replace", (log) => log.replace(1, 1, makeBlank(1, 1, 2))],
      ["setState", (log) => log.setState("name", 0, new Uint8Array(1))],
    ];
    for (const [what, operate] of operations) {
      for (const point of ["beforeCommit", "afterCommit"] as const) {
        test(`a ${what} that fails at ${point} is not told to anybody and ends the log`, async () => {
          let broken = false;
          const fail = () => {
            if (broken) throw new Error("the disk is gone");
          };
          await using opened = await open({ [point]: fail });
          const { log } = opened;
          await fill(log, 1, 2);
          let told = 0;
          log.tail({ committed: () => told++, changed: () => told++ });
          broken = true;
          await expect(operate(log)).rejects.toThrow("the disk is gone");
          broken = false;
          for (const [, again] of operations) await expect(again(log)).rejects.toThrow("the disk is gone");
          await expect(log.state("name")).rejects.toThrow("the disk is gone");
          expect(told).toBe(0);
          expect(String(await log.failed)).toContain("the disk is gone");
        });
      }

      test(`nobody sees a ${what} before it is synced`, async () => {
        const seen: unknown[] = [];
        const holder: { log?: Log } = {};
        const look = async (write: number) => {
          if (write === 1 || !holder.log) return;
          const log = holder.log;
          seen.push([
            (await log.rooms()).length,
            (await log.readForward(1, 1, EVERYTHING)).map(({ bytes }) => decodeBlock(bytes).records[0]!.text),
            (await log.state("name")).version,
            log.changes,
          ]);
        };
        await using opened = await open({ beforeCommit: look });
        await fill(opened.log, 1, 2);
        holder.log = opened.log;
        await operate(opened.log);
        expect(seen).toEqual([[1, [textOf(1, 1)], 0, 0]]);
      });
    }

    test("a closed log refuses all of it", async () => {
      await using opened = await open();
      const { log } = opened;
      await log.close();
      for (const [, operate] of operations)
        await expect(operate(log)).rejects.toMatchObject({ code: LogErrorCode.storage });
      await expect(log.states("", "", 1)).rejects.toMatchObject({ code: LogErrorCode.storage });
      expect(() => log.follow(ALL, () => undefined)).toThrow();
    });
  });
}
