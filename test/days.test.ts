/** Day lines come from the times of the server, each day once, whatever the clocks of server and reader do. */
import { expect, test } from "vitest";
import type { TextRecord } from "../src/wire/block.ts";
import { Presence } from "../src/wire/codes.ts";
import { Days } from "../web/days.ts";
import { makeHappenings } from "../web/happenings.ts";
import { buildRows, type RoomEvent, type TimelineInput } from "../web/timeline.ts";

const at = (day: number, hour: number, minute = 0) => new Date(2026, 4, day, hour, minute).getTime();
const begun = (times: number[]) => {
  const days = new Days();
  return times.map((time) => days.begins(time));
};

test("each day begins once", () => {
  expect(begun([at(1, 9), at(1, 23), at(2, 0), at(2, 1), at(4, 5)])).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});

test("a clock set back over midnight begins neither the day before nor the same day again", () => {
  expect(begun([at(1, 23), at(2, 0, 20), at(1, 23, 30), at(2, 0, 5), at(2, 1), at(3, 1)])).toEqual([
    true,
    true,
    false,
    false,
    false,
    true,
  ]);
});

test("a clock that was far ahead and is set right begins the days that follow", () => {
  expect(begun([at(1, 9), at(20, 9), at(1, 10), at(2, 9), at(3, 9)])).toEqual([
    true,
    true,
    false,
    true,
    true,
  ]);
});

const record = (seq: number, time: number): TextRecord => ({
  seq,
  author: 1,
  name: "Ann",
  text: `${seq}`,
  nonce: seq,
  time,
});
const page = (input: Partial<TimelineInput>): TimelineInput => ({
  records: [],
  previous: null,
  gaps: [],
  nextSeq: Number.POSITIVE_INFINITY,
  pending: [],
  unreadFrom: null,
  me: { author: 2, name: "Bob" },
  serverAheadMs: 0,
  entryOf: new Map(),
  ...input,
});
const kinds = (input: Partial<TimelineInput>) => buildRows(page(input)).map(({ kind }) => kind);
const event = (after: number, time: number) => ({
  id: after,
  after,
  time,
  change: Presence.enter,
  author: 3,
  name: "Cho",
  before: undefined,
});
const telling = (events: RoomEvent[]) => {
  const happenings = makeHappenings({ nameOf: String });
  happenings.take([], events, 1, 2);
  return happenings;
};

test("who comes and goes makes no day line, whatever the reader's clock says", () => {
  const records = [record(1, at(1, 9)), record(2, at(1, 10))];
  const events = [event(1, at(3, 9)), event(2, at(3, 10))];
  expect(kinds({ records, ...telling(events) })).toEqual(["day", "message", "event", "message", "event"]);
  expect(kinds(telling([event(0, at(3, 9))]))).toEqual(["event"]);
});

test("no two rows have one key when the server's clock went back", () => {
  const records = [at(1, 23), at(2, 0, 20), at(1, 23, 30), at(2, 0, 5)].map((time, i) => record(i + 1, time));
  const keys = buildRows(page({ records, unreadFrom: 3 })).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

const waiting = (writtenAt: number) =>
  ({
    id: "w",
    author: 2,
    text: "waits",
    writtenAt,
    refused: null,
  }) as unknown as TimelineInput["pending"][number];

test("a message that waits is of the day that the server has, not of the reader's", () => {
  const records = [record(1, at(1, 9))];
  const twoDays = 2 * 86_400_000;
  const ahead = { records, pending: [waiting(at(3, 10))], serverAheadMs: -twoDays };
  expect(kinds(ahead)).toEqual(["day", "message", "message"]);
  expect(buildRows(page(ahead)).at(-1)).toMatchObject({ time: at(1, 10) });
  const tomorrow = { records, pending: [waiting(at(2, 10))], serverAheadMs: 0 };
  expect(kinds(tomorrow)).toEqual(["day", "message", "day", "message"]);
});

test("before the server told its time a message that waits begins no day below others", () => {
  expect(
    kinds({ records: [record(1, at(1, 9))], pending: [waiting(at(3, 10))], serverAheadMs: null }),
  ).toEqual(["day", "message", "message"]);
  expect(kinds({ pending: [waiting(at(3, 10))], serverAheadMs: null })).toEqual(["day", "message"]);
});
