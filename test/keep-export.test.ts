/** Rooms as files for people and programs, and files as rooms: what they hold, what they do not, and what is refused. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backup } from "../src/keep/backup.ts";
import { exportRoom } from "../src/keep/export.ts";
import { importRoom } from "../src/keep/import.ts";
import { KeepErrorCode } from "../src/keep/keep-error.ts";
import { plain } from "../src/keep/plain.ts";
import { verify } from "../src/keep/verify.ts";
import { blockKey } from "../src/log/level/keys.ts";
import { openLevelLog } from "../src/log/level/level-log.ts";
import { LogErrorCode } from "../src/log/log.ts";
import { decodeBlock, lostBlock } from "../src/wire/block.ts";
import { kinds } from "../src/wire/records/registry.ts";
import { ADA, BO, blockOf, CY, fillOwned, Listener, Place } from "./keeping.ts";
import { EVERYTHING, fill, makeBatch, makeDamaged, timeOf } from "./log-blocks.ts";
import { LogFolder } from "./log-folder.ts";

type Form = "jsonl" | "text" | "html";

const source = new LogFolder();
const place = new Place();

async function exported(room: string, form: Form, path = source.path): Promise<string> {
  const operator = new Listener();
  await exportRoom({ room, path, form, target: "" }, operator);
  return operator.output;
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error) => error.code ?? error.name,
  );

beforeAll(async () => {
  const log = await source.open();
  await fillOwned(log, 1, "마당");
  await fill(log, 2, 3, 3);
  // What a stranger may say, and what stands behind retention, removed after an edit, and edited twice.
  const nasty = `<script>alert("1")</script> & 'it'\u001b[31m\u202eevil\nשלום\u2028end`;
  await log.append(
    makeBatch(
      blockOf(
        2,
        7,
        [ADA, 'Ada"><b>', kinds.text, { text: nasty }],
        [BO, "Bo", kinds.text, { text: "secret words" }],
        [BO, "Bo", kinds.edit, { to: 8, text: "secret edit" }],
        [BO, "Bo", kinds.removal, { to: 8 }],
        [CY, "Cy", kinds.reply, { to: 7, text: "once" }],
        [CY, "Cy", kinds.edit, { to: 11, text: "twice" }],
        [CY, "Cy", kinds.edit, { to: 11, text: "thrice" }],
        [ADA, "Ada", kinds.reaction, { to: 11, on: true, text: "👍" }],
        [ADA, "Ada", kinds.reaction, { to: 11, on: false, text: "👍" }],
        [BO, "Bo", kinds.reaction, { to: 11, on: true, text: "🦦" }],
        [BO, "Bo", kinds.edit, { to: 8, text: "secret late" }],
      ),
      {
        ...blockOf(2, 18, [1, "x", kinds.text, { text: "x" }]),
        count: 2,
        bytes: lostBlock(2, 18, 2, timeOf(18)),
      },
    ),
  );
  await log.trim(2, 0, 14);
  await log.close();
  await backup({ data: source.path, target: place.in("backup"), program: "" }, new Listener());
});
afterAll(() => {
  source[Symbol.dispose]();
  place[Symbol.dispose]();
});

describe("a room", () => {
  test("as JSON Lines is what it shows now, from a folder as from a backup", async () => {
    const lines = (await exported("마당", "jsonl")).trimEnd().split("\n");
    expect(await exported("마당", "jsonl", place.in("backup"))).toBe(`${lines.join("\n")}\n`);
    const first = { room: 1, roomName: "마당", seq: 2, author: ADA, name: "Ada" };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...first, time: new Date(timeOf(2)).toISOString(), text: "first <b>words</b>" },
      {
        ...{ ...first, seq: 3, author: BO, name: "Bo", time: new Date(timeOf(3)).toISOString() },
        ...{
          kind: "reply",
          to: 2,
          text: "and mine, better",
          edited: true,
          reactions: { "👍": ["Ada", "수달"] },
        },
      },
      {
        ...{ ...first, seq: 4, author: CY, name: "수달", time: new Date(timeOf(4)).toISOString() },
        ...{ kind: "action", text: "waves" },
      },
    ]);
  });

  test("holds the last state of what was edited, nothing that was removed, and says what is lost", async () => {
    for (const form of ["jsonl", "text", "html"] as const) {
      const text = await exported("room-2", form);
      expect(text).not.toMatch(/secret|once|twice|👍/);
      expect(text).toContain("thrice");
      expect(text).toContain("🦦");
    }
    const lines = (await exported("room-2", "jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ seq, kind }) => seq ?? kind)).toEqual([4, 5, 6, 7, 11, "lost"]);
    expect(lines.at(-1)).toEqual({ room: 2, roomName: "room-2", kind: "lost", from: 18, to: 19 });
  });

  test("as text is a line a message with nothing that a terminal obeys", async () => {
    const text = await exported("room-2", "text");
    expect(text).not.toMatch(/[\x7f-\x9f\u202e\u2028]/);
    expect([...text].filter((sign) => sign < " " && sign !== "\n")).toEqual([]);
    const at = new Date(timeOf(7)).toISOString().slice(0, 19).replace("T", " ");
    expect(text).toContain(
      `${at}  #7 Ada"><b>: <script>alert("1")</script> & 'it'\\u{1b}[31m\\u{202e}evil\n`,
    );
    expect(text).toContain(`\n${" ".repeat(21)}שלום\\u{2028}end\n`);
    expect(text).toMatch(/ {2}#11 Cy: \(to #7\) thrice \(edited\)\n {21}🦦 Bo\n/);
    expect(text).toContain("(#18 to #19 are lost)\n");
    expect((await exported("마당", "text")).split("\n")[3]).toMatch(/ {2}#4 \* 수달 waves$/);
    expect(plain("a\tb\r\nc\r\u0085")).toBe("a\tb\\nc\\n\\u{85}");
  });

  test("as HTML is one file without a script, all of it escaped", async () => {
    const page = await exported("room-2", "html");
    expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;it&#39;");
    expect(page).toContain("Ada&quot;&gt;&lt;b&gt;");
    const tags = new Set([...page.matchAll(/<([a-z0-9]+)/g)].map(([, tag]) => tag));
    for (const tag of ["script", "img", "link", "iframe", "form"]) expect(tags).not.toContain(tag);
    expect(page).not.toMatch(/ on[a-z]+=|javascript:|src=|url\(|https?:/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).toContain("prefers-color-scheme:dark");
    expect(page).toContain("unicode-bidi:plaintext");
    expect(page).toContain('<article id="m11" class="first">');
    expect(page).toContain('<blockquote><a href="#m7"><b>Ada&quot;&gt;&lt;b&gt;</b>');
    expect(page).toContain("<p>".replace("<p>", '<p class="text">thrice</p>'));
    expect(page).toMatch(/<li title="Bo">🦦 1<\/li>/);
    const owned = await exported("마당", "html");
    expect(owned).toContain("<title>Yard</title>");
    expect(owned).toContain("of otters");
    // One body, and every article closed.
    expect([...owned.matchAll(/<article/g)]).toHaveLength([...owned.matchAll(/<\/article>/g)].length);
  });

  test("goes to a new file that is its owner's, and to none when it cannot be told whole", async () => {
    const operator = new Listener();
    const command = {
      room: "마당",
      path: source.path,
      form: "jsonl" as const,
      target: place.in("yard.jsonl"),
    };
    expect(await exportRoom(command, operator)).toBe(true);
    expect(operator.said).toEqual([
      expect.stringMatching(/^"마당" went to yard\.jsonl: 3 messages, \d+ bytes in \d+\.\d s\.$/),
    ]);
    expect(operator.output).toBe("");
    expect(readFileSync(command.target, "utf8")).toBe(await exported("마당", "jsonl"));
    expect(await codeOf(exportRoom(command, operator))).toBe(KeepErrorCode.exists);
    const none = { ...command, target: place.in("none"), room: "marsh" };
    await expect(exportRoom(none, operator)).rejects.toThrow(
      'There is no room "marsh", but "마당", "room-2".',
    );
    expect(await codeOf(exportRoom({ ...none, path: place.in("gone") }, operator))).toBe(
      KeepErrorCode.missing,
    );
    expect(await codeOf(exportRoom({ ...command, target: none.target }, Listener.interrupting(3)))).toBe(
      "Interrupted",
    );
    expect(existsSync(none.target)).toBe(false);
    const log = await source.open();
    expect(await codeOf(exportRoom({ ...none, room: "마당" }, operator))).toBe(LogErrorCode.inUse);
    await log.close();
  });

  test("leaves out what is damaged, and says how much that is", async () => {
    using folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 2, 3, 2);
    await log.close();
    await folder.rot((db) => db.put(blockKey(1, 3, 3), makeDamaged(1, 3, 3).bytes));
    const operator = new Listener();
    expect(await exportRoom({ room: "room-1", path: folder.path, form: "text", target: "" }, operator)).toBe(
      false,
    );
    expect(operator.output).toContain("(#3 to #5 are damaged)");
    expect(operator.output.split("\n")).toHaveLength(6);
    expect(operator.said[0]).toContain("3 messages could not be read");
  });
});

describe("an import", () => {
  /** A folder in which somebody spoke before. */
  async function folderWith(): Promise<LogFolder> {
    const folder = new LogFolder();
    const log = await folder.open();
    await fill(log, 1, 2);
    await log.reserveAuthors(100);
    await log.close();
    return folder;
  }

  async function imported(folder: LogFolder, text: string, room = "old yard"): Promise<string[]> {
    using here = new Place();
    writeFileSync(here.in("file"), text);
    const operator = new Listener();
    await importRoom({ file: here.in("file"), room, data: folder.path }, operator);
    return operator.said;
  }

  test("of an export is the room as it was shown, with numbers and people of this log", async () => {
    using folder = await folderWith();
    for (const room of ["마당", "room-2"])
      await imported(folder, await exported(room, "jsonl"), `old ${room}`);
    const strip = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter(({ kind }) => kind !== "lost")
        .map(({ name, time, kind, text, reactions }) => ({ name, time, kind, text, reactions }));
    for (const room of ["마당", "room-2"])
      expect(strip(await exported(`old ${room}`, "jsonl", folder.path))).toEqual(
        strip(await exported(room, "jsonl")),
      );
    const again = (await exported("old-room-2", "jsonl", folder.path))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(again.map(({ seq, to }) => [seq, to])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined],
      [4, undefined],
      [5, 4],
    ]);
    expect(again.every(({ author }) => author > 100)).toBe(true);
    expect(new Set(again.map(({ author }) => author)).size).toBe(3);
    expect(await verify(folder.path, new Listener())).toBe(true);
    const log = await openLevelLog(folder.path);
    expect(await log.reserveAuthors(1)).toBeGreaterThan(Math.max(...again.map(({ author }) => author)));
    expect((await log.rooms()).map(({ flags }) => flags)).toEqual([0, 0, 0]);
    await log.close();
  });

  test("of many lines is many blocks, each of which fits a frame, and tells what it did", async () => {
    using folder = await folderWith();
    const names = Array.from({ length: 900 }, (_, i) => `Person ${i} ${"n".repeat(15)}`);
    const lines = Array.from({ length: 1_500 }, (_, i) => ({
      ...{ seq: i * 3, author: i % 7, name: `P${i % 7}`, time: timeOf(i), text: "x".repeat(i % 900) || "-" },
      ...(i > 2 && i % 5 === 0 && { kind: "reply", to: (i - 2) * 3 }),
      // As a repair writes what was removed.
      ...(i === 3 && { text: "" }),
      ...(i === 700 && { reactions: { "👍": names, "🦦": names } }),
    }));
    const [said] = await imported(
      folder,
      `\ufeff${lines.map((line) => JSON.stringify(line)).join("\r\n")}\n\n`,
    );
    expect(said).toMatch(
      /^"old-yard" holds what 907 people said in .*: 1 room, 1,499 messages, 6\d\d\.\d kB in /,
    );
    const log = await openLevelLog(folder.path);
    const blocks = await log.readForward(2, 1, EVERYTHING);
    expect(blocks.length).toBeGreaterThan(40);
    expect(Math.max(...blocks.map(({ bytes }) => bytes.length))).toBeLessThan(65_000);
    const records = blocks.flatMap(({ bytes }) => decodeBlock(bytes).records);
    const lengths = new Map(records.map(({ seq, text }) => [seq, text === "-" ? 0 : text.length]));
    const apart = records.flatMap(({ seq, to }) =>
      to ? [(lengths.get(seq)! - lengths.get(to)! + 900) % 900] : [],
    );
    expect(new Set(apart)).toEqual(new Set([2]));
    expect(records.filter(({ to }) => to)).toHaveLength(298);
    expect((await log.snapshot(2))!.seq).toBe((await log.bounds(2)).head);
    await log.close();
    expect(await verify(folder.path, new Listener())).toBe(true);
  });

  const local = (...parts: [number, number, number, number, number, number]) =>
    new Date(...parts).toISOString();

  test("takes logs of irssi and weechat, in the time of this machine", async () => {
    using folder = await folderWith();
    const irssi = [
      "--- Log opened Fri Nov 27 09:00:00 2026",
      "09:30 -!- bo [bo@example.org] has joined #yard",
      "09:30 <@Ada> \x0304hello\x03 \x02there\x02",
      "09:31 < bo> hi <all>",
      "09:31  * Ada waves",
      "--- Day changed Sat Nov 28 2026",
      "00:05:07 <+bo> tomorrow",
      "--- Log closed Sat Nov 28 00:06:00 2026",
    ];
    const [said] = await imported(folder, irssi.join("\n"), "irssi");
    expect(said).toContain("2 people");
    expect(said).toContain("4 messages");
    expect(said).toMatch(/; 4 lines said nothing\.$/);
    const lines = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const told = lines(await exported("irssi", "jsonl", folder.path));
    expect(told.map(({ name, text, kind, time }) => [name, text, kind, time])).toEqual([
      ["Ada", "hello there", undefined, local(2026, 10, 27, 9, 30, 0)],
      ["bo", "hi <all>", undefined, local(2026, 10, 27, 9, 31, 0)],
      ["Ada", "waves", "action", local(2026, 10, 27, 9, 31, 0)],
      ["bo", "tomorrow", undefined, local(2026, 10, 28, 0, 5, 7)],
    ]);
    expect(told[0].author).toBe(told[2].author);
    const weechat = [
      "2026-11-27 09:30:12\t-->\tbo (bo@example.org) has joined #yard",
      "2026-11-27 09:30:13\t@Ada\thello\tthere",
      "2026-11-27 09:30:14\t *\tbo waves",
      "2026-11-27 09:30:15\t--\tMode #yard [+o Ada] by bo",
    ];
    await imported(folder, weechat.join("\n"), "weechat");
    expect(
      lines(await exported("weechat", "jsonl", folder.path)).map(({ name, text, kind, time }) => [
        name,
        text,
        kind,
        time,
      ]),
    ).toEqual([
      ["Ada", "hello\tthere", undefined, local(2026, 10, 27, 9, 30, 13)],
      ["bo", "waves", "action", local(2026, 10, 27, 9, 30, 14)],
    ]);
  });

  const good = { name: "Ada", time: timeOf(1), text: "hi" };
  test.each<[string, string]>([
    ["hello", "is neither JSON Lines of an export nor a log of irssi or weechat"],
    ["", "has no message"],
    ['{"kind":"lost","from":1,"to":2}', "has no message"],
    [`${JSON.stringify(good)}\n{"name"`, "line 2: it is no JSON"],
    [`${JSON.stringify(good)}\n7`, "line 2: it is no object"],
    [JSON.stringify({ ...good, name: undefined }), "line 1: it has no name"],
    [JSON.stringify({ ...good, name: "\u202e" }), "line 1: it has a name that nobody can have"],
    [JSON.stringify({ ...good, time: undefined }), "line 1: it has no time"],
    [JSON.stringify({ ...good, time: "yesterday" }), "line 1: it has a time that cannot be"],
    [JSON.stringify({ ...good, time: -1 }), "line 1: it has a time that cannot be"],
    [JSON.stringify({ ...good, text: " " }), "line 1: it has no text"],
    [JSON.stringify({ ...good, text: "a\0" }), "line 1: it has a text that cannot be sent"],
    [JSON.stringify({ ...good, text: "x".repeat(7_501) }), "line 1: it has a text of more than 7500 bytes"],
    [JSON.stringify({ ...good, author: "Ada" }), "line 1: it has no number as its author"],
    [JSON.stringify({ ...good, kind: "reply" }), "line 1: it does not say which message it answers"],
    [JSON.stringify({ ...good, reactions: { "<b>": ["Bo"] } }), 'line 1: it has "<b>" as a reaction'],
    [
      JSON.stringify({ ...good, reactions: { "👍": "Bo" } }),
      'line 1: it does not say whose reaction "👍" is',
    ],
    [JSON.stringify({ ...good, text: "x".repeat(1 << 21) }), "line 1: it is too long"],
    [
      "--- Log opened nonsense\n09:30 <a> b",
      "line 2: it stands before any line that says of which day it is",
    ],
    ["2026-11-27 09:30:12\ta\tb\n2026-11-27\ta\tb", "line 2: it has no time"],
  ])("is refused whole (%#)", async (text, words) => {
    using folder = await folderWith();
    using here = new Place();
    writeFileSync(here.in("file"), text);
    const error = await importRoom(
      { file: here.in("file"), room: "new", data: folder.path },
      new Listener(),
    ).then(
      () => null,
      (error) => error,
    );
    expect(error?.code).toBe(KeepErrorCode.badFile);
    expect(error.message).toContain(words);
    const log = await folder.open();
    expect((await log.rooms()).map(({ name }) => name)).toEqual(["room-1"]);
    expect(await log.reserveAuthors(1)).toBe(101);
    await log.close();
  });

  test("adds to nothing, needs a log that nobody uses, and leaves nothing when it is interrupted", async () => {
    using folder = await folderWith();
    using here = new Place();
    const lines = Array.from({ length: 4_000 }, (_, i) =>
      JSON.stringify({ ...good, text: `${i} ${"x".repeat(500)}` }),
    );
    writeFileSync(here.in("file"), lines.join("\n"));
    const command = { file: here.in("file"), room: "new", data: folder.path };
    expect(await codeOf(importRoom({ ...command, room: "Room-1" }, new Listener()))).toBe(
      KeepErrorCode.exists,
    );
    expect(await codeOf(importRoom({ ...command, room: "a/b" }, new Listener()))).toBe(KeepErrorCode.noRoom);
    expect(await codeOf(importRoom({ ...command, file: here.in("none") }, new Listener()))).toBe(
      KeepErrorCode.storage,
    );
    expect(await codeOf(importRoom({ ...command, data: here.in("none") }, new Listener()))).toBe(
      KeepErrorCode.missing,
    );
    expect(await codeOf(importRoom(command, Listener.interrupting(7_900)))).toBe("Interrupted");
    const log = await folder.open();
    expect((await log.rooms()).map(({ name }) => name)).toEqual(["room-1"]);
    expect(await codeOf(importRoom(command, new Listener()))).toBe(LogErrorCode.inUse);
    await log.close();
    await importRoom(command, new Listener());
    expect(await verify(folder.path, new Listener())).toBe(true);
  });
});
