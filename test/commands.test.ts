/** What is a command, whom it is for, and what it does. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { RoomState } from "../src/client/contract.ts";
import type { ActRecord } from "../src/wire/block.ts";
import { Refusal } from "../src/wire/codes.ts";
import { action } from "../src/wire/records/action.ts";
import { Role } from "../src/wire/records/role.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { DEFAULT_SETTINGS } from "../src/wire/records/settings.ts";
import { COMMANDS, isReady, offered, run } from "../web/commands.ts";
import { KeptPages } from "../web/kept-pages.ts";
import type { RoomView } from "../web/room-view.ts";
import { isCommand, listenToCommands } from "../web/slash.ts";
import { Store, type Surroundings } from "../web/store.ts";
import { commands as en } from "../web/texts/en-commands.ts";
import { commands as ko } from "../web/texts/ko-commands.ts";
import { holdDay, liveRoom, NOON, record } from "./fake-room.ts";

holdDay();

const ME = 1;
/** Ahead of this device. */
const SERVER_NOW = NOON + 15 * 60_000;

/** A room in which one has a role; an open one without. */
function room(role?: Role) {
  const said: [string, object][] = [];
  const view: RoomView = liveRoom(1);
  view.listener.appended?.([record(2, 9)], new Map());
  Object.assign(view.room!, { act: (kind: { name: string }, body: object) => said.push([kind.name, body]) });
  view.people = new Map([
    [2, "Bo"],
    [3, "Bo Li"],
    [4, "수달"],
  ]);
  const roles = new Map([[ME, { role: role ?? Role.none, name: "Ada" }]]);
  if (role !== undefined)
    view.standing = {
      unlisted: false,
      hasPassword: false,
      topic: "",
      pinned: [],
      roles,
      settings: DEFAULT_SETTINGS,
      sanctions: [],
    };
  return { view, said, does: (text: string) => run(view, ME, text, SERVER_NOW) };
}

/** A page that looks at a room, as far as what is sent in it. */
function page(view?: RoomView) {
  const sent: string[] = [];
  const store: Store = new Store(new KeptPages(Promise.resolve(null)), {
    redraw: () => undefined,
  } as Surroundings);
  if (view) {
    Object.assign(view.room!, { send: (text: string) => sent.push(text) });
    store.current = view;
  }
  return { store, sent };
}

beforeAll(() => {
  vi.stubGlobal("window", { addEventListener: () => undefined });
  vi.stubGlobal("document", { querySelector: () => null });
});
afterAll(() => vi.unstubAllGlobals());

async function isLoaded(): Promise<void> {
  await import("../web/command-part.tsx");
  await new Promise(setImmediate);
}

describe("what is sent before it is known what it is", () => {
  test("stays in the field, is done once that is known, and is never a text", async () => {
    const { view, said } = room();
    const { store, sent } = page(view);
    view.draft = "/me waves";
    expect(store.send(view, "hello")).toBeUndefined();
    view.draft = "/me waves";
    expect(store.send(view, view.draft)).toBe(true);
    expect([sent, said]).toEqual([["hello"], []]);
    listenToCommands(store);
    await isLoaded();
    expect([said, sent, view.draft]).toEqual([[["action", { text: "waves" }]], ["hello"], ""]);
  });

  test.each(["/me waves", "//etc"])("leaves what was written since in the field (%s)", async (text) => {
    const { view, said } = room();
    const { store, sent } = page(view);
    view.fill = (filled) => {
      view.draft = filled;
    };
    store.send(view, text);
    view.draft = `${text}\nand no`;
    listenToCommands(store);
    await isLoaded();
    expect(said.length + sent.length).toBe(1);
    expect(view.draft).toBe("and no");
  });

  test.each([
    [["/me waves", "//etc", "/me sits"], "and no", ["waves", "sits"], ["/etc"], "and no"],
    [["//etc", "/me waves"], "", ["waves"], ["/etc"], ""],
    // What stands below a wrong one waits for its writer.
    [["/me waves", "/nothing", "/me sits"], "", ["waves"], [], "/nothing\n/me sits"],
    [["/me waves", "/me", "//etc"], "x", ["waves"], [], "/me\n//etc\nx"],
  ])("all of it in order, and nothing twice (%j)", async (texts, written, deeds, plain, left) => {
    const { view, said } = room();
    const { store, sent } = page(view);
    view.fill = (filled) => {
      view.draft = filled;
    };
    for (const text of texts) expect(store.send(view, text)).toBe(true);
    // As the field has it, and what was written since.
    view.draft = [...texts, ...(written ? [written] : [])].join("\n");
    listenToCommands(store);
    await isLoaded();
    for (let i = 0; i < 3; i++) store.heedCommand?.();
    expect([said, sent, view.draft]).toEqual([deeds.map((text) => ["action", { text }]), plain, left]);
  });

  test("is offered for what was begun in the field before", async () => {
    let looks = 0;
    const area = {
      value: "/",
      closest: () => area,
      get isConnected() {
        looks++;
        return false;
      },
    };
    const query = vi.spyOn(document, "querySelector").mockReturnValue(area as unknown as Element);
    listenToCommands(page(room().view).store);
    query.mockRestore();
    await isLoaded();
    expect(looks).toBe(1);
  });

  test("is not done when it was changed meanwhile", async () => {
    const { view, said } = room();
    const { store, sent } = page(view);
    view.draft = "/me waves";
    store.send(view, view.draft);
    view.draft = "/me waves to";
    listenToCommands(store);
    view.draft = "//etc";
    expect(store.send(view, view.draft)).toBeUndefined();
    view.draft = "/me runs";
    store.send(view, view.draft);
    view.draft = "/me walks";
    await isLoaded();
    expect([sent, said]).toEqual([["/etc"], []]);
  });

  test("of a room that was not entered yet waits for it, and for how the room stands", async () => {
    const { view, said } = room(Role.moderator);
    const { store, sent } = page(view);
    store.me = { author: ME, name: "Ada" };
    listenToCommands(store);
    const { standing = null } = view;
    view.standing = null;
    view.state = RoomState.entering;
    view.draft = "/lock";
    store.send(view, view.draft);
    await isLoaded();
    store.heedCommand?.();
    view.told = [{} as ActRecord];
    view.state = RoomState.live;
    store.heedCommand?.();
    expect([said, view.draft]).toEqual([[], "/lock"]);
    view.standing = standing;
    const { act } = view.room!;
    // What it does is heard of at once, as anything of the room.
    Object.assign(view.room!, {
      act: (...how: Parameters<typeof act>) => {
        if (said.length < 5) act(...how);
        store.heedCommand?.();
        return {};
      },
    });
    store.heedCommand?.();
    expect([said, view.draft, sent]).toEqual([[["settings", { locked: true }]], "", []]);
  });
});

test("without a connection, what needs no role or a role that is known goes to the outbox", () => {
  const open = room().view;
  open.state = RoomState.entering;
  expect([isReady(open, "/me waves"), isReady(open, "/lock")]).toEqual([true, false]);
  const own = room(Role.moderator).view;
  own.state = RoomState.entering;
  expect(isReady(own, "/lock")).toBe(true);
  open.room = null;
  expect(isReady(open, "/me waves")).toBe(false);
});

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
    const { store } = page();
    listenToCommands(store);
    const { view } = room();
    expect(["//etc", "hi", "/ hi"].map((text) => store.commanded(view, text))).toEqual([
      "/etc",
      "hi",
      "/ hi",
    ]);
    const amend = vi.fn();
    view.edit({ id: "m1", text: "was" }, amend);
    expect(["/me", "//etc"].map((text) => store.send(view, text))).toEqual([false, false]);
    expect(amend.mock.calls).toEqual([["/me"], ["//etc"]]);
  });

  test("that was refused goes out again as what it was", () => {
    const { store } = page();
    listenToCommands(store);
    const { view, said } = room();
    const retried: string[] = [];
    const discarded: string[] = [];
    Object.assign(view.room!, {
      retry: (id: string, text: string) => retried.push(`${id} ${text}`),
      discard: (id: string) => discarded.push(id),
    });
    const entry = {
      author: ME,
      room: "yard",
      nonce: 0,
      writtenAt: NOON,
      refused: { code: Refusal.slowMode },
    };
    const act = { kind: action.kind, body: action.write({ text: "waves" }) };
    view.pending = [
      { ...entry, id: "e1", text: "one" },
      { ...entry, id: "e2", text: "waves", act },
    ];
    view.edit(view.pending[0]!);
    store.send(view, "/me");
    view.edit(view.pending[1]!);
    store.send(view, "dances");
    expect([retried, said, discarded]).toEqual([["e1 /me"], [["action", { text: "dances" }]], ["e2"]]);
    expect(view.editing).toBeNull();
  });
});

test("in an open room, and for whoever has no role, there are those that everybody has", () => {
  for (const role of [undefined, Role.none, Role.speaker])
    expect(offered(room(role).view, ME)).toEqual(["me", "help"]);
  expect(offered(room(Role.moderator).view, ME)).toEqual([...COMMANDS.keys()]);
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
  ["/keep 24", "settings", { keepHours: 24 }],
  ["/keep 7d", "settings", { keepHours: 168 }],
  ["/keep 3일", "settings", { keepHours: 72 }],
  ["/keep 12시간", "settings", { keepHours: 12 }],
  ["/keep 2 days", "settings", { keepHours: 48 }],
  ["/keep off", "settings", { keepHours: 0 }],
  ["/lock", "settings", { locked: true }],
  ["/lock off", "settings", { locked: false }],
  ["/kick @Bo 3 times", "sanction", { who: 2, what: Sanction.kick, until: 0, text: "3 times" }],
  ["/kick bo li", "sanction", { who: 3, what: Sanction.kick, until: 0, text: "" }],
  // Who is gone already, and spoke.
  ["/kick n9 spam", "sanction", { who: 9, what: Sanction.kick, until: 0, text: "spam" }],
  ["/ban Bo Li", "sanction", { who: 3, what: Sanction.ban, until: 0, text: "" }],
  [
    "/mute @수달 10 too loud",
    "sanction",
    { who: 4, what: Sanction.mute, until: SERVER_NOW + 600_000, text: "too loud" },
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
  "/keep",
  "/keep 0",
  "/keep -1",
  "/keep 3651d",
  "/keep long",
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
  for (const { does } of [en, ko]) expect([...does.keys()]).toEqual([...COMMANDS.keys()]);
});
