/** Own messages on their way into the log: stored, sent, acknowledged, settled, each once. */
import { expect, test } from "vitest";
import type { OutboxEntry } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind } from "../src/wire/frames.ts";
import {
  block,
  damaged,
  makeEnvironment,
  makeLive,
  numbers,
  ROOM,
  settle,
} from "./fake-client-environment.ts";
import { ack, inStorage, mine, reconnect, tab } from "./outbox-frames.ts";

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
