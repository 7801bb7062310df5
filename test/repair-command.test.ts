/** `madang repair` on folders that were damaged in every way that a start refuses, and on one that was not. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { blockKey, metaKey } from "../src/log/level/keys.ts";
import { runRepair } from "../src/log/level/repair-command.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { blankRecords } from "../src/wire/blank.ts";
import { BlockWriter, decodeBlock } from "../src/wire/block.ts";
import { encodeText, Reader } from "../src/wire/bytes.ts";
import { noted } from "../src/wire/records/noted.ts";
import { EVERYTHING, fill, makeBlock, textOf, timeOf } from "./log-blocks.ts";
import { bothWays, flip, LogFolder } from "./log-folder.ts";

interface Answer {
  yes?: boolean;
  answer?: boolean;
  exportTo?: string;
}

/** @returns what it said */
async function repair(data: string, { yes = false, answer, exportTo = "" }: Answer = {}): Promise<string[]> {
  const said: string[] = [];
  const ask = answer === undefined ? null : async () => answer;
  await runRepair({ data, yes, exportTo }, { say: (text) => said.push(text), ask });
  return said;
}

/** All files and what is in them, but for the engine's notes to itself. */
function contents(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const known = files.filter(({ name }) => !["LOG", "LOG.old", "LOCK"].includes(name));
  const hash = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  return Object.fromEntries(
    known
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((file) => [file.slice(path.length), hash(file)]),
  );
}

function lines(file: string): Record<string, unknown>[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

const whole = new LogFolder();
let epoch = "";
const parts = Array.from({ length: 30 }, (_, i) => `${i * 10 + 1}-${i * 10 + 10}`);

beforeAll(async () => {
  let log = await whole.open();
  epoch = log.epoch;
  for (const room of [1, 2]) await fill(log, room, ...Array.from({ length: 30 }, () => 10));
  await log.trim(2, 0, 200);
  await log.close();
  // Opened once more, the engine moves its journal into a table; something is in the next journal too.
  log = await whole.open();
  await fill(log, 3, 5, 5);
  await log.close();
  return () => whole[Symbol.dispose]();
});

async function expectWhole(folder: LogFolder): Promise<void> {
  const log = await folder.open();
  expect((await log.rooms()).map(({ name }) => name)).toEqual(["room-1", "room-2", "room-3"]);
  expect(await bothWays(log, 1, 300)).toEqual(parts);
  expect(await bothWays(log, 2, 300)).toEqual(parts.slice(9));
  expect(await log.bounds(2)).toEqual({ first: 91, head: 300 });
  expect(await bothWays(log, 3, 10)).toEqual(["1-5", "6-10"]);
  expect(log.totals).toMatchObject({ rooms: 3, records: 610 });
  await log.close();
}

test("a folder in which nothing is wrong is left as it is", async () => {
  using folder = whole.copy();
  const before = contents(folder.path);
  expect((await repair(folder.path, { yes: true })).at(-1)).toMatch(/^Nothing of .+ is damaged or missing/);
  expect(contents(folder.path)).toEqual(before);
  const log = await folder.open();
  expect(log.epoch).toBe(epoch);
  await log.close();
});

test("a journal that a crash tore at its end is not damaged", async () => {
  using folder = whole.copy();
  const journal = folder.files(".log").at(-1)!;
  writeFileSync(journal, Buffer.concat([readFileSync(journal), Buffer.from([1, 2, 3, 4, 0, 9, 1, 5])]));
  expect((await repair(folder.path, { yes: true })).at(-1)).toMatch(/^Nothing of/);
});

test("a text that was taken out does not come back, wherever the table is torn that says so", async () => {
  using folder = new LogFolder();
  let log = await folder.open();
  await fill(log, 1, ...Array.from({ length: 300 }, () => 1));
  for (const seq of [7, 150, 299])
    await log.replace(1, seq, blankRecords(makeBlock(1, seq).bytes, new Set([seq])));
  await log.close();
  // Opened once more, the engine moves its journal into a table, both forms of a block in it.
  log = await folder.open();
  await log.close();
  const [table = ""] = folder.files(".ldb");
  const { size } = statSync(table);
  for (let left = size - 8; left > size / 2; left -= Math.floor(size / 16)) {
    using torn = folder.copy();
    truncateSync(table.replace(folder.path, torn.path), left);
    await repair(torn.path, { yes: true });
    const again = await torn.open();
    const blocks = await again.readForward(1, 1, EVERYTHING);
    const texts = blocks.flatMap(({ bytes }) => decodeBlock(bytes).records.map(({ text }) => text));
    expect(texts.length, `${left} of ${size} bytes`).toBeGreaterThan(0);
    for (const seq of [7, 150, 299]) expect(texts).not.toContain(textOf(1, seq));
    await again.close();
  }
}, 30_000);

describe("a folder that a start refuses", () => {
  const losses: [string, (folder: LogFolder) => void][] = [
    ["the index of a table is damaged", (folder) => flip(folder.files(".ldb")[0]!, indexOffset(folder))],
    ["the filter of a table is damaged", (folder) => flip(folder.files(".ldb")[0]!, filterOffset(folder))],
    ["a table has lost its end", (folder) => cut(folder.files(".ldb")[0]!, indexOffset(folder))],
    ["CURRENT is missing", (folder) => rmSync(join(folder.path, "log", "CURRENT"))],
    [
      "the manifest is missing",
      (folder) => rmSync(folder.files("").find((file) => file.includes("MANIFEST"))!),
    ],
    ["the format is missing", (folder) => rmSync(join(folder.path, "format"))],
  ];

  function indexOffset(folder: LogFolder): number {
    return statSync(folder.files(".ldb")[0]!).size - 48 - 40;
  }

  /** It lies before the metaindex, whose place begins the footer. */
  function filterOffset(folder: LogFolder): number {
    const footer = readFileSync(folder.files(".ldb")[0]!).subarray(-48);
    return new Reader(new Uint8Array(footer)).varint() - 8;
  }

  function cut(file: string, bytes: number): void {
    writeFileSync(file, readFileSync(file).subarray(0, bytes));
  }

  for (const [what, lose] of losses) {
    test(`because ${what}: all of it comes back, and what was there is put aside`, async () => {
      using folder = whole.copy();
      lose(folder);
      await expect(folder.open()).rejects.toMatchObject({ code: LogErrorCode.damaged });
      // The journals that a start holds on to are put aside with the others.
      const before = Object.fromEntries(
        Object.entries(contents(folder.path)).map(([name, hash]) => [name.replace("/aside-new", ""), hash]),
      );
      const now = () => Object.values(contents(folder.path)).sort();
      const unchanged = now();
      // Without a yes it only says what it would do.
      for (const answer of [{}, { answer: false }])
        expect((await repair(folder.path, answer)).at(-1)).toMatch(/^Nothing was changed/);
      expect(now()).toEqual(unchanged);
      const said = await repair(folder.path, { answer: true });
      const [aside, ...others] = folder.asides();
      expect(others).toEqual([]);
      expect(aside).toMatch(new RegExp(`^aside-${epoch}-`));
      expect(said.at(-1)).toBe(
        `The folder is in order; what was there is kept in ${join(folder.path, aside!)}.`,
      );
      expect(contents(join(folder.path, aside!))).toEqual(before);
      await expectWhole(folder);
      const log = await folder.open();
      expect(log.epoch).not.toBe(epoch);
      await log.close();
      expect((await repair(folder.path)).at(-1)).toMatch(/^Nothing of/);
    });
  }
});

// The engine packs what is alike: of a part of a table, some 100 messages here, all behind the bit may be lost.
test("a flipped bit anywhere costs no more than the part of the file that it is in", {
  timeout: 120_000,
}, async () => {
  let most = 0;
  for (const [file, atMost] of [
    [whole.files(".ldb")[0]!, 150],
    [whole.files(".log").at(-1)!, 10],
  ] as const) {
    const { size } = statSync(file);
    for (let i = 0; i < 16; i++) {
      using folder = whole.copy();
      flip(file.replace(whole.path, folder.path), size - 1 - Math.floor((i * size) / 16));
      const said = await repair(folder.path, { yes: true });
      const log = await folder.open();
      let lost = 0;
      for (const [room, messages] of [
        [1, 300],
        [2, 300],
        [3, 10],
      ] as const) {
        const { head } = await log.bounds(room);
        lost += messages - head;
        for (const part of await bothWays(log, room, head)) {
          const [from, to] = part.split(" ")[0]!.split("-").map(Number);
          if (part.endsWith("lost")) lost += to! - from! + 1;
        }
      }
      expect(lost).toBeLessThanOrEqual(atMost);
      if (lost > 0) expect(said.join("\n")).toMatch(/lost the messages \d+ to \d+|missing at its end/);
      most = Math.max(most, lost);
      await log.close();
    }
  }
  expect(most).toBeGreaterThan(0);
});

test("a hole too large to fill is cut off, and what lay before it can still be exported", async () => {
  using folder = whole.copy();
  await folder.rot((db) => db.put(blockKey(1, 5_000_001, 2), makeBlock(1, 5_000_001, 2).bytes));
  const said = await repair(folder.path, { yes: true });
  expect(said).toContain("Room 1 begins at number 5000001, behind more lost messages than can be filled in.");
  const log = await folder.open();
  expect(await log.bounds(1)).toEqual({ first: 5_000_001, head: 5_000_002 });
  expect(await bothWays(log, 1, 5_000_002)).toEqual(["5000001-5000002"]);
  expect(await bothWays(log, 2, 300)).toEqual(parts.slice(9));
  await log.close();
  const file = join(folder.path, "all.jsonl");
  expect((await repair(folder.path, { exportTo: file })).at(-1)).toMatch(/^\d+ messages were written to /);
  const [aside] = folder.asides();
  const cutOff = lines(file).filter(({ from, room }) => from === aside && room === 1);
  expect(cutOff).toHaveLength(302);
});

test("a name that is lost is given anew, under a new epoch", async () => {
  using folder = whole.copy();
  await folder.rot((db) => db.del(metaKey(2)));
  const said = await repair(folder.path, { yes: true });
  expect(said).toContain('Room 2 lost its name and is called "found-2" now.');
  const log = await folder.open();
  expect((await log.rooms()).map(({ name }) => name)).toEqual(["room-1", "found-2", "room-3"]);
  await log.close();
});

test("what a start put aside and then refused to go on with is taken along", async () => {
  using folder = new LogFolder();
  let log = await folder.open();
  await fill(log, 1, 2, 2);
  await log.close();
  const journal = readFileSync(folder.files(".log").at(-1)!);
  mkdirSync(join(folder.path, "aside-new", "log"), { recursive: true });
  writeFileSync(join(folder.path, "aside-new", "log", "000001.log"), journal);
  rmSync(folder.files(".log").at(-1)!);
  await repair(folder.path, { yes: true });
  log = await folder.open();
  expect(await bothWays(log, 1, 4)).toEqual(["1-2", "3-4"]);
  await log.close();
  expect(folder.asides()).toHaveLength(1);
});

test("a swap that was interrupted is finished by the next repair", async () => {
  using folder = whole.copy();
  using other = whole.copy();
  rmSync(join(folder.path, "log", "CURRENT"));
  // As it is between the two renames.
  const work = join(folder.path, "repair-work");
  mkdirSync(work);
  renameSync(join(folder.path, "log"), join(folder.path, "aside-x"));
  renameSync(join(other.path, "log"), join(work, "log"));
  renameSync(join(other.path, "witness"), join(work, "witness"));
  mkdirSync(join(other.path, "log"));
  writeFileSync(join(work, "ready"), "");
  await expect(folder.open()).rejects.toMatchObject({ code: LogErrorCode.damaged });
  // An export reads it, and leaves it as it is.
  const file = join(other.path, "all.jsonl");
  await repair(folder.path, { exportTo: file });
  const newest = lines(file).filter(({ from, room }) => from === "repair-work" && room === 3);
  expect(newest.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(existsSync(join(folder.path, "export-work"))).toBe(false);
  expect(await repair(folder.path)).toEqual(["The repair that was interrupted is finished."]);
  await expectWhole(folder);
  expect(existsSync(work)).toBe(false);
});

describe("what a repair left behind that did not come to its end", () => {
  function leaveWork(folder: LogFolder): string {
    const work = join(folder.path, "repair-work");
    mkdirSync(join(work, "log"), { recursive: true });
    writeFileSync(join(work, "ready"), "");
    return work;
  }

  test("never takes the place of a log that is there, though it lacks its CURRENT", async () => {
    for (const isWhole of [false, true]) {
      using folder = whole.copy();
      const work = leaveWork(folder);
      if (isWhole) {
        using other = new LogFolder();
        await (await other.open()).close();
        rmSync(join(work, "log"), { recursive: true });
        renameSync(join(other.path, "log"), join(work, "log"));
        renameSync(join(other.path, "witness"), join(work, "witness"));
      }
      rmSync(join(folder.path, "log", "CURRENT"));
      const said = await repair(folder.path, { yes: true });
      expect(said[0]).toMatch(/^What an earlier repair had made is dropped/);
      expect(said.at(-1)).toMatch(/^The folder is in order/);
      expect(existsSync(work)).toBe(false);
      await expectWhole(folder);
    }
  });

  test("is no log without its CURRENT: nothing is changed", async () => {
    using folder = whole.copy();
    leaveWork(folder);
    renameSync(join(folder.path, "log"), join(folder.path, "aside-x"));
    mkdirSync(join(folder.path, "log"));
    const before = contents(folder.path);
    await expect(repair(folder.path, { yes: true })).rejects.toMatchObject({ code: LogErrorCode.damaged });
    expect(contents(folder.path)).toEqual(before);
  });
});

test("an export says in hexadecimal what a record of a back room has of another", async () => {
  using folder = new LogFolder();
  const log = await folder.open();
  const writer = new BlockWriter();
  const about = { front: 2, act: 10, by: 1, at: 0, person: 0, personName: "" };
  const body = noted.write({ ...about, said: encodeText("cats") });
  writer.record(noted.kind, 0, 1, timeOf(1), encodeText("Ada"), body);
  const block = { room: 1, seq: 1, count: 1, time: timeOf(1), bytes: writer.seal(1, 1) };
  const room = { room: 1, name: "yard/back", createdAt: timeOf(1), flags: 6 };
  await log.append({ blocks: [block], rooms: [room], snapshots: [] });
  await log.close();
  const file = join(folder.path, "all.jsonl");
  await repair(folder.path, { exportTo: file });
  expect(lines(file)).toEqual([
    expect.objectContaining({ roomName: "yard/back", kind: "noted", ...about, said: "63617473" }),
  ]);
});

test("an export holds every readable message, once, in order", async () => {
  using folder = whole.copy();
  const file = join(folder.path, "all.jsonl");
  await repair(folder.path, { exportTo: file });
  const found = lines(file);
  // Retention may have left what it removed in the engine's files; it is readable, so it is there.
  const of = (room: number) => found.filter((line) => line.room === room).map(({ seq }) => seq);
  expect(of(1)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  expect(of(2).slice(-210)).toEqual(Array.from({ length: 210 }, (_, i) => i + 91));
  expect(found.at(-1)).toEqual({
    ...{ from: "log", room: 3, roomName: "room-3", seq: 10, author: 1, nonce: 10, name: "Ada" },
    ...{ time: new Date(timeOf(10)).toISOString(), text: textOf(3, 10) },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(repair(folder.path, { exportTo: file })).rejects.toThrow(/is there already\.$/);
  await expectWhole(folder);
});

test("a folder in use, of a newer version, or that is none is refused", async () => {
  using folder = whole.copy();
  const log = await folder.open();
  for (const exportTo of ["", join(folder.path, "all.jsonl")])
    await expect(repair(folder.path, { yes: true, exportTo })).rejects.toMatchObject({
      code: LogErrorCode.inUse,
    });
  await log.close();
  await expect(repair(join(folder.path, "none"))).rejects.toThrow(/^There is no data folder at/);
  expect(existsSync(join(folder.path, "none"))).toBe(false);
  writeFileSync(join(folder.path, "format"), "madang 99\n");
  await expect(repair(folder.path)).rejects.toMatchObject({ code: LogErrorCode.newerVersion });
});
