/**
 * Who put signs on a message and how it read before, as the server tells whoever is in the room: what, to whom, how
 * much.
 */
import { describe, expect, test } from "vitest";
import { readEdited, readReacted } from "../src/wire/about.ts";
import { NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, ServerCapability, ServerKind } from "../src/wire/frames.ts";
import { edit } from "../src/wire/records/edit.ts";
import type { RecordKind } from "../src/wire/records/kind.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { Sanction, sanction } from "../src/wire/records/sanction.ts";
import { takedown } from "../src/wire/records/takedown.ts";
import { text } from "../src/wire/records/text.ts";
import { FakeHouse, type HouseOptions } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";
import { ownedYard } from "./owned-yard.ts";
import { HeldLog } from "./session-logs.ts";

type Asking = typeof ClientKind.who | typeof ClientKind.edits;

/** What is not in memory is read from this log. */
async function yard(options: HouseOptions = {}) {
  const log = new HeldLog();
  const house = new FakeHouse({ log, ...options, limits: { messagesPerSecond: 0, ...options.limits } });
  const ada = await house.seated("yard", "Ada");
  const { room } = ada;
  let nonce = 0;
  const say = (socket: FakeSocket, kind: number, body: Uint8Array) =>
    socket.write({ kind: ClientKind.act, room, nonce: ++nonce, act: kind, body });
  return {
    house,
    log,
    room,
    ada: ada.socket,
    says: async (socket: FakeSocket, ...said: string[]) => {
      for (const one of said) say(socket, text.kind, encodeText(one));
      await house.loop.settle();
    },
    does: async <Body extends object>(socket: FakeSocket, kind: RecordKind<Body>, ...bodies: Body[]) => {
      for (const body of bodies) say(socket, kind.kind, kind.write(body));
      // A room of many people waits a little for more.
      await house.loop.advance(100);
    },
    asks: (kind: Asking, seq: number, socket = ada.socket) => asks(house, room, kind, seq, socket),
  };
}

/** What is told, or the code of the refusal; it has the number of the request in any case. */
async function asks(house: FakeHouse, room: number, kind: Asking, seq: number, socket: FakeSocket) {
  const before = socket.frames.length;
  socket.write({ kind, request: 70, room, seq });
  await house.loop.settle();
  return answer(socket, before);
}

function answer(socket: FakeSocket, before: number) {
  const answers = socket.frames.slice(before).filter((one) => "request" in one && one.request === 70);
  expect(answers).toHaveLength(1);
  const [frame] = answers;
  if (frame?.kind === ServerKind.refused) return frame.code;
  if (frame?.kind === ServerKind.reacted) return readReacted(frame.told).signs;
  if (frame?.kind === ServerKind.edited) return readEdited(frame.told);
  throw new Error("another answer");
}

describe("who put signs on a message", () => {
  test("is told with all of them, first come first, oneself apart, by the newest names", async () => {
    const { house, ada, says, does, asks } = await yard();
    expect(ada.last(ServerKind.welcome).capabilities & ServerCapability.tellsWho).not.toBe(0);
    await says(ada, "one", "two");
    const others: FakeSocket[] = [];
    for (let n = 2; n <= 121; n++) others.push((await house.seated("yard", `Guest ${n}`)).socket);
    await does(ada, reaction, { to: 1, on: true, text: "🎉" });
    for (const socket of others) await does(socket, reaction, { to: 1, on: true, text: "👍" });
    await does(ada, reaction, { to: 1, on: true, text: "👍" });
    await does(others[0]!, reaction, { to: 1, on: false, text: "👍" });
    others[1]!.write({ kind: ClientKind.rename, request: 1, name: "Other" });
    await does(others[1]!, reaction, { to: 2, on: true, text: "👀" });
    const firstOnes = Array.from({ length: 100 }, (_, n) => ({
      author: n + 3,
      name: n === 0 ? "Other" : `Guest ${n + 3}`,
    }));
    expect(await asks(ClientKind.who, 1)).toEqual([
      { sign: "🎉", count: 1, own: true, people: [] },
      { sign: "👍", count: 120, own: true, people: firstOnes },
    ]);
    expect(await asks(ClientKind.who, 1, others[1]!)).toMatchObject([
      { sign: "🎉", count: 1, own: false, people: [{ author: 1, name: "Ada" }] },
      { sign: "👍", own: true, people: { length: 100, 0: { author: 4 } } },
    ]);
    expect(await asks(ClientKind.who, 3)).toEqual([]);
  });

  test("costs what is told", async () => {
    const { ada, house, says, does, asks } = await yard({
      allowances: {
        ...NO_ALLOWANCES,
        identity: { bytes: { perSecond: 1, burst: 60 } },
      },
    });
    await says(ada, "one");
    await does(ada, reaction, { to: 1, on: true, text: "👍" });
    const told = [];
    for (let n = 0; n < 10; n++) told.push(await asks(ClientKind.who, 1));
    expect(told.filter((one) => one === Refusal.tooFast).length).toBeGreaterThan(3);
    expect(ada.last(ServerKind.refused).retryAfterMs).toBeGreaterThan(0);
    await house.loop.advance(ada.last(ServerKind.refused).retryAfterMs + 60_000);
    expect(await asks(ClientKind.who, 1)).toHaveLength(1);
  });
});

describe("how a message read before", () => {
  test.each([
    ["memory", {}],
    ["the log", { limits: { tailBytes: 1 } }],
  ])("is told from its first text on, from %s", async (_, options) => {
    const { house, room, ada, says, does, asks } = await yard(options);
    const time = house.loop.now();
    await says(ada, "one", "two");
    await house.loop.advance(1_000);
    await does(ada, edit, { to: 1, text: "uno" }, { to: 2, text: "zwei" }, { to: 1, text: "eins" });
    expect(await asks(ClientKind.edits, 1)).toEqual({
      room,
      seq: 1,
      more: 0,
      missing: 0,
      versions: [
        { number: 1, time, text: "one" },
        { number: 3, time: time + 1_000, text: "uno" },
        { number: 5, time: time + 1_000, text: "eins" },
      ],
    });
    expect(await asks(ClientKind.edits, 3)).toBe(Refusal.notAMessage);
  });

  test("goes back as far as there is place for, the newest first", async () => {
    const { ada, says, does, asks } = await yard({ limits: { tailBytes: 1 } });
    const long = "가".repeat(1_300);
    await says(ada, "one");
    for (let n = 0; n < 40; n++) await does(ada, edit, { to: 1, text: `${long} ${n}` });
    const told = await asks(ClientKind.edits, 1);
    expect(told).toMatchObject({ more: 24, missing: 0, versions: { length: 17, 16: { number: 41 } } });
    await says(ada, "short");
    for (let n = 0; n < 60; n++) await does(ada, edit, { to: 42, text: `${n}` });
    // The newest is in memory, and not one of the fifty that are read.
    expect(await asks(ClientKind.edits, 42)).toMatchObject({ more: 10, versions: { length: 51 } });
  });

  test("says how many versions the disk has lost", async () => {
    const { log, ada, says, does, asks } = await yard({ limits: { tailBytes: 1 } });
    await says(ada, "one");
    await does(ada, edit, { to: 1, text: "uno" }, { to: 1, text: "eins" });
    await says(ada, "two");
    await does(ada, edit, { to: 1, text: "one" });
    log.damaged = true;
    expect(await asks(ClientKind.edits, 1)).toMatchObject({ more: 0, missing: 3, versions: [{ number: 5 }] });
  });

  test("is not told when the message is taken down while it is read", async () => {
    const log = new HeldLog();
    const { house, room, ada, bo, does } = await ownedYard({ log, limits: { tailBytes: 1 } });
    await does(text, { text: "secret" }, bo.socket);
    await does(edit, { to: 2, text: "more secret" }, bo.socket);
    await does(text, { text: "something else" }, bo.socket);
    const read = log.readForward.bind(log);
    let reads = 0;
    log.readForward = async (...asked) => {
      if (++reads === 2) expect(await does(takedown, { to: 2, text: "" })).toBeNull();
      return read(...asked);
    };
    ada.write({ kind: ClientKind.edits, request: 70, room, seq: 2 });
    await house.loop.settle();
    await house.loop.settle();
    expect(answer(ada, 0)).toBe(Refusal.removed);
    expect(reads).toBeGreaterThan(2);
  });
});

describe.each([
  ["who", ClientKind.who],
  ["edits", ClientKind.edits],
] as const)("%s", (_, kind) => {
  test("of nothing, of what is not kept, and of what is removed, has a code", async () => {
    const { house, ada, says, does, asks } = await yard();
    await says(ada, "one", "two");
    expect([await asks(kind, 0), await asks(kind, 3)]).toEqual([
      Refusal.noSuchMessage,
      Refusal.noSuchMessage,
    ]);
    await does(ada, edit, { to: 1, text: "secret" });
    await does(ada, reaction, { to: 1, on: true, text: "👍" });
    await does(ada, removal, { to: 1 });
    expect(await asks(kind, 1)).toBe(Refusal.removed);
    const trimmed = house.rooms.applyRetention(0, 2, () => false);
    await house.loop.settle();
    await trimmed;
    expect(await asks(kind, 1)).toBe(Refusal.notKept);
  });

  test("is told to nobody outside, and to nobody who is put out before it is their turn", async () => {
    const log = new HeldLog();
    const { house, room, bo, does } = await ownedYard({ log, limits: { tailBytes: 1 } });
    const { socket } = await house.seated("elsewhere", "Dee");
    expect(await asks(house, room, kind, 1, socket)).toBe(Refusal.notInRoom);
    // A page that waits for the disk comes first.
    log.readsHeld = true;
    const history = { kind: ClientKind.history, request: 1, room, direction: 0, seq: 9, limit: 1 } as const;
    bo.socket.write(history);
    const before = bo.socket.frames.length;
    bo.socket.write({ kind, request: 70, room, seq: 1 });
    await house.loop.settle();
    await does(sanction, { who: bo.author, what: Sanction.ban, until: 0, text: "" });
    log.release();
    await house.loop.settle();
    expect(answer(bo.socket, before)).toBe(Refusal.notInRoom);
  });
});
