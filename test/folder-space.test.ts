/** A folder that grows and shrinks while it is measured. */
import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import * as files from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FolderSpace } from "../src/log/level/folder-space.ts";

vi.mock("node:fs/promises", { spy: true });

let path: string;
let now = 0;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "madang-space-"));
  // Each look takes no time, unless a test says so.
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  rmSync(path, { recursive: true });
  vi.restoreAllMocks();
});

function put(name: string, bytes: number, agoMs = 0): void {
  writeFileSync(join(path, name), new Uint8Array(bytes));
  const time = (Date.now() - agoMs) / 1000;
  utimesSync(join(path, name), time, time);
}

test("all files count, and those that are finished are looked at once", async () => {
  put("000005.ldb", 1_000, 60_000);
  put("000007.ldb", 100, 60_000);
  put("000008.ldb", 10);
  put("000009.log", 1);
  const space = new FolderSpace(path);
  const bytes = async () => (await space.measure()).logBytes;
  expect(await bytes()).toBe(1_111);
  const { stat } = vi.mocked(files);
  stat.mockClear();
  appendFileSync(join(path, "000008.ldb"), "12345");
  appendFileSync(join(path, "000009.log"), "12345");
  expect(await bytes()).toBe(1_121);
  expect(stat).toHaveBeenCalledTimes(2);
  rmSync(join(path, "000005.ldb"));
  put("000010.ldb", 20);
  expect(await bytes()).toBe(141);
});

test("what is left is what the file system gives to this user", async () => {
  const { freeBytes } = await new FolderSpace(path).measure();
  const { bavail, blocks, bsize } = await files.statfs(path);
  expect(Math.abs(freeBytes - bavail * bsize)).toBeLessThan(blocks * bsize * 0.1);
});

test("a folder that is gone is for its watch to tell: the last look holds, and without one it is an error", async () => {
  put("000005.ldb", 1_000);
  const space = new FolderSpace(join(path, "sub"));
  await expect(space.measure()).rejects.toThrow("ENOENT");
  const known = new FolderSpace(path);
  const before = await known.measure();
  rmSync(path, { recursive: true });
  expect(await known.measure()).toEqual(before);
  vi.mocked(files).readdir.mockRejectedValueOnce(Object.assign(new Error("broken"), { code: "EIO" }));
  now += 60_000;
  await expect(known.measure()).rejects.toThrow("broken");
  path = mkdtempSync(join(tmpdir(), "madang-space-"));
});

test("who asks while a look is under way gets its answer, and a long look is followed by a rest", async () => {
  for (let i = 0; i < 200; i++) put(`${i}.ldb`, 1, 60_000);
  const space = new FolderSpace(path);
  const { readdir, statfs } = vi.mocked(files);
  readdir.mockClear();
  statfs.mockClear();
  readdir.mockImplementationOnce(async (folder) => {
    now += 100;
    const { readdir: real } = await vi.importActual<typeof files>("node:fs/promises");
    return real(folder as string) as never;
  });
  const all = await Promise.all(Array.from({ length: 10 }, () => space.measure()));
  expect(new Set(all.map(({ logBytes }) => logBytes))).toEqual(new Set([200]));
  expect(readdir).toHaveBeenCalledTimes(1);
  put("new.ldb", 50);
  now += 1_999;
  expect((await space.measure()).logBytes).toBe(200);
  expect([readdir, statfs].map(({ mock }) => mock.calls.length)).toEqual([1, 2]);
  now += 1;
  expect((await space.measure()).logBytes).toBe(250);
});
