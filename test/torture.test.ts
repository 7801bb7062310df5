/**
 * The torture is run as an owner runs it, shortly, and must end green; with a guarantee broken on purpose it must end
 * red, each for its own reason. What it counts is tested on journals written by hand.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Random } from "../bench/random.ts";
import { check } from "../bench/torture/checker.ts";
import type { MessageState } from "../bench/torture/conversation.ts";
import { CourtBook } from "../bench/torture/court-book.ts";
import type { CourtEvent } from "../bench/torture/court-journal.ts";
import { type CourtRow, type CourtStanding, CourtState } from "../bench/torture/court-state.ts";
import { compare, type Known } from "../bench/torture/damage.ts";
import { FAULT_NAMES, type FaultName } from "../bench/torture/faults-found.ts";
import { type BecameState, type Event, type Taken, taken } from "../bench/torture/journal.ts";
import { readOptions } from "../bench/torture/options.ts";
import {
  isBlank,
  labelOf,
  makeText,
  readLabel,
  readToken,
  shorten,
  writeLabel,
} from "../bench/torture/tokens.ts";
import { FrameStream, JournalStream } from "../bench/torture/trace-reader.ts";
import { Refusal } from "../src/wire/codes.ts";
import { kinds } from "../src/wire/records/registry.ts";

const script = join(import.meta.dirname, "../dist/torture.js");

interface Run {
  code: number | null;
  output: string;
  mustBeZero: Record<string, number>;
}

async function torture(...args: string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "madang-test-"));
  const json = join(folder, "figures.json");
  try {
    const child = spawn(process.execPath, [script, ...args, "--data", folder, "--json", json]);
    let output = "";
    child.stdout.on("data", (bytes) => {
      output += bytes;
    });
    child.stderr.on("data", (bytes) => {
      output += bytes;
    });
    const code = await new Promise<number | null>((ended) => child.once("close", ended));
    return {
      code,
      output,
      mustBeZero: existsSync(json) ? JSON.parse(readFileSync(json, "utf8")).mustBeZero : {},
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const traces = spawnSync("strace", ["-f", "-o", "/dev/null", process.execPath, "-e", "0"]).status === 0;

describe.concurrent("a server that is broken", () => {
  test("loses nothing", { timeout: 240_000 }, async () => {
    const { code, output } = await torture("--short");
    expect(code, output).toBe(0);
  });

  test("survives a restart with a crowd", { timeout: 240_000 }, async () => {
    const { code, output } = await torture("--restart-crowd", "400");
    expect(code, output).toBe(0);
  });

  // One after the other beside the run above: each is a few seconds of mostly waiting.
  test("shows each guarantee that is broken on purpose", { timeout: 240_000 }, async () => {
    const reasons: [string, FaultName][] = [
      ["publish-before-commit", "seen but missing"],
      ["ack-before-sync", "acknowledged but missing"],
      ["dedupe-off", "doubled"],
      ["gap-check-off", "gaps accepted by a client"],
      ["publish-shuffled", "same number with different content"],
      ["apply-on-append", "same number with different content"],
      ["bans-off", "done by somebody who may not"],
    ];
    /** What the acts of one run have to show in a room that belongs to somebody, and in pages told with what became. */
    const alsoRed: Record<string, FaultName[]> = {
      "apply-on-append": ["room told unlike its log", "became unlike the log"],
    };
    for (const [control, reason] of reasons) {
      // On a busy machine a short run has few kills, and none may fall between telling and writing.
      let run = await torture("--control", control, "--seconds", "3", "--seed", "7");
      for (const seconds of ["8", "20"])
        if (![reason, ...(alsoRed[control] ?? [])].every((name) => run.mustBeZero[name]))
          run = await torture("--control", control, "--seconds", seconds, "--seed", "7");
      const { code, output, mustBeZero } = run;
      expect(code, `${control}: ${output}`).toBe(1);
      for (const name of [reason, ...(alsoRed[control] ?? [])])
        expect(mustBeZero[name], `${control}, ${name}: ${output}`).toBeGreaterThan(0);
    }
  });

  test.runIf(traces)("lets nothing leave before it is synced", { timeout: 240_000 }, async () => {
    const whole = await torture("--prove-sync");
    expect(whole.code, whole.output).toBe(0);
    const broken = await torture("--prove-sync", "--control", "publish-before-commit");
    expect(broken.code, broken.output).toBe(1);
    expect(broken.output).toMatch(/left before the sync was over +[1-9]/);
  });
});

describe("the checker", () => {
  const room = "yard-0";
  const log = (...records: [number, number, number, string][]): Event => ({
    ...{ do: "log", room, epoch: "e", first: 1, head: records.length },
    records,
  });
  const take = (...records: [number, number, number, string][]): Event => ({ do: "take", room, records });
  const send = (text: string): Event => ({ do: "send", room, text });
  const judge = (journals: Record<string, Event[]>) => {
    const folder = mkdtempSync(join(tmpdir(), "madang-test-"));
    for (const [name, events] of Object.entries(journals))
      writeFileSync(
        join(folder, `${name}.jsonl`),
        events.map((event) => `${JSON.stringify(event)}\n`).join(""),
      );
    const verdict = check(folder);
    rmSync(folder, { recursive: true });
    return verdict;
  };
  const a = "<1.0.0.0>";
  const b = "<1.0.1.0>";
  const c = "<2.0.0.0>";
  const whole = log([1, 7, 1, a], [2, 8, 1, c], [3, 7, 2, b]);

  test("finds nothing where nothing is wrong", () => {
    const verdict = judge({
      log: [whole],
      one: [
        { do: "send", room, text: a },
        { do: "ack", room, text: a },
        { do: "repeat", room, author: 7, nonce: 1, seq: 1 },
        { do: "send", room, text: b },
        { do: "unknown", room, text: b },
        take([1, 7, 1, a]),
        take([2, 8, 1, c], [3, 7, 2, b]),
      ],
      two: [take([2, 8, 1, c], [3, 7, 2, b])],
    });
    expect(Object.values(verdict.faults)).toEqual(FAULT_NAMES.map(() => 0));
    expect(verdict).toMatchObject({
      sent: 2,
      acknowledged: 1,
      unknown: 1,
      repeats: 1,
      received: 5,
      records: 3,
    });
  });

  test.each<[FaultName, Record<string, Event[]>]>([
    ["acknowledged but missing", { log: [whole], one: [{ do: "ack", room, text: "<1.0.9.0>" }] }],
    [
      "acknowledged but missing",
      { log: [whole], one: [{ do: "repeat", room, author: 7, nonce: 9, seq: 9 }] },
    ],
    ["seen but missing", { log: [whole], one: [take([4, 7, 3, "<1.0.9.0>"])] }],
    ["seen but missing", { log: [{ ...whole, head: 4 } as Event] }],
    ["doubled", { log: [log([1, 7, 1, a], [2, 7, 2, a])] }],
    ["doubled", { log: [log([1, 7, 1, a], [2, 7, 1, b])] }],
    ["doubled", { log: [whole], one: [take([1, 7, 1, a]), take([2, 8, 1, a])] }],
    ["reordered", { log: [log([1, 7, 1, b], [2, 7, 2, a])], one: [send(a), send(b)] }],
    ["reordered", { log: [log([1, 7, 2, a], [2, 7, 1, b])] }],
    ["reordered", { log: [whole], one: [take([2, 8, 1, c]), take([1, 7, 1, a])] }],
    ["gaps accepted by a client", { log: [whole], one: [take([1, 7, 1, a]), take([3, 7, 2, b])] }],
    ["same number with different content", { log: [whole], one: [take([1, 8, 1, c])] }],
    ["same number with different content", { log: [whole], one: [take([1, 7, 1, "<1.0.0.3>~~"])] }],
    [
      "acknowledged under another number",
      { log: [whole], one: [{ do: "repeat", room, author: 7, nonce: 2, seq: 2 }] },
    ],
    ["refused", { log: [whole], one: [{ do: "refused", room, text: a, code: 3 }] }],
    ["gone without reason", { log: [whole], one: [{ do: "reset", room }] }],
    ["gone without reason", { log: [whole], one: [{ do: "gap", room, from: 1, to: 2 }] }],
    ["sent away for good", { log: [whole], one: [{ do: "closed", code: 4503 }] }],
    ["errors met by clients", { log: [whole], one: [{ do: "failed", message: "broken" }] }],
  ])("finds: %s (%#)", (name, journals) => {
    expect(judge(journals).faults[name]).toBeGreaterThan(0);
  });

  describe("of acts", () => {
    const reply = ">1 <2.0.1.0>";
    const first = "=1 <1.0.2.0>";
    const second = "=1 <1.0.3.0>";
    const said = take([1, 7, 1, a], [2, 8, 1, c], [3, 8, 2, reply], [4, 7, 2, first], [5, 8, 3, "+2 👍2"]);
    const later = take([6, 7, 3, "-1"], [7, 7, 4, "=1 "], [8, 8, 4, "~2 👍2"], [9, 8, 5, "+3 👍2"]);
    /** Number 1 is removed, its texts are gone; the second edit came behind that. */
    const blanked = log(
      ...([
        [1, 7, 1, ""],
        [2, 8, 1, c],
        [3, 8, 2, reply],
        [4, 7, 2, "=1 "],
        [5, 8, 3, "+2 👍2"],
      ] as Taken[]),
      ...([
        [6, 7, 3, "-1"],
        [7, 7, 4, "=1 "],
        [8, 8, 4, "~2 👍2"],
        [9, 8, 5, "+3 👍2"],
      ] as Taken[]),
    );
    const end = (to: number, ...states: MessageState[]): Event => ({ do: "end", room, from: 1, to, states });
    const became = (asOf: number, ...states: BecameState[]): Event => ({
      ...{ do: "became", room, from: 1, to: 3, asOf, states },
    });
    const removed: MessageState = [1, "", true, []];
    const sends = [a, first, "-1", second].map(send);
    const acks = [a, first, "-1", second].map((text): Event => ({ do: "ack", room, text }));
    const beside = (events: Event[], blank = blanked) => ({ log: [blank], one: events });

    test("finds nothing where nothing is wrong", () => {
      const verdict = judge({
        log: [blanked],
        one: [
          ...sends,
          said,
          later,
          ...acks,
          end(9, removed, [2, c, false, []], [3, reply.slice(3), false, ["👍2 8"]]),
          // Of an edit that went since, what it said then is not known any more.
          became(5, [1, "<1.0.2.0>", false, []], [2, null, false, [["👍2", 1]]]),
          became(9, [1, null, true, []], [3, null, false, [["👍2", 1]]]),
        ],
        two: [said, end(5, [1, "<1.0.2.0>", false, []], [2, c, false, ["👍2 8"]])],
        late: [take([6, 7, 3, "-1"]), { do: "refused", room, text: "+1 👍3", code: Refusal.removed }],
      });
      expect(verdict.examples).toEqual([]);
      expect(verdict).toMatchObject({ replies: 1, edits: 2, removals: 1, reactions: 3, late: 1, records: 9 });
    });

    test.each<[FaultName, Record<string, Event[]>]>([
      ["removed but still served", beside([], log([1, 7, 1, a], [2, 7, 2, "-1"]))],
      ["removed but still served", beside([], log([1, 7, 1, ""], [2, 7, 2, "-1"], [3, 7, 3, first]))],
      ["same number with different content", beside([], log([1, 7, 1, ""]))],
      [
        "same number with different content",
        beside([take([1, 7, 1, a])], log([1, 7, 1, ""], [2, 7, 2, first])),
      ],
      ["same number with different content", beside([take([5, 8, 3, "~2 👍2"])])],
      ["seen but missing", beside([take([5, 8, 3, "~3 👍2"])])],
      ["doubled", beside([], log([1, 7, 1, a], [2, 8, 1, "+1 👍2"], [3, 8, 2, "+1 👍2"]))],
      [
        "doubled",
        beside(
          [take([1, 7, 1, a], [2, 7, 2, a])],
          log([1, 7, 1, ""], [2, 7, 2, ""], [3, 7, 3, "-1"], [4, 7, 4, "-2"]),
        ),
      ],
      [
        "reordered",
        beside([send("-2"), send("+1 👍1")], log([1, 8, 1, c], [2, 7, 1, "+1 👍1"], [3, 7, 2, "-2"])),
      ],
      ["acknowledged but missing", beside([...acks, acks[3]!])],
      ["acknowledged but missing", beside([{ do: "ack", room, text: "-2" }])],
      ["refused", beside([{ do: "refused", room, text: "+2 👍3", code: Refusal.removed }])],
      ["refused", beside([{ do: "refused", room, text: "+1 👍3", code: Refusal.notKept }])],
      ["refused", beside([{ do: "refused", room, text: "-1", code: Refusal.removed }])],
      ["became unlike the log", beside([became(9, [1, null, true, []], [2, null, false, [["👍2", 1]]])])],
      ["became unlike the log", beside([became(5, [1, "<1.0.2.0>", false, []])])],
      ["became unlike the log", beside([became(5, [1, null, false, []], [2, null, false, [["👍2", 1]]])])],
      ["state unlike that of the log", beside([end(9, removed, [2, c, false, []])])],
      ["state unlike that of the log", beside([end(5, [1, "<1.0.2.0>", false, []], [2, c, false, []])])],
      [
        "state unlike that of the log",
        beside([end(9, removed, [2, c, false, []], [3, reply.slice(3), false, ["👍2 7"]])]),
      ],
      [
        "state unlike that of the log",
        beside([end(9, [1, a, false, []], [2, c, false, []], [3, reply.slice(3), false, ["👍2 8"]])]),
      ],
    ])("finds: %s (%#)", (name, journals) => {
      expect(judge(journals).faults[name]).toBeGreaterThan(0);
    });
  });
});

describe("the checker of a room that belongs to somebody", () => {
  const room = "court";
  const { founding, roles, says, bans, kicks, mutes, sets } = {
    founding: (seq: number): CourtRow => ({ ...head(seq, 1), kind: 8 }),
    roles: (seq: number, who: number, role: number, by = 1): CourtRow => ({
      ...head(seq, by),
      kind: 9,
      who,
      role,
    }),
    says: (seq: number, by: number, text = `<${by}.99.${seq}.0>`): CourtRow => ({
      ...head(seq, by),
      kind: 1,
      text,
    }),
    bans: (seq: number, who: number, until = 0, by = 1): CourtRow => ({
      ...{ ...head(seq, by), kind: 14, who, what: 2, until, text: "" },
    }),
    kicks: (seq: number, who: number, by = 1): CourtRow => ({
      ...{ ...head(seq, by), kind: 14, who, what: 1, until: 0, text: "" },
    }),
    mutes: (seq: number, who: number, by = 1): CourtRow => ({
      ...{ ...head(seq, by), kind: 14, who, what: 3, until: 0, text: "" },
    }),
    sets: (seq: number, set: Partial<CourtRow>, by = 1): CourtRow => ({ ...head(seq, by), kind: 13, ...set }),
  };
  function head(seq: number, author: number) {
    return { seq, author, nonce: seq, time: seq * 1_000 };
  }
  /** Every record in a block of its own unless `blocks` says otherwise. */
  const judge = (
    rows: CourtRow[],
    events: CourtEvent[] = [],
    blocks = rows.map(({ seq }) => ({ seq, count: 1 })),
  ) => {
    const found: string[] = [];
    const book = new CourtBook({ do: "court-log", room, head: rows.at(-1)?.seq ?? 0, rows, blocks });
    book.judge((name) => found.push(name));
    book.judgePerson("court-2", [{ do: "court-me", room, author: 2 }, ...events], (name) => found.push(name));
    return found;
  };
  const entered = (at: number, when = at * 1_000): CourtEvent => ({
    do: "court-entered",
    room,
    head: at,
    at: when,
  });
  const got = (from: number): CourtEvent => ({ do: "court-got", room, from });
  const told = (asOf: number, rows: CourtRow[], more: Partial<CourtStanding> = {}): CourtEvent => {
    const state = new CourtState();
    for (const row of rows.slice(0, asOf)) state.apply(row);
    return { do: "court-told", room, asOf, at: asOf * 1_000, told: { ...state.standing, ...more } };
  };

  test("finds nothing where nothing is wrong", () => {
    const rows = [
      ...[founding(1), roles(2, 3, 2), says(3, 2), bans(4, 2, 6_500), says(5, 3), says(6, 1), says(7, 2)],
      ...[mutes(8, 2, 3), sets(9, { slowSeconds: 2 }, 3), says(10, 4), says(12, 4)],
    ].map((row, i) => ({ ...row, seq: i + 1 }));
    const events = [
      ...[entered(1), got(2), got(4), entered(5, 6_600), got(5), got(6)],
      ...[told(7, rows), told(11, rows)],
      { do: "court-stored", room, author: 2, nonce: 3 } as CourtEvent,
      { do: "court-declined", room, text: "<2.99.77.0>", code: Refusal.muted } as CourtEvent,
      { do: "court-took", room, rows: rows.slice(2) } as CourtEvent,
    ];
    expect(judge(rows, events)).toEqual([]);
    // What stands in one block goes out whole.
    expect(judge(rows, [entered(1), got(4)], [{ seq: 1, count: 11 }])).toEqual([]);
  });

  const ruled = [founding(1), roles(2, 3, 2), says(3, 2), bans(4, 2), says(5, 1)];
  test.each<[FaultName, CourtRow[], CourtEvent[]]>([
    ["done by somebody who may not", [...ruled, says(6, 2)], []],
    ["done by somebody who may not", [founding(1), mutes(2, 2), says(3, 2)], []],
    ["done by somebody who may not", [founding(1), sets(2, { speakers: 1 }), says(3, 2)], []],
    ["done by somebody who may not", [founding(1), sets(2, { slowSeconds: 3 }), says(3, 2), says(4, 2)], []],
    ["done by somebody who may not", [founding(1), bans(2, 3, 0, 2)], []],
    ["done by somebody who may not", [founding(1), roles(2, 2, 2), roles(3, 3, 2), bans(4, 3, 0, 2)], []],
    ["done by somebody who may not", [founding(1), roles(2, 2, 2), roles(3, 3, 2, 2)], []],
    ["done by somebody who may not", [founding(1), sets(2, { title: "x" }, 2)], []],
    ["read by somebody who may not", ruled, [entered(1), got(4), got(5)]],
    ["read by somebody who may not", ruled, [entered(4)]],
    ["read by somebody who may not", [founding(1), bans(2, 2, 9_000), says(3, 1)], [entered(2, 8_999)]],
    ["read by somebody who may not", [founding(1), kicks(2, 2), says(3, 1)], [entered(1), got(3)]],
    ["room told unlike its log", ruled, [told(3, ruled, { bans: [[2, 0]] })]],
    ["room told unlike its log", ruled, [told(4, ruled, { bans: [] })]],
    ["room told unlike its log", ruled, [told(5, ruled, { roles: [[1, 3]] })]],
    ["room told unlike its log", ruled, [told(5, ruled, { pinned: [3] })]],
    [
      "room told unlike its log",
      ruled,
      [{ ...told(5, ruled, { topic: "x" }), do: "court-end" } as CourtEvent],
    ],
    ["refused but stored", ruled, [{ do: "court-declined", room, text: "<1.99.5.0>", code: 1 }]],
    ["acknowledged but missing", ruled, [{ do: "court-stored", room, author: 2, nonce: 9 }]],
    ["same number with different content", ruled, [{ do: "court-took", room, rows: [says(3, 3)] }]],
    ["seen but missing", ruled, [{ do: "court-took", room, rows: [says(6, 2)] }]],
    ["removed but still served", [founding(1), says(2, 2), { ...head(3, 2), kind: 5, to: 2 }], []],
    ["gaps accepted by a client", [founding(1), says(3, 2)], []],
  ])("finds: %s (%#)", (name, rows, events) => {
    expect(judge(rows, events)).toContain(name);
  });
});

test("a label says what a record says", () => {
  const labels = ["<1.0.0.0>", "", ">12 <1.0.1.0>", ">12 ", "=12 <1.0.2.0>", "-12", "+12 👍1", "~12 👍1"];
  expect(labels.map((label) => writeLabel(readLabel(label)))).toEqual(labels);
  expect(labels.map((label) => isBlank(readLabel(label)))).toEqual([
    ...[false, true, false, true],
    ...[false, false, false, false],
  ]);
  const head = { seq: 1, author: 1, nonce: 1, time: 0, name: "Ada" };
  expect(labelOf({ ...head, kind: kinds.reaction.kind, to: 3, on: false, text: "👍" })).toBe("~3 👍");
  expect(
    taken(
      [
        { ...head, text: "a" },
        { ...head, seq: 4, text: "b" },
      ],
      [{ ...head, seq: 3, kind: 5, to: 1 }],
    ),
  ).toEqual([
    [1, 1, 1, "a"],
    [3, 1, 1, "-1"],
    [4, 1, 1, "b"],
  ]);
});

describe("what became of a damaged log", () => {
  const records = (...seqs: number[]) =>
    new Map(seqs.map((seq): [number, Taken] => [seq, [seq, 1, seq, `text ${seq}`]]));
  const known = (epoch: string, seqs: number[], changes: Partial<Known> = {}): Known => ({
    ...{ epoch, damaged: new Set(), lost: new Map() },
    rooms: new Map([["yard", { head: 6, records: records(...seqs) }]]),
    ...changes,
  });
  const before = known("a", [1, 2, 3, 4, 5, 6]);
  const lost = new Map([["yard", [{ from: 3, to: 4 }]]]);

  test("is told", () => {
    expect(compare(before, known("a", [1, 2, 3, 4, 5, 6]))).toEqual({ told: "harmless", gone: 0, lie: null });
    expect(compare(before, known("a", [1, 2, 5, 6], { lost }))).toEqual({ told: "lost", gone: 2, lie: null });
    expect(compare(before, known("b", [1, 2, 5, 6], { lost }))).toMatchObject({
      told: "new epoch",
      lie: null,
    });
    const rooms = new Map([["yard", { head: 4, records: records(1, 2, 3, 4) }]]);
    expect(compare(before, known("b", [], { rooms }))).toEqual({ told: "new epoch", gone: 2, lie: null });
    const damaged = new Set(["yard"]);
    expect(compare(before, known("a", [1], { damaged }))).toMatchObject({
      told: "refused to read",
      lie: null,
    });
  });

  test("of a room that lost its name, too", () => {
    const rooms = new Map([
      ["yard", { head: 0, records: records() }],
      ["found-1", { head: 6, records: records(1, 2, 5, 6) }],
    ]);
    const ranges = new Map([["found-1", [{ from: 3, to: 4 }]]]);
    expect(compare(before, known("b", [], { rooms, lost: ranges }))).toEqual({
      ...{ told: "new epoch", gone: 2, lie: null },
    });
    expect(compare(before, known("b", [], { rooms })).lie).toContain("no number 3");
  });

  test("of two rooms that lost their names, each by what was said in it", () => {
    const blank: [number, Taken] = [2, [2, 1, 2, ""]];
    const roomOf = (text: string) => ({ head: 2, records: new Map([[1, [1, 1, 1, text]] as const, blank]) });
    const rooms = (...all: [string, string][]) => ({
      rooms: new Map(all.map(([name, text]) => [name, roomOf(text)])) as Known["rooms"],
    });
    const two = known("a", [], rooms(["yard", "here"], ["hall", "there"]));
    const found = known("b", [], rooms(["found-1", "there"], ["found-2", "here"]));
    expect(compare(two, found)).toEqual({ told: "new epoch", gone: 0, lie: null });
  });

  test("with a removal its texts are back, and only then", () => {
    const label = (seq: number, text: string): [number, Taken] => [seq, [seq, 1, seq, text]];
    const at = (epoch: string, head: number, ...labels: string[]): Known =>
      known(epoch, [], {
        rooms: new Map([["yard", { head, records: new Map(labels.map((text, i) => label(i + 1, text))) }]]),
      });
    const blank = at("a", 3, "", "=1 ", "-1");
    expect(compare(blank, at("b", 2, "<1.0.0.0>", "=1 <1.0.1.0>"))).toMatchObject({
      told: "new epoch",
      lie: null,
    });
    expect(compare(blank, at("b", 3, "<1.0.0.0>", "=1 ", "-1")).lie).toContain("yard 1 is <1.0.0.0>");
    expect(compare(blank, at("b", 3, "", "=1 <1.0.1.0>", "-1")).lie).toContain("yard 2 is =1 <1.0.1.0>");
    expect(compare(blank, at("b", 2, "other", "=1 ")).lie).toContain("yard 1 is other");
  });

  test("or is a lie: a hole that nobody speaks of, other words, an end that is cut in the same epoch", () => {
    expect(compare(before, known("a", [1, 2, 5, 6])).lie).toContain("no number 3");
    expect(compare(before, known("b", [1, 2, 5, 6])).lie).toContain("no number 3");
    expect(compare(before, known("b", [1, 4, 5, 6], { lost })).lie).toContain("no number 2");
    const other = known("b", [1, 2, 3, 4, 5, 6]);
    other.rooms.get("yard")!.records.set(4, [4, 1, 4, "text 5"]);
    expect(compare(before, other).lie).toContain("yard 4 is text 5");
    const rooms = new Map([["yard", { head: 4, records: records(1, 2, 3, 4) }]]);
    expect(compare(before, known("a", [], { rooms })).lie).toContain("no number 5");
  });
});

test("a text is known again only when it is whole", () => {
  const token = { person: 3, room: 1, message: 4, padding: 5 };
  expect(shorten(makeText(token))).toBe("<3.1.4.5>");
  expect(readToken("<3.1.4.5>")).toEqual(token);
  expect(shorten("<3.1.4.5>~~~~")).toBe("<3.1.4.5>~~~~");
});

test("a seed gives the same chances again, and each process its own", () => {
  const draw = (stream: string) => Array.from({ length: 5 }, new Random(4, stream).next);
  expect(draw("proxy")).toEqual(draw("proxy"));
  expect(draw("proxy")).not.toEqual(draw("workload"));
});

test("flags are refused in one sentence", () => {
  expect(readOptions(["--short", "--seed=5"])).toMatchObject({ seed: 5, seconds: 30 });
  expect(readOptions(["--control", "dedupe-off"])).toMatchObject({
    control: "dedupe-off",
    faults: ["repeat"],
  });
  expect(readOptions(["--help"])).toBeNull();
  for (const wrong of [["--what"], ["--seed"], ["--seed", "x"], ["--fault", "rain"], ["--control", "off"]])
    expect(() => readOptions(wrong)).toThrow(/\.$/);
});

test("a traced journal is read across its pages, in whatever pieces it was written", () => {
  const fragment = (text: string) => {
    const header = Buffer.alloc(7);
    header.writeUInt16LE(text.length, 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  // The first page ends with three bytes in which no header fits.
  const first = "x".repeat(32_768 - 7 - 3);
  const file = Buffer.concat([fragment(first), Buffer.alloc(3), fragment("one"), fragment("two")]);
  for (const size of [1, 5, 4_096, file.length]) {
    const stream = new JournalStream();
    let payload = "";
    for (let i = 0; i < file.length; i += size) payload += stream.push(file.subarray(i, i + size));
    expect(payload).toBe(`${first}onetwo`);
  }
});

test("a traced frame is dated by its first byte", () => {
  const stream = new FrameStream();
  expect([...stream.push(Buffer.from("HTTP/1.1 101\r\n\r\n"), 1)]).toEqual([]);
  expect([...stream.push(Buffer.from([0x82, 2, 7]), 2)]).toEqual([]);
  expect([...stream.push(Buffer.from([8, 0x82, 1, 9]), 3)]).toEqual([
    { frame: Uint8Array.of(7, 8), line: 2 },
    { frame: Uint8Array.of(9), line: 3 },
  ]);
});
