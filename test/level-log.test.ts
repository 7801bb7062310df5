/** The engine on disk: the contract, and what only a disk can do: last, be someone else's, be in use. */
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { describe, expect, test, vi } from "vitest";
import { openLevelLog } from "../src/log/level/level-log.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { engineFiles, openFileLimit } from "../src/log/open-files.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, timeOf } from "./log-blocks.ts";
import { logContract, type OpenLog, seqsOf } from "./log-contract.ts";
import { changesContract } from "./log-contract-changes.ts";
import { LogFolder } from "./log-folder.ts";

const openAny: OpenLog = async (faults = {}) => {
  const folder = new LogFolder();
  const log = await folder.open({ faults });
  const dispose = async () => {
    await log.close();
    folder[Symbol.dispose]();
  };
  return { log, [Symbol.asyncDispose]: dispose };
};

logContract("level log", openAny);

changesContract("level log", openAny);

test("no iterator stays open unused: an open one keeps old memory and files of the engine for as long as the log", async () => {
  using folder = new LogFolder();
  const keys = vi.spyOn(ClassicLevel.prototype, "keys");
  const iterators = vi.spyOn(ClassicLevel.prototype, "iterator");
  try {
    await (await folder.open()).close();
    const log = await folder.open();
    await fill(log, 1, 3, 2, 4);
    await log.rooms();
    await log.readForward(1, 4, EVERYTHING);
    await log.readForward(1, 2, EVERYTHING);
    await log.readForward(1, 1, { maxBytes: 1, maxRecords: 1 });
    await log.readBackward(1, 4, EVERYTHING);
    await log.readForward(7, 1, EVERYTHING);
    await log.trim(1, timeOf(2), Number.MAX_SAFE_INTEGER);
    const made = [keys, iterators].flatMap(({ mock }) => mock.results.map(({ value }) => value));
    expect(made.length).toBeGreaterThan(8);
    const open = await Promise.allSettled(made.map((iterator) => iterator.next()));
    // The two that are kept for a moment: one upwards, one downwards.
    expect(open.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(2);
    await log.close();
  } finally {
    keys.mockRestore();
    iterators.mockRestore();
  }
});

test("reading a room again and again takes no more memory than reading it once", async () => {
  using folder = new LogFolder();
  const log = await folder.open();
  await fill(log, 1, ...Array.from({ length: 200 }, () => 1_000));
  const { head } = await log.bounds(1);
  const read = async (pages: number) => {
    for (let i = 0; i < pages; i++)
      await log.readForward(1, 1 + ((i * 7_000) % head), { maxBytes: 64 * 1024, maxRecords: 100_000 });
    return process.memoryUsage.rss() / 2 ** 20;
  };
  const once = await read(300);
  const often = await read(3_000);
  await log.close();
  expect(often - once).toBeLessThan(64);
});

test("of rooms that anybody asks for, the bounds of the last 10,000 are kept, and of those in use", async () => {
  using folder = new LogFolder();
  let hold: (() => void) | null = null;
  const beforeCommit = () => (hold ? new Promise<void>((go) => (hold = go)) : undefined);
  const log = await folder.open({ faults: { beforeCommit } });
  await fill(log, 1, 2);
  await fill(log, 2, 2);
  const get = vi.spyOn(ClassicLevel.prototype, "get");
  const readAnew = async (room: number) => {
    get.mockClear();
    const { head } = await log.bounds(room);
    return [head, get.mock.calls.length > 0];
  };
  try {
    expect([await readAnew(1), await readAnew(2)]).toEqual([
      [2, false],
      [2, false],
    ]);
    hold = () => undefined;
    const appended = log.append(makeBatch(makeBlock(2, 3)));
    for (let room = 3; room <= 10_003; room++) await log.bounds(room);
    hold();
    await appended;
    hold = null;
    expect([await readAnew(1), await readAnew(2)]).toEqual([
      [2, true],
      [3, false],
    ]);
    await log.append(makeBatch(makeBlock(1, 3), makeBlock(2, 4)));
    expect([await readAnew(1), await readAnew(2)]).toEqual([
      [3, false],
      [4, false],
    ]);
  } finally {
    get.mockRestore();
  }
  await log.close();
});

test("the engine is told how many files it may keep open", async () => {
  const engine = ClassicLevel.prototype as unknown as { _open(options: { maxOpenFiles: number }): unknown };
  const opened = vi.spyOn(engine, "_open");
  try {
    for (const options of [{}, { maxOpenFiles: 77 }]) {
      using folder = new LogFolder();
      await (await folder.open(options)).close();
    }
    expect(opened.mock.calls.map(([options]) => options.maxOpenFiles)).toEqual([
      engineFiles(openFileLimit()),
      77,
    ]);
  } finally {
    opened.mockRestore();
  }
});

describe("a log that is opened again", () => {
  test("has everything it had, and the same epoch and secret", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    const { epoch, secret } = log;
    await fill(log, 1, 3, 2);
    await fill(log, 2, 1, 1, 1);
    await log.append({ ...makeBatch(), snapshots: [{ room: 1, seq: 5, bytes: new Uint8Array([5]) }] });
    await log.trim(2, timeOf(2), Number.MAX_SAFE_INTEGER);
    await log.trim(1, timeOf(100), Number.MAX_SAFE_INTEGER);
    const { totals } = log;
    const rooms = await log.rooms();
    const author = await log.reserveAuthors(5);
    for (let again = 0; again < 3; again++) {
      await log.close();
      log = await folder.open();
      expect(log.epoch).toBe(epoch);
      expect(log.secret).toEqual(secret);
      expect(log.totals).toEqual(totals);
      expect(await log.rooms()).toEqual(rooms);
      expect(await log.bounds(1)).toEqual({ first: 6, head: 5 });
      expect(await log.bounds(2)).toEqual({ first: 2, head: 3 });
      expect(await log.snapshot(1)).toEqual({ seq: 5, bytes: new Uint8Array([5]) });
      expect(seqsOf(2, await log.readForward(2, 1, EVERYTHING))).toEqual([2, 3]);
      expect(await log.reserveAuthors(1)).toBe(author + 5 + again);
    }
    await log.close();
    expect(folder.reports).toEqual([]);
  });

  test("two logs have different epochs and secrets", async () => {
    using one = new LogFolder();
    using other = new LogFolder();
    const logs = [await one.open(), await other.open()];
    expect(logs[0]!.epoch).not.toBe(logs[1]!.epoch);
    expect(logs[0]!.secret).not.toEqual(logs[1]!.secret);
    for (const log of logs) await log.close();
  });

  test("its files are for its owner only", async () => {
    using folder = new LogFolder();
    const path = join(folder.path, "deep", "data");
    const log = await openLevelLog(path);
    await log.close();
    const mode = (name: string) => statSync(join(path, name)).mode & 0o777;
    expect([mode("."), mode("log"), mode("format"), mode("witness")]).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  test("a new epoch can be asked for, and gives no identity again", async () => {
    using folder = new LogFolder();
    const before = await folder.open();
    await fill(before, 1, 3);
    const author = await before.reserveAuthors(10);
    await before.close();
    const log = await folder.open({ newEpoch: before.epoch });
    expect(log.epoch).not.toBe(before.epoch);
    expect(log.secret).toEqual(before.secret);
    const next = await log.reserveAuthors(1);
    expect(next).toBeGreaterThan(author + 10 + 2 ** 32);
    expect(log.generations).toEqual([
      { epoch: before.epoch, firstAuthor: 1 },
      { epoch: log.epoch, firstAuthor: next },
    ]);
    expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([1]);
    expect(log.totals).toEqual(before.totals);
    await log.close();
    folder.reports.length = 0;
    for (const newEpoch of ["", before.epoch, "0123456789abcdef"]) {
      const again = await folder.open({ newEpoch });
      expect(again.epoch).toBe(log.epoch);
      expect(await again.reserveAuthors(1)).toBeLessThan(next + 10);
      await again.close();
    }
    const other = (epoch: string) =>
      `The log in ${folder.path}: epoch ${epoch} is not ended, as it is of epoch ${log.epoch}.`;
    expect(folder.reports).toEqual([other(before.epoch), other("0123456789abcdef")]);
  });

  test("a folder that is new has no epoch to end", async () => {
    using folder = new LogFolder();
    const log = await folder.open({ newEpoch: "0123456789abcdef" });
    expect(log.generations).toHaveLength(1);
    expect(folder.reports.join()).toContain("epoch 0123456789abcdef is not ended, as it has none");
    await log.close();
  });
});

describe("a folder that cannot be used", () => {
  test("is in use by this process", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 2);
    const second = folder.open();
    await expect(second).rejects.toMatchObject({ code: LogErrorCode.inUse });
    await expect(second).rejects.toThrow(`The data folder ${folder.path} is in use by another process.`);
    // The journal is the other's, and so is the space that it takes.
    expect(folder.asides()).toEqual([]);
    await log.close();
    await (await folder.open()).close();
  });

  test("is no folder, or lies below a file", async () => {
    using folder = new LogFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    for (const path of [file, join(file, "data")]) {
      await expect(openLevelLog(path)).rejects.toMatchObject({ code: LogErrorCode.notWritable });
      await expect(openLevelLog(path)).rejects.toThrow(path);
    }
  });

  test("was written by a newer version", async () => {
    using folder = new LogFolder();
    writeFileSync(join(folder.path, "format"), "madang 4\n");
    await expect(folder.open()).rejects.toMatchObject({ code: LogErrorCode.newerVersion });
    expect(existsSync(join(folder.path, "log"))).toBe(false);
  });

  const losses: [string, (folder: LogFolder) => void][] = [
    ["CURRENT", (folder) => rmSync(join(folder.path, "log", "CURRENT"))],
    ["its manifest", (folder) => rmSync(folder.files("").find((file) => file.includes("MANIFEST"))!)],
    ["a table", (folder) => rmSync(folder.files(".ldb")[0]!)],
    ["all of the engine's files", (folder) => rmSync(join(folder.path, "log"), { recursive: true })],
    ["its format", (folder) => rmSync(join(folder.path, "format"))],
  ];
  for (const [what, lose] of losses) {
    test(`has lost ${what}: it is refused, not begun anew`, async () => {
      using folder = new LogFolder();
      const log = await folder.open();
      await fill(log, 1, 3);
      await log.close();
      await (await folder.open()).close();
      lose(folder);
      for (let again = 0; again < 2; again++) {
        await expect(folder.open()).rejects.toMatchObject({ code: LogErrorCode.damaged });
        await expect(folder.open()).rejects.toThrow(folder.path);
      }
    });
  }
});
