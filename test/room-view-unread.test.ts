/** Which messages of a room are unread, where the line above them stands, and what reads them. */
import { describe, expect, test, vi } from "vitest";
import { RoomState } from "../src/client/contract.ts";
import { Direction } from "../src/wire/frames.ts";
import type { KeptPage } from "../web/kept-pages.ts";
import { RoomView } from "../web/room-view.ts";
import { atEnd, FakeRoom, holdDay, kinds, liveRoom, ME, record, records, texts } from "./fake-room.ts";

holdDay();

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
      return { from: found[0]!.seq, to: found.at(-1)!.seq, more: true, records: found, acts: [] };
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
