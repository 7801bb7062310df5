/** The engine on disk when acknowledged writes are gone: the epoch changes, and nothing whole goes with them. */
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { blockKey, blocksBetween, commitKey, metaKey } from "../src/log/level/keys.ts";
import { Witness } from "../src/log/level/witness.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { decodeBlock } from "../src/wire/block.ts";
import { checkRoomName } from "../src/wire/names.ts";
import { fill, makeBatch, makeBlock, START, timeOf } from "./log-blocks.ts";
import { bothWays, copyFolder, flip, LogFolder } from "./log-folder.ts";

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
