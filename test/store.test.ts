/** What a room looks like from what was told about it: groups, days, events, unread ones, the part on the page. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ClientState, type OutboxEntry, RoomState } from "../src/client/contract.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { Close, Presence, Refusal } from "../src/wire/codes.ts";
import { Direction } from "../src/wire/frames.ts";
import { canonicalRoom, pathOf, roomOf, seqOf } from "../web/address.ts";
import { type KeptPage, KeptPages } from "../web/kept-pages.ts";
import { type ChatRoom, RoomView } from "../web/room-view.ts";
import { type ChatClient, Store, type Surroundings } from "../web/store.ts";
import * as en from "../web/texts/en.ts";
import * as enRoom from "../web/texts/en-room.ts";
import * as enTrouble from "../web/texts/en-trouble.ts";
import * as ko from "../web/texts/ko.ts";
import * as koRoom from "../web/texts/ko-room.ts";
import * as koTrouble from "../web/texts/ko-trouble.ts";
import { coalesce, type RoomEvent, type Row } from "../web/timeline.ts";

const ME = { author: 1, name: "me" };
const NOON = new Date(2026, 9, 1, 12, 0, 0).getTime();

// Events carry this device's time, messages the server's; here they are of one day.
beforeAll(() => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

function record(seq: number, author = 2, time = NOON + seq * 1000): TextRecord {
  return { seq, author, nonce: seq, time, name: `n${author}`, text: `t${seq}` };
}

const records = (from: number, to: number, author = 2) =>
  Array.from({ length: to - from + 1 }, (_, i) => record(from + i, author));

class FakeRoom implements ChatRoom {
  name = "yard";
  position = { epoch: "0", seq: 0 };
  oldest = 1;
  first = 1;
  refusal = null;
  send = () => ({}) as OutboxEntry;
  retry = () => undefined;
  discard = () => true;
  giveUp = () => undefined;
  page: ChatRoom["page"] = async () => ({ from: 1, to: 0, more: false, records: [] });
  leave = () => undefined;
  typing = () => undefined;
}

/** A room that is looked at and live, with `count` records told as history. */
function liveRoom(count: number): RoomView {
  const view = new RoomView("yard", () => undefined);
  view.room = new FakeRoom();
  view.setMe(ME);
  view.setWatched(true);
  view.listener.state?.(RoomState.catchingUp);
  if (count > 0) view.listener.appended?.(records(1, count), new Map());
  view.listener.state?.(RoomState.live);
  return view;
}

/** The log as it would report itself: at the end of the page, or up to a message in sight. */
const atEnd = (view: RoomView) => view.placed({ top: 500, max: 500, isEnd: !view.hasNewer }, () => null);
const atMessage = (view: RoomView, seq: number) => {
  atEnd(view);
  view.scrolled({ top: 100, max: 500, isEnd: !view.hasNewer }, () => ({ seq, offset: 0, last: seq }));
};

const kinds = (rows: readonly Row[]) => rows.map((row) => row.kind);
const texts = (view: RoomView) => view.rows().flatMap((row) => (row.kind === "message" ? [row.text] : []));

describe("rows", () => {
  test("one author's messages within minutes are one group, and the time stands at its end", () => {
    const view = liveRoom(0);
    const told = [record(1), record(2), record(3, 3), record(4, 3, NOON + 10 * 60_000)];
    view.listener.appended?.(told, new Map());
    const messages = view.rows().filter((row) => row.kind === "message");
    expect(messages.map(({ first }) => first)).toEqual([true, false, true, true]);
    expect(messages.map(({ last }) => last)).toEqual([false, true, true, true]);
  });

  test("a new day begins with its name and a new group", () => {
    const view = liveRoom(0);
    view.listener.appended?.([record(1), record(2, 2, NOON + 24 * 3600_000)], new Map());
    expect(kinds(view.rows())).toEqual(["day", "message", "day", "message"]);
  });

  test("a lost range is told with its times", () => {
    const view = liveRoom(2);
    view.listener.gap?.(3, 9, false);
    view.listener.appended?.(records(10, 11), new Map());
    const gap = view.rows().find((row) => row.kind === "gap");
    expect(gap).toMatchObject({ count: 7, since: record(2).time, until: record(10).time });
  });

  test("a lost range at the end is told at once, and is one line with what is lost next", () => {
    const view = liveRoom(2);
    view.listener.gap?.(3, 9, false);
    view.listener.gap?.(10, 12, false);
    const gap = () => view.rows().filter((row) => row.kind === "gap");
    expect(gap()).toMatchObject([{ count: 10, since: record(2).time, until: NOON }]);
    expect(view.rows().at(-1)?.kind).toBe("gap");
    const [{ key }] = gap() as [Row];
    view.listener.appended?.(records(13, 14), new Map());
    expect(gap()).toMatchObject([{ key, count: 10, since: record(2).time, until: record(13).time }]);
    expect(kinds(view.rows()).slice(-3)).toEqual(["gap", "message", "message"]);
  });

  test("what is lost in the middle is not taken for lost before the beginning", () => {
    const view = liveRoom(2);
    expect([view.atBeginning, view.lostBefore]).toEqual([true, 0]);
    view.listener.gap?.(3, 9, false);
    Object.assign(view.room as FakeRoom, { first: 10, oldest: 10 });
    view.listener.appended?.(records(10, 11), new Map());
    expect([view.atBeginning, view.lostBefore]).toEqual([true, 0]);
  });

  test("what is lost on the server's disk stands in its place, also among older records, as one line", async () => {
    const view = liveRoom(0);
    view.listener.appended?.([record(20)], new Map());
    view.listener.gap?.(21, 23, true);
    view.listener.appended?.([record(24)], new Map());
    view.room = Object.assign(new FakeRoom(), {
      oldest: 20,
      page: async () => {
        view.listener.gap?.(9, 11, true);
        view.listener.gap?.(6, 8, true);
        return { from: 1, to: 19, more: false, records: [record(5), record(12)] };
      },
    });
    await view.showOlder();
    // A page that was let go comes again, and tells again what is lost in it.
    view.listener.gap?.(7, 10, true);
    view.listener.gap?.(25, 25, true);
    const gap = (count: number) => ({ kind: "gap", lost: true, count });
    expect(view.rows().filter((row) => row.kind === "gap")).toMatchObject([gap(6), gap(3), gap(1)]);
    expect(view.rows().map((row) => (row.kind === "message" ? row.text : row.kind))).toEqual(
      "day t5 gap t12 t20 gap t24 gap".split(" "),
    );
    expect(view.lostBefore).toBe(4);
    view.listener.gap?.(1, 4, true);
    expect(view.rows()[0]).toMatchObject(gap(4));
    expect(view.lostBefore).toBe(0);
    // The next visit shows it from this device.
    view.room = Object.assign(new FakeRoom(), { position: { epoch: "0", seq: 25 } });
    const again = new RoomView("yard", () => undefined);
    again.restore(view.toKeep() as KeptPage);
    expect(again.rows()).toMatchObject(view.rows());
  });

  test("a lost range and one no longer kept are two lines, and another life of the log has neither", () => {
    const view = liveRoom(2);
    view.listener.gap?.(3, 4, false);
    view.listener.gap?.(5, 6, true);
    view.listener.appended?.([record(7)], new Map());
    const gaps = () => view.rows().flatMap((row) => (row.kind === "gap" ? [[row.count, row.lost]] : []));
    expect(gaps()).toEqual([
      [2, false],
      [2, true],
    ]);
    view.listener.reset?.();
    view.listener.gap?.(1, 9, true);
    expect(gaps()).toEqual([[9, true]]);
    expect(texts(view)).toEqual([]);
  });

  test("an own message keeps its row when it is confirmed", () => {
    const view = liveRoom(1);
    const entry = { id: "x1", author: 1, room: "yard", nonce: 1, text: "t2", writtenAt: NOON, refused: null };
    view.listener.pending?.([entry]);
    const before = view.rows().at(-1);
    view.listener.appended?.([record(2, 1)], new Map([[2, "x1"]]));
    view.listener.pending?.([]);
    expect(view.rows().at(-1)?.key).toBe(before?.key);
    expect(texts(view)).toEqual(["t1", "t2"]);
  });
});

describe("events", () => {
  const event = (id: number, change: Presence, author: number, name = `n${author}`): RoomEvent => ({
    id,
    after: 0,
    time: NOON,
    change,
    author,
    name,
    before: `n${author}`,
  });

  test("a run becomes one line in which the last thing counts", () => {
    const { enter, leave, rename } = Presence;
    const row = coalesce([
      event(1, enter, 2),
      event(2, enter, 3),
      event(3, leave, 3),
      event(4, leave, 4),
      event(5, enter, 4),
      event(6, rename, 5, "new"),
      event(7, rename, 5, "newer"),
    ]);
    expect(row).toMatchObject({ entered: ["n2", "n4"], left: ["n3"], renamed: [["n5", "newer"]] });
  });

  test("who renames back and forth did nothing", () => {
    expect(coalesce([event(1, Presence.rename, 5, "x"), event(2, Presence.rename, 5, "n5")])).toBeNull();
  });

  test("they stand where they happened; one's own coming is not told", () => {
    const view = liveRoom(1);
    view.listener.presence?.([{ change: Presence.enter, author: 1, name: "me" }], 1);
    view.listener.presence?.([{ change: Presence.enter, author: 7, name: "n7" }], 2);
    view.listener.appended?.([record(2)], new Map());
    expect(kinds(view.rows())).toEqual(["day", "message", "event", "message"]);
    expect(view.nameOf(7)).toBe("n7");
  });

  test("what the list of people said already is no news when it is told again", () => {
    const view = liveRoom(1);
    view.listener.people?.([{ author: 7, name: "n7" }], 2, true);
    view.listener.presence?.([{ change: Presence.enter, author: 7, name: "n7" }], 2);
    view.listener.presence?.([{ change: Presence.leave, author: 8, name: "" }], 2);
    expect(kinds(view.rows())).not.toContain("event");
    view.listener.presence?.([{ change: Presence.leave, author: 7, name: "" }], 1);
    expect(kinds(view.rows())).toContain("event");
  });
});

describe("people", () => {
  const { enter, leave, rename } = Presence;
  const told = (view: RoomView) => view.rows().filter((row) => row.kind === "event");

  test("what PEOPLE said already may come again and is no news", () => {
    const view = liveRoom(1);
    view.listener.people?.([ME, { author: 7, name: "n7" }], 2, true);
    view.listener.presence?.([{ change: enter, author: 7, name: "n7" }], 2);
    expect([view.people.get(7), told(view)]).toEqual(["n7", []]);
    view.listener.presence?.([{ change: enter, author: 7, name: "newer" }], 2);
    expect([view.people.get(7), told(view)]).toEqual(["newer", []]);
    view.listener.presence?.(
      [
        { change: leave, author: 8, name: "" },
        { change: rename, author: 9, name: "n9" },
      ],
      2,
    );
    expect([[...view.people.keys()], told(view)]).toEqual([[1, 7], []]);
    view.listener.presence?.([{ change: leave, author: 7, name: "" }], 1);
    view.listener.presence?.([{ change: leave, author: 7, name: "" }], 1);
    expect(told(view)).toMatchObject([{ left: ["newer"] }]);
  });

  test("who leaves and enters within a beat is there", () => {
    const view = liveRoom(1);
    view.listener.people?.([ME, { author: 7, name: "n7" }], 2, true);
    view.listener.presence?.(
      [
        { change: leave, author: 7, name: "" },
        { change: enter, author: 7, name: "n7" },
      ],
      2,
    );
    expect(view.people.get(7)).toBe("n7");
  });
});

describe("what keeps own messages back", () => {
  const entry = { id: "x1", author: 1, room: "yard", nonce: 1, text: "t", writtenAt: NOON, refused: null };

  test.each([
    ["slowMode", Refusal.slowMode],
    ["dayFull", Refusal.dayFull],
  ] as const)("%s is shown until nothing waits any more", (_, code) => {
    const view = liveRoom(1);
    view.listener.pending?.([entry]);
    view.listener.slowed?.(code, NOON + 3_000);
    expect(view.slowed).toEqual({ code, until: NOON + 3_000 });
    view.listener.pending?.([entry, { ...entry, id: "x2" }]);
    expect(view.slowed).not.toBeNull();
    view.listener.pending?.([{ ...entry, refused: { code: Refusal.badText } }]);
    expect(view.slowed).toBeNull();
  });

  test("an ordinary pause is not shown", () => {
    const view = liveRoom(1);
    view.listener.slowed?.(Refusal.tooFast, NOON + 300);
    expect(view.slowed).toBeNull();
  });

  test("every refusal and every end has words in both languages", () => {
    // Some never reach a person: the client deals with them. Of others the sentence holds a number.
    const silent =
      "roomBusy notInRoom staleNonce outOfOrder nonceTooHigh slowMode dayFull tooManyRooms".split(" ");
    for (const { refusals, closes } of [enTrouble.trouble, koTrouble.trouble]) {
      const unsaid = Object.entries(Refusal).filter(
        ([name, code]) => !refusals[code] && !silent.includes(name),
      );
      expect(unsaid).toEqual([]);
      // Of the others it is enough to say that the connection is lost, or that the page does not fit.
      const { goingAway, full, internal, tooMuch, badVersion, flood, denied, workNeeded } = Close;
      const said = [goingAway, full, internal, tooMuch, badVersion, flood, denied, workNeeded];
      expect(Object.keys(closes).map(Number).sort()).toEqual(said);
    }
  });
});

test("no two files say the same thing, and both languages say all of it in the files of the same names", () => {
  const said = [en.front, enRoom.room, enTrouble.trouble].map((words) => Object.keys(words));
  expect(new Set(said.flat()).size).toBe(said.flat().length);
  for (const [one, other] of [
    [en, ko],
    [enRoom, koRoom],
    [enTrouble, koTrouble],
  ]) {
    expect(Object.keys(other!)).toEqual(Object.keys(one!));
  }
});

describe("unread", () => {
  test("what comes while one looks at the newest is read", () => {
    const view = liveRoom(3);
    view.listener.appended?.(records(4, 6), new Map());
    expect([view.unread, view.place.line]).toEqual([0, null]);
  });

  test("what comes while one looks away is counted, and a line stands above the first", () => {
    const view = liveRoom(3);
    view.setWatched(false);
    view.listener.appended?.([record(4, 1), ...records(5, 6)], new Map());
    expect([view.unread, view.place.line]).toEqual([2, 5]);
    // Drawn, but not looked at.
    atEnd(view);
    expect(view.unread).toBe(2);
    view.setWatched(true);
    expect(kinds(view.rows())).toContain("unread");
    atEnd(view);
    expect(view.unread).toBe(0);
    // The line stays for the eye until one has looked away again.
    expect(view.place.line).toBe(5);
    view.setWatched(false);
    expect(view.place.line).toBeNull();
  });

  test("coming back to a kept page, the line stands where one had read to", () => {
    const view = new RoomView("yard", () => undefined);
    view.restore({ room: "yard", epoch: "0", seq: 3, oldest: 1, records: records(1, 3), read: 3, keptAt: 0 });
    expect(view.fromDevice).toBe(true);
    view.room = new FakeRoom();
    view.setMe(ME);
    view.setWatched(true);
    view.listener.appended?.(records(4, 5), new Map());
    view.listener.state?.(RoomState.live);
    expect([view.fromDevice, view.unread, view.place.line]).toEqual([false, 2, 4]);
  });

  test("another life of the log leaves nothing of the one before", () => {
    const view = liveRoom(3);
    view.listener.gap?.(4, 9, false);
    view.listener.reset?.();
    // The page is never blank: what was there stays until there is something in its place, and is not kept.
    expect(texts(view)).toEqual(["t1", "t2", "t3"]);
    expect(view.toKeep()).toBeNull();
    view.listener.appended?.([record(1)], new Map());
    expect(texts(view)).toEqual(["t1"]);
    expect(kinds(view.rows())).not.toContain("gap");
    expect(view.unread).toBe(0);
    expect(view.toKeep()?.records).toHaveLength(1);
  });

  test("another life of the log in which nothing was said yet is empty", () => {
    const view = liveRoom(3);
    view.listener.state?.(RoomState.entering);
    view.listener.reset?.();
    view.listener.state?.(RoomState.catchingUp);
    expect(texts(view)).toHaveLength(3);
    view.listener.state?.(RoomState.live);
    expect(texts(view)).toEqual([]);
  });
});

describe("the part on the page", () => {
  test("is bounded at the newest", () => {
    const view = liveRoom(100);
    for (let n = 0; n < 20; n++) view.listener.appended?.(records(101 + n * 100, 200 + n * 100), new Map());
    expect(texts(view).length).toBeLessThanOrEqual(400);
    expect(texts(view).at(-1)).toBe("t2100");
  });

  /** A room of `count` messages of which the server gives whatever is asked for. */
  function longRoom(count: number): { view: RoomView; asked: string[] } {
    const view = liveRoom(0);
    const asked: string[] = [];
    view.room = Object.assign(new FakeRoom(), {
      position: { epoch: "0", seq: count },
      page: async (direction: Direction, seq: number, limit: number) => {
        asked.push(`${direction ? "after" : "before"} ${seq}`);
        const from = direction === Direction.before ? Math.max(1, seq - limit) : seq + 1;
        const to = Math.min(count, direction === Direction.before ? seq - 1 : seq + limit);
        return { from, to, more: from > 1 && to < count, records: records(from, to) };
      },
    });
    view.listener.appended?.(records(count - 99, count), new Map());
    return { view, asked };
  }
  const held = (view: RoomView) => view.place && texts(view).length;

  test("is all of a room to its first message and back, and lets go of what is far away", async () => {
    const { view } = longRoom(5000);
    atMessage(view, 4950);
    for (let n = 0; view.hasOlder && n < 100; n++) {
      const [first] = texts(view);
      await view.showOlder();
      expect(texts(view)).toContain(first);
      expect(held(view)).toBeLessThanOrEqual(400);
    }
    expect(texts(view)[0]).toBe("t1");
    expect([view.hasNewer, view.atBeginning]).toEqual([true, true]);
    for (let n = 0; view.hasNewer && n < 100; n++) {
      const last = texts(view).at(-1) as string;
      await view.showNewer();
      expect(texts(view)).toContain(last);
    }
    expect(texts(view).at(-1)).toBe("t5000");
    expect(view.unread).toBe(0);
  });

  test("stays when new messages come while one reads further up", () => {
    const { view } = longRoom(300);
    atMessage(view, 250);
    const before = texts(view)[0];
    for (let n = 0; n < 10; n++) view.listener.appended?.(records(301 + n * 100, 400 + n * 100), new Map());
    expect(texts(view)[0]).toBe(before);
    expect(held(view)).toBeLessThanOrEqual(400);
    expect([view.unread, view.place.line]).toEqual([1000, 301]);
    view.jumpToNewest();
    expect(texts(view).at(-1)).toBe("t1300");
    expect(view.unread).toBe(0);
  });

  test("is around any message that is asked for, and what is said meanwhile joins it in the end", async () => {
    const { view, asked } = longRoom(1000);
    await view.showMessage(400);
    expect(asked).toEqual(["before 400", "after 399"]);
    expect(texts(view)).toContain("t400");
    expect([view.hasOlder, view.hasNewer, view.atNewest]).toEqual([true, true, false]);
    expect(view.place.anchor).toEqual({ seq: 400, offset: null });
    expect(view.rows().filter((row) => row.kind === "message" && row.marked)).toMatchObject([{ seq: 400 }]);
    view.listener.appended?.([record(1001)], new Map());
    expect(texts(view)).not.toContain("t1001");
    expect([view.unread, view.place.line]).toEqual([1, 1001]);
    while (view.hasNewer) await view.showNewer();
    expect(texts(view).slice(-2)).toEqual(["t1000", "t1001"]);
    const seqs = view.rows().flatMap((row) => (row.kind === "message" ? [row.seq] : []));
    expect(seqs).toEqual(seqs.map((_, at) => 1001 - (seqs.length - 1) + at));
    // It is here now: nobody is asked.
    asked.length = 0;
    await view.showMessage(980);
    expect(asked).toEqual([]);
    view.jumpToNewest();
    expect([view.marked, view.atNewest]).toEqual([null, true]);
  });

  test.each([
    ["above the newest", 5000],
    ["no longer kept", 3],
    ["beyond all numbers", 999_999_999_999_999],
  ])("a message %s is said not to be there, and nothing moves", async (_, seq) => {
    const { view } = longRoom(1000);
    (view.room as FakeRoom).page = async (_direction, asked) => ({
      from: asked,
      to: asked - 1,
      more: false,
      records: [],
    });
    const before = texts(view);
    await view.showMessage(seq);
    expect(view.notice).toBe("noMessage");
    expect(texts(view)).toEqual(before);
    expect(view.atNewest).toBe(true);
  });

  test("a message asked for before the room could be asked comes once it can, the later one of two", async () => {
    const view = new RoomView("yard", () => undefined);
    view.setMe(ME);
    view.setWatched(true);
    await view.showMessage(7);
    await view.showMessage(400);
    const { view: other, asked } = longRoom(1000);
    view.room = other.room;
    await vi.waitFor(() => expect(texts(view)).toContain("t400"));
    expect(asked).toEqual(["before 400", "after 399"]);
    // History comes after it, and is another part of the room.
    view.listener.appended?.(records(901, 1000), new Map());
    view.listener.state?.(RoomState.live);
    expect(texts(view)).toContain("t400");
    expect([texts(view).includes("t901"), view.hasNewer]).toEqual([false, true]);
  });

  test("of two messages asked for in a row the second is shown, whichever comes first", async () => {
    const { view } = longRoom(1000);
    const { page } = view.room as FakeRoom;
    const waiting: (() => void)[] = [];
    (view.room as FakeRoom).page = async (...asked) => {
      await new Promise<void>((go) => waiting.push(go));
      return page(...asked);
    };
    const one = view.showMessage(100);
    const other = view.showMessage(500);
    for (const go of waiting.reverse()) go();
    await Promise.all([one, other]);
    expect(texts(view)).toContain("t500");
    expect([view.place.anchor?.seq, view.marked]).toEqual([500, 500]);
  });

  test("a page that cannot be given is not asked for on and on", async () => {
    const { view } = longRoom(1000);
    let asked = 0;
    (view.room as FakeRoom).page = async () => {
      asked++;
      throw new RefusedError({ code: Refusal.damaged, retryAfterMs: 0 });
    };
    atMessage(view, 950);
    for (let n = 0; n < 5; n++) await view.showOlder();
    expect(asked).toBe(1);
    expect([view.hasOlder, view.loadingOlder]).toEqual([false, false]);
    await view.showMessage(30);
    expect(view.notice).toBe("noMessage");
  });

  test("rows that show the same stay the same objects, and so does their list", () => {
    const view = liveRoom(5);
    const before = view.rows();
    view.setMe({ ...ME });
    expect(view.rows()).toBe(before);
    view.listener.appended?.([record(6)], new Map());
    const after = view.rows();
    expect(after).not.toBe(before);
    // The last one before it no longer ends its minute.
    expect(after.slice(0, 5)).toEqual(before.slice(0, 5));
    for (let at = 0; at < 5; at++) expect(after[at]).toBe(before[at]);
  });
});

describe("unread ones, in parts and over pages", () => {
  /** A kept page of 3 messages, and a room that gives what was missed in parts. */
  function comeBack(): RoomView {
    const view = new RoomView("yard", () => undefined);
    view.restore({ room: "yard", epoch: "0", seq: 3, oldest: 1, records: records(1, 3), read: 3, keptAt: 0 });
    view.room = new FakeRoom();
    view.setMe(ME);
    view.setWatched(true);
    atEnd(view);
    view.listener.state?.(RoomState.catchingUp);
    return view;
  }

  test("however many parts it comes in, all of it is missed, and the line is above the first", () => {
    const view = comeBack();
    for (let from = 4; from <= 300; from += 27) {
      view.listener.appended?.(records(from, from + 26), new Map());
      // Each part is drawn; the first ones are so short that their end is in sight.
      if (from < 50) atEnd(view);
      else
        view.placed({ top: 100, max: 5000, isEnd: !view.hasNewer }, () => ({ seq: 2, offset: 0, last: 12 }));
    }
    view.listener.state?.(RoomState.live);
    expect([view.unread, view.place.line, view.atNewest]).toEqual([297, 4, false]);
    expect(texts(view).slice(0, 5)).toEqual(["t1", "t2", "t3", "t4", "t5"]);
  });

  test("five thousand missed at once open at the line, and only what was in sight is read", async () => {
    const view = comeBack();
    const all = records(1, 5003);
    (view.room as FakeRoom).page = async (direction, seq) => {
      const isUp = direction === Direction.after;
      const found = isUp ? all.slice(seq, seq + 100) : all.slice(Math.max(0, seq - 101), seq - 1);
      return { from: found[0]!.seq, to: found.at(-1)!.seq, more: true, records: found };
    };
    for (let from = 4; from < 5003; from += 500)
      view.listener.appended?.(records(from, from + 499), new Map());
    view.listener.state?.(RoomState.live);
    expect([view.unread, view.place.line]).toEqual([5000, 4]);
    expect(texts(view)).toContain("t4");
    expect(texts(view).length).toBeLessThanOrEqual(400);
    // Down by hand, a screen of ten at a time, to number 1000.
    let top = 100;
    for (let seq = 1; seq <= 991; seq += 8) {
      if (!texts(view).includes(`t${seq + 30}`)) await view.showNewer();
      top += 300;
      view.scrolled({ top, max: 1e6, isEnd: !view.hasNewer }, () => ({ seq, offset: 0, last: seq + 9 }));
    }
    expect(view.place.read).toBe(994);
    expect([view.unread, view.place.line]).toEqual([4009, 4]);
    // The next visit goes on from there.
    (view.room as FakeRoom).position = { epoch: "0", seq: 5003 };
    const again = new RoomView("yard", () => undefined);
    again.restore(view.toKeep() as KeptPage);
    expect([again.unread, again.place.line, again.place.read]).toEqual([4009, 4, 994]);
    again.room = view.room;
    again.setWatched(true);
    again.listener.state?.(RoomState.live);
    await vi.waitFor(() => expect(texts(again)).toContain("t4"));
    expect(kinds(again.rows())).toContain("unread");
  });

  test("a jump over unread ones reads none of them", async () => {
    const view = comeBack();
    view.listener.appended?.(records(4, 300), new Map());
    view.listener.state?.(RoomState.live);
    view.placed({ top: 100, max: 5000, isEnd: !view.hasNewer }, () => ({ seq: 2, offset: 0, last: 12 }));
    await view.showMessage(250);
    view.placed({ top: 3000, max: 5000, isEnd: !view.hasNewer }, () => ({ seq: 245, offset: 0, last: 260 }));
    view.scrolled({ top: 3100, max: 5000, isEnd: !view.hasNewer }, () => ({
      seq: 247,
      offset: 0,
      last: 262,
    }));
    expect([view.unread, view.place.read]).toEqual([297, 3]);
  });

  test("whoever reads further up when the room goes live stays there", () => {
    const view = comeBack();
    view.scrolled({ top: 480, max: 500, isEnd: !view.hasNewer }, () => ({ seq: 2, offset: -7, last: 3 }));
    const { jumps } = view.place;
    view.listener.appended?.(records(4, 300), new Map());
    view.listener.state?.(RoomState.live);
    expect(view.place.anchor).toMatchObject({ seq: 2, offset: -7 });
    expect([view.place.jumps, view.unread, view.place.line]).toEqual([jumps, 297, 4]);
  });

  test("after a lost connection the line is above what was missed then, not above what was read before", () => {
    const view = comeBack();
    view.listener.appended?.(records(4, 5), new Map());
    view.listener.state?.(RoomState.live);
    atEnd(view);
    expect([view.unread, view.place.line, view.atNewest]).toEqual([0, 4, true]);
    view.listener.appended?.(records(6, 7), new Map());
    expect(view.place.line).toBe(4);
    view.listener.state?.(RoomState.entering);
    view.listener.state?.(RoomState.catchingUp);
    view.listener.appended?.(records(8, 9), new Map());
    view.listener.appended?.(records(10, 12), new Map());
    expect([view.unread, view.place.line]).toEqual([5, 8]);
    view.listener.state?.(RoomState.live);
    atEnd(view);
    expect([view.unread, view.place.line]).toEqual([0, 8]);
  });
});

describe("the store", () => {
  function makeStore(client: Partial<ChatClient> = {}) {
    const addresses: (string | null)[] = [];
    const reloads: string[] = [];
    const around: Surroundings = {
      roomPart: () => import("../web/room-part.ts"),
      identity: async () => null,
      unsentRooms: async () => ["unsent"],
      redraw: () => undefined,
      navigate: (room) => addresses.push(room),
      cover: () => addresses.push("cover"),
      uncover: () => addresses.push("uncover"),
      rememberOpen: () => undefined,
      reload: () => reloads.push("reload"),
      speak: (language) => reloads.push(language),
    };
    const store = new Store(new KeptPages(Promise.resolve(null)), around);
    const nothing = () => undefined;
    const fake: ChatClient = {
      start: nothing,
      watchRooms: nothing,
      probe: nothing,
      rename: async (name) => name,
      enter: () => new FakeRoom(),
      ...client,
    };
    return { store, client: fake, addresses, reloads };
  }

  test("has the words of a room with the part that shows it, and asks for the page in the other language", async () => {
    const { store, client, reloads } = makeStore();
    expect(store.texts.useName("Otter")).toBe("Otter");
    await store.begin(client, "yard", []);
    expect([store.texts.save, store.texts.send]).toEqual([en.front.save, enRoom.room.send]);
    store.learn(enTrouble.trouble);
    expect(store.texts.useName("Otter")).toBe("Use “Otter”");
    store.setLanguage("ko");
    expect(reloads).toEqual(["ko"]);
  });

  test("asks again for a room that was refused, from where it stands", async () => {
    const asked: unknown[] = [];
    const { store, client } = makeStore({
      enter: (_, { position }) => {
        asked.push(position);
        return new FakeRoom();
      },
    });
    await store.begin(client, "yard", []);
    await vi.waitFor(() => expect(store.current?.room).not.toBeNull());
    const view = store.current as RoomView;
    view.listener.state?.(RoomState.refused);
    const refused = view.room;
    store.enterAgain(view);
    expect(view.state).toBe(RoomState.entering);
    expect(view.room).not.toBe(refused);
    expect(asked.at(-1)).toEqual({ epoch: "0", seq: 0, oldest: 1 });
  });

  test("never reloads by itself, whatever version the server speaks: a person does, once", async () => {
    const { store, client, reloads } = makeStore();
    await store.begin(client, null, []);
    for (const code of [Close.badVersion, Close.denied, Close.badVersion]) {
      store.listener.state?.(ClientState.closed, { retryAt: null, code });
      store.wake(true);
      store.setVisible(true);
    }
    expect(reloads).toEqual([]);
    store.retryNow();
    expect(reloads).toHaveLength(1);
  });

  test("tells of a rename that came too fast", async () => {
    const rename = () => Promise.reject(new RefusedError({ code: Refusal.tooFast, retryAfterMs: 900 }));
    const { store, client } = makeStore({ rename });
    await store.begin(client, null, []);
    store.learn(enTrouble.trouble);
    await store.rename("Heron");
    expect(store.texts.refusals[store.nameProblem?.code ?? 0]).toBe(
      enTrouble.trouble.refusals[Refusal.tooFast],
    );
  });

  test("opens the room of the address, and rooms in which something was not sent", async () => {
    const { store, client } = makeStore();
    await store.begin(client, "yard", ["other"]);
    expect([...store.open.keys()]).toEqual(["other", "yard", "unsent"]);
    expect(store.current?.name).toBe("yard");
  });

  test("changes rooms, steps through them and leaves", async () => {
    const { store, client, addresses } = makeStore();
    await store.begin(client, null, []);
    store.enter(" Tea House ");
    expect(store.current?.name).toBe("tea-house");
    store.step(1);
    expect(store.current?.name).toBe("unsent");
    store.leave(store.current as RoomView);
    expect(store.current).toBeNull();
    expect(addresses).toEqual(["tea-house", "unsent", null]);
  });

  test("goes back into rooms that are open alone, and asks again for a refused one that is chosen", async () => {
    const asked: string[] = [];
    const enter: ChatClient["enter"] = (name) => {
      asked.push(name);
      return new FakeRoom();
    };
    const { store, client, addresses } = makeStore({ enter });
    await store.begin(client, "yard", []);
    await vi.waitFor(() => expect(asked).toContain("yard"));
    store.leave(store.current as RoomView);
    store.arrive("yard");
    expect([store.current, addresses]).toEqual([null, [null, null]]);
    store.arrive("unsent");
    expect(store.current?.name).toBe("unsent");
    await vi.waitFor(() => expect(asked).toEqual(["yard", "unsent"]));
    store.current?.listener.state?.(RoomState.refused);
    store.enter("unsent");
    expect(asked).toEqual(["yard", "unsent", "unsent"]);
  });

  test("offers the name that a refusal suggests", async () => {
    const taken = Object.assign(new Error("refused"), { code: 9, suggestion: "me 2" });
    const { store, client } = makeStore({ rename: () => Promise.reject(taken) });
    await store.begin(client, null, []);
    await store.rename("you");
    expect(store.nameProblem).toEqual({ code: 9, suggestion: "me 2" });
  });
});

test("addresses name rooms in any script", () => {
  expect(pathOf(canonicalRoom("half \ud83d"))).toBe("/r/half-%EF%BF%BD");
  expect(roomOf(pathOf("한국어-방"))).toBe("한국어-방");
  expect(roomOf("/r/%EB%A7")).toBeNull();
  expect(roomOf("/elsewhere")).toBeNull();
  expect(canonicalRoom("  Big  Room ")).toBe("big-room");
});

test("a fragment names a message by its number alone", () => {
  expect(["#1", "#123", "#0", "#-1", "#1e3", "#12x", "", "#", "#9999999999999999"].map(seqOf)).toEqual([
    1,
    123,
    ...Array(7).fill(null),
  ]);
});
