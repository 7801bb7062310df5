/** A folder that an earlier program wrote: everything in it is served, and that program refuses it from then on. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { expect, test, vi } from "vitest";
import { openLevelLog } from "../src/log/level/level-log.ts";
import type { Log } from "../src/log/log.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, START } from "./log-blocks.ts";
import { seqsOf } from "./log-contract.ts";
import { type OldFolder, type OldRoom, writeOldFolder } from "./old-folder.ts";

const LAST_OLD_ROOM = 0xffffffff;

function oldRoom(room: number, first: number, sizes: number[]): OldRoom {
  const blocks = [];
  let next = first;
  for (const size of sizes) {
    blocks.push(makeBlock(room, next, size));
    next += size;
  }
  return { room, name: `room-${room}`, createdAt: START + room, first, blocks };
}

const OLD: OldFolder = {
  epoch: "0123456789abcdef",
  secret: new Uint8Array(32).fill(0x5e),
  write: 41,
  commits: 37,
  records: 2_000,
  nextAuthor: 8_193,
  rooms: [
    oldRoom(1, 1, [3, 1, 4]),
    oldRoom(2, 1001, [2, 2]),
    // Retention took all of it.
    oldRoom(3, 60, []),
    oldRoom(LAST_OLD_ROOM - 1, 1, [2]),
    { ...oldRoom(LAST_OLD_ROOM, 5, Array(600).fill(2)), snapshot: { seq: 1204, bytes: [1, 2, 3] } },
  ],
};

async function oldFolder(): Promise<Disposable & { path: string; reports: string[]; open(): Promise<Log> }> {
  const path = mkdtempSync(join(tmpdir(), "madang-old-"));
  await writeOldFolder(path, OLD);
  const reports: string[] = [];
  return {
    path,
    reports,
    open: () => openLevelLog(path, { report: (_event, text) => reports.push(text) }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

async function expectEverything(log: Log): Promise<void> {
  expect(log.epoch).toBe(OLD.epoch);
  expect(log.secret).toEqual(OLD.secret);
  expect(log.oldAuthors).toBe(OLD.nextAuthor);
  expect(log.totals).toEqual({ rooms: 5, records: OLD.records, commits: OLD.commits });
  expect(await log.rooms()).toEqual(
    OLD.rooms.map(({ room, name, createdAt }) => ({ room, name, createdAt, flags: 0 })),
  );
  for (const { room, first, blocks, snapshot } of OLD.rooms) {
    const seqs = blocks.map(({ seq }) => seq);
    expect(seqsOf(room, await log.readForward(room, 1, EVERYTHING))).toEqual(seqs);
    expect(seqsOf(room, await log.readBackward(room, 5_000, EVERYTHING))).toEqual(seqs);
    const head = blocks.reduce((sum, { count }) => sum + count, first - 1);
    expect(await log.bounds(room)).toEqual({ first, head });
    const bytes = snapshot && new Uint8Array(snapshot.bytes);
    expect(await log.snapshot(room)).toEqual(snapshot ? { seq: snapshot.seq, bytes } : null);
  }
}

test("a folder of format 1 is served whole, is of format 3 then, and goes on", async () => {
  using folder = await oldFolder();
  let log = await folder.open();
  await expectEverything(log);
  expect(readFileSync(join(folder.path, "format"), "utf8")).toBe("madang 3\n");
  expect(await log.reserveAuthors(10)).toBe(OLD.nextAuthor);
  await log.close();
  log = await folder.open();
  await expectEverything(log);
  await fill(log, LAST_OLD_ROOM, 3);
  await fill(log, LAST_OLD_ROOM + 1, 2);
  await log.close();
  log = await folder.open();
  expect(await log.bounds(LAST_OLD_ROOM)).toEqual({ first: 5, head: 1207 });
  expect(await log.bounds(LAST_OLD_ROOM + 1)).toEqual({ first: 1, head: 2 });
  expect(await log.trim(LAST_OLD_ROOM, 0, 2)).toEqual({ first: 517, head: 1207, more: true });
  expect((await log.rooms()).map(({ room }) => room).slice(-2)).toEqual([LAST_OLD_ROOM, LAST_OLD_ROOM + 1]);
  expect(await log.reserveAuthors(1)).toBe(OLD.nextAuthor + 10);
  await log.append(makeBatch(makeBlock(1, 9)));
  await log.close();
  expect(folder.reports).toEqual([]);
});

test("a take-over that ended anywhere is finished at the next start", async () => {
  for (let writes = 0; ; writes++) {
    using folder = await oldFolder();
    let left = writes;
    const { put, batch } = ClassicLevel.prototype;
    const count = () => {
      if (left-- === 0) throw new Error("the power is gone");
    };
    const spies = [
      vi.spyOn(ClassicLevel.prototype, "put").mockImplementation(function (
        this: unknown,
        ...args: unknown[]
      ) {
        count();
        return Reflect.apply(put, this, args);
      }),
      vi.spyOn(ClassicLevel.prototype, "batch").mockImplementation(function (
        this: unknown,
        ...args: unknown[]
      ) {
        count();
        return Reflect.apply(batch, this, args);
      }),
    ];
    const opened = await folder.open().catch((error: unknown) => String(error));
    for (const spy of spies) spy.mockRestore();
    const log = typeof opened === "string" ? await folder.open() : opened;
    await expectEverything(log);
    expect(folder.reports).toEqual([]);
    await log.close();
    if (typeof opened !== "string") {
      // Three entries, and blocks in three goes, then the life.
      expect(writes).toBe(7);
      return;
    }
    expect(opened).toContain("the power is gone");
  }
});
