/** Messages go from an open page when the room does not keep them any longer. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { fade } from "../web/fading.ts";
import type { RoomView } from "../web/room-view.ts";
import type { Store } from "../web/store.ts";
import { liveRoom, NOON, record, records, texts } from "./fake-room.ts";

const HOUR = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ now: NOON }));
afterEach(() => void vi.useRealTimers());

/** Three messages, of NOON and an hour and two hours later. `serverAheadMs`: of the server's clock. */
function page(serverAheadMs = 0) {
  const view: RoomView = liveRoom(0);
  const times = [0, HOUR, 2 * HOUR].map((ms) => NOON + ms);
  view.listener.appended?.(
    times.map((time, i) => record(i + 1, 2, time)),
    new Map(),
  );
  const store = { client: { serverAheadMs }, open: new Map([["yard", view]]) } as unknown as Store;
  const set = (keepHours: number, keepsAtMost?: number) => {
    const settings = { ...DEFAULT_SETTINGS, keepHours };
    view.standing = {
      ...{ unlisted: false, hasPassword: false, roles: new Map(), topic: "", pinned: [], sanctions: [] },
      settings,
      ...(keepsAtMost !== undefined && { keepsAtMost }),
    };
    fade(store, view);
  };
  return { view, store, set };
}

test("each when its time has come, the last one too, and what is said then as well", () => {
  const { view, set } = page();
  set(24);
  expect(texts(view)).toEqual(["t1", "t2", "t3"]);
  vi.advanceTimersByTime(24 * HOUR);
  expect(texts(view)).toEqual(["t1", "t2", "t3"]);
  vi.advanceTimersByTime(2_000);
  expect(texts(view)).toEqual(["t2", "t3"]);
  vi.advanceTimersByTime(HOUR);
  expect(texts(view)).toEqual(["t3"]);
  vi.advanceTimersByTime(HOUR);
  expect(texts(view)).toEqual([]);
  view.listener.appended?.([record(4, 2, Date.now())], new Map());
  expect(texts(view)).toEqual(["t4"]);
  vi.advanceTimersByTime(50 * HOUR);
  expect(texts(view)).toEqual([]);
  // What comes afterwards is shown as ever, and the page that is kept on the device does not hold what went.
  view.listener.appended?.([record(5, 2, Date.now())], new Map());
  Object.assign(view.room!, { position: { epoch: "0", seq: 5 } });
  expect([texts(view), view.toKeep()?.records.map(({ seq }) => seq)]).toEqual([["t5"], [5]]);
});

test("by the server's clock, and by the shorter of what the room and the operator say", () => {
  const { view, set } = page(30 * HOUR);
  set(48);
  expect(texts(view)).toEqual(["t1", "t2", "t3"]);
  set(48, 29);
  expect(texts(view)).toEqual(["t2", "t3"]);
  set(0, 28);
  expect(texts(view)).toEqual(["t3"]);
});

test("not where all is kept, and no longer once a room is left or set otherwise", () => {
  const { view, set, store } = page();
  set(0);
  vi.advanceTimersByTime(100 * HOUR);
  expect(texts(view)).toEqual(["t1", "t2", "t3"]);
  set(200);
  set(0);
  vi.advanceTimersByTime(300 * HOUR);
  expect(texts(view)).toEqual(["t1", "t2", "t3"]);
  set(500);
  store.open.clear();
  vi.advanceTimersByTime(900 * HOUR);
  expect([texts(view).length, vi.getTimerCount()]).toEqual([3, 0]);
});

test("a time beyond what a timer takes is waited for all the same", () => {
  const { view, set } = page();
  set(24 * 60);
  vi.advanceTimersByTime(60 * 24 * HOUR);
  expect(texts(view).length).toBe(3);
  vi.advanceTimersByTime(2 * HOUR + 2_000);
  expect(texts(view)).toEqual([]);
});

test("of many the page shows what is left, and goes on with what is said", () => {
  const view = liveRoom(500);
  const store = { client: null, open: new Map([["yard", view]]) } as unknown as Store;
  view.standing = {
    ...{ unlisted: false, hasPassword: false, roles: new Map(), topic: "", pinned: [], sanctions: [] },
    settings: { ...DEFAULT_SETTINGS, keepHours: 1 },
  };
  vi.setSystemTime(NOON + HOUR + 490_500);
  fade(store, view);
  expect(texts(view)).toEqual(records(491, 500).map(({ text }) => text));
  view.listener.appended?.(records(501, 502), new Map());
  expect(texts(view).slice(-2)).toEqual(["t501", "t502"]);
});
