/** What of a room is on the page: a bounded part, around the newest message or any other. */
import { describe, expect, test, vi } from "vitest";
import { RoomState } from "../src/client/contract.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import { Refusal } from "../src/wire/codes.ts";
import { Direction } from "../src/wire/frames.ts";
import { RoomView } from "../web/room-view.ts";
import { atEnd, FakeRoom, holdDay, liveRoom, ME, record, records, texts } from "./fake-room.ts";

holdDay();

const atMessage = (view: RoomView, seq: number) => {
  atEnd(view);
  view.scrolled({ top: 100, max: 500, isEnd: !view.hasNewer }, () => ({ seq, offset: 0, last: seq }));
};

describe("the part on the page", () => {
  test("is bounded at the newest", () => {
    const view = liveRoom(100);
    for (let n = 0; n < 20; n++) view.listener.appended?.(records(101 + n * 100, 200 + n * 100), new Map());
    expect(texts(view).length).toBeLessThanOrEqual(400);
    expect(texts(view).at(-1)).toBe("t2100");
  });

  test("is what can be in sight while more comes than that, and a page again when it is calm", () => {
    const view = liveRoom(100);
    view.fit(20);
    expect([texts(view).length, view.cuts]).toEqual([20, 1]);
    view.listener.appended?.(records(101, 125), new Map());
    expect([texts(view)[0], texts(view).at(-1), view.cuts]).toEqual(["t106", "t125", 2]);
    view.widen();
    expect([texts(view)[0], texts(view).length, view.cuts]).toEqual(["t26", 100, 2]);
    // Further up nothing is taken away, and nothing has to be brought back.
    atMessage(view, 40);
    view.listener.appended?.(records(126, 200), new Map());
    expect(texts(view).length).toBe(175);
    view.widen();
    expect(texts(view).length).toBe(175);
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
        return { from, to, more: from > 1 && to < count, records: records(from, to), acts: [] };
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
      acts: [],
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
