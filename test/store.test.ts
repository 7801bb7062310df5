/** What a room looks like from what was told about it: groups, days, events, unread ones, the part on the page. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ClientState, type OutboxEntry, RoomState } from "../src/client/contract.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { Close, Presence, Refusal } from "../src/wire/codes.ts";
import { canonicalRoom, pathOf, roomOf } from "../web/address.ts";
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
  older = async () => false;
  giveUp = () => undefined;
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

  test("what is lost on the server's disk stands in its place, also among older records, as one line", () => {
    const view = liveRoom(0);
    view.listener.appended?.([record(20)], new Map());
    view.listener.gap?.(21, 23, true);
    view.listener.appended?.([record(24)], new Map());
    view.listener.prepended?.([record(5), record(12)]);
    view.listener.gap?.(9, 11, true);
    view.listener.gap?.(6, 8, true);
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

  test("older records that come into a skipped range stand behind what is gone, and it shrinks", () => {
    const view = liveRoom(2);
    Object.assign(view.room as FakeRoom, { first: 6, oldest: 10 });
    view.listener.gap?.(3, 9, false);
    view.listener.appended?.([record(10)], new Map());
    Object.assign(view.room as FakeRoom, { oldest: 8 });
    view.listener.prepended?.([record(8), record(9)]);
    const shown = () => view.rows().map((row) => (row.kind === "message" ? row.text : row.kind));
    expect(shown()).toEqual("day t1 t2 gap t8 t9 t10".split(" "));
    Object.assign(view.room as FakeRoom, { oldest: 6 });
    view.listener.prepended?.([record(6), record(7)]);
    expect(shown()).toEqual("day t1 t2 gap t6 t7 t8 t9 t10".split(" "));
    expect(view.rows().find((row) => row.kind === "gap")).toMatchObject({ count: 3 });
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
    expect([view.unread, view.unreadFrom]).toEqual([0, null]);
  });

  test("what comes while one looks away is counted, and a line stands above the first", () => {
    const view = liveRoom(3);
    view.setWatched(false);
    view.listener.appended?.([record(4, 1), ...records(5, 6)], new Map());
    expect([view.unread, view.unreadFrom]).toEqual([2, 5]);
    view.setWatched(true);
    expect(kinds(view.rows())).toContain("unread");
    view.setAtNewest(true);
    expect(view.unread).toBe(0);
    // The line stays for the eye until one has looked away again.
    expect(view.unreadFrom).toBe(5);
    view.setWatched(false);
    expect(view.unreadFrom).toBeNull();
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
    expect([view.fromDevice, view.unread, view.unreadFrom]).toEqual([false, 2, 4]);
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

  test("grows upwards, is bounded there too, and finds the way back down", async () => {
    const view = liveRoom(2000);
    view.setAtNewest(false);
    while (view.hasOlder) await view.showOlder();
    expect(texts(view)[0]).toBe("t1");
    expect(texts(view)).toHaveLength(400);
    expect(view.hasNewer).toBe(true);
    for (let n = 0; view.hasNewer && n < 50; n++) {
      const last = texts(view).at(-1) as string;
      view.showNewer();
      expect(texts(view)).toContain(last);
    }
    expect(texts(view).at(-1)).toBe("t2000");
  });

  test("stays when new messages come while one reads further up", () => {
    const view = liveRoom(300);
    view.setAtNewest(false);
    const before = texts(view)[0];
    for (let n = 0; n < 10; n++) view.listener.appended?.(records(301 + n * 100, 400 + n * 100), new Map());
    expect(texts(view)[0]).toBe(before);
    expect(texts(view).length).toBeLessThanOrEqual(400);
    expect(view.unread).toBe(1000);
    view.jumpToNewest();
    expect(texts(view).at(-1)).toBe("t1300");
    expect(view.unread).toBe(0);
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
      allRooms: async () => [],
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
