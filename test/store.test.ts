/** The store of the page: rooms that open, close and are refused, and all words in both languages. */
import { describe, expect, test, vi } from "vitest";
import { ClientState, RoomState } from "../src/client/contract.ts";
import { RefusedError } from "../src/client/refused-error.ts";
import { Close, Refusal } from "../src/wire/codes.ts";
import { canonicalRoom, pathOf, roomOf, seqOf } from "../web/address.ts";
import * as aroundMessages from "../web/around-part.ts";
import { KeptPages } from "../web/kept-pages.ts";
import * as messages from "../web/message-part.ts";
import * as later from "../web/room-later.ts";
import type { RoomView } from "../web/room-view.ts";
import { step } from "../web/shortcuts.ts";
import { type ChatClient, Store, type Surroundings } from "../web/store.ts";
import { withTalk } from "../web/talk-part.tsx";
import * as en from "../web/texts/en.ts";
import * as enLater from "../web/texts/en-later.ts";
import * as enRoom from "../web/texts/en-room.ts";
import * as enTrouble from "../web/texts/en-trouble.ts";
import * as ko from "../web/texts/ko.ts";
import * as koLater from "../web/texts/ko-later.ts";
import * as koRoom from "../web/texts/ko-room.ts";
import * as koTrouble from "../web/texts/ko-trouble.ts";
import { FakeRoom, holdDay, liveRoom, NOON } from "./fake-room.ts";

/** All that comes behind a room. */
const roomLater = { ...later, ...messages, ...aroundMessages };

holdDay();

describe("what keeps own messages back", () => {
  const entry = { id: "x1", author: 1, room: "yard", nonce: 1, text: "t", writtenAt: NOON, refused: null };

  test.each([
    ["slowMode", Refusal.slowMode],
    ["dayFull", Refusal.dayFull],
    ["tooSoon", Refusal.tooSoon],
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
      "roomBusy notInRoom staleNonce outOfOrder nonceTooHigh slowMode dayFull tooSoon tooManyRooms noChange".split(
        " ",
      );
    // Answers to acts that this page offers nobody.
    silent.push(..."unknownKind badBody noSuchMessage notAMessage notYours".split(" "));
    for (const { refusals, closes } of [enTrouble.trouble, koTrouble.trouble]) {
      const unsaid = Object.entries(Refusal).filter(
        ([name, code]) => !refusals[code] && !silent.includes(name),
      );
      expect(unsaid).toEqual([]);
      // Of the others it is enough to say that the connection is lost, or that the page does not fit.
      const { goingAway, full, internal, tooMuch, badVersion, flood, denied, workNeeded, tokenEnded } = Close;
      const said = [goingAway, full, internal, tooMuch, badVersion, flood, denied, workNeeded, tokenEnded];
      expect(Object.keys(closes).map(Number).sort()).toEqual(said);
    }
  });
});

test("no two files say the same thing, and both languages say all of it in the files of the same names", () => {
  const said = [en.front, enRoom.room, enLater.later, enTrouble.trouble].map((words) => Object.keys(words));
  expect(new Set(said.flat()).size).toBe(said.flat().length);
  for (const [one, other] of [
    [en, ko],
    [enRoom, koRoom],
    [enLater, koLater],
    [enTrouble, koTrouble],
  ]) {
    expect(Object.keys(other!)).toEqual(Object.keys(one!));
  }
});

describe("the store", () => {
  function makeStore(client: Partial<ChatClient> = {}, more: Partial<Surroundings> = {}) {
    const addresses: (string | null)[] = [];
    const reloads: string[] = [];
    const around: Surroundings = {
      roomPart: () => import("../web/room-part.ts"),
      roomLater: async () => withTalk(store, roomLater),
      identity: async () => null,
      unsentRooms: async () => ["unsent"],
      redraw: () => undefined,
      navigate: (room) => addresses.push(room),
      cover: () => addresses.push("cover"),
      uncover: () => addresses.push("uncover"),
      rememberOpen: () => undefined,
      reload: () => reloads.push("reload"),
      speak: (language) => reloads.push(language),
      ...more,
    };
    const store = new Store(new KeptPages(Promise.resolve(null)), around);
    const nothing = () => undefined;
    const fake: ChatClient = {
      capabilities: 0,
      start: nothing,
      stop: nothing,
      watchRooms: nothing,
      probe: nothing,
      askWhenReady: nothing,
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
    await vi.waitFor(() => expect(store.texts.useName("Otter")).toBe("Use “Otter”"));
    store.setLanguage("ko");
    expect(reloads).toEqual(["ko"]);
  });

  test("asks again for the way in, which comes behind a room, when somebody goes there without it", async () => {
    let tries = 0;
    const { store, client } = makeStore(
      {},
      {
        roomLater: async () => {
          if (++tries === 1) throw new TypeError("no network");
          return withTalk(store, roomLater);
        },
      },
    );
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await store.begin(client, "yard", []);
    await vi.waitFor(() => expect(tries).toBe(1));
    expect(store.later).toBeNull();
    store.goHome();
    await vi.waitFor(() => expect(store.later).not.toBeNull());
    expect(tries).toBe(2);
  });

  test("says that what lies over the page could not be fetched, and fetches it for the next one who asks", async () => {
    let tries = 0;
    const { store, client, addresses } = makeStore(
      {},
      {
        roomLater: () =>
          ++tries < 3 ? Promise.reject(new Error("no network")) : Promise.resolve(withTalk(store, roomLater)),
      },
    );
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await store.begin(client, "yard", []);
    // It comes behind the room by itself, and that it did not is told to nobody who does not need it.
    expect([tries, store.isLacking]).toEqual([1, false]);
    const layer = { kind: "menu", label: "menu", draw: () => null } as const;
    store.show(layer);
    await vi.waitFor(() => expect(store.isLacking).toBe(true));
    expect([store.layers, addresses]).toEqual([[], []]);
    store.show(layer);
    await vi.waitFor(() => expect(store.layers).toEqual([layer]));
    expect([tries, store.isLacking, addresses]).toEqual([3, false, ["cover"]]);
    warn.mockRestore();
  });

  test("fetches what did not come behind the room when a lost connection is there again", async () => {
    let tries = 0;
    const { store, client } = makeStore(
      {},
      {
        roomLater: () =>
          ++tries < 2 ? Promise.reject(new Error("no network")) : Promise.resolve(withTalk(store, roomLater)),
      },
    );
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await store.begin(client, "yard", []);
    await vi.waitFor(() => expect(warn).toHaveBeenCalled());
    const state = (state: ClientState) => store.listener.state?.(state, { retryAt: null, code: null });
    state(ClientState.ready);
    expect(tries).toBe(1);
    state(ClientState.waiting);
    state(ClientState.ready);
    await vi.waitFor(() => expect(store.later).not.toBeNull());
    expect(store.texts.people).toBe(enLater.later.people);
    warn.mockRestore();
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
    store.reload();
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
    step(store, 1);
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
    const taken = new RefusedError({ code: Refusal.nameTaken, suggestion: "me 2" });
    const { store, client } = makeStore({ rename: () => Promise.reject(taken) });
    await store.begin(client, null, []);
    await store.rename("you");
    expect(store.nameProblem).toEqual({ code: Refusal.nameTaken, suggestion: "me 2" });
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
