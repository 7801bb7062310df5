/** What is a command, whom it is for, and what it does. */
import { describe, expect, test, vi } from "vitest";
import { Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { COMMANDS, offered, run } from "../web/commands.ts";
import type { RoomView } from "../web/room-view.ts";
import { isCommand, listenToCommands } from "../web/slash.ts";
import type { Store } from "../web/store.ts";
import { commands as en } from "../web/texts/en-commands.ts";
import { commands as ko } from "../web/texts/ko-commands.ts";
import { holdDay, liveRoom, NOON } from "./fake-room.ts";

holdDay();

const ME = 1;

/** A room in which one has a role; an open one without. */
function room(role?: Role) {
  const said: [string, object][] = [];
  const view: RoomView = liveRoom(1);
  Object.assign(view.room!, { act: (kind: { name: string }, body: object) => said.push([kind.name, body]) });
  view.people = new Map([
    [2, "Bo"],
    [3, "Bo Li"],
    [4, "수달"],
  ]);
  const roles = new Map([[ME, { role: role ?? Role.none, name: "Ada" }]]);
  if (role !== undefined)
    view.standing = { unlisted: false, topic: "", pinned: [], roles, settings: DEFAULT_SETTINGS };
  return { view, said, does: (text: string) => run(view, ME, text) };
}

describe("a text", () => {
  test.each([
    ["/topic", true],
    ["/유", true],
    ["/", false],
    ["/ me", false],
    ["//me", false],
    ["me /me", false],
  ])("%s", (text, is) => {
    expect(isCommand(text)).toBe(is);
  });

  test("that begins with two slashes is said with one, and what is changed of a message as it is", () => {
    vi.stubGlobal("window", { addEventListener: () => undefined });
    const store = {} as Store;
    listenToCommands(store);
    const { view } = room();
    expect(["//etc", "hi", "/ hi"].map((text) => store.commanded(view, text))).toEqual([
      "/etc",
      "hi",
      "/ hi",
    ]);
    view.editing = "m1";
    expect(["/me", "//etc"].map((text) => store.commanded(view, text))).toEqual(["/me", "//etc"]);
    vi.unstubAllGlobals();
  });
});

test("in an open room, and for whoever has no role, there are those that everybody has", () => {
  for (const role of [undefined, Role.none, Role.speaker])
    expect(offered(room(role).view, ME)).toEqual(["me", "help"]);
  expect(offered(room(Role.moderator).view, ME)).toEqual(Object.keys(COMMANDS));
  const { does, said } = room();
  expect(does("/topic books")).toEqual({ name: "topic", isKnown: false });
  expect(does("/nothing")).toEqual({ name: "nothing", isKnown: false });
  expect(does("/me waves")).toBeNull();
  expect(said).toEqual([["action", { text: "waves" }]]);
});

test.each([
  ["/topic books we read ", "topic", { text: "books we read" }],
  ["/topic", "topic", { text: "" }],
  ["/slow 30", "settings", { slowSeconds: 30 }],
  ["/slow off", "settings", { slowSeconds: 0 }],
  ["/lock", "settings", { locked: true }],
  ["/lock off", "settings", { locked: false }],
  ["/kick @Bo 3 times", "sanction", { who: 2, what: Sanction.kick, until: 0, text: "3 times" }],
  ["/ban Bo Li", "sanction", { who: 3, what: Sanction.ban, until: 0, text: "" }],
  [
    "/mute @수달 10 too loud",
    "sanction",
    { who: 4, what: Sanction.mute, until: NOON + 600_000, text: "too loud" },
  ],
])("%s", (text, kind, body) => {
  const { does, said } = room(Role.moderator);
  expect(does(text)).toBeNull();
  expect(said).toEqual([[kind, body]]);
});

test.each([
  "/slow",
  "/slow -1",
  "/slow 21601",
  "/slow soon",
  "/lock on",
  "/kick",
  "/ban Nobody",
  "/me",
  "/mute Bob",
])("%s does nothing, and is said to be wrong", (text) => {
  const { does, said } = room(Role.owner);
  expect(does(text)).toMatchObject({ isKnown: true });
  expect(said).toEqual([]);
});

test("each has a sentence in both languages", () => {
  for (const { does } of [en, ko]) expect(Object.keys(does)).toEqual(Object.keys(COMMANDS));
});
