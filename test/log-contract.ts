/**
 * What every engine of the log must do, as one suite that is run against each. It knows the contract of
 * src/log/log.ts and no engine.
 */
import { describe, expect, test } from "vitest";
import type { LogFaults } from "../src/log/faults.ts";
import { type AppendBlock, type Log, LogErrorCode, type StoredBlock } from "../src/log/log.ts";
import { decodeBlock } from "../src/wire/block.ts";
import {
  EVERYTHING,
  fill,
  makeBatch,
  makeBlock,
  makeDamaged,
  makeNoise,
  START,
  textOf,
  timeOf,
} from "./log-blocks.ts";

/** First numbers of blocks, after a look at every text in them. */
export function seqsOf(room: number, blocks: readonly StoredBlock[]): number[] {
  for (const { seq, count, bytes } of blocks) {
    const { records, ...header } = decodeBlock(bytes);
    expect(header).toEqual({ room, seq, count, time: timeOf(seq), acts: [], lost: [] });
    expect(records.map(({ text }) => text)).toEqual(records.map((record) => textOf(room, record.seq)));
  }
  return blocks.map(({ seq }) => seq);
}

/**
 * What is read of a room that has holes: "1-3", or "4-5 lost"; each must continue the one before it, and what is not
 * lost must be what was written.
 */
export function partsOf(room: number, blocks: readonly StoredBlock[]): string[] {
  let next = blocks[0]?.seq ?? 0;
  return blocks.map((block) => {
    const { seq, count, bytes } = block;
    expect(seq).toBe(next);
    next = seq + count;
    const { lost, records } = decodeBlock(bytes);
    const name = count === 1 ? `${seq}` : `${seq}-${next - 1}`;
    if (lost.length === 0) seqsOf(room, [block]);
    else expect([lost, records]).toEqual([[{ from: seq, to: next - 1 }], []]);
    return lost.length === 0 ? name : `${name} lost`;
  });
}

export interface Opened extends AsyncDisposable {
  log: Log;
}

export type OpenLog = (faults?: LogFaults) => Promise<Opened>;

export function logContract(name: string, open: OpenLog): void {
  describe(name, () => {
    test("a room that nobody wrote to is empty", async () => {
      await using opened = await open();
      const { log } = opened;
      expect(await log.rooms()).toEqual([]);
      expect(await log.bounds(7)).toEqual({ first: 1, head: 0 });
      expect(await log.snapshot(7)).toBeNull();
      expect(await log.readForward(7, 1, EVERYTHING)).toEqual([]);
      expect(await log.readBackward(7, 1, EVERYTHING)).toEqual([]);
      expect(log.totals).toEqual({ rooms: 0, records: 0, commits: 0 });
      expect(log.epoch).toMatch(/^[0-9a-f]{16}$/);
      expect(log.secret).toHaveLength(32);
    });

    test("what was appended is read forward, from the block that holds the number", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 3, 1, 4);
      await fill(log, 2, 2);
      const from = async (seq: number) => seqsOf(1, await log.readForward(1, seq, EVERYTHING));
      expect(await from(0)).toEqual([1, 4, 5]);
      expect(await from(1)).toEqual([1, 4, 5]);
      expect(await from(3)).toEqual([1, 4, 5]);
      expect(await from(4)).toEqual([4, 5]);
      expect(await from(8)).toEqual([5]);
      expect(await from(9)).toEqual([]);
      expect(seqsOf(2, await log.readForward(2, 1, EVERYTHING))).toEqual([1]);
      expect(await log.bounds(1)).toEqual({ first: 1, head: 8 });
      expect(log.totals).toEqual({ rooms: 2, records: 10, commits: 4 });
    });

    test("what was appended is read backward, to the block that holds the number before", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 3, 1, 4);
      const upTo = async (seq: number) => seqsOf(1, await log.readBackward(1, seq, EVERYTHING));
      expect(await upTo(100)).toEqual([1, 4, 5]);
      expect(await upTo(9)).toEqual([1, 4, 5]);
      expect(await upTo(6)).toEqual([1, 4, 5]);
      expect(await upTo(5)).toEqual([1, 4]);
      expect(await upTo(4)).toEqual([1]);
      expect(await upTo(2)).toEqual([1]);
      expect(await upTo(1)).toEqual([]);
      expect(await upTo(0)).toEqual([]);
    });

    test("a page ends with the block that reaches a limit, and holds one block at least", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 2, 2, 2, 2);
      const size = makeBlock(1, 1, 2).bytes.length;
      const all = Number.MAX_SAFE_INTEGER;
      const pages = async (maxRecords: number, maxBytes: number) => [
        seqsOf(1, await log.readForward(1, 1, { maxRecords, maxBytes })),
        seqsOf(1, await log.readBackward(1, 9, { maxRecords, maxBytes })),
      ];
      expect(await pages(1, all)).toEqual([[1], [7]]);
      expect(await pages(2, all)).toEqual([[1], [7]]);
      expect(await pages(3, all)).toEqual([
        [1, 3],
        [5, 7],
      ]);
      expect(await pages(all, 1)).toEqual([[1], [7]]);
      expect(await pages(all, size + 1)).toEqual([
        [1, 3],
        [5, 7],
      ]);
    });

    test("a long room comes back whole, page after page", async () => {
      await using opened = await open();
      const { log } = opened;
      const sizes = Array.from({ length: 1500 }, (_, i) => 1 + (i % 3));
      const blocks: AppendBlock[] = [];
      let next = 1;
      for (const size of sizes) {
        blocks.push(makeBlock(1, next, size));
        next += size;
      }
      await log.append({
        blocks,
        rooms: [{ room: 1, name: "long", createdAt: START, flags: 0 }],
        snapshots: [],
      });
      const whole = await log.readForward(1, 1, EVERYTHING);
      expect(seqsOf(1, whole)).toEqual(blocks.map(({ seq }) => seq));
      expect(await log.readBackward(1, next, EVERYTHING)).toEqual(whole);
      const paged: StoredBlock[] = [];
      for (let from = 1; from < next; from = paged.at(-1)!.seq + paged.at(-1)!.count)
        paged.push(...(await log.readForward(1, from, { maxBytes: 10_000, maxRecords: 700 })));
      expect(paged).toEqual(whole);
    });

    test("several rooms, metas and snapshots are one batch, and bytes are copied at once", async () => {
      await using opened = await open();
      const { log } = opened;
      const blocks = [makeBlock(1, 1, 2), makeBlock(2, 1), makeBlock(1, 3)];
      const rooms = [
        { room: 2, name: "마당", createdAt: START, flags: 0 },
        { room: 1, name: "yard", createdAt: START + 1, flags: 0 },
      ];
      const state = new Uint8Array([1, 2, 3]);
      const appended = log.append({ blocks, rooms, snapshots: [{ room: 1, seq: 3, bytes: state }] });
      state.fill(9);
      await appended;
      expect(await log.rooms()).toEqual([rooms[1], rooms[0]]);
      expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([1, 3]);
      expect(await log.snapshot(1)).toEqual({ seq: 3, bytes: new Uint8Array([1, 2, 3]) });
      await log.append({ blocks: [], rooms: [], snapshots: [{ room: 1, seq: 3, bytes: new Uint8Array(0) }] });
      expect(await log.snapshot(1)).toEqual({ seq: 3, bytes: new Uint8Array(0) });
      expect(await log.snapshot(2)).toBeNull();
      expect(log.totals).toEqual({ rooms: 2, records: 4, commits: 2 });
    });

    test("rooms have numbers of up to 48 bits, in order, and none takes another's place", async () => {
      await using opened = await open();
      const { log } = opened;
      const numbers = [2 ** 48 - 1, 2 ** 32, 1, 2 ** 32 - 1, 2 ** 32 + 1, 2 ** 40, 2 ** 32 - 2, 2 ** 48 - 2];
      for (const [i, room] of numbers.entries()) await fill(log, room, 1 + i, 2, 1);
      const snapshots = numbers.map((room, i) => ({ room, seq: 1, bytes: new Uint8Array([i]) }));
      await log.append({ ...makeBatch(), snapshots });
      expect((await log.rooms()).map(({ room }) => room)).toEqual(numbers.toSorted((a, b) => a - b));
      for (const [i, room] of numbers.entries()) {
        expect(await log.bounds(room)).toEqual({ first: 1, head: 4 + i });
        expect(seqsOf(room, await log.readForward(room, 1, EVERYTHING))).toEqual([1, 2 + i, 4 + i]);
        expect(seqsOf(room, await log.readBackward(room, 3 + i, EVERYTHING))).toEqual([1, 2 + i]);
        expect(await log.snapshot(room)).toEqual({ seq: 1, bytes: new Uint8Array([i]) });
      }
      await log.append({ ...makeBatch(), snapshots: [{ room: 2 ** 32, seq: 5, bytes: new Uint8Array(1) }] });
      expect(await log.trim(2 ** 32, 0, 1)).toEqual({ first: 3, head: 5, more: false });
      expect(seqsOf(2 ** 32, await log.readForward(2 ** 32, 1, EVERYTHING))).toEqual([3, 5]);
      expect(await log.bounds(2 ** 32 - 1)).toEqual({ first: 1, head: 7 });
      await expect(log.append(makeBatch(makeBlock(2 ** 48, 1)))).rejects.toMatchObject({
        code: LogErrorCode.outOfOrder,
      });
    });

    test("the tail hears of every batch in order, before append resolves, when it can be read", async () => {
      await using opened = await open();
      const { log } = opened;
      const heard: string[] = [];
      log.tail({
        committed: (blocks) => {
          heard.push(`tail ${blocks.map(({ room, seq }) => `${room}:${seq}`).join(" ")}`);
          void log.bounds(1).then(({ head }) => heard.push(`head ${head}`));
        },
      });
      for (const seq of [1, 2, 3]) {
        await log.append(makeBatch(makeBlock(1, seq), makeBlock(2, seq)));
        heard.push(`resolved ${seq}`);
        await log.bounds(1);
      }
      expect(heard.filter((line) => !line.startsWith("head"))).toEqual([
        "tail 1:1 2:1",
        "resolved 1",
        "tail 1:2 2:2",
        "resolved 2",
        "tail 1:3 2:3",
        "resolved 3",
      ]);
      expect(heard.filter((line) => line.startsWith("head"))).toEqual(["head 1", "head 2", "head 3"]);
    });

    test("nobody can read a batch before the tail was told of it", async () => {
      const seen: unknown[] = [];
      const holder: { log?: Log } = {};
      const look = async () => {
        const blocks = await holder.log!.readForward(1, 1, EVERYTHING);
        seen.push(blocks.length, await holder.log!.bounds(1));
      };
      await using opened = await open({ beforeCommit: look, afterCommit: look });
      holder.log = opened.log;
      await opened.log.append(makeBatch(makeBlock(1, 1)));
      const empty = { first: 1, head: 0 };
      expect(seen).toEqual([0, empty, 0, empty]);
      expect(await opened.log.bounds(1)).toEqual({ first: 1, head: 1 });
    });

    const misfits: [string, (log: Log) => Promise<unknown>][] = [
      ["leaves a gap", (log) => log.append(makeBatch(makeBlock(1, 4)))],
      ["repeats a number", (log) => log.append(makeBatch(makeBlock(1, 2)))],
      ["begins a room elsewhere", (log) => log.append(makeBatch(makeBlock(2, 2)))],
      ["has a gap within the batch", (log) => log.append(makeBatch(makeBlock(1, 3), makeBlock(1, 5)))],
      ["is of another room", (log) => log.append(makeBatch({ ...makeBlock(1, 3), room: 2 }))],
      ["has another count", (log) => log.append(makeBatch({ ...makeBlock(1, 3), count: 2 }))],
      ["is no block", (log) => log.append(makeBatch({ ...makeBlock(1, 3), bytes: new Uint8Array(9) }))],
      [
        "comes while another is under way",
        (log) => {
          log.append(makeBatch(makeBlock(1, 3))).catch(() => undefined);
          return log.append(makeBatch(makeBlock(1, 4)));
        },
      ],
      [
        "names a room again",
        (log) =>
          log.append({ ...makeBatch(), rooms: [{ room: 1, name: "again", createdAt: START, flags: 0 }] }),
      ],
    ];
    for (const [what, attempt] of misfits) {
      test(`a batch is refused that ${what}, and the log with it`, async () => {
        await using opened = await open();
        const { log } = opened;
        await fill(log, 1, 2);
        await expect(attempt(log)).rejects.toMatchObject({ code: LogErrorCode.outOfOrder });
        await expect(log.append(makeBatch(makeBlock(1, 3)))).rejects.toMatchObject({
          code: LogErrorCode.outOfOrder,
        });
      });
    }

    for (const point of ["beforeCommit", "afterCommit"] as const) {
      test(`after a failure at ${point} every call is refused and the tail heard nothing`, async () => {
        let broken = false;
        const fail = () => {
          if (broken) throw new Error("the disk is gone");
        };
        await using opened = await open({ [point]: fail });
        const { log } = opened;
        await fill(log, 1, 1);
        let heard = 0;
        log.tail({ committed: () => heard++ });
        broken = true;
        await expect(log.append(makeBatch(makeBlock(1, 2)))).rejects.toThrow("the disk is gone");
        broken = false;
        await expect(log.append(makeBatch(makeBlock(1, 2)))).rejects.toThrow("the disk is gone");
        await expect(log.readForward(1, 1, EVERYTHING)).rejects.toThrow("the disk is gone");
        await expect(log.reserveAuthors(1)).rejects.toThrow("the disk is gone");
        await expect(log.bounds(1)).rejects.toThrow("the disk is gone");
        expect(heard).toBe(0);
        expect(String(await log.failed)).toContain("the disk is gone");
      });
    }

    test("a log that was closed has not failed", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 1);
      await log.close();
      await expect(log.append(makeBatch())).rejects.toMatchObject({ code: LogErrorCode.storage });
      expect(await Promise.race([log.failed, "pending"])).toBe("pending");
    });

    test("no identity is given twice, whatever goes on beside it", async () => {
      await using opened = await open();
      const { log } = opened;
      const given = Promise.all([log.reserveAuthors(3), log.reserveAuthors(1), log.reserveAuthors(10)]);
      await log.append(makeBatch(makeBlock(1, 1)));
      expect(await given).toEqual([1, 4, 5]);
      expect(await log.reserveAuthors(1)).toBe(15);
      expect(log.totals.commits).toBe(1);
    });

    test("retention by count keeps whole blocks and never the head's alone", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 3, 3, 3, 1);
      expect(await log.trim(1, 0, 10)).toEqual({ first: 1, head: 10, more: false });
      expect(await log.trim(1, 0, 7)).toEqual({ first: 1, head: 10, more: false });
      expect(await log.trim(1, 0, 6)).toEqual({ first: 4, head: 10, more: false });
      expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([4, 7, 10]);
      expect(seqsOf(1, await log.readBackward(1, 11, EVERYTHING))).toEqual([4, 7, 10]);
      expect(await log.readBackward(1, 4, EVERYTHING)).toEqual([]);
      expect(await log.trim(1, 0, 0)).toEqual({ first: 10, head: 10, more: false });
      expect(await log.trim(9, START, 0)).toEqual({ first: 1, head: 0, more: false });
      expect(log.totals.records).toBe(10);
    });

    test("retention by age waits for the youngest record of a block, and the head survives", async () => {
      await using opened = await open();
      const { log } = opened;
      const all = Number.MAX_SAFE_INTEGER;
      await fill(log, 1, 3, 3, 2);
      expect(await log.trim(1, timeOf(3), all)).toEqual({ first: 1, head: 8, more: false });
      expect(await log.trim(1, timeOf(3) + 1, all)).toEqual({ first: 4, head: 8, more: false });
      expect(await log.trim(1, timeOf(8), all)).toEqual({ first: 7, head: 8, more: false });
      expect(await log.trim(1, timeOf(9), all)).toEqual({ first: 9, head: 8, more: false });
      expect(await log.readForward(1, 1, EVERYTHING)).toEqual([]);
      expect(await log.readBackward(1, 9, EVERYTHING)).toEqual([]);
      await fill(log, 1, 2);
      expect(await log.bounds(1)).toEqual({ first: 9, head: 10 });
      expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([9]);
    });

    test("retention takes nothing that the room's snapshot does not know of", async () => {
      await using opened = await open();
      const { log } = opened;
      const all = Number.MAX_SAFE_INTEGER;
      const note = (seq: number) =>
        log.append({ ...makeBatch(), snapshots: [{ room: 1, seq, bytes: new Uint8Array([seq]) }] });
      await fill(log, 1, 2, 2);
      await note(4);
      await fill(log, 1, 2, 2, 1);
      expect(await log.trim(1, 0, 6)).toEqual({ first: 3, head: 9, more: false });
      expect(await log.trim(1, 0, 0)).toEqual({ first: 5, head: 9, more: false });
      expect(await log.trim(1, timeOf(100), all)).toEqual({ first: 5, head: 9, more: false });
      // In the middle of a block: that block stays.
      await note(7);
      expect(await log.trim(1, timeOf(100), all)).toEqual({ first: 7, head: 9, more: false });
      await note(9);
      expect(await log.trim(1, 0, 0)).toEqual({ first: 9, head: 9, more: false });
      expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([9]);
      expect(await log.trim(1, timeOf(100), all)).toEqual({ first: 10, head: 9, more: false });
    });

    test("retention does a bounded amount of work a call", async () => {
      await using opened = await open();
      const { log } = opened;
      const blocks = Array.from({ length: 600 }, (_, i) => makeBlock(1, i + 1));
      await log.append(makeBatch(...blocks));
      const all = Number.MAX_SAFE_INTEGER;
      expect(await log.trim(1, timeOf(501), all)).toEqual({ first: 257, head: 600, more: true });
      expect(await log.trim(1, timeOf(501), all)).toMatchObject({ first: 501, more: false });
      expect(await log.trim(1, 0, 10)).toEqual({ first: 590, head: 600, more: false });
    });

    test("readers beside retention never see damage", async () => {
      await using opened = await open();
      const { log } = opened;
      await log.append(makeBatch(...Array.from({ length: 1000 }, (_, i) => makeBlock(1, i + 1))));
      const reads: Promise<StoredBlock[]>[] = [];
      for (let keep = 900; keep > 0; keep -= 100) {
        const trims = [log.trim(1, 0, keep), log.trim(1, 0, keep)];
        for (let i = 0; i < 4; i++) {
          reads.push(log.readForward(1, 950 - keep, { maxBytes: 5_000, maxRecords: 1000 }));
          reads.push(log.readBackward(1, 1050 - keep, { maxBytes: 5_000, maxRecords: 1000 }));
        }
        await Promise.all(trims);
      }
      for (const blocks of await Promise.all(reads)) seqsOf(1, blocks);
    });

    test("what the log and each room take is told, and what is left", async () => {
      await using opened = await open();
      const { log } = opened;
      const before = await log.space();
      expect(before.freeBytes).toBeGreaterThan(0);
      expect(await log.roomBytes(1)).toBe(0);
      // What cannot be packed, and enough of it that the engine makes tables.
      let written = 0;
      for (let head = 0; written < 16 * 2 ** 20; ) {
        const blocks: AppendBlock[] = [];
        for (let i = 0; i < 20; i++) {
          const block = makeNoise(1, head + 1, 10);
          head += 10;
          written += block.bytes.length;
          blocks.push(block);
        }
        await log.append(makeBatch(...blocks));
      }
      await fill(log, 2, 3);
      const { logBytes } = await log.space();
      expect(logBytes - before.logBytes).toBeGreaterThan(written * 0.95);
      expect(logBytes - before.logBytes).toBeLessThan(written * 2.5);
      const bytes = await log.roomBytes(1);
      expect(bytes).toBeGreaterThan(written - 8.5 * 2 ** 20);
      expect(bytes).toBeLessThan(written * 1.1);
      expect(await log.roomBytes(2)).toBeLessThan(2 ** 16);
      expect(await log.roomBytes(2 ** 32 + 1)).toBe(0);
      // Asked by many at once, everyone is told.
      const many = await Promise.all(Array.from({ length: 50 }, () => log.space()));
      for (const each of many) expect(each.logBytes).toBeGreaterThan(written * 0.95);
    });

    test("a damaged block is read as lost, whatever lies around it, and the room goes on", async () => {
      await using opened = await open();
      const { log } = opened;
      await fill(log, 1, 3);
      await log.append(makeBatch(makeDamaged(1, 4, 2), makeBlock(1, 6), makeDamaged(1, 7, 2)));
      await fill(log, 1, 2);
      const forward = async (from: number, maxRecords = 1_000) =>
        partsOf(1, await log.readForward(1, from, { ...EVERYTHING, maxRecords }));
      const backward = async (before: number, maxRecords = 1_000) =>
        partsOf(1, await log.readBackward(1, before, { ...EVERYTHING, maxRecords }));
      const all = ["1-3", "4-5 lost", "6", "7-8 lost", "9-10"];
      // Again and again: what reads it moves, and what was found is remembered.
      for (let round = 0; round < 3; round++) {
        expect(await forward(1)).toEqual(all);
        expect(await backward(11)).toEqual(all);
        expect(await forward(4)).toEqual(all.slice(1));
        expect(await forward(5)).toEqual(all.slice(1));
        expect(await forward(8, 1)).toEqual(["7-8 lost"]);
        expect(await forward(2, 4)).toEqual(["1-3", "4-5 lost"]);
        expect(await backward(9, 2)).toEqual(["7-8 lost"]);
        expect(await backward(7)).toEqual(all.slice(0, 3));
        expect(await backward(9, 3)).toEqual(["6", "7-8 lost"]);
      }
      // Dated by the block before.
      const [, lost] = await log.readForward(1, 1, EVERYTHING);
      expect(decodeBlock(lost!.bytes).time).toBe(timeOf(1));
      expect(await log.bounds(1)).toEqual({ first: 1, head: 10 });
    });

    test("a room whose every block is damaged is read as lost from end to end", async () => {
      await using opened = await open();
      const { log } = opened;
      await log.append(makeBatch(makeDamaged(1, 1, 2), makeDamaged(1, 3)));
      expect(partsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual(["1-2 lost", "3 lost"]);
      expect(partsOf(1, await log.readBackward(1, 4, EVERYTHING))).toEqual(["1-2 lost", "3 lost"]);
      expect(partsOf(1, await log.readForward(1, 3, EVERYTHING))).toEqual(["3 lost"]);
      expect(await log.bounds(1)).toEqual({ first: 1, head: 3 });
    });

    test("a block of very many lost records is read as several", async () => {
      await using opened = await open();
      const { log } = opened;
      await log.append(makeBatch(makeBlock(1, 1), makeDamaged(1, 2, 25_000), makeBlock(1, 25_002)));
      const parts = ["2-10001 lost", "10002-20001 lost", "20002-25001 lost"];
      expect(partsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual(["1", ...parts, "25002"]);
      expect(await log.readForward(1, 1, { ...EVERYTHING, maxRecords: 2 })).toHaveLength(2);
      const last = await log.readBackward(1, 25_002, { ...EVERYTHING, maxRecords: 1 });
      expect(last).toHaveLength(1);
      expect(last[0]!.seq + last[0]!.count).toBe(25_002);
    });

    test("retention removes what is lost by the age of what is beside it, and does not get stuck", async () => {
      await using opened = await open();
      const { log } = opened;
      const all = Number.MAX_SAFE_INTEGER;
      await log.append(makeBatch(makeDamaged(1, 1, 2)));
      await fill(log, 1, 3);
      await log.append(makeBatch(makeDamaged(1, 6, 3)));
      await fill(log, 1, 2);
      // Nothing is before the first, so it is as old as the block behind it.
      expect(await log.trim(1, timeOf(3), all)).toEqual({ first: 1, head: 10, more: false });
      expect(await log.trim(1, timeOf(3) + 1, all)).toEqual({ first: 3, head: 10, more: false });
      expect(partsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual(["3-5", "6-8 lost", "9-10"]);
      // What is before the second may be gone when its turn comes: it is no younger than what is behind it.
      expect(await log.trim(1, timeOf(10), all)).toEqual({ first: 9, head: 10, more: false });
      await log.append(makeBatch(makeDamaged(1, 11, 1), makeBlock(1, 12)));
      expect(await log.trim(1, 0, 1)).toEqual({ first: 11, head: 12, more: false });
      expect(await log.trim(1, 0, 0)).toEqual({ first: 12, head: 12, more: false });
      expect(partsOf(1, await log.readBackward(1, 13, EVERYTHING))).toEqual(["12"]);
    });

    test("a closed log refuses", async () => {
      await using opened = await open();
      await opened.log.close();
      await expect(opened.log.rooms()).rejects.toMatchObject({ code: LogErrorCode.storage });
      await expect(opened.log.append(makeBatch())).rejects.toMatchObject({ code: LogErrorCode.storage });
      await expect(opened.log.space()).rejects.toMatchObject({ code: LogErrorCode.storage });
      await expect(opened.log.roomBytes(1)).rejects.toMatchObject({ code: LogErrorCode.storage });
    });
  });
}
