/**
 * What only a disk can do with founded, dropped and replaced things: keep them over crashes, forget their bytes, and
 * not bring them back when damage is put in order. And a folder of the format before all this.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { blockKey, blocksOf, changeKey } from "../src/log/level/keys.ts";
import { runRepair } from "../src/log/level/repair-command.ts";
import { type AppendBlock, FollowedKind, type Log } from "../src/log/log.ts";
import { BlockWriter, decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, START, textOf, timeOf } from "./log-blocks.ts";
import { seqsOf } from "./log-contract.ts";
import { makeBlank } from "./log-contract-changes.ts";
import { bothWays, flip, LogFolder } from "./log-folder.ts";

/** What the engine cannot pack, so that it stands in the files as it is. */
const secret = () => randomBytes(150).toString("base64");

function say(room: number, seq: number, text: string): AppendBlock {
  const writer = new BlockWriter();
  writer.text(1, seq, timeOf(seq), encodeText("Ada"), encodeText(text));
  return { room, seq, count: 1, time: timeOf(seq), bytes: writer.seal(room, seq) };
}

/** The engine replaces its files meanwhile: a name may be listed that is gone when it is read. */
function holds(file: string, pieces: string[]): boolean {
  try {
    const bytes = readFileSync(file);
    return pieces.some((piece) => bytes.includes(piece));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/**
 * The engine's files in which a piece of a text stands. Not the whole of it: a table is compressed, and four letters
 * in common with another text are written once; between blocks of the journal stands a header.
 */
function filesWith(folder: LogFolder, text: string): string[] {
  const pieces = text.match(/.{20}/g) ?? [text];
  return folder.files("").filter((file) => !file.endsWith("LOCK") && holds(file, pieces));
}

async function textsOf(log: Log, room: number): Promise<string[]> {
  const blocks = await log.readForward(room, 1, EVERYTHING);
  return blocks.flatMap(({ bytes }) => decodeBlock(bytes).records.map(({ text }) => text));
}

describe("a log that is opened again", () => {
  test("has what was founded, dropped, replaced and named, and goes on counting", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    await fill(log, 1, 2, 2);
    const hall = await log.found("hall", START, 7);
    await log.append(makeBatch(makeBlock(hall.room, 1, 2)));
    const gone = await log.found("gone", START);
    await log.append(makeBatch(makeBlock(gone.room, 1, 9)));
    await log.drop(gone.room);
    await log.replace(1, 3, makeBlank(1, 3, 2));
    const version = await log.setState("keys", 0, new Uint8Array([5]));
    const { totals } = log;
    for (let again = 0; again < 3; again++) {
      await log.close();
      log = await folder.open();
      expect(log.totals).toEqual(totals);
      expect(log.changes).toBe(2);
      expect((await log.rooms()).map(({ name }) => name)).toEqual(["room-1", "hall"]);
      expect(await log.found("hall", 0)).toEqual(hall);
      expect(await textsOf(log, 1)).toEqual([textOf(1, 1), textOf(1, 2), "", ""]);
      expect(seqsOf(hall.room, await log.readForward(hall.room, 1, EVERYTHING))).toEqual([1]);
      expect(await log.bounds(gone.room)).toEqual({ first: 1, head: 0 });
      expect(await log.readForward(gone.room, 1, EVERYTHING)).toEqual([]);
      expect(await log.state("keys")).toEqual({ version, bytes: new Uint8Array([5]) });
    }
    const anew = await log.found("gone", START);
    expect(anew.room).toBe(gone.room + 1);
    expect(await log.bounds(anew.room)).toEqual({ first: 10, head: 9 });
    await log.close();
    expect(folder.reports).toEqual([]);
  });

  test("tells a follower what changed while both were away", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    await fill(log, 1, 2, 2);
    await fill(log, 2, 2);
    await log.replace(1, 1, makeBlank(1, 1, 2));
    await log.drop(2);
    await log.close();
    log = await folder.open();
    const told: unknown[] = [];
    const follower = log.follow({ change: 0, seq: () => 2 }, (what) => {
      told.push([what.kind, "change" in what ? what.change : what.blocks[0]!.seq]);
    });
    await vi.waitFor(() => expect(told).toHaveLength(3));
    await follower.close();
    expect(told).toEqual([
      [FollowedKind.replaced, 1],
      [FollowedKind.dropped, 2],
      [FollowedKind.blocks, 3],
    ]);
    await log.close();
  });

  test("says so when it does not keep all changes any more", async () => {
    using folder = new LogFolder();
    let log = await folder.open();
    await fill(log, 1, 2, 2);
    for (let i = 0; i < 3; i++) await log.replace(1, 1, makeBlank(1, 1, 2));
    await log.close();
    await folder.rot((db) => db.batch().del(changeKey(1)).del(changeKey(2)).write());
    log = await folder.open();
    const told: unknown[] = [];
    const follower = log.follow({ change: 0, seq: () => 4 }, (what) => {
      told.push([what.kind, "change" in what ? what.change : 0]);
    });
    await vi.waitFor(() => expect(told).toHaveLength(2));
    await follower.close();
    expect(told).toEqual([
      [FollowedKind.missed, 2],
      [FollowedKind.replaced, 3],
    ]);
    await log.close();
  });
});

describe("power that goes", () => {
  const version = async (log: Log) => (await log.state("keys")).bytes[0] ?? 0;
  const operations: [string, (log: Log) => Promise<unknown>, (log: Log) => Promise<unknown>, unknown[]][] = [
    ["a found", (log) => log.found("new", START), async (log) => (await log.rooms()).length, [2, 3]],
    [
      "a drop",
      (log) => log.drop(1),
      async (log) => [
        (await log.rooms()).map(({ room }) => room),
        await log.bounds(1),
        (await textsOf(log, 1)).length,
        (await log.snapshot(1)) !== null,
        log.totals.rooms,
        log.changes,
      ],
      [
        [[1, 2], { first: 1, head: 4 }, 4, true, 2, 0],
        [[2], { first: 1, head: 0 }, 0, false, 1, 1],
      ],
    ],
    [
      "a replacement",
      (log) => log.replace(1, 1, makeBlank(1, 1, 2)),
      async (log) => [await textsOf(log, 1), log.changes],
      [
        [[1, 2, 3, 4].map((seq) => textOf(1, seq)), 0],
        [["", "", textOf(1, 3), textOf(1, 4)], 1],
      ],
    ],
    ["a named value", (log) => log.setState("keys", 0, new Uint8Array([7])), version, [0, 7]],
  ];
  for (const [what, operate, look, [without, done]] of operations) {
    for (const point of ["beforeCommit", "afterCommit"] as const) {
      test(`${point === "beforeCommit" ? "before" : "after"} the sync of ${what} leaves it entirely or not at all`, async () => {
        using folder = new LogFolder();
        let isGone = false;
        const fail = () => {
          if (isGone) throw new Error("the power is gone");
        };
        const log = await folder.open({ faults: { [point]: fail } });
        await fill(log, 1, 2, 2);
        await fill(log, 2, 1);
        await log.append({ ...makeBatch(), snapshots: [{ room: 1, seq: 4, bytes: new Uint8Array(1) }] });
        isGone = true;
        await expect(operate(log)).rejects.toThrow("the power is gone");
        await log.close();
        const after = await folder.open();
        expect(after.epoch).toBe(log.epoch);
        expect(await look(after)).toEqual(point === "afterCommit" ? done : without);
        // Whichever it was, the next ones work.
        const number = (await after.found("later", START)).room;
        expect((await after.rooms()).filter(({ room }) => room === number)).toHaveLength(1);
        await after.close();
        expect(folder.reports).toEqual([]);
      });
    }
  }
});

describe("what is gone leaves the files", () => {
  test("a replaced text and those of a dropped room, in the journal and in tables; all else stays", async () => {
    using folder = new LogFolder();
    const secrets = Array.from({ length: 4 }, secret);
    let log = await folder.open();
    await log.found("kept", START);
    await log.append(makeBatch(say(1, 1, secrets[0]!), say(1, 2, secrets[1]!)));
    const room = (await log.found("gone", START)).room;
    await log.append(makeBatch(say(room, 1, secrets[2]!)));
    // The first ones go into a table.
    await log.close();
    log = await folder.open({ eraseAfterMs: 20 });
    await log.append(makeBatch(say(room, 2, secrets[3]!)));
    await vi.waitFor(
      () => expect(secrets.filter((text) => filesWith(folder, text).length === 0)).toEqual([]),
      { timeout: 20_000 },
    );
    await log.replace(1, 1, makeBlank(1, 1));
    await log.drop(room);
    await vi.waitFor(
      () =>
        expect([secrets[0]!, secrets[2]!, secrets[3]!].flatMap((text) => filesWith(folder, text))).toEqual(
          [],
        ),
      { timeout: 20_000 },
    );
    expect(await textsOf(log, 1)).toEqual(["", secrets[1]]);
    await log.close();
    expect(folder.reports).toEqual([]);
    await folder.rot(async (db) => expect(await db.keys(blocksOf(room)).all()).toEqual([]));
  });

  test("also when the process ended in between, and a room of very many blocks", async () => {
    using folder = new LogFolder();
    const hidden = secret();
    let log = await folder.open();
    await fill(log, 1, 2);
    await fill(log, 2, 1);
    const blocks = Array.from({ length: 5_000 }, (_, i) => say(2, i + 2, i === 3_000 ? hidden : "x"));
    await log.append(makeBatch(...blocks));
    await log.drop(2);
    await log.close();
    expect(filesWith(folder, hidden).length).toBeGreaterThan(0);
    log = await folder.open({ eraseAfterMs: 0 });
    expect(await log.bounds(2)).toEqual({ first: 1, head: 0 });
    await vi.waitFor(() => expect(filesWith(folder, hidden)).toEqual([]), { timeout: 20_000 });
    expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([1]);
    await log.close();
  });
});

describe("damage put in order", () => {
  /** A secret that was replaced, a room that was dropped, and something behind both that is damaged. */
  async function damagedFolder(folder: LogFolder): Promise<{ old: string; epoch: string; version: number }> {
    const old = secret();
    let log = await folder.open();
    await log.append(makeBatch(say(1, 1, old), say(1, 2, "stays")));
    await fill(log, 2, 100);
    const gone = await log.found("gone", START);
    await log.append(makeBatch(makeBlock(gone.room, 1, 3)));
    await log.close();
    // The old ones are in a table now, the changes in the journal, in the same 32 KiB as what is damaged.
    log = await folder.open();
    await fill(log, 2, 100);
    await log.replace(1, 1, say(1, 1, "").bytes);
    await log.drop(gone.room);
    const version = (await log.setState("keys", 0, new Uint8Array([7])))!;
    await fill(log, 2, 100);
    await log.close();
    return { old, epoch: log.epoch, version };
  }

  async function expectOrder(log: Log, old: string, version: number): Promise<void> {
    expect(await textsOf(log, 1)).toEqual(["", "stays"]);
    expect((await log.rooms()).map(({ room }) => room).filter((room) => room === 3)).toEqual([]);
    expect(await log.readForward(3, 1, EVERYTHING)).toEqual([]);
    expect(await log.bounds(3)).toEqual({ first: 1, head: 0 });
    expect(await log.state("keys")).toEqual({ version, bytes: new Uint8Array([7]) });
    expect(log.changes).toBe(2);
    expect((await log.found("another", START)).room).toBeGreaterThan(3);
    expect(
      (await log.readForward(1, 1, EVERYTHING)).some(({ bytes }) => Buffer.from(bytes).includes(old)),
    ).toBe(false);
  }

  test("a start that loses a part of the journal brings back neither the old text nor the room", async () => {
    using folder = new LogFolder();
    const { old, epoch, version } = await damagedFolder(folder);
    const journal = folder.files(".log").at(-1)!;
    flip(journal, readFileSync(journal).indexOf("room 2 number 150"));
    const log = await folder.open();
    expect(log.epoch).not.toBe(epoch);
    expect(await bothWays(log, 2, 300)).toEqual(["1-100", "101-200 lost", "201-300"]);
    await expectOrder(log, old, version);
    await log.close();
    const again = await folder.open();
    await expectOrder(again, old, version);
    await again.close();
  });

  test("an old block that an engine comes up with is not taken where a new epoch begins", async () => {
    using folder = new LogFolder();
    const { old, epoch, version } = await damagedFolder(folder);
    await folder.rot((db) => db.put(blockKey(1, 1, 1), say(1, 1, old).bytes));
    const log = await folder.open({ newEpoch: epoch });
    expect(await textsOf(log, 1)).toEqual(["stays"]);
    expect(folder.reports).toContain("Room 1 lost the message 1.");
    expect((await log.state("keys")).version).toBe(version);
    await log.close();
  });

  test("a repair takes neither from the old tables", async () => {
    using folder = new LogFolder();
    const { old, version } = await damagedFolder(folder);
    rmSync(join(folder.path, "log", "CURRENT"));
    const said: string[] = [];
    await runRepair(
      { data: folder.path, yes: true, exportTo: "" },
      { say: (text) => said.push(text), ask: null },
    );
    const log = await folder.open();
    await expectOrder(log, old, version);
    expect(await bothWays(log, 2, 300)).toEqual(["1-100", "101-200", "201-300"]);
    await log.close();
    expect(said.join("\n")).not.toContain("Room 3");
    const file = join(folder.path, "export.jsonl");
    await runRepair({ data: folder.path, yes: false, exportTo: file }, { say: () => undefined, ask: null });
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines.filter((line) => line.includes('"from":"log"') && line.includes(old))).toEqual([]);
  });
});

describe("a folder of format 2, as the program of then left it", () => {
  function unpack(folder: LogFolder): void {
    const files: Record<string, string> = JSON.parse(
      readFileSync(join(import.meta.dirname, "fixtures", "format-2.json"), "utf8"),
    );
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true });
      writeFileSync(join(folder.path, name), Buffer.from(content, "base64"));
    }
  }

  const BIG = 0x1_0000_0003;
  async function expectAll(log: Log): Promise<void> {
    expect(await log.rooms()).toEqual([
      { room: 1, name: "room-1", createdAt: START, flags: 0 },
      { room: 2, name: "room-2", createdAt: START, flags: 0 },
      { room: 5, name: "마당", createdAt: START + 5, flags: 0 },
      { room: BIG, name: `room-${BIG}`, createdAt: START, flags: 0 },
    ]);
    expect(seqsOf(1, await log.readForward(1, 1, EVERYTHING))).toEqual([1, 4, 5]);
    expect(seqsOf(2, await log.readForward(2, 1, EVERYTHING))).toEqual([5]);
    expect(await log.bounds(2)).toEqual({ first: 5, head: 6 });
    expect(seqsOf(BIG, await log.readForward(BIG, 1, EVERYTHING))).toEqual([1]);
    expect(await log.snapshot(1)).toEqual({ seq: 8, bytes: new Uint8Array([1, 2, 3]) });
    expect(log.totals).toEqual({ rooms: 4, records: 16, commits: 9 });
  }

  test("is served whole, in its epoch, and is of format 3 then", async () => {
    using folder = new LogFolder();
    unpack(folder);
    let log = await folder.open();
    const { epoch, generations } = log;
    await expectAll(log);
    expect(readFileSync(join(folder.path, "format"), "utf8")).toBe("madang 3\n");
    await log.close();
    log = await folder.open();
    expect([log.epoch, log.generations]).toEqual([epoch, generations]);
    await expectAll(log);
    expect(log.changes).toBe(0);
    expect(await log.reserveAuthors(1)).toBe(4097);
    expect((await log.found("마당", 0)).room).toBe(5);
    expect((await log.found("new", START)).room).toBe(BIG + 1);
    expect(await log.replace(1, 1, makeBlank(1, 1, 3))).toBe(true);
    expect(await log.drop(2)).toBe(true);
    await log.close();
    log = await folder.open();
    expect([log.epoch, log.changes]).toEqual([epoch, 2]);
    expect((await log.rooms()).map(({ room }) => room)).toEqual([1, 5, BIG, BIG + 1]);
    await log.close();
    expect(folder.reports).toEqual([]);
    expect(readdirSync(folder.path).sort()).toEqual(["format", "log", "witness"]);
  });

  test("is repaired whole", async () => {
    using folder = new LogFolder();
    unpack(folder);
    rmSync(join(folder.path, "log", "CURRENT"));
    await runRepair({ data: folder.path, yes: true, exportTo: "" }, { say: () => undefined, ask: null });
    const log = await folder.open();
    await expectAll(log);
    expect((await log.found("new", START)).room).toBe(BIG + 1);
    await log.close();
  });
});
