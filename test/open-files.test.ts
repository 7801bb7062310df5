import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { engineFiles, fileWatch, openFileLimit } from "../src/log/open-files.ts";

test("the limit in force is read from what the system says", () => {
  const folder = mkdtempSync(join(tmpdir(), "madang-limits-"));
  const path = join(folder, "limits");
  const says = (line: string) => {
    writeFileSync(path, `Limit  Soft Limit  Hard Limit  Units\nMax processes  7  8  processes\n${line}\n`);
    return openFileLimit(path);
  };
  expect(says("Max open files            1024                 1048576              files     ")).toBe(1_024);
  expect(says("Max open files            unlimited            unlimited            files     ")).toBeNull();
  expect(says("Max file size             unlimited            unlimited            bytes     ")).toBeNull();
  expect(openFileLimit(join(folder, "none"))).toBeNull();
  rmSync(folder, { recursive: true });
});

test.runIf(process.platform === "linux")("it is that of this process", () => {
  const shell = spawnSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).stdout.trim();
  expect(String(openFileLimit() ?? "unlimited")).toBe(shell);
});

test("the engine leaves three quarters of the files to the sockets, as far as it can", () => {
  expect([null, 1_000_000, 4_000, 1_024, 400, 256, 100].map(engineFiles)).toEqual([
    1_000, 1_000, 1_000, 256, 100, 64, 64,
  ]);
});

test("files to spare are counted, and without a limit there always are some", () => {
  const folder = mkdtempSync(join(tmpdir(), "madang-files-"));
  for (let n = 0; n < 100; n++) writeFileSync(join(folder, String(n)), "");
  expect(fileWatch(132, folder)()).toBe(true);
  expect(fileWatch(131, folder)()).toBe(false);
  rmSync(folder, { recursive: true });
  expect(fileWatch(null)()).toBe(true);
  expect(fileWatch(100, "/nothing/here")()).toBe(true);
});
