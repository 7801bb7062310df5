/** What the page makes of a back room: what is new there, what it is called, and when it is opened by itself. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RoomState } from "../src/client/contract.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { ServerKind } from "../src/wire/frames.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { noted } from "../src/wire/records/noted.ts";
import { report } from "../src/wire/records/report.ts";
import { OPERATOR, Role } from "../src/wire/records/role.ts";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { topic } from "../src/wire/records/topic.ts";
import { titleOf } from "../src/wire/room-title.ts";
import { encodeStanding } from "../src/wire/standing.ts";
import { pathOf, roomOf } from "../web/address.ts";
import type { Happenings } from "../web/happenings.ts";
import { heed as heedOwned } from "../web/owned-part.ts";
import { RoomView } from "../web/room-view.ts";
import type { Store } from "../web/store.ts";
import { FakeRoom, ME, record, viewLater } from "./fake-room.ts";

const OTHER = 2;
const ABOUT = { person: 3, personName: "Cy" };
const kept = new Map<string, string>();

beforeEach(() => {
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  kept.clear();
});

function act<Body extends object>(seq: number, kind: RecordKind<Body>, body: Body): ActRecord {
  const head = { seq, author: 0, nonce: seq, time: 1_000, name: "Ada" };
  return { ...head, kind: kind.kind, body: kind.write(body) } as ActRecord;
}

const reportBy = (seq: number, by: number) =>
  act(seq, report, { front: 5, by, ...ABOUT, excerpt: "rude", text: "it is" });
const noteBy = (seq: number, by: number) =>
  act(seq, noted, { front: 6, act: topic.kind, by, at: 0, ...ABOUT, said: topic.write({ text: "cats" }) });

async function page() {
  vi.resetModules();
  const part = await import("../web/back-part.tsx");
  let ticks = 0;
  const store = { me: ME, current: null, tick: () => ticks++ } as unknown as Store;
  const view = new RoomView("yard/back", () => undefined);
  const room = Object.assign(new FakeRoom(), { position: { epoch: "0", seq: 0 } });
  view.room = room;
  const came = (seq: number, ...acts: ActRecord[]) => {
    room.position.seq = seq;
    part.heed(store, view, acts);
    return part.hasNews(view);
  };
  return { store, view, came, part, ticks: () => ticks };
}

test("what others did and reported is news until it was looked at, and one's own is none", async () => {
  const { store, view, came, part, ticks } = await page();
  expect(came(1, noteBy(1, ME.author))).toBe(false);
  expect(came(2, reportBy(2, OTHER))).toBe(true);
  expect(ticks()).toBe(1);
  store.current = view;
  expect(came(2)).toBe(false);
  expect(ticks()).toBe(2);
  store.current = null;
  expect(came(3, noteBy(3, OTHER))).toBe(true);
  expect(part.hasNews(undefined)).toBe(false);
});

test("what was looked at is known after a reload, and another life of the log hides nothing new", async () => {
  const before = await page();
  before.store.current = before.view;
  before.came(9, reportBy(9, OTHER));
  const after = await page();
  expect(after.came(9, reportBy(9, OTHER))).toBe(false);
  expect(after.came(10, reportBy(10, OTHER))).toBe(true);
  const another = await page();
  expect(another.came(4, reportBy(4, OTHER))).toBe(false);
  expect(another.came(5, reportBy(5, OTHER))).toBe(true);
});

test("a hidden page looks at nothing", async () => {
  const { store, view, came } = await page();
  store.current = view;
  vi.stubGlobal("document", { hidden: true });
  expect(came(1, reportBy(1, OTHER))).toBe(true);
});

test("its acts are kept on the device as copies of their own bytes", () => {
  const view = new RoomView(
    "yard/back",
    () => undefined,
    () => undefined,
    () => viewLater(),
  );
  view.room = Object.assign(new FakeRoom(), { position: { epoch: "0", seq: 2 } });
  view.setMe(ME);
  view.listener.state?.(RoomState.live);
  const frame = new Uint8Array(1_000);
  const { body } = reportBy(2, OTHER) as ActRecord & { body: Uint8Array };
  frame.set(body, 500);
  const said = { ...reportBy(2, OTHER), body: frame.subarray(500, 500 + body.length) };
  view.listener.appended?.([record(1)], new Map());
  view.listener.acted?.([said as ActRecord], new Map());
  view.rows();
  const [one] = view.toKeep()!.acts as ReturnType<Happenings["kept"]> & ActRecord[];
  expect(one!.said!.buffer.byteLength).toBe(body.length);
  expect(report.read(one!.said!)).toMatchObject({ excerpt: "rude" });
});

test("whoever looks after a room has its back room opened once, under the room's title", () => {
  const opened: string[] = [];
  const store = {
    ...{ me: ME, moderation: {}, tick: () => undefined, learn: () => undefined },
    openRoom: (name: string) => opened.push(name),
  } as unknown as Store;
  const frameOf = (asOf: number, role: Role, title = "") => ({
    ...{ kind: ServerKind.standing, room: 1, asOf },
    parts: encodeStanding({
      ...{ unlisted: false, hasPassword: false, roles: new Map([[ME.author, { role, name: "me" }]]) },
      ...{ topic: "", pinned: [], sanctions: [], settings: { ...DEFAULT_SETTINGS, title } },
    }),
  });
  const enters = (name: string, role: Role, title = "") => {
    const view = new RoomView(name, () => undefined);
    view.listener.standing?.(frameOf(1, role, title));
    view.listener.state?.(RoomState.live);
    for (let n = 0; n < 2; n++) heedOwned(store, view);
    return view;
  };
  enters("yard", Role.speaker);
  expect(opened).toEqual([]);
  enters("yard", OPERATOR);
  expect(opened).toEqual([]);
  enters("yard", Role.moderator);
  expect(opened).toEqual(["yard/back"]);
  expect(enters("club/back", Role.none).standing?.settings.title).toBe("club · back room");
  expect(enters("den/back", Role.none, "The den").standing?.settings.title).toBe("The den · back room");
  expect(enters("/back", Role.none).standing?.settings.title).toBe("The server's back room");
  expect(opened).toEqual(["yard/back"]);
});

test("its address is that of its room with a step more, and its title shows no secret", () => {
  expect(pathOf("마당/back")).toBe(`/r/${encodeURIComponent("마당")}/back`);
  for (const name of ["yard", "마당/back", "back", "back/back", "/back"])
    expect(roomOf(pathOf(name))).toBe(name);
  // Two slashes in a row are one to some, and then it would be the address of another room.
  expect(pathOf("/back")).toBe("/r/%2Fback");
  for (const path of ["/r/", "/r/a/b", "/r/a/back/c", "/r//back"]) expect(roomOf(path)).toBeNull();
  expect(titleOf("club~abcdefghijkl2/back")).toBe("club/back");
  expect(titleOf("club~abcdefghijkl2")).toBe("club");
});
