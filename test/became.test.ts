/** What became of messages, whatever the order in which it is told. */

import { describe, expect, test } from "vitest";
import type { OutboxEntry } from "../src/client/contract.ts";
import { RoomState } from "../src/client/contract.ts";
import { type ToldMessage, writeTold, writeToldMessage } from "../src/wire/became.ts";
import type { ActRecord, TextRecord } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ServerKind } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { noted } from "../src/wire/records/noted.ts";
import { operated } from "../src/wire/records/operated.ts";
import { KINDS, kinds } from "../src/wire/records/registry.ts";
import { report } from "../src/wire/records/report.ts";
import { ACTS } from "../web/acts.ts";
import { Became, type Telling } from "../web/became.ts";
import type { KeptPage } from "../web/kept-pages.ts";
import { liveRoom, ME, NOON, record, records, texts } from "./fake-room.ts";

const words = { removed: "(removed)", hidden: "(hidden)" };
const ignored = new Set<number>();
const make = () => new Became(words, (author) => ignored.has(author));

function act<Body extends object>(seq: number, kind: RecordKind<Body>, body: Body, author = 2): ActRecord {
  const head = { seq, author, nonce: seq, time: NOON + seq * 1000, name: `n${author}` };
  return { ...head, kind: kind.kind, ...body };
}
const edit = (seq: number, to: number, text: string, author = 2) =>
  act(seq, kinds.edit, { to, text }, author);
const removal = (seq: number, to: number, author = 2) => act(seq, kinds.removal, { to }, author);
const sign = (seq: number, to: number, text: string, author = 2, on = true) =>
  act(seq, kinds.reaction, { to, on, text }, author);

function entry<Body extends object>(id: string, kind: RecordKind<Body>, body: Body): OutboxEntry {
  const head = { id, author: ME.author, room: "yard", nonce: 0, text: "", writtenAt: NOON, refused: null };
  return { ...head, act: { kind: kind.kind, body: kind.write(body) } };
}

/** What is told of one message, in short. */
function told(became: Became, message: TextRecord = record(1)) {
  const said = became.fold(message);
  return (
    said && [
      said.text,
      ...(became.of(message.seq)?.signs ?? []).map(({ text, people }) => `${text}${[...people.values()]}`),
    ]
  );
}

/** The same acts in every order. */
function orders<T>(list: T[]): T[][] {
  if (list.length < 2) return [list];
  return list.flatMap((one, at) => orders(list.toSpliced(at, 1)).map((rest) => [one, ...rest]));
}

describe("acts in any order, and more than once", () => {
  const acts = [
    edit(5, 1, "second"),
    edit(4, 1, "first"),
    sign(6, 1, "👍", 3),
    sign(7, 1, "👍", 3, false),
    sign(8, 1, "🎉", 4),
  ];

  test("tell the same", () => {
    for (const order of orders(acts)) {
      const became = make();
      for (const one of order) became.take([one], [], ME.author);
      became.take(order, [], ME.author);
      expect(told(became)).toEqual(["second", "🎉n4"]);
      expect(became.of(1)?.edits.map(({ text }) => text)).toEqual(["first", "second"]);
    }
  });

  test("with a removal tell that it is gone, with its texts and signs", () => {
    for (const order of orders([...acts.slice(0, 3), removal(9, 1)])) {
      const became = make();
      became.take(order, [], ME.author);
      expect(told(became)).toEqual(["(removed)"]);
      expect(became.of(1)).toMatchObject({ isRemoved: true, edits: [], look: " is-removed" });
    }
  });

  test("are the same unread, as a room's part leaves them, and read", () => {
    const became = make();
    const { to, text, ...head } = edit(5, 1, "second");
    const unread = { ...head, body: kinds.edit.write({ to: to as number, text: text as string }) };
    became.take([unread, { ...head, seq: 6, kind: 99 }], [], ME.author);
    expect(told(became)).toEqual(["second"]);
  });

  test("of anybody else change no text", () => {
    const became = make();
    became.take([edit(5, 1, "not mine", 3), removal(6, 1, 3)], [], ME.author);
    expect(told(became)).toEqual(["t1"]);
  });

  test("of those who look after the room take a message down, whoever wrote it", () => {
    const became = make();
    became.take([act(6, kinds.takedown, { to: 1, text: "advertising" }, 3)], [], ME.author);
    expect(told(became)).toEqual(["(removed): advertising"]);
    expect(
      became.keep({ epoch: "", seq: 6, records: [record(1)] } as unknown as KeptPage).records,
    ).toMatchObject([{ text: "" }]);
  });
});

test("a message without a text is one that was removed", () => {
  expect(told(make(), { ...record(1), text: "" })).toEqual(["(removed)"]);
  expect(told(make())).toBe(null);
});

test("what somebody does looks like it, also edited, until it is removed or folded", () => {
  const became = make();
  const deed = { ...record(1), kind: kinds.action.kind };
  expect(became.fold(record(1))).toBeNull();
  expect(became.fold(deed)?.look).toBe(" is-deed");
  became.take([edit(5, 1, "runs")], [], ME.author);
  expect(became.fold(deed)).toMatchObject({ text: "runs", look: " is-deed" });
  became.take([removal(6, 1)], [], ME.author);
  expect(became.fold(deed)?.look).toBe(" is-removed");
  ignored.add(2);
  expect(became.fold({ ...deed, seq: 2 })?.look).toBe(" is-hidden");
  ignored.delete(2);
});

test("an edit whose text is gone shows nothing of it", () => {
  const became = make();
  became.take([edit(5, 1, "")], [], ME.author);
  expect(told(became)).toEqual(["t1"]);
});

describe("own acts on their way", () => {
  const mine = record(1, ME.author);

  test("count at once, are known as such, and give way to the record", () => {
    const became = make();
    const pending = [
      entry("a", kinds.edit, { to: 1, text: "mine" }),
      entry("b", kinds.reaction, { to: 1, on: true, text: "👍" }),
    ];
    became.take([edit(5, 1, "before", ME.author)], pending, ME.author);
    expect(told(became, mine)).toEqual(["mine", "👍"]);
    expect(became.of(1)?.look).toBe(" is-pending");
    const before = became.of(1)?.turn;
    became.take([edit(6, 1, "mine", ME.author), sign(7, 1, "👍", ME.author)], [], ME.author);
    expect(told(became, mine)).toEqual(["mine", "👍n1"]);
    expect(became.of(1)?.look).toBe("");
    expect(became.of(1)?.turn).toBeGreaterThan(before as number);
  });

  test("take back what is there", () => {
    const became = make();
    became.take(
      [sign(5, 1, "👍", ME.author), sign(6, 1, "👍", 3)],
      [entry("a", kinds.reaction, { to: 1, on: false, text: "👍" })],
      ME.author,
    );
    expect(told(became, mine)).toEqual(["t1", "👍n3"]);
    became.take([], [entry("b", kinds.removal, { to: 1 })], ME.author);
    expect(told(became, mine)).toEqual(["(removed)"]);
  });

  test("fall back when they are refused, and wait for their writer", () => {
    const became = make();
    const pending = entry("a", kinds.edit, { to: 1, text: "mine" });
    became.take([], [pending], ME.author);
    expect(told(became, mine)).toEqual(["mine"]);
    const refused = { ...pending, refused: { code: Refusal.textTooLong } };
    became.take([], [refused], ME.author);
    expect(told(became, mine)).toEqual(["t1"]);
    expect(became.of(1)?.refused).toEqual([refused]);
    became.take([], [], ME.author);
    told(became, mine);
    expect(became.of(1)?.refused).toEqual([]);
  });
});

test("somebody who is ignored is folded until it is asked for, and is back when they are not", () => {
  const became = make();
  became.take([sign(5, 1, "👍", 3)], [], ME.author);
  ignored.add(2);
  expect(told(became)).toEqual(["(hidden)"]);
  expect(told(became, record(9, 3))).toBe(null);
  became.open(1);
  expect(told(became)).toEqual(["t1", "👍n3"]);
  expect(told(became, record(2))).toEqual(["(hidden)"]);
  ignored.delete(2);
  expect(told(became, record(2))).toEqual(["t2"]);
});

test("as many messages as there may be are remembered, and those on the page before others", () => {
  const became = make();
  became.take([edit(10_000, 1, "kept")], [], ME.author);
  for (let n = 2; n < 9_000; n++) {
    became.fold(record(1));
    became.take([edit(10_000 + n, n, "x")], [], ME.author);
  }
  expect(told(became)).toEqual(["kept"]);
  expect(told(became, record(2))).toBe(null);
  expect(told(became, record(8_999))).toEqual(["x"]);
});

/** What the server tells of numbers `from` to `to`. */
function telling(asOf: number, messages: Partial<ToldMessage>[] = [], from = 1, to = 9): Telling {
  const whole = messages.map((one) =>
    writeToldMessage({ to: 1, removed: false, edit: null, signs: [], ...one }),
  );
  return { kind: ServerKind.became, from, to, told: writeTold(asOf, whole) };
}

describe("what the server told of messages", () => {
  const thumbs = (count: number, own: boolean, ...authors: number[]): Partial<ToldMessage> => ({
    signs: [{ sign: "👍", count, own, people: authors.map((author) => ({ author, name: `n${author}` })) }],
  });
  const take = (...tellings: Telling[]) => {
    const became = make();
    for (const one of tellings) became.take([one], [], ME.author);
    return became;
  };
  const count = (became: Became) => {
    became.fold(record(1));
    const [one] = became.of(1)?.signs ?? [];
    return [one?.count ?? 0, one?.people.has(ME.author) ?? false];
  };

  test("says how they read, what is removed, and who put how many signs", () => {
    const edit = { number: 200, author: 2, time: NOON, text: "now" };
    const became = take(
      telling(300, [
        { edit, ...thumbs(7, true, 3, 4) },
        { to: 2, removed: true },
      ]),
    );
    expect(told(became)).toEqual(["now", "👍n3,n4,"]);
    expect(count(became)).toEqual([7, true]);
    expect(became.of(1)?.edits).toMatchObject([{ seq: 200, text: "now", time: NOON }]);
    expect(told(became, record(2))).toEqual(["(removed)"]);
    expect(told(became, record(3))).toBe(null);
  });

  test("leaves the reason that is known of a takedown", () => {
    const down = act(50, kinds.takedown, { to: 1, text: "spam" });
    const removed = telling(300, [{ to: 1, removed: true }]);
    expect(told(take(down, removed))).toEqual(["(removed): spam"]);
    expect(told(take(removed, down))).toEqual(["(removed): spam"]);
  });

  test("counts an act once, whether it is in it or came after it, whichever comes first", () => {
    const base = telling(100, [thumbs(5, true, 3)]);
    const acts: [Telling[], [number, boolean]][] = [
      [[sign(99, 1, "👍", 8)], [5, true]],
      [[sign(100, 1, "👍", 3)], [5, true]],
      [[sign(101, 1, "👍", 8)], [6, true]],
      [[sign(101, 1, "👍", 3, false)], [4, true]],
      // One of those whose name was not told.
      [[sign(101, 1, "👍", 9, false)], [4, true]],
      [
        [sign(101, 1, "👍", 9, false), sign(102, 1, "👍", 9)],
        [5, true],
      ],
      [
        [sign(101, 1, "👍", 8), sign(102, 1, "👍", 8, false)],
        [5, true],
      ],
      [[sign(101, 1, "👍", ME.author, false)], [4, false]],
    ];
    for (const [some, expected] of acts)
      for (const order of orders([base, ...some])) {
        expect(count(take(...order)), JSON.stringify(order)).toEqual(expected);
        expect(count(take(...order, ...order))).toEqual(expected);
      }
  });

  test("is not undone by what an older page tells, and takes what a newer one does", () => {
    const [older, newer] = [telling(100, [thumbs(5, false)]), telling(200, [thumbs(2, false)])];
    for (const order of orders([older, newer, sign(150, 1, "👍", 8), sign(201, 1, "👍", 9)]))
      expect(count(take(...order))).toEqual([3, false]);
  });

  test("says of a message that it tells nothing of that no sign is on it", () => {
    // The word on it stands in another page, and was taken back far beyond that.
    for (const order of orders([telling(100), sign(50, 1, "👍", 8)]))
      expect(count(take(...order))).toEqual([0, false]);
    expect(count(take(telling(100, [], 2, 9), sign(50, 1, "👍", 8)))).toEqual([1, false]);
  });

  test("goes with own signs that are on their way", () => {
    const became = make();
    const put = (on: boolean) => [entry("a", kinds.reaction, { to: 1, on, text: "👍" })];
    became.take([telling(100, [thumbs(5, false)])], put(true), ME.author);
    expect(count(became)).toEqual([6, true]);
    became.take([sign(101, 1, "👍", ME.author)], put(false), ME.author);
    expect(count(became)).toEqual([5, false]);
  });
});

describe("in a room", () => {
  const unread = ({ to, text, on, ...head }: ActRecord): ActRecord => {
    const kind = KINDS.find((one) => one.kind === head.kind) as RecordKind;
    return { ...head, body: kind.write({ to, text, on }) } as ActRecord;
  };

  test("acts are told live and with pages, and those on their way are no messages", async () => {
    const view = liveRoom(3);
    view.listener.acted?.([unread(edit(4, 2, "now"))], new Map());
    view.listener.pending?.([entry("a", kinds.edit, { to: 3, text: "x" })]);
    expect(texts(view)).toEqual(["t1", "now", "t3"]);
    const rows = view.rows();
    view.listener.acted?.([unread(sign(5, 1, "👍"))], new Map());
    expect(view.rows()).not.toBe(rows);
    expect(view.rows()[1]).not.toBe(rows[1]);
    expect(view.rows()[3]).toBe(rows[3]);
  });

  test("a page kept on the device has the last state, also once it is kept again", () => {
    const view = liveRoom(4);
    view.room = Object.assign(view.room as NonNullable<typeof view.room>, {
      position: { epoch: "0", seq: 9 },
    });
    const acts = [
      edit(5, 1, "now"),
      sign(6, 2, "👍", 3),
      removal(7, 3),
      sign(8, 4, "👍", 3),
      sign(9, 4, "👍", 3, false),
    ];
    view.listener.acted?.(acts.map(unread), new Map());
    expect(texts(view)).toEqual(["now", "t2", expect.stringContaining("removed"), "t4"]);
    view.became?.take(
      [telling(6, [{ to: 2, signs: [{ sign: "👍", count: 3, own: false, people: [] }] }], 2, 2)],
      [],
      1,
    );
    let page = view.toKeep() as KeptPage;
    for (let n = 0; n < 2; n++) {
      page = structuredClone(page);
      expect(page.records.map(({ text }) => text)).toEqual(["now", "t2", "", "t4"]);
      const again = liveRoom(0);
      again.restore(page);
      expect(texts(again)).toEqual(["now", "t2", expect.stringContaining("removed"), "t4"]);
      expect([1, 2, 4].map((seq) => again.became?.of(seq)?.signs.length)).toEqual([0, 1, 0]);
      expect(again.became?.of(2)?.signs).toMatchObject([{ text: "👍", count: 3 + n }]);
      // Kept as of its position: only what comes after that counts.
      again.listener.acted?.([unread(sign(9, 2, "👍", 20)), unread(sign(10, 2, "👍", 9 + n))], new Map());
      again.rows();
      expect(again.became?.of(1)?.edits.length).toBe(1);
      again.room = Object.assign(again.room as NonNullable<typeof again.room>, {
        position: { epoch: "0", seq: 9 },
      });
      again.listener.state?.(RoomState.live);
      page = again.toKeep() as KeptPage;
    }
  });

  test("another life of the log has nothing of it", () => {
    const view = liveRoom(3);
    view.listener.acted?.([unread(edit(4, 2, "now"))], new Map());
    expect(texts(view)).toContain("now");
    view.listener.reset?.();
    view.listener.appended?.(records(1, 3), new Map());
    expect(texts(view)).toEqual(["t1", "t2", "t3"]);
  });
});

test("the numbers of acts are those of the kinds that do something to messages, or in an owned room or its back room", () => {
  const { edit, removal, reaction, takedown, role, topic, pin, settings, sanction, sweep } = kinds;
  const all = [
    edit,
    removal,
    reaction,
    role,
    topic,
    pin,
    takedown,
    settings,
    sanction,
    sweep,
    noted,
    report,
    operated,
  ];
  expect(ACTS).toEqual(all.map(({ kind }) => kind));
});
