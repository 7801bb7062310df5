/** The engine on disk when parts of its tables are damaged: what is whole is served, the rest is told of. */
import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { blockKey, blocksBetween, boundsKey, snapshotKey } from "../src/log/level/keys.ts";
import { LogError, LogErrorCode } from "../src/log/log.ts";
import { BlockWriter, decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, START, timeOf } from "./log-blocks.ts";
import { partsOf } from "./log-contract.ts";
import { bothWays, copyFolder, flip, LogFolder } from "./log-folder.ts";

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
