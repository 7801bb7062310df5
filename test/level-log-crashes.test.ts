/** The engine on disk, ended in the middle of things, and beside another process. */
import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { getPriority } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ClassicLevel } from "classic-level";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LevelLogOptions } from "../src/log/level/level-log.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, START } from "./log-blocks.ts";
import { seqsOf } from "./log-contract.ts";
import { copyFolder, flip, LogFolder } from "./log-folder.ts";
import { writeOldFolder } from "./old-folder.ts";

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

  test("a named value is there with the blocks that it was written with, or neither is", async () => {
    for (const point of ["beforeCommit", "afterCommit"] as const) {
      using folder = new LogFolder();
      const faults: LevelLogOptions["faults"] = {
        [point]: (write: number) => {
          if (write === 3) throw new Error("the power is gone");
        },
      };
      const log = await folder.open({ faults });
      await fill(log, 1, 1, 1);
      const states = [{ name: "retention/1", bytes: Uint8Array.of(24) }];
      await expect(log.append({ ...makeBatch(makeBlock(1, 3)), states })).rejects.toThrow(
        "the power is gone",
      );
      await log.close();
      const after = await folder.open();
      const { head } = await after.bounds(1);
      const { bytes } = await after.state("retention/1");
      expect([head, [...bytes]]).toEqual(point === "afterCommit" ? [3, [24]] : [2, []]);
      await after.close();
    }
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
