/** A data folder that goes away under an open log, in every way it can. */
import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLevelLog } from "../src/log/level-log.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { fill, makeBatch, makeBlock } from "./log-blocks.ts";

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
  test(`a folder that is ${how} is noticed at the next look, and the log refuses`, async () => {
    await using opened = await openLog();
    const { log, path, data } = opened;
    take(data, join(path, "aside"));
    vi.advanceTimersByTime(LOOK_MS);
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
    vi.advanceTimersByTime(LOOK_MS);
  }
  await log.bounds(1);
  expect(await Promise.race([log.failed, "pending"])).toBe("pending");
});
