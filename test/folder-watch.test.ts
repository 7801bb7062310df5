/** A data folder that goes away under an open log, in every way it can. */
import { type BigIntStats, cpSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLevelLog } from "../src/log/level/level-log.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { fill, makeBatch, makeBlock } from "./log-blocks.ts";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, statSync: vi.fn(fs.statSync) };
});
vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof import("node:fs/promises")>();
  return { ...fs, stat: vi.fn(fs.stat) };
});

const LOOK_MS = 2_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function openLog() {
  const path = mkdtempSync(join(tmpdir(), "madang-watch-"));
  const data = join(path, "data");
  const log = await openLevelLog(data);
  await fill(log, 1, 3);
  const dispose = async () => {
    await log.close();
    rmSync(path, { recursive: true });
  };
  return { path, data, log, [Symbol.asyncDispose]: dispose };
}

/** One look, until it has seen what there is. */
async function look(): Promise<void> {
  const looks = vi.mocked(stat).mock.results;
  const before = looks.length;
  vi.advanceTimersByTime(LOOK_MS);
  await Promise.allSettled(looks.slice(before).map(({ value }) => value));
  // The watch goes on from there before the next turn of the loop.
  await new Promise(setImmediate);
}

const copyOver = (from: string, to: string, aside: string) => {
  cpSync(from, aside, { recursive: true });
  rmSync(from, { recursive: true });
  renameSync(aside, to);
};

const ways: [string, (data: string, aside: string) => void][] = [
  ["deleted", (data) => rmSync(data, { recursive: true })],
  ["moved", (data, aside) => renameSync(data, aside)],
  ["replaced by a copy of itself", (data, aside) => copyOver(data, data, aside)],
  ["emptied", (data) => rmSync(join(data, "log"), { recursive: true })],
  ["robbed of its engine's files", (data, aside) => renameSync(join(data, "log"), aside)],
  ["given other files of the engine", (data, aside) => copyOver(join(data, "log"), join(data, "log"), aside)],
];

for (const [how, take] of ways) {
  test(`a folder that is ${how} is noticed at the second look, and the log refuses`, async () => {
    await using opened = await openLog();
    const { log, path, data } = opened;
    take(data, join(path, "aside"));
    await look();
    expect(await Promise.race([log.failed, "pending"])).toBe("pending");
    await look();
    const gone = { code: LogErrorCode.storage, message: expect.stringContaining(data) };
    expect(await log.failed).toMatchObject(gone);
    await expect(log.append(makeBatch(makeBlock(1, 4)))).rejects.toMatchObject(gone);
    await expect(log.bounds(1)).rejects.toMatchObject(gone);
  });
}

test("a folder that is used is not missed, whatever the engine does in it", async () => {
  await using opened = await openLog();
  const { log } = opened;
  for (let round = 0; round < 30; round++) {
    await fill(log, 1, ...Array.from({ length: 20 }, () => 1_000));
    await look();
  }
  await log.bounds(1);
  expect(await Promise.race([log.failed, "pending"])).toBe("pending");
});

test("a folder that is missed at single looks only is not given up, nor one that is looked at still", async () => {
  await using opened = await openLog();
  const { log, data, path } = opened;
  for (let round = 0; round < 3; round++) {
    renameSync(data, join(path, "aside"));
    await look();
    renameSync(join(path, "aside"), data);
    await look();
  }
  renameSync(data, join(path, "aside"));
  const before = vi.mocked(stat).mock.calls.length;
  vi.advanceTimersByTime(5 * LOOK_MS);
  expect(vi.mocked(stat).mock.calls.length - before).toBe(2);
  renameSync(join(path, "aside"), data);
  await look();
  expect(await Promise.race([log.failed, "pending"])).toBe("pending");
});

test("where a file is told another number at each look, only a folder that is gone is missed", async () => {
  let inode = 0n;
  const madeUp = (stats: BigIntStats) => Object.assign(stats, { ino: --inode });
  const real = await vi.importActual<typeof import("node:fs")>("node:fs");
  const always = (path: string) => madeUp(real.statSync(path, { bigint: true }));
  vi.mocked<(path: string) => BigIntStats>(statSync as never).mockImplementation(always);
  vi.mocked<(path: string) => Promise<BigIntStats>>(stat as never).mockImplementation(async (path) =>
    always(path),
  );
  try {
    await using opened = await openLog();
    const { log, data, path } = opened;
    for (let round = 0; round < 3; round++) await look();
    expect(await Promise.race([log.failed, "pending"])).toBe("pending");
    renameSync(data, join(path, "aside"));
    for (let round = 0; round < 2; round++) await look();
    expect(await log.failed).toMatchObject({ code: LogErrorCode.storage });
  } finally {
    vi.mocked(statSync).mockReset();
    vi.mocked(stat).mockReset();
  }
});
