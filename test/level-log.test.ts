/** The engine on disk: the contract, and what only a disk can do: survive, be in use, be damaged, lose its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { getPriority } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ClassicLevel } from "classic-level";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  blockKey,
  blocksBetween,
  boundsKey,
  commitKey,
  metaKey,
  snapshotKey,
} from "../src/log/level/keys.ts";
import { type LevelLogOptions, openLevelLog } from "../src/log/level/level-log.ts";
import { Witness } from "../src/log/level/witness.ts";
import { LogError, LogErrorCode } from "../src/log/log.ts";
import { engineFiles, openFileLimit } from "../src/log/open-files.ts";
import { BlockWriter, decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { checkRoomName } from "../src/wire/names.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, START, timeOf } from "./log-blocks.ts";
import { logContract, type OpenLog, partsOf, seqsOf } from "./log-contract.ts";
import { changesContract } from "./log-contract-changes.ts";
import { bothWays, copyFolder, flip, LogFolder } from "./log-folder.ts";
import { writeOldFolder } from "./old-folder.ts";

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

describe("retention and crashes", () => {
  test("a message that is committed while a removal waits does not say that it was removed", async () => {
    using folder = new LogFolder();
    let open: () => void = () => undefined;
    const gate = new Promise<void>((go) => (open = go));
    const faults: LevelLogOptions["faults"] = {
      beforeCommit: (write) => {
        if (write === 6) return gate;
        if (write === 8) throw new Error("the power is gone");
      },
    };
    const log = await folder.open({ faults });
    await fill(log, 1, 2, 2, 2, 2, 2);
    // Three writes that wait for each other: a reservation, a message, a removal.
    const reserved = log.reserveAuthors(1);
    const appended = log.append(makeBatch(makeBlock(1, 11)));
    const trimmed = log.trim(1, 0, 4);
    await vi.waitFor(async () => expect((await log.bounds(1)).first).toBe(5));
    open();
    await Promise.all([reserved, appended]);
    await expect(trimmed).rejects.toThrow("the power is gone");
    await log.close();
    for (const newEpoch of ["", log.epoch]) {
      const after = await folder.open({ newEpoch });
      expect(await after.bounds(1)).toEqual({ first: 1, head: 11 });
      expect(seqsOf(1, await after.readForward(1, 1, EVERYTHING))).toEqual([1, 3, 5, 7, 9, 11]);
      await after.close();
    }
    const after = await folder.open();
    expect(await after.trim(1, 0, 4)).toEqual({ first: 7, head: 11, more: false });
    await after.close();
    const last = await folder.open({ newEpoch: after.epoch });
    expect(await last.bounds(1)).toEqual({ first: 7, head: 11 });
    await last.close();
  });

  test("a removal that ended before or after its write is there entirely or not at all", async () => {
    for (const point of ["beforeCommit", "afterCommit"] as const) {
      using folder = new LogFolder();
      const snapshot = { room: 1, seq: 6, bytes: new Uint8Array([6]) };
      const faults: LevelLogOptions["faults"] = {
        [point]: (write: number) => {
          if (write === 5) throw new Error("the power is gone");
        },
      };
      const log = await folder.open({ faults });
      await fill(log, 1, 2, 2, 2);
      await log.append({ ...makeBatch(), snapshots: [snapshot] });
      await expect(log.trim(1, 0, 1)).rejects.toThrow("the power is gone");
      await log.close();
      const after = await folder.open();
      const removed = point === "afterCommit";
      expect(await after.bounds(1)).toEqual({ first: removed ? 5 : 1, head: 6 });
      expect(seqsOf(1, await after.readForward(1, 1, EVERYTHING))).toEqual(removed ? [5] : [1, 3, 5]);
      expect(await after.snapshot(1)).toEqual({ seq: 6, bytes: snapshot.bytes });
      await after.close();
    }
  });

  test("what an earlier version left below the first number is not served, and goes with the next removal", async () => {
    using folder = new LogFolder();
    const blocks = Array.from({ length: 700 }, (_, i) => makeBlock(1, i + 1));
    const room = { room: 1, name: "yard", createdAt: START, first: 601, blocks };
    const rest = { write: 5, commits: 2, records: 700, nextAuthor: 1, secret: new Uint8Array(32) };
    await writeOldFolder(folder.path, { ...rest, epoch: "0123456789abcdef", rooms: [room] });
    const log = await folder.open();
    const { readForward, readBackward } = log;
    expect(await log.bounds(1)).toEqual({ first: 601, head: 700 });
    for (const read of [readForward, readBackward]) {
      const served = seqsOf(
        1,
        await Reflect.apply(read, log, [1, read === readForward ? 1 : 701, EVERYTHING]),
      );
      expect([served[0], served.length]).toEqual([601, 100]);
    }
    for (let round = 0; round < 4; round++) await log.trim(1, 0, 49);
    expect(await log.bounds(1)).toEqual({ first: 651, head: 700 });
    await log.close();
    const db = new ClassicLevel(join(folder.path, "log"), { keyEncoding: "view" });
    expect((await db.keys({ gte: Buffer.from("b"), lt: Buffer.from("c") }).all()).length).toBe(50);
    await db.close();
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

describe("damage", () => {
  /** A room of unlike texts, as the engine packs what is alike; each is found in the table as it is. */
  async function fillUnlike(folder: LogFolder, room: number, count: number): Promise<string[]> {
    const log = await folder.open();
    const texts: string[] = [];
    for (let seq = 1; seq <= count; seq++) {
      const text = createHash("sha512").update(`${seq}`).digest("base64");
      const writer = new BlockWriter();
      writer.text(1, seq, timeOf(seq), encodeText("Ada"), encodeText(text));
      texts.push(text);
      const block = { room, seq, count: 1, time: timeOf(seq), bytes: writer.seal(room, seq) };
      await log.append(makeBatch(block));
    }
    await log.append({ ...makeBatch(), rooms: [{ room, name: "unlike", createdAt: START, flags: 0 }] });
    await log.close();
    // Opened once more, the engine moves its journal into a table.
    await (await folder.open()).close();
    return texts;
  }

  test("a flipped bit in a block is a hole in its room: it is told of once, and everything else is there", async () => {
    using folder = new LogFolder();
    const texts = await fillUnlike(folder, 7, 5);
    const { epoch } = await folder.open().then((log) => log.close().then(() => log));
    const table = readFileSync(folder.files(".ldb")[0]!);
    for (const [i, text] of texts.entries()) {
      using copy = new LogFolder();
      copyFolder(folder.path, copy.path);
      const part = [8, 24, 40, 56].map((from) => table.indexOf(text.slice(from, from + 12)));
      flip(copy.files(".ldb")[0]!, part.find((at) => at >= 0)!);
      const log = await copy.open();
      expect(log.epoch).toBe(epoch);
      expect(await log.bounds(7)).toEqual({ first: 1, head: 5 });
      for (const blocks of [
        await log.readForward(7, 1, EVERYTHING),
        await log.readBackward(7, 6, EVERYTHING),
        await log.readForward(7, 1, EVERYTHING),
      ]) {
        const read = blocks.map(({ bytes }) => decodeBlock(bytes));
        expect(read.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
        for (const [n, { records, lost }] of read.entries())
          expect([records[0]?.text, lost.length]).toEqual(n === i ? [undefined, 1] : [texts[n], 0]);
      }
      expect(copy.reports).toEqual([`Room 7: the message ${i + 1} is damaged on disk and shown as lost.`]);
      await log.append(makeBatch(makeBlock(7, 6)));
      expect(await log.trim(7, 0, 4 - i)).toMatchObject({ first: i + 2, head: 6 });
      expect(copy.reports).toHaveLength(1);
      await log.close();
    }
  });

  test("blocks that are missing are holes, wherever they were, and a room goes on behind its end", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    await fill(log, 1, 2, 2, 2, 2, 2, 2);
    await fill(log, 2, 1);
    await log.close();
    await folder.rot((db) => db.clear(blocksBetween(1, 0, 3)));
    await folder.rot((db) => db.clear(blocksBetween(1, 5, 9)));
    await folder.rot((db) => db.del(blockKey(1, 11, 2)));
    log = await folder.open();
    expect(await log.bounds(1)).toEqual({ first: 1, head: 12 });
    const parts = ["1-2 lost", "3-4", "5-8 lost", "9-10", "11-12 lost"];
    expect(await bothWays(log, 1, 12)).toEqual(parts);
    expect(await bothWays(log, 1, 12)).toEqual(parts);
    // From the middle of a hole on, and up to it.
    expect(partsOf(1, await log.readForward(1, 7, EVERYTHING))).toEqual(["7-8 lost", ...parts.slice(3)]);
    expect(partsOf(1, await log.readBackward(1, 7, EVERYTHING))).toEqual([...parts.slice(0, 2), "5-6 lost"]);
    expect(partsOf(1, await log.readForward(1, 12, EVERYTHING))).toEqual(["12 lost"]);
    expect(folder.reports).toEqual([
      "Room 1: the messages 1 to 2 are damaged on disk and shown as lost.",
      "Room 1: the messages 5 to 8 are damaged on disk and shown as lost.",
      "Room 1: the messages 11 to 12 are damaged on disk and shown as lost.",
    ]);
    await fill(log, 1, 1);
    expect(await bothWays(log, 1, 13)).toEqual([...parts, "13"]);
    await log.close();
  });

  test("a hole that retention reaches goes with its neighbours", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    await fill(log, 1, 2, 2, 2, 2);
    await log.close();
    await folder.rot((db) => db.clear(blocksBetween(1, 1, 5)));
    log = await folder.open();
    const all = Number.MAX_SAFE_INTEGER;
    expect(await log.trim(1, timeOf(5), all)).toEqual({ first: 1, head: 8, more: false });
    expect(await log.trim(1, timeOf(6), all)).toEqual({ first: 5, head: 8, more: false });
    await log.close();
    log = await folder.open();
    expect(await log.bounds(1)).toEqual({ first: 5, head: 8 });
    await log.close();
  });

  test("a room whose bounds are lost has those of its blocks, unless a number might be given twice", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    for (const room of [1, 2, 3]) await fill(log, room, 2, 2, 2);
    await log.append({ ...makeBatch(), snapshots: [{ room: 2, seq: 6, bytes: new Uint8Array(1) }] });
    await log.trim(1, 0, 3);
    await log.close();
    await folder.rot(async (db) => {
      await db.del(boundsKey(1));
      await db.put(boundsKey(2), new Uint8Array(20));
      // Rooms whose newest blocks are gone with their bounds: one has a snapshot, the other is damaged at its end.
      await db.del(blockKey(2, 5, 2));
      await db.del(boundsKey(3));
      await db.put(blockKey(3, 5, 2), new Uint8Array(50));
    });
    log = await folder.open();
    expect(await log.bounds(1)).toEqual({ first: 3, head: 6 });
    expect(await bothWays(log, 1, 6)).toEqual(["3-4", "5-6"]);
    expect(await log.bounds(2)).toEqual({ first: 1, head: 6 });
    expect(await bothWays(log, 2, 6)).toEqual(["1-2", "3-4", "5-6 lost"]);
    await expect(log.bounds(3)).rejects.toMatchObject({
      code: LogErrorCode.damaged,
      at: { room: 3, seq: 5 },
    });
    await fill(log, 1, 1);
    await log.close();
    log = await folder.open();
    expect(await log.bounds(1)).toEqual({ first: 3, head: 7 });
    await log.close();
  });

  test("bounds older than the blocks do not hide them, and a block that is none does not move them", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    await fill(log, 1, 2);
    await log.close();
    await folder.rot(async (db) => {
      await db.put(blockKey(1, 3, 2), makeBlock(1, 3, 2).bytes);
      await db.put(blockKey(1, 1_000_000, 2), makeBlock(1, 1, 2).bytes);
    });
    log = await folder.open();
    expect(await log.bounds(1)).toEqual({ first: 1, head: 4 });
    expect(await bothWays(log, 1, 4)).toEqual(["1-2", "3-4"]);
    await log.close();
  });

  test("a damaged snapshot is none, and its room stays open", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    await fill(log, 1, 2);
    await log.append({ ...makeBatch(), snapshots: [{ room: 1, seq: 2, bytes: new Uint8Array(9) }] });
    await log.close();
    await folder.rot((db) => db.put(snapshotKey(1), new Uint8Array(9)));
    log = await folder.open();
    expect(await log.snapshot(1)).toBeNull();
    expect(folder.reports.join()).toContain("Room 1: its snapshot is damaged");
    await log.close();
  });

  test("what the engine cannot read of a table is lost, and what lies around it is not", {
    timeout: 60_000,
  }, async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    // Texts that the engine can pack, so that a smeared part cannot be unpacked.
    for (const room of [1, 2]) await fill(log, room, ...Array.from({ length: 60 }, () => 10));
    await log.close();
    await (await folder.open()).close();
    const file = folder.files(".ldb").at(-1)!.split("/").at(-1)!;
    const size = statSync(folder.files(".ldb").at(-1)!).size;
    const seen = new Set<string>();
    for (let at = 500; at < size - 1_000; at += 700) {
      using copy = new LogFolder();
      copyFolder(folder.path, copy.path);
      const path = join(copy.path, "log", file);
      const bytes = readFileSync(path);
      bytes.fill(0xff, at, at + 64);
      writeFileSync(path, bytes);
      const opened = await copy.open().catch((error: unknown) => error as LogError);
      if (opened instanceof LogError) {
        expect(opened.code).toBe(LogErrorCode.damaged);
        continue;
      }
      for (const room of [1, 2]) {
        expect(await opened.bounds(room)).toEqual({ first: 1, head: 600 });
        const parts = await bothWays(opened, room, 600);
        const lost = parts.filter((part) => part.endsWith("lost"));
        expect(parts.length - lost.length).toBeGreaterThan(15);
        if (lost.length > 0)
          seen.add(`room ${room}, ${parts.at(-1)!.endsWith("lost") ? "its end" : "within"}`);
      }
      expect(copy.reports.length).toBeGreaterThan(0);
      await opened.close();
    }
    // The last of a table's messages share a part with what keeps the log shut when it is damaged.
    expect([...seen].sort()).toEqual(["room 1, its end", "room 1, within", "room 2, within"]);
  });
});

describe("acknowledged writes that are gone", () => {
  test("from the end: the epoch changes, once, and the log goes on", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 1, 1, 1);
    const author = await log.reserveAuthors(1000);
    await log.close();
    const journal = folder.files(".log").at(-1)!;
    truncateSync(journal, statSync(journal).size - 100);
    const after = await folder.open();
    expect(after.epoch).not.toBe(log.epoch);
    expect(after.secret).toEqual(log.secret);
    expect(folder.reports.join()).toContain("missing at its end");
    expect(await after.reserveAuthors(1)).toBeGreaterThanOrEqual(author + 1000);
    const { head } = await after.bounds(1);
    await fill(after, 1, 2);
    expect(await after.bounds(1)).toEqual({ first: 1, head: head + 2 });
    await after.close();
    folder.reports.length = 0;
    const again = await folder.open();
    expect(again.epoch).toBe(after.epoch);
    expect(folder.reports).toEqual([]);
    await again.close();
  });

  test("all of them: the epoch and the secret change", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 1, 1);
    const author = await log.reserveAuthors(1000);
    await log.close();
    truncateSync(folder.files(".log").at(-1)!, 0);
    const after = await folder.open();
    expect(after.epoch).not.toBe(log.epoch);
    expect(after.secret).not.toEqual(log.secret);
    expect(await after.rooms()).toEqual([]);
    expect(await after.reserveAuthors(1)).toBeGreaterThanOrEqual(author + 1000);
    await after.close();
  });

  test("the whole journal: the epoch changes", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 1, 1);
    await log.close();
    rmSync(folder.files(".log").at(-1)!);
    const after = await folder.open();
    expect(after.epoch).not.toBe(log.epoch);
    await after.close();
  });

  // The engine skips the damaged part of its journal and takes what follows, so batches are missing in between.
  for (const [how, damage] of [
    ["flipped", (bytes: Buffer, at: number) => void bytes.writeUInt8(bytes[at]! ^ 1, at)],
    // Zeros are what a file system may leave, and the one kind of damage that the engine does not mention.
    ["zeroed", (bytes: Buffer, at: number) => void bytes.fill(0, at, Math.ceil(at / 32768) * 32768)],
  ] as const) {
    test(`from the middle, ${how}: all that is whole is kept, and a nameless room gets a name`, async () => {
      using folder = new LogFolder();
      const log = await folder.open();
      await fill(log, 1, 20, 20);
      const state = new Uint8Array(1);
      await log.append({ ...makeBatch(), snapshots: [{ room: 1, seq: 40, bytes: state }] });
      // Three journal blocks of 32 KiB, the room's own numbers and a room's name in the one that is damaged.
      for (let room = 2; room <= 40; room++) await fill(log, room, 100);
      await fill(log, 1, 20, 20);
      await fill(log, 20, 5);
      await log.close();
      const journal = folder.files(".log").at(-1)!;
      const bytes = readFileSync(journal);
      const at = bytes.indexOf("room 20 number 50");
      expect(bytes.length).toBeGreaterThan(3 * 32768);
      damage(bytes, at);
      writeFileSync(journal, bytes);
      const after = await folder.open();
      expect(after.epoch).not.toBe(log.epoch);
      expect(folder.reports).toContain('Room 20 lost its name and is called "found-20" now.');
      expect((await after.rooms()).map(({ room }) => room)).toContain(20);
      expect((await after.rooms()).find(({ room }) => room === 20)!.name).toBe("found-20");
      expect(after.totals.rooms).toBe((await after.rooms()).length);
      expect(await bothWays(after, 1, 80)).toEqual(["1-20", "21-40", "41-60", "61-80"]);
      expect(await bothWays(after, 20, 105)).toEqual(["1-100 lost", "101-105"]);
      // Of a flipped bit nobody else needs to know; zeros take with them whatever was there.
      if (how === "flipped")
        for (const { room } of await after.rooms())
          if (room !== 1 && room !== 20) expect(await bothWays(after, room, 100)).toEqual(["1-100"]);
      expect(await after.snapshot(1)).toEqual({ seq: 40, bytes: state });
      await after.close();
      const again = await folder.open();
      expect(again.epoch).toBe(after.epoch);
      await again.close();
    });
  }

  test("from the middle of a room: what is whole on both sides stays, the hole is told, the journal put aside", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, ...Array.from({ length: 31 }, () => 100));
    const state = new Uint8Array(1);
    await log.append({ ...makeBatch(), snapshots: [{ room: 1, seq: 3100, bytes: state }] });
    await log.close();
    expect(folder.asides()).toEqual([]);
    const journal = folder.files(".log").at(-1)!;
    const bytes = readFileSync(journal);
    flip(journal, bytes.indexOf("room 1 number 1550"));
    const damagedBytes = readFileSync(journal);
    const after = await folder.open();
    expect(await after.bounds(1)).toEqual({ first: 1, head: 3100 });
    const parts = await bothWays(after, 1, 3100);
    // The engine would leave out all that follows in the same 32 KiB.
    expect(parts.filter((part) => part.endsWith("lost"))).toEqual(["1501-1600 lost"]);
    expect(folder.reports).toContain("Room 1 lost the messages 1501 to 1600.");
    expect(await after.snapshot(1)).toEqual({ seq: 3100, bytes: state });
    // On disk too, so that whoever reads the folder next finds no hole, dated by the block before.
    const [lost] = await after.readForward(1, 1501, { maxBytes: 1, maxRecords: 1 });
    expect(decodeBlock(lost!.bytes).time).toBe(timeOf(1401));
    await after.close();
    const [aside, ...others] = folder.asides();
    expect(others).toEqual([]);
    expect(aside).toMatch(new RegExp(`^aside-${log.epoch}-\\d{8}T\\d{6}Z$`));
    const kept = join(folder.path, aside!, "log");
    expect(readdirSync(kept)).toEqual([journal.split("/").at(-1)]);
    expect(readFileSync(join(kept, readdirSync(kept)[0]!))).toEqual(damagedBytes);
    expect(folder.reports).toContain(`The journal as it was is kept in ${join(folder.path, aside!)}.`);
    folder.reports.length = 0;
    const again = await folder.open();
    expect(again.epoch).toBe(after.epoch);
    expect(await bothWays(again, 1, 3100)).toEqual(parts);
    expect(folder.reports).toEqual([]);
    expect(folder.asides()).toEqual([aside]);
    await again.close();
  });

  test("in a start that is killed as soon as the new epoch is durable: the journal is kept all the same", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 100, 100);
    await log.close();
    const journal = folder.files(".log").at(-1)!;
    flip(journal, readFileSync(journal).indexOf("room 1 number 150"));
    const damagedBytes = readFileSync(journal);
    const { restart } = Witness.prototype;
    const killed = vi.spyOn(Witness.prototype, "restart").mockImplementationOnce(function (
      this: Witness,
      testimony,
    ) {
      restart.call(this, testimony);
      throw new Error("killed");
    });
    await expect(folder.open()).rejects.toThrow("killed");
    killed.mockRestore();
    const after = await folder.open();
    const [aside, ...others] = folder.asides();
    expect(others).toEqual([]);
    expect(aside).toMatch(new RegExp(`^aside-${log.epoch}-`));
    expect(readFileSync(join(folder.path, aside!, "log", basename(journal)))).toEqual(damagedBytes);
    await after.close();
  });

  test("names: a lost one is not given twice, and a room of which nothing else is left is none", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    for (const room of [1, 2, 3, 4]) await fill(log, room, 2);
    await log.append({ ...makeBatch(), rooms: [{ room: 5, name: "found-2", createdAt: START, flags: 0 }] });
    await log.close();
    await folder.rot(async (db) => {
      await db.del(metaKey(2));
      await db.put(metaKey(3), new Uint8Array(20));
      await db.del(metaKey(4));
      await db.clear(blocksBetween(4, 1, 9));
      await db.del(commitKey(5));
    });
    const after = await folder.open();
    const names = (await after.rooms()).map(({ room, name }) => `${room} ${name}`);
    expect(names).toEqual(["1 room-1", "2 found-2-2", "3 found-3", "5 found-2"]);
    for (const { name } of await after.rooms()) expect(checkRoomName(name)).toEqual({ ok: true, name });
    expect(after.totals.rooms).toBe(4);
    expect(await bothWays(after, 2, 2)).toEqual(["1-2"]);
    expect(await after.bounds(4)).toEqual({ first: 1, head: 0 });
    await after.close();
  });

  test("a newest block that is gone ends its room, and one whose blocks are all gone stays behind its numbers", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 2, 2, 2);
    await fill(log, 2, 2, 2);
    await log.trim(2, 0, 1);
    await log.close();
    await folder.rot(async (db) => {
      await db.del(blockKey(1, 5, 2));
      await db.clear(blocksBetween(2, 0, 9));
    });
    const after = await folder.open({ newEpoch: log.epoch });
    expect(await after.bounds(1)).toEqual({ first: 1, head: 4 });
    expect(await after.bounds(2)).toEqual({ first: 3, head: 2 });
    expect(folder.reports).toContain("Room 1 lost the messages 5 to 6, its newest, and goes on from there.");
    expect(folder.reports).toContain("Room 2 lost the messages 3 to 4, its newest, and goes on from there.");
    await after.close();
  });

  for (const [what, seq] of [
    ["a hole of more than a million numbers", 1_000_004],
    ["more than there is left", 10_004],
  ] as const) {
    test(`where ${what} would have to be filled, the start refuses in one sentence, again and again`, async () => {
      using folder = new LogFolder();
      const log = await folder.open();
      await fill(log, 1, 2);
      await fill(log, 2, 100);
      await log.close();
      await folder.rot((db) => db.put(blockKey(1, seq, 1), makeBlock(1, seq, 1).bytes));
      for (let again = 0; again < 2; again++) {
        const opened = folder.open({ newEpoch: log.epoch });
        await expect(opened).rejects.toMatchObject({ code: LogErrorCode.damaged });
        await expect(opened).rejects.toThrow(
          /^The log in .*"madang repair --data [^"]+" says what can be done\.$/,
        );
      }
      // Nothing was changed: without a reason for a new epoch it is served as before.
      const same = await folder.open();
      expect(same.epoch).toBe(log.epoch);
      await same.close();
    });
  }

  test("a snapshot ahead of its room goes with what it remembers", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 2);
    await log.append({ ...makeBatch(), snapshots: [{ room: 1, seq: 9, bytes: new Uint8Array(1) }] });
    await log.close();
    const after = await folder.open({ newEpoch: log.epoch });
    expect(await after.snapshot(1)).toBeNull();
    await after.close();
  });

  test("a torn write of the witness leaves the one before it in force", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 1, 1, 1);
    await log.close();
    for (const slot of [0, 512]) {
      using copy = new LogFolder();
      copyFolder(folder.path, copy.path);
      flip(join(copy.path, "witness"), slot + 12);
      const after = await copy.open();
      expect(after.epoch).toBe(log.epoch);
      await after.close();
    }
  });

  test("a witness that is behind, as after a power cut, changes nothing", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    const { epoch } = log;
    await fill(log, 1, 1);
    await log.close();
    const witness = readFileSync(join(folder.path, "witness"));
    log = await folder.open();
    await fill(log, 1, 1, 1, 1);
    await log.close();
    writeFileSync(join(folder.path, "witness"), witness);
    log = await folder.open();
    expect(log.epoch).toBe(epoch);
    expect(await log.bounds(1)).toEqual({ first: 1, head: 4 });
    await log.close();
  });

  test("a log replaced by another one has another epoch", async () => {
    using folder = new LogFolder();
    using other = new LogFolder();
    for (const each of [folder, other]) {
      const log = await each.open();
      await fill(log, 1, 1);
      await log.close();
    }
    rmSync(join(folder.path, "log"), { recursive: true });
    copyFolder(join(other.path, "log"), join(folder.path, "log"));
    const replaced = await folder.open();
    const original = await other.open();
    expect(replaced.epoch).not.toBe(original.epoch);
    await replaced.close();
    await original.close();
  });
});

describe("another process", () => {
  const script = new LogFolder();
  const bundle = join(script.path, "log-child.mjs");

  beforeAll(async () => {
    const level = pathToFileURL(createRequire(import.meta.url).resolve("classic-level")).href;
    await build({
      entryPoints: [fileURLToPath(new URL("./log-child.ts", import.meta.url))],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
      plugins: [
        {
          name: "engine",
          setup: ({ onResolve }) =>
            onResolve({ filter: /^classic-level$/ }, () => ({ path: level, external: true })),
        },
      ],
    });
  });
  afterAll(() => script[Symbol.dispose]());

  /** Starts the child and resolves with its lines once `enough` says so of one; the child is dead by then. */
  function run(folder: LogFolder, what: string, enough: (line: string) => boolean): Promise<string[]> {
    const child = spawn(process.execPath, [bundle, folder.path, what], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    return linesUntil(child, enough);
  }

  async function linesUntil(child: ChildProcess, enough: (line: string) => boolean): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout!)) {
      lines.push(line);
      if (enough(line)) child.kill("SIGKILL");
    }
    return lines;
  }

  test.runIf(process.platform === "linux")("lets commits go before compaction", async () => {
    using folder = new LogFolder();
    const lines = await run(folder, "priorities", () => false);
    const [first = Number.NaN, ...rest] = lines[1]!.split(" ").slice(1).map(Number);
    expect(first).toBe(getPriority());
    expect(rest.at(-1)).toBe(Math.min(19, getPriority() + 10));
    expect(new Set(rest.slice(0, -1))).toEqual(new Set([first]));
  });

  test("cannot open a log that is in use", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    expect(await run(folder, "hold", () => false)).toEqual([LogErrorCode.inUse]);
    await log.append(makeBatch(makeBlock(1, 1)));
    await log.close();
    expect(await run(folder, "hold", () => true)).toEqual([`open ${log.epoch}`]);
  });

  // Built with assertions and without checksums on reading, the engine ended the process over some damaged keys.
  test("that meets a flipped bit anywhere in a table refuses, or hands on what was written", {
    timeout: 60_000,
  }, async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    for (let room = 1; room <= 3; room++) await fill(log, room, 20, 20, 20);
    await log.close();
    await (await folder.open()).close();
    const size = statSync(folder.files(".ldb")[0]!).size;
    const runs = Array.from({ length: 24 }, async (_, i) => {
      using copy = new LogFolder();
      copyFolder(folder.path, copy.path);
      flip(copy.files(".ldb")[0]!, size - 1 - Math.floor((i * size) / 24));
      const lines = await run(copy, "verify", () => false);
      for (const line of lines) expect(line).toMatch(/^(open [0-9a-f]{16}|log_damaged|whole|lost \d+)$/);
      // The engine ended no process: the last word is the log's own.
      expect(lines.at(-1)).toMatch(/^(log_damaged|whole|lost \d+)$/);
      return lines.at(-1);
    });
    expect(await Promise.all(runs)).toContain(LogErrorCode.damaged);
  });

  test("that is killed has kept all it reported, in the same epoch, time after time", {
    timeout: 60_000,
  }, async () => {
    using folder = new LogFolder();
    let { epoch, author } = { epoch: "", author: 0 };
    for (let round = 1; round <= 5; round++) {
      let heads = 0;
      const lines = await run(folder, "append", (line) => line.startsWith("head") && ++heads >= round * 37);
      const numbers = (word: string) =>
        lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(" ")[1]));
      epoch ||= lines[0]!.split(" ")[1]!;
      expect(lines[0]).toBe(`open ${epoch}`);
      const log = await folder.open();
      expect(log.epoch).toBe(epoch);
      const { first, head } = await log.bounds(1);
      expect(first).toBe(1);
      expect(head).toBeGreaterThanOrEqual(numbers("head").at(-1)!);
      const blocks = await log.readForward(1, 1, EVERYTHING);
      seqsOf(1, blocks);
      expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(head);
      expect(log.totals).toMatchObject({ rooms: 1, records: head });
      const given = numbers("author");
      expect(given[0]).toBeGreaterThan(author);
      author = await log.reserveAuthors(1);
      expect(author).toBeGreaterThan(given.at(-1)!);
      await log.close();
    }
    expect(folder.reports).toEqual([]);
  });
});
