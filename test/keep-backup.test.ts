/** Backups of a log that is in use and of one that is not, what becomes of them when they are damaged, and restores. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { backup, backupOf } from "../src/keep/backup.ts";
import { readBackup, writeBackup } from "../src/keep/backup-format.ts";
import { listenForBackups } from "../src/keep/control.ts";
import { KeepError, KeepErrorCode } from "../src/keep/keep-error.ts";
import { restore } from "../src/keep/restore.ts";
import { type FolderLog, openLevelLog } from "../src/log/level/level-log.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { fillOwned, Listener, Place } from "./keeping.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, makeNoise } from "./log-blocks.ts";
import { LogFolder } from "./log-folder.ts";

const program = "1.2.3";
const make = (data: string, target: string, operator = new Listener()) =>
  backup({ data, target, program }, operator);

/** The server's part of a log that is open. */
function serve(path: string, log: FolderLog, stalledMs?: number) {
  return listenForBackups(
    path,
    () => backupOf(program, log.whole()),
    () => undefined,
    stalledMs,
  );
}

/** All that a log says of its rooms. */
async function contents(path: string): Promise<unknown> {
  const log = await openLevelLog(path);
  const rooms = await log.rooms();
  const all = rooms.map(async (meta) => ({
    meta,
    bounds: await log.bounds(meta.room),
    snapshot: await log.snapshot(meta.room),
    blocks: (await log.readForward(meta.room, 1, EVERYTHING)).map(({ bytes }) =>
      Buffer.from(bytes).toString("hex"),
    ),
  }));
  const told = { rooms: await Promise.all(all), states: await log.states("", "", 100), next: log.nextRoom };
  await log.close();
  return told;
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "done",
    (error) => error.code ?? error,
  );
}

const source = new LogFolder();
const place = new Place();
let bytes: Uint8Array;
let epoch = "";

beforeAll(async () => {
  const log = await source.open({ eraseAfterMs: 1e9 });
  ({ epoch } = log);
  await fill(log, 1, 10, 10, 1);
  await fillOwned(log, 2, "마당");
  await fill(log, 3, 5);
  await fill(log, 4, 5, 5, 5);
  await log.trim(4, 0, 6);
  await log.setState("serial/11", 0, Uint8Array.of(1, 2));
  await log.drop(3);
  await log.close();
  await make(source.path, place.in("whole"));
  bytes = new Uint8Array(readFileSync(place.in("whole")));
  return () => {
    source[Symbol.dispose]();
    place[Symbol.dispose]();
  };
});

describe("a backup", () => {
  test("of a stopped server is restored as it was, under a new epoch with other identities", async () => {
    using here = new Place();
    const operator = new Listener();
    await restore({ backup: place.in("whole"), data: here.in("new") }, operator);
    expect(await contents(here.in("new"))).toEqual(await contents(source.path));
    const reports: string[] = [];
    const log = await openLevelLog(here.in("new"), { report: (_event, text) => reports.push(text) });
    expect(log.epoch).not.toBe(epoch);
    expect(log.generations.map((one) => one.epoch)).toEqual([epoch, log.epoch]);
    expect(await log.reserveAuthors(1)).toBeGreaterThan(2 ** 32);
    expect(reports).toEqual([]);
    // That a new epoch was asked for is no news to whoever restores.
    expect(operator.said).toHaveLength(2);
    expect(operator.said[0]).toMatch(/^The log goes on as epoch [0-9a-f]{16}; /);
    expect(operator.said.at(-1)).toMatch(/as epoch [0-9a-f]{16}: 3 rooms, 47 messages, .* in \d+\.\d s\.$/);
    expect(statSync(here.in("new")).mode & 0o77).toBe(0);
    await log.close();
  });

  test("leaves out what was dropped, and the log as it was", async () => {
    const before = readdirSync(join(source.path, "log")).sort();
    await make(source.path, place.in("again"));
    const names = readdirSync(join(source.path, "log")).filter(
      (name) => name !== "LOCK" && !name.startsWith("LOG"),
    );
    expect(names.sort()).toEqual(before.filter((name) => name !== "LOCK" && !name.startsWith("LOG")));
    expect(readdirSync(source.path).sort()).toEqual(["format", "log", "witness"]);
    expect(Buffer.from(readFileSync(place.in("again"))).includes("room 3 number")).toBe(false);
    expect(Buffer.from(readFileSync(place.in("again"))).includes("room 4 number 15")).toBe(true);
    expect(statSync(place.in("again")).mode & 0o77).toBe(0);
  });

  test("of a running server holds all that was acknowledged before, and goes on beside it", async () => {
    using folder = new LogFolder();
    using here = new Place();
    const log = await folder.open();
    await fill(log, 1, 10);
    await log.append(makeBatch(...Array.from({ length: 40 }, (_, i) => makeNoise(1, 11 + i * 10, 10))));
    const control = await serve(folder.path, log);
    let head = 410;
    let isOver = false;
    const made = make(folder.path, here.in("backup")).then(() => {
      isOver = true;
    });
    while (!isOver) {
      await log.append(makeBatch(makeBlock(1, head + 1)));
      head++;
    }
    await made;
    await control.close();
    await log.close();
    expect(existsSync(join(folder.path, "control"))).toBe(false);
    await restore({ backup: here.in("backup"), data: here.in("new") }, new Listener());
    const { rooms } = (await contents(here.in("new"))) as { rooms: { bounds: object; blocks: string[] }[] };
    const { rooms: all } = (await contents(folder.path)) as typeof rooms extends unknown
      ? { rooms: typeof rooms }
      : never;
    const kept = rooms[0]!.blocks;
    expect(kept.length).toBeGreaterThanOrEqual(41);
    expect(kept.length).toBeLessThan(all[0]!.blocks.length);
    expect(kept).toEqual(all[0]!.blocks.slice(0, kept.length));
    expect(rooms[0]!.bounds).toEqual({ first: 1, head: 410 + kept.length - 41 });
  });

  test("keeps nothing back for longer than it takes: what was replaced meanwhile is erased afterwards", async () => {
    using folder = new LogFolder();
    const log = await folder.open({ eraseAfterMs: 0 });
    await fill(log, 1, 3, 3);
    const pieces = log.whole();
    await pieces.next();
    const other = makeBlock(1, 1, 3);
    const changed = Buffer.from(other.bytes);
    await log.replace(1, 1, changed);
    await new Promise((done) => setTimeout(done, 30));
    const erased = async () => {
      for await (const some of log.whole()) {
        const entry = some.find(([key]) => key[0] === "e".charCodeAt(0));
        if (entry) return Buffer.from(entry[1]).readUIntBE(4, 6);
      }
      return 0;
    };
    expect(await erased()).toBe(0);
    await pieces.return();
    await expect.poll(erased, { timeout: 10_000 }).toBe(1);
    await log.close();
  });

  test("is refused where there is a file, where there is no log, and where another process has it", async () => {
    using here = new Place();
    writeFileSync(here.in("there"), "x");
    expect(await codeOf(make(source.path, here.in("there")))).toBe(KeepErrorCode.exists);
    expect(readFileSync(here.in("there"), "utf8")).toBe("x");
    symlinkSync(here.in("nowhere"), here.in("link"));
    expect(await codeOf(make(source.path, here.in("link")))).toBe(KeepErrorCode.exists);
    expect(await codeOf(make(here.in("none"), here.in("new")))).toBe(LogErrorCode.storage);
    expect(await codeOf(make(source.path, here.in("no/folder")))).toBe(KeepErrorCode.storage);
    using folder = new LogFolder();
    const log = await folder.open();
    expect(await codeOf(make(folder.path, here.in("new")))).toBe(LogErrorCode.inUse);
    await log.close();
    expect(readdirSync(here.path).sort()).toEqual(["link", "there"]);
  });

  test("is refused by a log that lacks what was acknowledged, which stays as it is", async () => {
    using folder = new LogFolder();
    using here = new Place();
    const log = await folder.open();
    await fill(log, 1, 10, 10);
    await log.close();
    const [journal] = folder.files(".log");
    writeFileSync(journal!, readFileSync(journal!).subarray(0, statSync(journal!).size - 40));
    expect(await codeOf(make(folder.path, here.in("new")))).toBe(KeepErrorCode.damaged);
    expect(readdirSync(here.path)).toEqual([]);
    expect(readdirSync(folder.path).sort()).toEqual(["format", "log", "witness"]);
  });

  test("that is interrupted, or whose server goes away, leaves nothing", async () => {
    using folder = new LogFolder();
    using here = new Place();
    const log = await folder.open();
    await fill(log, 1, 10);
    expect(await codeOf(make(source.path, here.in("b"), Listener.interrupting(3)))).toMatchObject({
      name: "Interrupted",
    });
    expect(readdirSync(here.path)).toEqual([]);
    let go: () => void = () => undefined;
    async function* halting() {
      yield [[Uint8Array.of(1), Uint8Array.of(2)]] as never;
      await new Promise<void>((done) => {
        go = done;
      });
    }
    const control = await listenForBackups(
      folder.path,
      () => backupOf(program, halting()),
      () => undefined,
    );
    const made = codeOf(make(folder.path, here.in("b")));
    await expect.poll(() => readdirSync(here.path).length, { timeout: 10_000 }).toBe(1);
    await control.close();
    expect(await made).toBe(KeepErrorCode.refused);
    expect(readdirSync(here.path)).toEqual([]);
    go();
    await log.close();
  });
});

describe("the socket of a running server", () => {
  test("serves one at a time, knows one word, and is its owner's alone", async () => {
    using folder = new LogFolder();
    using here = new Place();
    const log = await folder.open();
    let go: () => void = () => undefined;
    const waits = new Promise<void>((done) => {
      go = done;
    });
    async function* slow() {
      await waits;
      yield* log.whole();
    }
    const control = await listenForBackups(
      folder.path,
      () => backupOf(program, slow()),
      () => undefined,
    );
    expect(statSync(join(folder.path, "control")).mode & 0o777).toBe(0o600);
    const first = make(folder.path, here.in("first"));
    await expect.poll(() => readdirSync(here.path).length, { timeout: 10_000 }).toBe(1);
    expect(await codeOf(make(folder.path, here.in("second")))).toBe(KeepErrorCode.refused);
    const answer = await new Promise<string>((done) => {
      let said = "";
      connect(join(folder.path, "control"))
        .on("data", (chunk) => (said += chunk))
        .on("close", () => done(said))
        .write("restore\n");
    });
    expect(answer).toContain('The server does not know "restore"');
    go();
    await first;
    await make(folder.path, here.in("second"));
    await control.close();
    await log.close();
  });

  test("lets go of whoever takes nothing, and of what a server that was killed left there", async () => {
    using folder = new LogFolder();
    using here = new Place();
    const log = await folder.open();
    await fill(log, 1, 1);
    await log.append(makeBatch(...Array.from({ length: 60 }, (_, i) => makeNoise(1, 2 + i * 10, 10))));
    writeFileSync(join(folder.path, "control"), "left");
    const control = await serve(folder.path, log, 100);
    const lazy = connect(join(folder.path, "control"));
    const gone = new Promise((done) => lazy.on("error", () => undefined).on("close", done));
    lazy.pause().write("backup\n");
    const silent = connect(join(folder.path, "control"));
    await new Promise((done) => silent.resume().on("close", done));
    await expect.poll(() => codeOf(make(folder.path, here.in("b"))), { timeout: 10_000 }).toBe("done");
    lazy.resume();
    await gone;
    await control.close();
    await log.close();
  });

  test("goes on when a backup fails in the middle, of which whoever asked is told", async () => {
    using folder = new LogFolder();
    using here = new Place();
    const log = await folder.open();
    let round = 0;
    async function* failing() {
      if (round === 0) throw new Error("the disk is gone");
      yield* log.whole();
    }
    const bytes = async function* () {
      if (round === 1) throw new Error("a bug");
      yield* backupOf(program, failing());
    };
    const control = await listenForBackups(folder.path, bytes, () => undefined);
    await expect(make(folder.path, here.in("b"))).rejects.toThrow("the disk is gone");
    round = 1;
    expect(await codeOf(make(folder.path, here.in("b")))).toBe(KeepErrorCode.refused);
    round = 2;
    await make(folder.path, here.in("b"));
    await control.close();
    await log.close();
  });

  test("is found in a folder whose path is too long for one", async () => {
    using here = new Place();
    const path = here.in("x".repeat(120));
    mkdirSync(path);
    const log = await openLevelLog(path);
    await fill(log, 1, 3);
    const reports: string[] = [];
    const control = await listenForBackups(
      path,
      () => backupOf(program, log.whole()),
      (text) => reports.push(text),
    );
    expect(reports).toEqual([]);
    await make(path, here.in("b"));
    await control.close();
    await log.close();
    expect(existsSync(join(path, "control"))).toBe(false);
  });
});

/** Whole, with nothing in it. */
async function ofFormat(format: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  async function* none(): AsyncGenerator<never> {
    // It ends at once.
  }
  for await (const part of writeBackup({ format, program, time: "" }, none())) parts.push(part);
  return Buffer.concat(parts);
}

describe("a backup that is not whole", () => {
  const read = async (some: Uint8Array): Promise<unknown> => {
    async function* pieces() {
      for (let at = 0; at < some.length; at += 1_000) yield some.subarray(at, at + 1_000);
    }
    try {
      for await (const record of readBackup("b", pieces())) void record;
    } catch (error) {
      if (!(error instanceof KeepError)) throw error;
      return error.code;
    }
    return "whole";
  };

  test("is known by any bit that flipped", async () => {
    expect(await read(bytes)).toBe("whole");
    const seen = new Set<unknown>();
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const flipped = bytes.slice();
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      const code = await read(flipped);
      seen.add(code);
      expect(code, `bit ${bit}`).not.toBe("whole");
    }
    expect([...seen].sort()).toEqual(
      [KeepErrorCode.damaged, KeepErrorCode.newerVersion, KeepErrorCode.notBackup].sort(),
    );
  });

  test("is known wherever it was cut, and by what stands behind it", async () => {
    for (let length = 0; length < bytes.length; length++)
      expect(await read(bytes.subarray(0, length)), `cut at ${length}`).toBe(KeepErrorCode.torn);
    expect(await read(Buffer.concat([bytes, Buffer.of(0)]))).toBe(KeepErrorCode.damaged);
  });

  test("is known by records that are left out, doubled or exchanged", async () => {
    async function* three() {
      for (let n = 0; n < 3; n++) yield [[Uint8Array.of(n), Uint8Array.of(n)]] as never;
    }
    const parts: Uint8Array[] = [];
    for await (const part of writeBackup({ format: 3, program, time: "" }, three())) parts.push(part);
    const [magic, head, a, b, c, end] = parts as [Uint8Array, ...Uint8Array[]];
    const together = (...some: (Uint8Array | undefined)[]) =>
      read(Buffer.concat([magic, ...(some as Uint8Array[])]));
    expect(await together(head, a, b, c, end)).toBe("whole");
    for (const wrong of [
      [head, a, c, end],
      [head, a, b, b, c, end],
      [head, b, a, c, end],
      [a, b, c, end],
      [head, a, b, end],
      [head, head, a, b, c, end],
    ])
      expect(await together(...wrong)).toBe(KeepErrorCode.damaged);
  });

  test.each([
    ["torn", (some: Uint8Array) => some.subarray(0, some.length - 3), KeepErrorCode.torn],
    [
      "damaged",
      (some: Uint8Array) => some.map((byte, i) => (i === 900 ? byte ^ 1 : byte)),
      KeepErrorCode.damaged,
    ],
    ["another file", () => Buffer.from("PK\x03\x04 and more of it"), KeepErrorCode.notBackup],
    ["empty", () => Buffer.of(), KeepErrorCode.torn],
    [
      "of a later version",
      (some: Uint8Array) =>
        Buffer.from(Buffer.from(some).toString("latin1").replace("backup 1", "backup 2"), "latin1"),
      KeepErrorCode.newerVersion,
    ],
    ["of a later format", () => ofFormat(4), KeepErrorCode.newerVersion],
    ["of no log", () => ofFormat(3), KeepErrorCode.damaged],
  ])("is restored to nothing (%s)", async (_, spoil, code) => {
    using here = new Place();
    writeFileSync(here.in("b"), await spoil(bytes));
    expect(await codeOf(restore({ backup: here.in("b"), data: here.in("new/folder") }, new Listener()))).toBe(
      code,
    );
    mkdirSync(here.in("empty"));
    expect(await codeOf(restore({ backup: here.in("b"), data: here.in("empty") }, new Listener()))).toBe(
      code,
    );
    expect(readdirSync(here.path).sort()).toEqual(["b", "empty"]);
    expect(readdirSync(here.in("empty"))).toEqual([]);
  });
});

describe("a restore", () => {
  test("touches nothing that is there", async () => {
    using folder = source.copy();
    using here = new Place();
    const into = (data: string) => codeOf(restore({ backup: place.in("whole"), data }, new Listener()));
    expect(await into(folder.path)).toBe(KeepErrorCode.notEmpty);
    writeFileSync(here.in("file"), "x");
    expect(await into(here.path)).toBe(KeepErrorCode.notEmpty);
    expect(await into(here.in("file"))).toBe(LogErrorCode.notWritable);
    expect(readdirSync(here.path)).toEqual(["file"]);
    expect(await contents(folder.path)).toEqual(await contents(source.path));
    expect(await codeOf(restore({ backup: here.in("none"), data: here.in("new") }, new Listener()))).toBe(
      KeepErrorCode.storage,
    );
  });

  test("that was killed leaves a folder that is taken for nothing, and is done again", async () => {
    using here = new Place();
    // As it is found when the process is gone at once: with all there and nothing moved, and with the half of it moved.
    for (const there of [["restore-work/log"], ["restore-work", "log", "witness", "format"]]) {
      const data = here.in(`new-${there.length}`);
      for (const name of there) mkdirSync(join(data, name), { recursive: true });
      await expect(openLevelLog(data)).rejects.toThrow(/restore .* was interrupted/i);
      expect(await codeOf(make(data, here.in("b")))).toBe(LogErrorCode.storage);
      await restore({ backup: place.in("whole"), data }, new Listener());
      expect(readdirSync(data).sort()).toEqual(["format", "log", "witness"]);
      expect(await contents(data)).toEqual(await contents(source.path));
    }
  });

  test("that is interrupted leaves nothing", async () => {
    using here = new Place();
    mkdirSync(here.in("empty"));
    for (const at of [1, 2, 3, 4, 5])
      for (const data of [here.in("new"), here.in("empty")]) {
        const operator = Listener.interrupting(at);
        const ended = await codeOf(restore({ backup: place.in("whole"), data }, operator));
        if (ended === "done") expect(at).toBeGreaterThan(3);
        else expect(ended).toMatchObject({ name: "Interrupted" });
        if (ended === "done") continue;
        expect(existsSync(here.in("new"))).toBe(false);
        expect(readdirSync(here.in("empty"))).toEqual([]);
      }
  });
});
