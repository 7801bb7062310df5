/** How far a back room is, and who reported what: as snapshots keep it, and with what bounds. */
import { expect, test } from "vitest";
import { isNoted, Ledger, MAX_REPORTS_AN_HOUR, MAX_REPORTS_KNOWN } from "../src/room/ledger.ts";
import { BlockReader, BlockWriter } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { founding } from "../src/wire/records/founding.ts";
import { LOST_ACTS, noted } from "../src/wire/records/noted.ts";
import { report } from "../src/wire/records/report.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { text } from "../src/wire/records/text.ts";
import { topic } from "../src/wire/records/topic.ts";

const HOUR = 3_600_000;
const NOTHING = new Uint8Array(0);

interface Said {
  kind: number;
  author?: number;
  time?: number;
  body?: Uint8Array;
}

function told(ledger: Ledger, ...all: Said[]): Ledger {
  const writer = new BlockWriter();
  for (const { kind, author = 1, time = 0, body = NOTHING } of all)
    writer.record(kind, author, 1, time, encodeText("Ada"), body);
  const r = new BlockReader(writer.seal(1, 1));
  while (r.next()) ledger.apply(r);
  return ledger;
}

const reportOf = (front: number, by: number, time = 0, room = ""): Said => ({
  ...{ kind: report.kind, author: 0, time },
  body: report.write({ front, by, person: 1, personName: "Bo", excerpt: "", text: "", room }),
});

const noteOf = (front: number, act: number, said = NOTHING): Said => ({
  ...{ kind: noted.kind, author: 0 },
  body: noted.write({ front, act, by: 1, at: 0, person: 0, personName: "", said }),
});

test("a room and its back room count the same acts", () => {
  const room = told(
    new Ledger(),
    { kind: founding.kind },
    { kind: topic.kind },
    { kind: text.kind },
    { kind: takedown.kind, author: 0 },
    { kind: takedown.kind },
  );
  expect([room.count, room.newest]).toEqual([2, 5]);
  const back = told(new Ledger(), noteOf(2, topic.kind), { kind: text.kind }, noteOf(5, takedown.kind));
  expect([back.count, back.newest]).toEqual([2, 5]);
  told(back, noteOf(9, LOST_ACTS, Uint8Array.of(3)));
  expect([back.count, back.newest]).toEqual([5, 9]);
  expect([isNoted(text.kind, 1), isNoted(takedown.kind, 0), isNoted(takedown.kind, 1)]).toEqual([
    ...[false, false, true],
  ]);
});

test("a snapshot keeps all of it", () => {
  const before = told(new Ledger(), noteOf(2, topic.kind), reportOf(7, 3, 1_000), reportOf(7, 4, 2_000));
  const after = new Ledger();
  after.decode(before.encode());
  expect([after.count, after.newest, after.size]).toEqual([1, 2, 2]);
  expect([after.hasReported(3, 7), after.hasReported(4, 7), after.hasReported(7, 3)]).toEqual([
    ...[true, true, false],
  ]);
  expect(after.encode()).toEqual(before.encode());
});

test("who reported what in which room outlives the process, also where a room's name has spaces", () => {
  const rooms = ["book club", "book", " 책 모임 ", "a  b"];
  const before = told(new Ledger(), ...rooms.map((room, n) => reportOf(7, n + 1, n, room)));
  const after = new Ledger();
  after.decode(before.encode());
  for (const [n, room] of rooms.entries())
    expect(rooms.map((other) => after.hasReported(n + 1, 7, other))).toEqual(
      rooms.map((other) => other === room),
    );
});

test.each([[[]], [[3, 0, 0, 0]], [[1, 0, 0, 1, 7]], [[1, 0, 0, 0, 0]]])(
  "what is no snapshot is refused (%j)",
  (bytes) => {
    expect(() => new Ledger().decode(Uint8Array.from(bytes))).toThrow(WireError);
  },
);

test("an hour's reports are counted by the newest ones", () => {
  const ledger = new Ledger();
  for (let n = 0; n < MAX_REPORTS_AN_HOUR; n++) {
    expect(ledger.waitForReport(n)).toBe(0);
    told(ledger, reportOf(n + 1, 1, n));
  }
  expect(ledger.waitForReport(1_000)).toBe(HOUR - 1_000);
  expect(ledger.waitForReport(HOUR)).toBe(0);
  told(ledger, reportOf(5_000, 1, HOUR));
  expect(ledger.waitForReport(HOUR)).toBe(1);
});

test("of many reports the newest are known", () => {
  const ledger = new Ledger();
  for (let n = 1; n <= MAX_REPORTS_KNOWN + 1; n++) told(ledger, reportOf(n, 1));
  expect(ledger.size).toBe(MAX_REPORTS_KNOWN);
  expect([ledger.hasReported(1, 1), ledger.hasReported(1, 2)]).toEqual([false, true]);
});
