/** Own messages that the server does not take at once, or not under that nonce. */
import { expect, test } from "vitest";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind } from "../src/wire/frames.ts";
import { block, type Environment, makeEnvironment, makeLive, settle } from "./fake-client-environment.ts";
import { ack, inStorage, mine, reconnect, refuse } from "./outbox-frames.ts";

test.each([
  ["tooFast", Refusal.tooFast],
  ["roomBusy", Refusal.roomBusy],
  ["slowMode", Refusal.slowMode],
  ["dayFull", Refusal.dayFull],
  ["tooSoon", Refusal.tooSoon],
  ["a code of a later version with a time", 77 as Refusal],
])("%s: from that message on everything waits and goes again in order", async (_, code) => {
  const e = await makeLive(0);
  for (const text of ["a", "b", "c"]) e.view.room.send(text);
  await settle();
  e.socket.giveBytes(mine(1, 1, "a"));
  refuse(e, 2, code, 700);
  refuse(e, 3, Refusal.outOfOrder);
  e.view.room.send("d");
  await e.clock.advance(699);
  expect(e.socket.sends).toHaveLength(3);
  await e.clock.advance(1);
  // One at first: whether it is taken says whether more may come.
  expect(e.socket.sends.slice(3)).toEqual([[2, "b"]]);
  e.socket.giveBytes(mine(2, 2, "b"));
  await e.clock.advance(700);
  e.socket.giveBytes(mine(3, 3, "c"));
  await e.clock.advance(700);
  expect(e.socket.sends.slice(3)).toEqual([
    [2, "b"],
    [3, "c"],
    [4, "d"],
  ]);
  expect(e.view.pending.every((entry) => entry.refused === null)).toBe(true);
});

test("the time that was stated holds on the next connection too", async () => {
  const e = await makeLive(0);
  e.view.room.send("a");
  await settle();
  refuse(e, 1, Refusal.tooFast, 5_000);
  await reconnect(e);
  await e.clock.advance(4_749);
  expect(e.socket.sends).toEqual([]);
  await e.clock.advance(1);
  expect(e.socket.sends).toEqual([[1, "a"]]);
});

test("a clock that is set back makes no wait longer", async () => {
  const e = await makeLive(0);
  e.view.room.send("a");
  await settle();
  refuse(e, 1, Refusal.tooFast, 5_000);
  e.clock.sleep(-3_600_000);
  await reconnect(e);
  await e.clock.advance(5_000);
  expect(e.socket.sends).toEqual([[1, "a"]]);
});

/** Over a slow line the answers to the first time came when everything was under way for the second time. */
test("nothing goes again before its own refusal has come back", async () => {
  const e = await makeLive(0);
  for (const text of ["a", "b", "c"]) e.view.room.send(text);
  await settle();
  refuse(e, 1, Refusal.tooFast, 100);
  await e.clock.advance(100);
  expect(e.socket.sends.slice(3)).toEqual([[1, "a"]]);
  e.socket.giveBytes(mine(1, 1, "a"));
  await e.clock.advance(5_000);
  expect(e.socket.sends.slice(4)).toEqual([]);
  refuse(e, 2, Refusal.outOfOrder);
  expect(e.socket.sends.slice(4)).toEqual([[2, "b"]]);
  refuse(e, 3, Refusal.outOfOrder);
  expect(e.socket.sends.slice(5)).toEqual([[3, "c"]]);
});

test("tooFast is for all rooms, roomBusy for one", async () => {
  const e = await makeLive(0);
  const other = e.enter("other");
  await e.entered({ room: 8 });
  e.view.room.send("a");
  await settle();
  refuse(e, 1, Refusal.roomBusy, 1_000);
  other.room.send("x");
  await settle();
  expect(e.socket.of(ClientKind.send).at(-1)?.room).toBe(8);
  e.socket.giveBytes(block(1, [[1, "x", 1, "Otter"]], 8));
  await e.clock.advance(1_000);
  refuse(e, 1, Refusal.tooFast, 1_000);
  other.room.send("y");
  await e.clock.advance(999);
  expect(e.socket.of(ClientKind.send)).toHaveLength(3);
  await e.clock.advance(1);
  expect(e.socket.of(ClientKind.send)).toHaveLength(5);
});

test("an answer out of order that nobody expected leads to another try, not to a standstill", async () => {
  const e = await makeLive(0);
  e.view.room.send("a");
  await settle();
  refuse(e, 1, Refusal.outOfOrder);
  await e.clock.advance(1_000);
  expect(e.socket.sends).toHaveLength(2);
});

test.each([
  ["emptyText", Refusal.emptyText],
  ["textTooLong", Refusal.textTooLong],
  ["badText", Refusal.badText],
  ["cannotTell", Refusal.cannotTell],
  ["logFull", Refusal.logFull],
  ["roomStorageFull", Refusal.roomStorageFull],
  ["a code of a later version", 77 as Refusal],
])("%s: the message stays with the reason, later ones go on", async (_, code) => {
  const e = await makeLive(0);
  for (const text of ["a", "b"]) e.view.room.send(text);
  await settle();
  refuse(e, 1, code);
  e.socket.giveBytes(mine(1, 2, "b"));
  e.view.room.send("c");
  await settle();
  expect(e.socket.sends.at(-1)).toEqual([3, "c"]);
  expect(e.view.pending.map((entry) => [entry.text, entry.refused?.code ?? null])).toEqual([
    ["a", code],
    ["c", null],
  ]);
  // It survives a restart and is not sent by itself.
  await reconnect(e, { nonce: 2 });
  expect(e.socket.sends).toEqual([[3, "c"]]);
  expect((await e.storage.outbox("lobby"))[0]?.refused).toEqual({ code });
});

test("a refused message is retried at the end under a new nonce, or discarded", async () => {
  const e = await makeLive(0);
  const [a, b, c] = ["a", "b", "c"].map((text) => e.view.room.send(text).id);
  await settle();
  refuse(e, 1, Refusal.badText);
  refuse(e, 2, Refusal.badText);
  e.view.room.retry(a!, "A");
  expect(e.view.waiting).toBe("b c A");
  expect(e.view.pending.at(-1)?.id).toBe(a);
  await settle();
  expect(e.socket.sends.at(-1)).toEqual([4, "A"]);
  expect(e.view.room.discard(b!)).toBe(true);
  // What is under way may be in the log.
  expect(e.view.room.discard(c!)).toBe(false);
  e.view.room.retry(c!);
  expect(e.view.waiting).toBe("c A");
  await settle();
  expect(await inStorage(e)).toEqual(["3 c", "4 A"]);
  expect(e.socket.sends).toHaveLength(4);
});

test("an unsent message can be discarded and never goes out", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  view.room.send("a");
  const { id } = view.room.send("b");
  expect(view.room.discard(id)).toBe(true);
  await e.welcome();
  await e.entered();
  expect(e.socket.sends).toEqual([[1, "a"]]);
});

test("a text too long for the server is refused here: its frame could end the connection", async () => {
  const e = await makeLive(0, { limits: { maxTextBytes: 10 } });
  e.view.room.send("가나다라");
  e.view.room.send("ok");
  await settle();
  expect(e.socket.sends).toEqual([[1, "ok"]]);
  expect(e.view.pending[0]?.refused).toEqual({ code: Refusal.textTooLong });
});

test("stale nonces: new ones are learned from the server and the order stays", async () => {
  const e = await makeLive(0);
  for (const text of ["a", "b", "c"]) e.view.room.send(text);
  await settle();
  for (const nonce of [1, 2, 3]) refuse(e, nonce, Refusal.staleNonce);
  await settle();
  expect(e.socket.of(ClientKind.enter)).toHaveLength(2);
  await e.entered({ nonce: 50 });
  expect(e.socket.sends.slice(3)).toEqual([
    [51, "a"],
    [52, "b"],
    [53, "c"],
  ]);
  expect(await inStorage(e)).toEqual(["51 a", "52 b", "53 c"]);
});

/** What was never stored was acknowledged with number 0 and thrown away: 313 messages in one run. */
test.each([
  ["the refusal cannotTell", (e: Environment) => refuse(e, 1, Refusal.cannotTell)],
  ["the same with a time", (e: Environment) => refuse(e, 1, Refusal.cannotTell, 500)],
  ["an older server's acknowledgement with number 0", (e: Environment) => ack(e, 1, 0)],
])("%s: the message stays, goes again only by hand, and then under a new nonce", async (_, answer) => {
  const e = await makeLive(5);
  const { id } = e.view.room.send("a");
  e.view.room.send("b");
  await settle();
  answer(e);
  e.socket.giveBytes(mine(6, 2, "b"));
  expect(e.view.pending).toMatchObject([{ id, text: "a", refused: { code: Refusal.cannotTell } }]);
  await reconnect(e, { nonce: 2 });
  await e.clock.advance(20_000);
  expect(e.socket.sends).toEqual([]);
  expect(await e.storage.outbox("lobby")).toMatchObject([{ id, refused: { code: Refusal.cannotTell } }]);
  e.view.room.retry(id);
  await settle();
  expect(e.socket.sends).toEqual([[3, "a"]]);
});

test("what could not be told settles when its record comes by after all", async () => {
  const e = await makeLive(5);
  const { id } = e.view.room.send("a");
  await settle();
  refuse(e, 1, Refusal.cannotTell);
  await settle();
  e.socket.giveBytes(mine(6, 1, "a"));
  expect(e.view.pending).toEqual([]);
  expect(e.view.own).toEqual([[6, id]]);
  await settle();
  expect(await e.storage.outbox("lobby")).toEqual([]);
});

test("a nonce too high: the last one is learned, and all that were too high go on from there", async () => {
  const e = makeEnvironment();
  const entry = { author: 1, room: "lobby", nonce: 0, refused: null };
  const high = 2 ** 52;
  await e.storage.putEntry({ ...entry, id: "x", text: "a", writtenAt: 1, nonce: 7 });
  await e.storage.putEntry({ ...entry, id: "y", text: "b", writtenAt: 2, nonce: high });
  const view = e.enter();
  view.room.send("c");
  await e.welcome();
  await e.entered({ nonce: 6 });
  expect(e.socket.sends).toEqual([
    [7, "a"],
    [high, "b"],
    [high + 1, "c"],
  ]);
  e.socket.giveBytes(mine(1, 7, "a"));
  refuse(e, high, Refusal.nonceTooHigh);
  refuse(e, high + 1, Refusal.nonceTooHigh);
  await settle();
  expect(e.socket.of(ClientKind.enter)).toHaveLength(2);
  await e.entered({ nonce: 7, head: 1, start: 1 });
  expect(e.socket.sends.slice(3)).toEqual([
    [8, "b"],
    [9, "c"],
  ]);
  expect(view.pending.every(({ refused }) => refused === null)).toBe(true);
});

test("after the highest nonce there is none left: the writer is told, and nothing is sent", async () => {
  const e = await makeLive(0, { nonce: Number.MAX_SAFE_INTEGER });
  e.view.room.send("a");
  await settle();
  expect(e.socket.sends).toEqual([]);
  expect(e.view.pending).toMatchObject([{ refused: { code: Refusal.nonceTooHigh } }]);
  expect(e.errors).toEqual([]);
});

test("the highest nonce in the storage blocks nothing", async () => {
  const e = makeEnvironment();
  const entry = { author: 1, room: "lobby", refused: null, text: "a", writtenAt: 1 };
  await e.storage.putEntry({ ...entry, id: "x", nonce: Number.MAX_SAFE_INTEGER });
  const view = e.enter();
  view.room.send("b");
  await e.welcome();
  await e.entered({ nonce: 6 });
  refuse(e, Number.MAX_SAFE_INTEGER, Refusal.nonceTooHigh);
  await settle();
  await e.entered({ nonce: 6 });
  expect(e.socket.sends.slice(1)).toEqual([
    [7, "a"],
    [8, "b"],
  ]);
});

test("why messages wait, and until when, is told", async () => {
  const e = await makeLive(0);
  e.view.room.send("a");
  await settle();
  refuse(e, 1, Refusal.slowMode, 3_000);
  expect(e.view.told.at(-1)).toBe(`slowed ${Refusal.slowMode} 3000`);
});

test("a stale nonce before one that was taken doubles nothing", async () => {
  const e = await makeLive(0);
  for (const text of ["a", "b"]) e.view.room.send(text);
  await settle();
  refuse(e, 1, Refusal.staleNonce);
  e.socket.giveBytes(mine(1, 2, "b"));
  await settle();
  await e.entered({ nonce: 2, head: 1 });
  expect(e.socket.sends.slice(2)).toEqual([[3, "a"]]);
  e.socket.giveBytes(mine(2, 3, "a"));
  expect(e.view.pending).toEqual([]);
});

test("a room the server forgot is entered again and the message goes again", async () => {
  const e = await makeLive(0);
  e.view.room.send("a");
  await settle();
  refuse(e, 1, Refusal.notInRoom);
  await e.entered();
  await e.clock.advance(1_000);
  expect(e.socket.sends).toEqual([
    [1, "a"],
    [1, "a"],
  ]);
});

test("the client keeps below the stated rate", async () => {
  const e = await makeLive(0, { limits: { messagesPerSecond: 10, messageBurst: 10 } });
  for (let n = 0; n < 40; n++) e.view.room.send(String(n));
  await settle();
  expect(e.socket.sends).toHaveLength(9);
  const start = e.clock.now();
  let tokens = 1;
  for (let ms = 0; ms < 4_000; ms += 50) {
    const before = e.socket.sends.length;
    await e.clock.advance(50);
    tokens = Math.min(10, tokens + 0.5) - (e.socket.sends.length - before);
    expect(tokens).toBeGreaterThanOrEqual(0);
  }
  expect(e.clock.now() - start).toBe(4_000);
  expect(e.socket.sends.map(([nonce]) => nonce)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});
