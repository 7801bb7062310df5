/** What the page keeps of how an owned room stands: as it comes, in order, and no longer than it holds. */
import { expect, test } from "vitest";
import { kinds } from "../src/client/client.ts";
import { RoomState } from "../src/client/contract.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ServerKind, type StandingFrame } from "../src/wire/frames.ts";
import { Role } from "../src/wire/records/role.ts";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { encodeStanding } from "../src/wire/standing.ts";
import { heed } from "../web/owned-part.ts";
import { looksAfter, refusedIn, roleOf } from "../web/roles.ts";
import { RoomView } from "../web/room-view.ts";
import type { Store } from "../web/store.ts";
import { FakeRoom, liveRoom } from "./fake-room.ts";

function frame(asOf: number, topic: string): StandingFrame {
  const roles = new Map([[1, { role: Role.owner, name: "Ada" }]]);
  const room = {
    unlisted: false,
    hasPassword: false,
    roles,
    topic,
    pinned: [],
    sanctions: [],
    settings: DEFAULT_SETTINGS,
  };
  const parts = encodeStanding(room);
  return { kind: ServerKind.standing, room: 1, asOf, parts };
}

/** As a room's part leaves it. */
function topic(seq: number, text: string): ActRecord {
  const { kind, write } = kinds.topic;
  return { seq, author: 1, nonce: seq, time: 0, name: "Ada", kind, body: write({ text }) } as ActRecord;
}

function page() {
  let ticks = 0;
  const store = { tick: () => ticks++, moderation: {} } as unknown as Store;
  const view: RoomView = liveRoom(0);
  return { view, ticks: () => ticks, heed: () => heed(store, view) };
}

test("what came before the part did is taken once, in order", () => {
  const { view, ticks, heed } = page();
  view.listener.acted?.([topic(4, "before")], new Map());
  heed();
  expect([view.standing, ticks()]).toEqual([null, 0]);
  view.listener.standing?.(frame(5, "five"));
  view.listener.acted?.([topic(5, "in it"), topic(6, "six")], new Map());
  heed();
  expect([view.standing?.topic, ticks()]).toEqual(["six", 1]);
  const before = view.standing;
  heed();
  expect([view.standing === before, ticks()]).toEqual([true, 1]);
  view.listener.acted?.([topic(7, "seven")], new Map());
  heed();
  expect(view.standing?.topic).toBe("seven");
});

test("it holds while the room is entered again, and goes when that is an open one by then", () => {
  const { view, heed } = page();
  const moves = (state: RoomState) => {
    view.listener.state?.(state);
    heed();
  };
  view.listener.standing?.(frame(5, "five"));
  moves(RoomState.live);
  moves(RoomState.entering);
  moves(RoomState.catchingUp);
  expect(view.standing?.topic).toBe("five");
  view.listener.standing?.(frame(9, "nine"));
  moves(RoomState.live);
  expect(view.standing?.topic).toBe("nine");
  moves(RoomState.entering);
  moves(RoomState.catchingUp);
  moves(RoomState.live);
  expect(view.standing).toBeNull();
});

test("whom the conversation tells of is called by name once it is known how the room stands", () => {
  const { view, heed } = page();
  const { kind, write } = kinds.role;
  const body = write({ who: 1, role: Role.owner });
  view.setMe({ author: 9, name: "Me" });
  view.listener.acted?.(
    [{ seq: 4, author: 2, nonce: 4, time: 0, name: "Bo", kind, body } as ActRecord],
    new Map(),
  );
  const whom = () => view.rows().flatMap((row) => (row.kind === "ruling" ? [row.whom] : []));
  expect(whom()).toEqual([""]);
  view.listener.standing?.(frame(5, ""));
  // Drawn before the part takes it.
  expect(whom()).toEqual([""]);
  heed();
  expect(whom()).toEqual(["Ada"]);
});

test("who looks after a room is known by their role, and nobody does in an open one", () => {
  const { view, heed } = page();
  expect([roleOf(view, 1), looksAfter(view, 1)]).toEqual([Role.none, false]);
  view.listener.standing?.(frame(5, ""));
  heed();
  expect([roleOf(view, 1), looksAfter(view, 1), looksAfter(view, 2)]).toEqual([Role.owner, true, false]);
});

test("of what was refused, what was said of the room itself is told apart from what was done to a message", () => {
  const { view } = page();
  const entry = (id: string, kind: number, code: Refusal | null) => ({
    id,
    author: 1,
    room: "yard",
    nonce: 1,
    text: "",
    act: { kind, body: new Uint8Array() },
    writtenAt: 0,
    refused: code && { code },
  });
  view.listener.pending?.([
    entry("pin", kinds.pin.kind, Refusal.removed),
    entry("settings", kinds.settings.kind, Refusal.notAllowed),
    entry("topic", kinds.topic.kind, null),
    entry("edit", kinds.edit.kind, Refusal.removed),
  ]);
  expect(refusedIn(view).map(({ id }) => id)).toEqual(["pin", "settings"]);
});

test("of acts that no part has come to read so many are kept, and it is not known then how the room stands", () => {
  const nothing = () => undefined;
  const view = new RoomView("yard", nothing, nothing);
  view.room = Object.assign(new FakeRoom(), { position: { epoch: "0", seq: 1 } });
  view.listener.state?.(RoomState.live);
  view.listener.standing?.(frame(5, "five"));
  const some = (from: number) => Array.from({ length: 5_000 }, (_, i) => topic(from + i, `${from + i}`));
  view.listener.acted?.(some(6), new Map());
  expect(view.told).toHaveLength(5_001);
  view.listener.acted?.(some(5_006), new Map());
  expect(view.told).toBeUndefined();
  view.listener.acted?.(some(10_006), new Map());
  const acts = view.toKeep()?.acts ?? [];
  expect([view.told, acts.length, (acts[0] as ActRecord).seq]).toEqual([undefined, 10_000, 5_006]);
  // Entered again it is known.
  view.listener.standing?.(frame(20_000, "again"));
  view.listener.acted?.([topic(20_001, "new")], new Map());
  heed({ tick: nothing, moderation: {}, open: new Map() } as unknown as Store, view);
  expect(view.standing?.topic).toBe("new");
});
