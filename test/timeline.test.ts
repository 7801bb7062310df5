/** What a room looks like from what was told about it: groups, days, lost ranges, events. */
import { describe, expect, test } from "vitest";
import { RoomState } from "../src/client/contract.ts";
import { Presence } from "../src/wire/codes.ts";
import { coalesce } from "../web/events.ts";
import { makeHappenings } from "../web/happenings.ts";
import type { KeptPage } from "../web/kept-pages.ts";
import { RoomView } from "../web/room-view.ts";
import type { RoomEvent, Row } from "../web/timeline.ts";
import {
  FakeRoom,
  holdDay,
  kinds,
  liveRoom,
  ME,
  NOON,
  record,
  records,
  texts,
  viewLater,
} from "./fake-room.ts";

holdDay();

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

  test("what was said of the room itself before its first message is not taken for lost", async () => {
    const view = liveRoom(0);
    view.listener.appended?.([record(2)], new Map());
    const page = async () => ({ from: 1, to: 1, more: false, records: [], acts: [] });
    view.room = Object.assign(new FakeRoom(), { page });
    await view.showOlder();
    expect([view.atBeginning, view.lostBefore]).toEqual([true, 0]);
  });

  test("what is lost on the server's disk stands in its place, also among older records, as one line", async () => {
    const view = liveRoom(0);
    view.listener.appended?.([record(20)], new Map());
    view.listener.gap?.(21, 23, true);
    view.listener.appended?.([record(24)], new Map());
    view.room = Object.assign(new FakeRoom(), {
      first: 5,
      oldest: 20,
      page: async () => {
        view.listener.gap?.(9, 11, true);
        view.listener.gap?.(6, 8, true);
        return { from: 1, to: 19, more: false, records: [record(5), record(12)], acts: [] };
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

  test("those of what stands above the page or below it stay out", () => {
    const happenings = makeHappenings({ nameOf: String });
    const events = [1, 2, 3, 4].map((after) => ({ ...event(after, Presence.enter, after), after }));
    happenings.take(
      [],
      events.map((one) => ({ ...one, before: undefined })),
      1,
      9,
    );
    const entered = (after: number, until: number) =>
      happenings.between(after, until).flatMap((row) => (row.kind === "event" ? row.entered : []));
    expect([entered(2, 3), entered(3, 4)]).toEqual([["n2"], ["n3"]]);
  });

  test("what happens before it is known how to tell it is told as soon as that is", () => {
    let isThere = false;
    const view = new RoomView(
      "yard",
      () => undefined,
      undefined,
      () => (isThere ? viewLater() : null),
    );
    view.listener.presence?.([{ change: Presence.enter, author: 7, name: "n7" }], 1);
    expect(view.rows()).toEqual([]);
    isThere = true;
    expect(view.rows()).toMatchObject([{ kind: "event", entered: ["n7"] }]);
    expect(view.rows()).toBe(view.rows());
  });

  test("a new message before it is known how a screen reader is told is told as soon as that is", () => {
    let isThere = false;
    const nothing = () => undefined;
    const view = new RoomView("yard", nothing, nothing, () => (isThere ? viewLater() : null));
    view.setWatched(true);
    view.listener.state?.(RoomState.live);
    view.listener.appended?.([record(1)], new Map());
    view.rows();
    expect(view.heard).toBeNull();
    isThere = true;
    view.rows();
    view.rows();
    expect(view.heard?.told.map(({ messages }) => messages.map(({ seq }) => seq))).toEqual([[1]]);
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
