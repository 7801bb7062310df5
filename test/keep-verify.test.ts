/** What `madang verify` finds in folders and backups, and what it rightly takes for sound. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backup } from "../src/keep/backup.ts";
import { KeepErrorCode } from "../src/keep/keep-error.ts";
import { verify } from "../src/keep/verify.ts";
import type { Engine } from "../src/log/level/engine.ts";
import { encodeBounds } from "../src/log/level/entries.ts";
import {
  allChanges,
  allFloors,
  blockKey,
  boundsKey,
  metaKey,
  snapshotKey,
  stateKey,
} from "../src/log/level/keys.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { Projections } from "../src/room/projections.ts";
import { blankRecords } from "../src/wire/blank.ts";
import { lostBlock } from "../src/wire/block.ts";
import { encodeText, Reader, Writer } from "../src/wire/bytes.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { Role } from "../src/wire/records/role.ts";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { ADA, BO, blockOf, fillOwned, Listener, owned, Place, snapshotOf } from "./keeping.ts";
import { EVERYTHING, fill, makeBatch, makeBlock, timeOf } from "./log-blocks.ts";
import { LogFolder } from "./log-folder.ts";

/** What is told of a folder or a backup; the last line sums it up. */
async function told(path: string): Promise<string[]> {
  const operator = new Listener();
  const isSound = await verify(path, operator);
  expect(isSound).toBe(operator.said.length === 1);
  expect(operator.said.at(-1)).toContain(isSound ? "nothing is wrong" : `${operator.said.length - 1} thing`);
  return operator.said;
}

/** Of a folder, and of a backup of it when there can be one. */
async function bothTold(folder: LogFolder): Promise<string[]> {
  using here = new Place();
  const [ofFolder] = [await told(folder.path)];
  await backup({ data: folder.path, target: here.in("b"), program: "" }, new Listener());
  expect((await told(here.in("b"))).slice(0, -1)).toEqual(ofFolder.slice(0, -1));
  return ofFolder.slice(0, -1);
}

function files(path: string): Record<string, string> {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const known = entries.filter(({ name }) => !["LOG", "LOG.old", "LOCK"].includes(name));
  const paths = known.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    paths.map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]),
  );
}

/** Room 1 of texts, room 2 that belongs to somebody, room 3 that begins late and has a snapshot. */
async function makeLog(): Promise<LogFolder> {
  const folder = new LogFolder();
  const log = await folder.open({ eraseAfterMs: 1e9 });
  await fill(log, 1, 10, 10, 10);
  await fillOwned(log, 2, "yard");
  const projections = new Projections();
  for (let seq = 1; seq <= 30; seq += 10) projections.apply(makeBlock(3, seq, 10).bytes);
  await fill(log, 3, 10, 10, 10);
  await log.append({ blocks: [], rooms: [], snapshots: [{ room: 3, seq: 30, bytes: projections.encode() }] });
  await fill(log, 3, 10);
  await log.trim(3, 0, 15);
  await log.setState("serial/3", 0, Uint8Array.of(7));
  await fill(log, 4, 2);
  await log.drop(4);
  await log.close();
  return folder;
}

describe("what is sound", () => {
  test("is called so, and not changed", async () => {
    using folder = await makeLog();
    const before = files(folder.path);
    expect(await bothTold(folder)).toEqual([]);
    expect(files(folder.path)).toEqual(before);
    const [line] = await told(folder.path);
    expect(line).toMatch(/: nothing is wrong \(3 rooms, 66 messages, [\d.]+ kB in \d+\.\d s\)\.$/);
  });

  test("may have lost what is known to be lost, and be taken over", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 5);
    await log.append(makeBatch({ ...makeBlock(1, 6, 3), bytes: lostBlock(1, 6, 3, 0) }, makeBlock(1, 9, 2)));
    const projections = new Projections();
    projections.apply(makeBlock(1, 1, 5).bytes);
    // Made before the loss: of the author who speaks here number 8 was the last.
    projections.apply(makeBlock(1, 6, 3).bytes);
    await log.append({
      blocks: [],
      rooms: [],
      snapshots: [{ room: 1, seq: 8, bytes: projections.encode() }],
    });
    await fill(log, 2, 4);
    await fill(log, 3, 10, 10);
    await log.trim(3, 0, 5);
    const yard = [
      [ADA, "Ada", kinds.pin, { to: 1, on: true }],
      [ADA, "Ada", kinds.topic, { text: "now" }],
    ] as const;
    const blocks = [blockOf(2, 5, [...yard[0]]), blockOf(2, 6, [...yard[1]])];
    await log.append(makeBatch(...blocks));
    await log.setState("operated/2", 0, Uint8Array.of(5));
    const takenOver = new Projections();
    takenOver.own(5);
    for (const bytes of [makeBlock(2, 1, 4).bytes, ...blocks.map((block) => block.bytes)])
      takenOver.apply(bytes);
    await log.append({ blocks: [], rooms: [], snapshots: [{ room: 2, seq: 6, bytes: takenOver.encode() }] });
    await log.close();
    // As an earlier version could leave behind what retention took.
    await folder.rot((db) => db.put(blockKey(3, 1, 10), makeBlock(3, 1, 10).bytes));
    expect(await bothTold(folder)).toEqual([]);
    expect((await told(folder.path))[0]).toContain("3 messages of them known to be lost");
  });
});

test("a snapshot may differ in what only the time of its making decides", async () => {
  using folder = new LogFolder();
  const log = await folder.open();
  await fillOwned(log, 1, "yard");
  const put = (author: number, to: number) =>
    [author, `N${author}`, kinds.reaction, { to, on: true, text: "🦦" }] as [
      number,
      string,
      typeof kinds.reaction,
      object,
    ];
  const slow = { ...DEFAULT_SETTINGS, slowSeconds: 60 };
  const more = blockOf(1, 17, [ADA, "Ada", kinds.settings, slow], put(22, 4), put(21, 2), put(23, 4));
  await log.append(makeBatch(more));
  const projections = new Projections(undefined, true);
  for (const { bytes } of await log.readForward(1, 1, EVERYTHING)) projections.apply(bytes);
  // Blanked meanwhile, with words of somebody under way, and read again as after a restart: names stand elsewhere then.
  projections.amendments.lose(1, 20);
  projections.settings!.give(kinds.text.kind, 44, timeOf(20));
  const again = new Projections(undefined, true);
  again.decode(projections.encode(), 20);
  const bytes = again.encode();
  expect(Buffer.compare(bytes, projections.encode())).not.toBe(0);
  const [block] = await log.readForward(1, 8, { maxBytes: 1, maxRecords: 1 });
  await log.replace(1, block!.seq, blankRecords(block!.bytes, new Set([8])));
  await log.append({
    blocks: [],
    rooms: [],
    snapshots: [{ room: 1, seq: 20, bytes: rolesWithoutNames(bytes) }],
  });
  await log.close();
  expect(await bothTold(folder)).toEqual([]);
});

/** As the version before this one wrote them. */
function rolesWithoutNames(snapshot: Uint8Array): Uint8Array {
  const r = new Reader(snapshot, 1);
  const count = r.varint();
  const w = new Writer().u8(3).varint(count);
  for (let n = count; n > 0; n--) {
    const [id, part] = [r.varint(), r.bytes(r.varint())];
    const old = id === 4 ? Uint8Array.of(1, 2, ADA, Role.owner, BO, Role.moderator) : part;
    w.varint(id).varint(old.length).bytes(old);
  }
  return w.take();
}

describe("what is wrong with messages is told by room and number", () => {
  const rotten = (seq: number, count: number) => {
    const { bytes } = makeBlock(1, seq, count);
    bytes[bytes.length - 3]! ^= 1;
    return bytes;
  };
  test.each<[string, (db: Engine) => Promise<unknown>, string[]]>([
    [
      "rot",
      (db) => db.put(blockKey(1, 11, 10), rotten(11, 10)),
      ["numbers 11 to 20 are damaged: a checksum does not fit"],
    ],
    ["a hole", (db) => db.del(blockKey(1, 11, 10)), ["numbers 11 to 20 are missing"]],
    ["the end", (db) => db.del(blockKey(1, 21, 10)), ["numbers 21 to 30 are missing"]],
    ["the beginning", (db) => db.del(blockKey(1, 1, 10)), ["numbers 1 to 10 are missing"]],
    [
      "something doubled",
      (db) => db.put(blockKey(1, 12, 2), makeBlock(1, 12, 2).bytes),
      ["numbers 12 to 13 are there twice", "number 12 repeats number 20"],
    ],
    [
      "something behind the end",
      (db) => db.put(blockKey(1, 31, 1), makeBlock(1, 31).bytes),
      ["it goes on to 31, while its end was noted at 30"],
    ],
    [
      "another room's",
      (db) => db.put(blockKey(1, 11, 10), makeBlock(2, 11, 10).bytes),
      ["numbers 11 to 20 are damaged: a checksum does not fit"],
    ],
    ["no bounds", (db) => db.del(boundsKey(1)), ["where it begins and ends is missing"]],
    [
      "other bounds",
      (db) => db.put(boundsKey(1), encodeBounds(boundsKey(1), { first: 1, head: 40 })),
      ["numbers 31 to 40 are missing"],
    ],
  ])("%s", async (_, change, clauses) => {
    using folder = await makeLog();
    await folder.rot(change);
    expect(await bothTold(folder)).toEqual(clauses.map((clause) => `Room 1 ("room-1"): ${clause}.`));
  });

  test("a record that cannot be read under a checksum that fits", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 2);
    const block = blockOf(1, 3, [ADA, "Ada", { ...kinds.reply, write: () => new Uint8Array(0) }, {}]);
    await log.append(makeBatch(block));
    await log.close();
    const [line] = await bothTold(folder);
    expect(line).toMatch(/^Room 1 \("room-1"\): number 3 is damaged: .+\.$/);
  });
});

describe("a snapshot that says otherwise than the records", () => {
  const all = owned.flat();
  const without = (n: number) => all.filter((_, i) => i !== n);
  const nonce = all.map((said, i) => (i === 15 ? ([ADA, ...said.slice(1)] as typeof said) : said));
  test.each<[string, typeof all]>([
    ["who sent what last", nonce],
    ["removals and edits", without(8)],
    ["reactions", without(5)],
    ["roles", without(9)],
    ["topic and pins", without(11)],
    ["settings", without(12)],
    ["bans and mutes", without(13)],
  ])("of %s", async (what, said) => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fillOwned(log, 1, "yard");
    // Numbers stay; where one is left out stands a text that says nothing of it.
    const full =
      said.length === all.length
        ? said
        : all.map((each) =>
            said.includes(each) ? each : ([each[0], each[1], kinds.text, { text: "-" }] as typeof each),
          );
    const bytes = snapshotOf([blockOf(1, 1, ...full).bytes]);
    await log.append({ blocks: [], rooms: [], snapshots: [{ room: 1, seq: 16, bytes }] });
    await log.close();
    expect(await bothTold(folder)).toEqual([
      `Room 1 ("yard"): its snapshot, as of number 16, says otherwise than its records: ${what}.`,
    ]);
  });

  test("of a room that was taken over, of what it is looked after by since", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 4);
    await log.append(makeBatch(blockOf(1, 5, [ADA, "Ada", kinds.topic, { text: "now" }])));
    await log.setState("operated/1", 0, Uint8Array.of(4));
    const projections = new Projections();
    projections.own(4);
    projections.apply(makeBlock(1, 1, 4).bytes);
    projections.apply(blockOf(1, 5, [ADA, "Ada", kinds.topic, { text: "before" }]).bytes);
    await log.append({
      blocks: [],
      rooms: [],
      snapshots: [{ room: 1, seq: 5, bytes: projections.encode() }],
    });
    await log.close();
    expect(await bothTold(folder)).toEqual([
      'Room 1 ("room-1"): its snapshot, as of number 5, says otherwise than its records: topic and pins.',
    ]);
  });

  test("where retention took the beginning, of those who are left", async () => {
    using folder = await makeLog();
    const log = await folder.open();
    const projections = new Projections();
    projections.apply(makeBlock(3, 1, 10).bytes);
    const bytes = projections.encode();
    await log.append({ blocks: [], rooms: [], snapshots: [{ room: 3, seq: 40, bytes }] });
    await log.close();
    expect(await bothTold(folder)).toEqual([
      'Room 3 ("room-3"): its snapshot, as of number 40, says otherwise than its records: the last of author 1 is number 40.',
    ]);
  });

  test("or can say nothing, or is of a number at which nothing ends", async () => {
    using folder = await makeLog();
    const log = await folder.open();
    const snapshots = [
      { room: 1, seq: 15, bytes: new Projections().encode() },
      { room: 2, seq: 16, bytes: Uint8Array.of(3, 1, 1, 9) },
    ];
    await log.append({ blocks: [], rooms: [], snapshots });
    await log.close();
    const lines = await bothTold(folder);
    expect(lines[0]).toBe('Room 1 ("room-1"): its snapshot is as of number 15, where no block ends.');
    expect(lines[1]).toMatch(/^Room 2 \("yard"\): its snapshot, as of number 16, is damaged: .+\.$/);
    expect(lines).toHaveLength(2);
  });
});

describe("everything else that is stored", () => {
  const spoil = async (db: Engine, key: Uint8Array) => {
    const value = Uint8Array.from((await db.get(key))!);
    value[value.length - 1]! ^= 1;
    await db.put(key, value);
  };
  const firstOf = async (db: Engine, range: object) => (await db.keys(range).all())[0]!;
  test.each<[string, (db: Engine) => Promise<unknown>, string[]]>([
    [
      "a row",
      (db) => spoil(db, metaKey(1)),
      ["The row of room 1 is damaged.", "1 of 3 rooms are missing.", "Room 1 has messages and no name."],
    ],
    [
      "bounds",
      (db) => spoil(db, boundsKey(1)),
      ["Where room 1 begins and ends is damaged.", 'Room 1 ("room-1"): where it begins and ends is missing.'],
    ],
    ["a snapshot", (db) => spoil(db, snapshotKey(2)), ["The snapshot of room 2 is damaged."]],
    [
      "a named value",
      (db) => spoil(db, stateKey(encodeText("serial/3"))),
      ['The value "serial/3" is damaged.'],
    ],
    [
      "a floor",
      async (db) => spoil(db, await firstOf(db, allFloors())),
      ["Where a room begins that was dropped and made again is damaged."],
    ],
    [
      "a change",
      async (db) => spoil(db, await firstOf(db, allChanges())),
      ["The note of a change is damaged."],
    ],
    [
      "a name that two rooms have",
      async (db) => {
        const log = await import("../src/log/level/entries.ts");
        const meta = { room: 3, name: "room-1", createdAt: 0, flags: 0 };
        await db.put(metaKey(3), log.encodeMeta(metaKey(3), meta));
      },
      ["Rooms 1 and 3 have the same name."],
    ],
  ])("is looked at: %s", async (_, change, sentences) => {
    using folder = await makeLog();
    await folder.rot(change);
    const lines = (await told(folder.path)).slice(0, -1);
    // A room that has lost its name may be told of with what else that brings.
    expect(lines).toEqual(expect.arrayContaining(sentences));
    expect(lines.filter((line) => !sentences.includes(line) && !line.startsWith("Room "))).toEqual([]);
  });

  test("and what the server vouched for", async () => {
    using folder = await makeLog();
    using other = await makeLog();
    writeFileSync(join(folder.path, "witness"), readFileSync(join(other.path, "witness")));
    const [line] = await told(folder.path);
    expect(line).toMatch(
      /^The log is of epoch [0-9a-f]{16}, while [0-9a-f]{16} was the last to be served\.$/,
    );
    using torn = await makeLog();
    const [journal] = torn.files(".log");
    writeFileSync(journal!, readFileSync(journal!).subarray(0, -20));
    expect((await told(torn.path))[0]).toBe("1 acknowledged writes are missing at the end of the log.");
    rmSync(torn.files("")[0]!.replace(/[^/]+$/, "CURRENT"));
    expect((await told(torn.path))[0]).toMatch(/files of it are missing/);
  });

  test("and the engine's own files, wherever a bit flips", async () => {
    using folder = await makeLog();
    // Opened again, all lies in a table.
    await (await folder.open()).close();
    const [table] = folder.files(".ldb");
    const bytes = readFileSync(table!);
    // At its end stand bytes that say nothing, and are read by nobody.
    for (let at = 0; at < bytes.length - 48; at += Math.ceil(bytes.length / 40)) {
      using copy = folder.copy();
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 0x10;
      writeFileSync(copy.files(".ldb")[0]!, flipped);
      expect((await told(copy.path)).length, `byte ${at}`).toBeGreaterThan(1);
    }
  });
});

test("what cannot be looked at is told plainly", async () => {
  using here = new Place();
  using folder = await makeLog();
  const codeOf = (path: string) =>
    verify(path, new Listener()).then(
      () => "done",
      (error) => error.code,
    );
  expect(await codeOf(here.in("none"))).toBe(KeepErrorCode.missing);
  expect(await codeOf(here.path)).toBe(LogErrorCode.storage);
  writeFileSync(here.in("file"), "not a backup at all");
  expect(await codeOf(here.in("file"))).toBe(KeepErrorCode.notBackup);
  const log = await folder.open();
  expect(await codeOf(folder.path)).toBe(LogErrorCode.inUse);
  await log.close();
  await backup({ data: folder.path, target: here.in("b"), program: "" }, new Listener());
  writeFileSync(here.in("torn"), readFileSync(here.in("b")).subarray(0, 500));
  expect((await told(here.in("torn")))[0]).toContain("is torn");
  const interrupted = verify(here.in("b"), Listener.interrupting(2));
  await expect(interrupted).rejects.toMatchObject({ name: "Interrupted" });
  await expect(verify(folder.path, Listener.interrupting(2))).rejects.toMatchObject({ name: "Interrupted" });
  expect(readdirSync(folder.path).sort()).toEqual(["format", "log", "witness"]);
});
