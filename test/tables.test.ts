/** What a start looks at before the engine opens, on the engine's own files. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEngine } from "../src/log/level/engine.ts";
import { openLevelLog } from "../src/log/level/level-log.ts";
import { liveTables } from "../src/log/level/manifest.ts";
import { checkBeforeOpening, checkEverything } from "../src/log/level/tables.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { fill } from "./log-blocks.ts";

const base = mkdtempSync(join(tmpdir(), "madang-tables-"));
const folder = join(base, "log");
let table = "";
let whole: Buffer;

beforeAll(async () => {
  const log = await openLevelLog(base);
  for (let room = 1; room <= 3; room++) await fill(log, room, 20, 20, 20);
  await log.close();
  // Opened once more, the engine moves its journal into a table.
  await (await openLevelLog(base)).close();
  table = join(folder, readdirSync(folder).find((name) => name.endsWith(".ldb"))!);
  whole = readFileSync(table);
});
afterAll(() => rmSync(base, { recursive: true }));

/** Which flipped bytes of the table are refused; everything else about it is as it was. */
function refused(check: () => void): number[] {
  const found: number[] = [];
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 0x40;
    writeFileSync(table, flipped);
    try {
      check();
    } catch (error) {
      expect(error).toMatchObject({ code: LogErrorCode.damaged });
      expect(String(error)).toMatch(
        /the (footer|metaindex|index|filter|block at byte \d+) of the table \d+\.ldb/,
      );
      found.push(at);
    }
  }
  writeFileSync(table, whole);
  return found;
}

describe("a flipped bit at any byte of a table", () => {
  test("is seen when everything is looked at", () => {
    const unseen = whole.length - refused(() => checkEverything(folder)).length;
    // The padding of the footer and its magic, which the engine looks at.
    expect(unseen).toBeLessThan(48);
  });

  test("keeps the log shut only when the engine would not survive it", () => {
    const seen = refused(() => checkBeforeOpening(folder));
    const withoutMessages = refused(() => checkBeforeOpening(folder, 0));
    expect(seen.length).toBeGreaterThan(100);
    expect(seen.length).toBeLessThan(whole.length / 2);
    expect(seen).toEqual(expect.arrayContaining(withoutMessages));
    // Beyond the amount that is looked at, messages are not.
    expect(withoutMessages.length).toBeLessThan(seen.length);
    expect(withoutMessages.length).toBeGreaterThan(50);
  });
});

test("a torn table is refused, wherever it ends", () => {
  for (let left = 0; left < whole.length; left += 37) {
    truncateSync(table, left);
    expect(() => checkBeforeOpening(folder)).toThrow(/cannot be trusted/);
    writeFileSync(table, whole);
  }
});

test("half a table that a crash left behind is none", () => {
  const half = join(folder, "000999.ldb");
  writeFileSync(half, whole.subarray(0, 100));
  expect(() => checkBeforeOpening(folder)).not.toThrow();
  rmSync(half);
});

describe("the manifest", () => {
  test("names the tables that the engine says are in use, through all they become", async () => {
    const copy = mkdtempSync(join(tmpdir(), "madang-tables-"));
    cpSync(folder, copy, { recursive: true });
    for (let round = 0; round < 8; round++) {
      const { db } = await openEngine(copy);
      const listed = [...db.getProperty("leveldb.sstables").matchAll(/^ (\d+):\d+\[/gm)];
      expect([...liveTables(copy)].sort()).toEqual(listed.map(([, number]) => Number(number)).sort());
      for (let n = 0; n < 50; n++) await db.put(Uint8Array.of(120, round, n), new Uint8Array(100));
      if (round === 5) await db.compactRange(Uint8Array.of(0), Uint8Array.of(255));
      await db.close();
    }
    rmSync(copy, { recursive: true });
  });

  test("that is missing or damaged names no more than can be read, and the engine refuses it", async () => {
    expect(liveTables(join(base, "nowhere")).size).toBe(0);
    const copy = mkdtempSync(join(tmpdir(), "madang-tables-"));
    cpSync(base, copy, { recursive: true });
    const log = join(copy, "log");
    const name = join(log, readdirSync(log).find((file) => file.startsWith("MANIFEST"))!);
    const bytes = readFileSync(name);
    bytes[20]! ^= 1;
    writeFileSync(name, bytes);
    expect(liveTables(log).size).toBe(0);
    await expect(openLevelLog(copy)).rejects.toMatchObject({ code: LogErrorCode.damaged });
    rmSync(copy, { recursive: true });
  });
});
