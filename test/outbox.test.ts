import { expect, test } from "vitest";
import type { OutboxEntry } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import {
  block,
  damaged,
  type Environment,
  FakeClock,
  makeEnvironment,
  makeLive,
  numbers,
  OTHER_EPOCH,
  ROOM,
  settle,
} from "./fake-client-environment.ts";

type Sockets = Pick<Environment, "socket">;

function refuse(e: Sockets, nonce: number, code: Refusal, retryAfterMs = 0): void {
  e.socket.give({
    kind: ServerKind.refused,
    refused: ClientKind.send,
    request: nonce,
    room: ROOM,
    code,
    retryAfterMs,
    suggestion: "",
  });
}

const ack = (e: Sockets, nonce: number, seq: number) =>
  e.socket.give({ kind: ServerKind.ack, room: ROOM, nonce, seq });

/** The own record with this nonce, as number `seq`. */
const mine = (seq: number, nonce: number, text: string, author = 1) =>
  block(seq, [[nonce, text, author, "Otter"]]);

/** A second client on the same storage. */
const tab = (e: Environment) => makeEnvironment(new MemoryStorage(e.storage), e.clock);

async function reconnect(e: Environment, fields: Parameters<Environment["entered"]>[0] = {}): Promise<void> {
  if (e.client.state === "ready") e.socket.end();
  await e.clock.advance(250);
  await e.welcome();
  await e.entered(fields);
}

/** What the storage holds under this author's number. */
const inStorage = async (e: Environment, author = 1, room = "lobby") =>
  (await e.storage.outbox(room))
    .filter((entry) => entry.author === author)
    .map((entry) => `${entry.nonce} ${entry.text}`);

test("a message is pending at once, goes out with the next nonce, and settles when its record comes", async () => {
  const e = await makeLive(0, { nonce: 41 });
  const entry = e.view.room.send("hello");
  expect(entry).toMatchObject({ author: 1, room: "lobby", text: "hello", refused: null });
  expect(e.view.waiting).toBe("hello");
  await settle();
  expect(e.socket.sends).toEqual([[42, "hello"]]);
  expect(await inStorage(e)).toEqual(["42 hello"]);
  e.socket.giveBytes(mine(1, 42, "hello"));
  expect(e.view.own).toEqual([[1, entry.id]]);
  expect(e.view.pending).toEqual([]);
  await settle();
  expect(await inStorage(e)).toEqual([]);
});

test("nothing is sent before the storage holds it with its nonce", async () => {
  const storage = new MemoryStorage();
  const puts: (() => void)[] = [];
  const put = storage.putEntry.bind(storage);
  const stored: OutboxEntry[] = [];
  storage.putEntry = (entry) =>
    new Promise((resolve) => {
      puts.push(() => {
        stored.push(entry);
        resolve(put(entry));
      });
    });
  const e = await makeLive(0, { storage });
  e.view.room.send("one");
  e.view.room.send("two");
  await settle();
  expect(e.socket.sends).toEqual([]);
  // The second is stored first: it waits all the same.
  puts[1]!();
  await settle();
  expect(e.socket.sends).toEqual([]);
  puts[0]!();
  await settle();
  expect(e.socket.sends).toEqual([
    [1, "one"],
    [2, "two"],
  ]);
  expect(stored.map((entry) => entry.nonce).sort()).toEqual([1, 2]);
});

test("the same text of somebody else, or of an own nonce not pending, is not taken for one's own", async () => {
  const e = await makeLive(0);
  e.view.room.send("hi");
  await settle();
  e.socket.giveBytes(block(1, [[1, "hi", 2]]));
  e.socket.giveBytes(mine(2, 7, "hi"));
  expect(e.view.waiting).toBe("hi");
  expect(e.view.own).toEqual([]);
});

test("messages written offline go out in order once there is a connection", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  for (const text of ["a", "b", "c"]) view.room.send(text);
  await settle();
  expect(await inStorage(e, 0)).toEqual(["0 a", "0 b", "0 c"]);
  await e.welcome();
  await e.entered({ nonce: 5 });
  expect(e.socket.sends).toEqual([
    [6, "a"],
    [7, "b"],
    [8, "c"],
  ]);
  expect(await inStorage(e)).toEqual(["6 a", "7 b", "8 c"]);
});

test("after a lost connection everything unsettled goes again with its own nonce, then the rest", async () => {
  const e = await makeLive(0);
  for (const text of ["a", "b"]) e.view.room.send(text);
  await settle();
  e.socket.end();
  e.view.room.send("c");
  await reconnect(e, { nonce: 1 });
  expect(e.socket.sends).toEqual([
    [1, "a"],
    [2, "b"],
    [3, "c"],
  ]);
  e.socket.giveBytes(mine(1, 1, "a"));
  ack(e, 1, 1);
  e.socket.giveBytes(
    block(2, [
      [2, "b", 1, "Otter"],
      [3, "c", 1, "Otter"],
    ]),
  );
  expect(e.view.pending).toEqual([]);
  expect(e.view.own.map(([seq]) => seq)).toEqual([1, 2, 3]);
  await settle();
  expect(await inStorage(e)).toEqual([]);
});

test("an acknowledged message stays visible until its record is there", async () => {
  const e = await makeLive(0);
  const { id } = e.view.room.send("a");
  await settle();
  await reconnect(e, { nonce: 1, head: 3 });
  ack(e, 1, 2);
  await settle();
  expect(e.view.waiting).toBe("a");
  expect(await inStorage(e)).toEqual([]);
  e.socket.giveBytes(numbers(1));
  expect(e.view.waiting).toBe("a");
  e.socket.giveBytes(mine(2, 1, "a"));
  expect(e.view.own).toEqual([[2, id]]);
  expect(e.view.pending).toEqual([]);
});

test("an acknowledgement of a message stored at a number that was passed settles it", async () => {
  const e = await makeLive(5);
  e.view.room.send("a");
  await settle();
  ack(e, 1, 3);
  expect(e.view.pending).toEqual([]);
  ack(e, 1, 3);
  ack(e, 99, 2);
  await settle();
  expect(await inStorage(e)).toEqual([]);
});

test("an acknowledged message whose record never comes by vanishes when the position has passed it", async () => {
  const e = await makeLive(0);
  e.view.room.send("a");
  await settle();
  ack(e, 1, 2);
  expect(e.view.waiting).toBe("a");
  await reconnect(e, { resume: Resume.gap, first: 10, start: 9, head: 10 });
  e.socket.giveBytes(numbers(10));
  expect(e.view.pending).toEqual([]);
});

test("an acknowledged message whose number is lost on the server's disk goes back to its writer", async () => {
  const e = await makeLive(0);
  const { id } = e.view.room.send("a");
  e.view.room.send("b");
  await settle();
  ack(e, 1, 2);
  e.socket.giveBytes(damaged(1, ["1", null, "3"]));
  await settle();
  expect(e.view.pending).toMatchObject([{ text: "a", refused: { code: Refusal.cannotTell } }, { text: "b" }]);
  expect(await e.storage.outbox("lobby")).toMatchObject([{ id, refused: { code: Refusal.cannotTell } }, {}]);
  // The same when the loss was heard of first.
  ack(e, 2, 2);
  expect(e.view.pending[1]).toMatchObject({ text: "b", refused: { code: Refusal.cannotTell } });
});

test("after a restart the stored messages go out first, with the nonces they had", async () => {
  const before = await makeLive(0);
  for (const text of ["a", "b"]) before.view.room.send(text);
  await settle();
  before.client.stop();
  before.view.room.send("c");
  await settle();
  const e = makeEnvironment(new MemoryStorage(before.storage), before.clock);
  const view = e.enter();
  await settle();
  // Shown before there is any connection.
  expect(view.waiting).toBe("a b c");
  view.room.send("d");
  await e.welcome();
  await e.entered({ nonce: 1, head: 1 });
  expect(e.socket.sends).toEqual([
    [1, "a"],
    [2, "b"],
    [3, "c"],
    [4, "d"],
  ]);
});

test("a crash between storing and sending neither loses nor doubles", async () => {
  const before = await makeLive(0);
  before.view.room.send("a");
  // Stored with its nonce, never sent.
  before.client.stop();
  await settle();
  expect(before.sockets[0]!.sends).toEqual([]);
  expect(await inStorage(before)).toEqual(["1 a"]);
  const e = makeEnvironment(new MemoryStorage(before.storage), before.clock);
  e.enter();
  await e.welcome();
  await e.entered({ nonce: 0 });
  expect(e.socket.sends).toEqual([[1, "a"]]);
});

test.each([
  ["tooFast", Refusal.tooFast],
  ["roomBusy", Refusal.roomBusy],
  ["slowMode", Refusal.slowMode],
  ["dayFull", Refusal.dayFull],
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

test("at most 64 messages are under way at once", async () => {
  const e = await makeLive(0);
  for (let n = 1; n <= 100; n++) e.view.room.send(String(n));
  await settle();
  expect(e.socket.sends).toHaveLength(64);
  for (let n = 1; n <= 10; n++) e.socket.giveBytes(mine(n, n, String(n)));
  await settle();
  expect(e.socket.sends).toHaveLength(74);
});

test("at most 128 messages of all rooms are under way at once, and every room gets its share", async () => {
  const e = await makeLive(0);
  const rooms = [e.view.room];
  for (const name of ["b", "c", "d"]) {
    rooms.push(e.enter(name).room);
    await e.entered({ room: ROOM + rooms.length });
  }
  for (let n = 1; n <= 100; n++) for (const room of rooms) room.send(String(n));
  await settle();
  const sent = () => e.socket.of(ClientKind.send);
  expect(sent()).toHaveLength(128);
  const own = (n: number) => block(n, [[n, String(n), 1, "Otter"]]);
  for (let n = 1; n <= 64; n++) e.socket.giveBytes(own(n));
  await settle();
  expect(sent()).toHaveLength(192);
  expect(new Set(sent().map(({ room }) => room)).size).toBe(4);
  // A room that is left frees what it had.
  const before = sent().length;
  rooms[1]?.leave();
  await settle();
  expect(sent().length).toBeGreaterThan(before);
});

test("two tabs: one sends for both, both show everything, nothing goes twice", async () => {
  const a = await makeLive(0);
  const b = tab(a);
  const view = b.enter();
  await b.welcome();
  await a.clock.advance(25);
  await b.entered();
  b.live(0);
  a.view.room.send("from a");
  await settle();
  view.room.send("from b");
  await settle();
  expect(a.view.waiting).toBe("from a from b");
  expect(view.waiting).toBe("from a from b");
  expect(a.socket.sends).toEqual([
    [1, "from a"],
    [2, "from b"],
  ]);
  expect(b.socket.sends).toEqual([]);
  a.socket.giveBytes(mine(1, 1, "from a"));
  b.socket.giveBytes(mine(1, 1, "from a"));
  b.socket.giveBytes(mine(2, 2, "from b"));
  expect(view.pending).toEqual([]);
  expect(view.own.map(([seq]) => seq)).toEqual([1, 2]);
  await settle();
  // The one who does not send has seen both settle before the storage was told of the second.
  expect(view.pending).toEqual([]);
  a.socket.giveBytes(mine(2, 2, "from b"));
  await settle();
  expect(a.view.pending).toEqual([]);
  expect(await inStorage(a)).toEqual([]);
});

test("two tabs: when the sender goes away the other takes over with the nonces given", async () => {
  const a = await makeLive(0);
  const b = tab(a);
  const view = b.enter();
  await b.welcome();
  await a.clock.advance(25);
  await b.entered();
  b.live(0);
  a.view.room.send("a1");
  view.room.send("b1");
  await settle();
  expect(a.socket.sends).toHaveLength(2);
  a.client.stop();
  await settle();
  expect(b.socket.sends).toEqual([
    [1, "a1"],
    [2, "b1"],
  ]);
  // New ones need a nonce nobody used: it asks before it gives one.
  view.room.send("b2");
  await settle();
  expect(b.socket.of(ClientKind.enter)).toHaveLength(2);
  await b.entered({ nonce: 2 });
  expect(b.socket.sends.at(-1)).toEqual([3, "b2"]);
});

test("two tabs: the one who takes over does not reuse a nonce whose record it has not seen", async () => {
  const a = await makeLive(0);
  const b = tab(a);
  const view = b.enter();
  await b.welcome();
  await a.clock.advance(25);
  await b.entered();
  b.live(0);
  a.view.room.send("a1");
  await settle();
  a.socket.giveBytes(mine(1, 1, "a1"));
  await settle();
  a.client.stop();
  await settle();
  // The block with a1 has not reached b yet: nonce 1 would be answered as a double and b1 would be lost.
  view.room.send("b1");
  await settle();
  expect(b.socket.sends).toEqual([]);
  await b.entered({ nonce: 1 });
  expect(b.socket.sends).toEqual([[2, "b1"]]);
});

test("two tabs: losing the connection hands sending over", async () => {
  const a = await makeLive(0);
  const b = tab(a);
  const view = b.enter();
  await b.welcome();
  await a.clock.advance(25);
  await b.entered();
  a.socket.end();
  a.view.room.send("written in a");
  await settle();
  await b.entered();
  expect(b.socket.sends).toEqual([[1, "written in a"]]);
  b.socket.giveBytes(mine(1, 1, "written in a"));
  await settle();
  expect(a.view.pending).toEqual([]);
  expect(view.pending).toEqual([]);
});

test("two tabs: a refused message is retried or discarded from either", async () => {
  const a = await makeLive(0);
  const b = tab(a);
  const view = b.enter();
  await b.welcome();
  await a.clock.advance(25);
  await b.entered();
  const first = a.view.room.send("x").id;
  const second = a.view.room.send("y").id;
  await settle();
  refuse(a, 1, Refusal.badText);
  refuse(a, 2, Refusal.badText);
  await settle();
  expect(view.pending.map((entry) => entry.refused?.code)).toEqual([Refusal.badText, Refusal.badText]);
  view.room.retry(first, "X");
  view.room.discard(second);
  await settle();
  expect(a.socket.sends.slice(2)).toEqual([[3, "X"]]);
  expect(a.view.waiting).toBe("X");
  expect(b.socket.sends).toEqual([]);
});

test("a new identity takes the messages along, with new nonces", async () => {
  const e = await makeLive(0);
  for (const text of ["a", "b"]) e.view.room.send(text);
  await settle();
  e.socket.end();
  e.view.room.send("c");
  await e.clock.advance(250);
  await e.welcome(30);
  await e.entered({ epoch: OTHER_EPOCH, resume: Resume.reset, start: 0, nonce: 0 });
  expect(e.view.told).toContain("reset");
  expect(e.socket.sends).toEqual([
    [1, "a"],
    [2, "b"],
    [3, "c"],
  ]);
  expect(await inStorage(e, 1)).toEqual([]);
  expect(await inStorage(e, 30)).toEqual(["1 a", "2 b", "3 c"]);
  e.socket.giveBytes(mine(1, 1, "a", 30));
  expect(e.view.waiting).toBe("b c");
});

test("a new identity takes along what waits in rooms that are not open", async () => {
  const before = makeEnvironment();
  await before.welcome(1);
  before.client.stop();
  before.enter("elsewhere").room.send("later");
  await settle();
  const e = makeEnvironment(new MemoryStorage(before.storage), new FakeClock());
  await e.welcome(30);
  expect(await e.storage.outboxRooms()).toEqual(["elsewhere"]);
  e.enter("elsewhere");
  await e.entered({ name: "elsewhere" });
  expect(e.socket.sends).toEqual([[1, "later"]]);
  expect(await inStorage(e, 30, "elsewhere")).toEqual(["1 later"]);
});

test("a nonce given under another identity is not used again", async () => {
  const before = await makeLive(0, { nonce: 6 });
  before.view.room.send("a");
  await settle();
  expect(await inStorage(before)).toEqual(["7 a"]);
  before.client.stop();
  await before.storage.saveIdentity({ token: new Uint8Array([30]), author: 30, name: "" });
  const e = tab(before);
  e.enter();
  await e.welcome(30);
  await e.entered({ nonce: 0 });
  expect(e.socket.sends).toEqual([[1, "a"]]);
});

test("messages follow a room to its canonical name", async () => {
  const e = makeEnvironment();
  const view = e.enter("LOBBY");
  view.room.send("a");
  await e.welcome();
  await e.entered({ name: "lobby" });
  await settle();
  // The lock for the canonical name came after the answer: it enters again before it numbers.
  await e.entered({ name: "lobby" });
  expect(e.socket.sends).toEqual([[1, "a"]]);
  expect(await inStorage(e, 1, "LOBBY")).toEqual([]);
  expect(await inStorage(e)).toEqual(["1 a"]);
});

test("two tabs: who comes later to the canonical name takes no nonce back", async () => {
  const a = await makeLive(0);
  const b = tab(a);
  const view = b.enter("LOBBY");
  view.room.send("from b");
  const c = tab(a);
  const late = c.enter("LOBBY");
  await settle();
  expect(late.waiting).toBe("from b");
  await b.welcome();
  await b.entered({ name: "lobby" });
  expect(a.socket.sends).toEqual([[1, "from b"]]);
  await c.welcome();
  await c.entered({ name: "lobby" });
  expect(await inStorage(a)).toEqual(["1 from b"]);
  a.socket.giveBytes(mine(1, 1, "from b"));
  await settle();
  expect(await a.storage.outboxRooms()).toEqual([]);
});

test("two new tabs: what either wrote before it was somebody goes out once", async () => {
  const a = makeEnvironment();
  const b = tab(a);
  const [one, two] = [a.enter(), b.enter()];
  one.room.send("from a");
  await a.clock.advance(1);
  two.room.send("from b");
  await a.welcome(10);
  await a.entered();
  expect(a.socket.sends.map(([, text]) => text)).toEqual(["from a", "from b"]);
  // Only now the second is given an identity of its own, and takes the other.
  await b.welcome(11);
  await b.welcome(10);
  await a.clock.advance(25);
  await b.entered();
  a.client.stop();
  await settle();
  expect(b.socket.sends).toEqual([
    [1, "from a"],
    [2, "from b"],
  ]);
});

test("two tabs: the lock is handed over when what was written under it is stored", async () => {
  const a = await makeLive(0);
  const b = tab(a);
  b.enter();
  await b.welcome();
  await a.clock.advance(25);
  await b.entered();
  const put = a.storage.putEntry.bind(a.storage);
  let release: () => void = () => undefined;
  a.storage.putEntry = async (entry) => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return put(entry);
  };
  a.view.room.send("from a");
  a.client.stop();
  await settle();
  await new MemoryStorage(a.storage).putEntry({
    id: "b",
    author: 1,
    room: "lobby",
    nonce: 0,
    text: "from b",
    writtenAt: 1,
    refused: null,
  });
  await settle();
  // With the lock it would ask for the nonces that were used.
  expect(b.socket.of(ClientKind.enter)).toHaveLength(1);
  release();
  await settle();
  await b.entered();
  expect(b.socket.sends).toEqual([
    [1, "from a"],
    [2, "from b"],
  ]);
});

test("the order of writing holds although the clock was set back", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  view.room.send("a");
  e.clock.sleep(-3_600_000);
  view.room.send("b");
  await settle();
  e.clock.sleep(-3_600_000);
  view.room.send("c");
  expect(view.waiting).toBe("a b c");
  await e.welcome();
  await e.entered();
  expect(e.socket.sends.map(([, text]) => text)).toEqual(["a", "b", "c"]);
});

test("a message discarded while the storage is being read does not come back", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  const { id } = view.room.send("a");
  await settle();
  const other = new MemoryStorage(e.storage);
  const read = e.storage.outbox.bind(e.storage);
  let release: () => void = () => undefined;
  e.storage.outbox = async (...of) => {
    const entries = await read(...of);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return entries;
  };
  const remove = e.storage.removeEntry.bind(e.storage);
  e.storage.removeEntry = async (...of) => {
    await remove(...of);
    await settle();
  };
  await other.putEntry({
    id: "b",
    author: 0,
    room: "lobby",
    nonce: 0,
    text: "b",
    writtenAt: 1,
    refused: null,
  });
  await settle();
  view.room.discard(id);
  release();
  await settle();
  expect(view.waiting).toBe("b");
});

test("a client stopped while it starts does not keep others from sending", async () => {
  const before = await makeLive(0);
  before.client.stop();
  const a = tab(before);
  a.enter();
  a.socket.open();
  a.client.stop();
  await settle();
  const b = tab(before);
  const view = b.enter();
  await b.welcome();
  await b.entered();
  view.room.send("b");
  await settle();
  expect(b.socket.sends).toEqual([[1, "b"]]);
});

test("an identity that is settled after its connection is gone is used on the next", async () => {
  const e = makeEnvironment();
  const exclusive = e.storage.exclusive.bind(e.storage);
  let release: () => void = () => undefined;
  e.storage.exclusive = async (name, signal, task) => {
    if (name === "identity") {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    return exclusive(name, signal, task);
  };
  await e.welcome(7);
  expect(e.client.state).toBe("greeting");
  e.socket.end();
  release();
  await settle();
  expect(e.client.state).toBe("waiting");
  expect(e.client.me?.author).toBe(7);
  await e.clock.advance(250);
  await e.welcome(7);
  expect(e.client.state).toBe("ready");
});

test("an acknowledged message is not taken away by reading the storage", async () => {
  const e = await makeLive(0);
  e.view.room.send("a");
  await settle();
  ack(e, 1, 2);
  await new MemoryStorage(e.storage).putEntry({
    id: "b",
    author: 1,
    room: "lobby",
    nonce: 0,
    text: "b",
    writtenAt: 1,
    refused: null,
  });
  await settle();
  expect(e.view.waiting).toBe("a b");
  expect(e.socket.sends).toEqual([
    [1, "a"],
    [2, "b"],
  ]);
});
