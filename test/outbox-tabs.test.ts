/** Own messages of several tabs on one storage: one of them sends for all. */
import { expect, test } from "vitest";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind } from "../src/wire/frames.ts";
import { makeEnvironment, makeLive, settle } from "./fake-client-environment.ts";
import { inStorage, mine, refuse, tab } from "./outbox-frames.ts";

/** One that is live and sends, and a second one in the same room, which only was let in. */
async function twoTabs() {
  const a = await makeLive(0);
  const b = tab(a);
  const view = b.enter();
  await b.welcome();
  await a.clock.advance(25);
  await b.entered();
  return { a, b, view };
}

test("two tabs: one sends for both, both show everything, nothing goes twice", async () => {
  const { a, b, view } = await twoTabs();
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
  const { a, b, view } = await twoTabs();
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
  const { a, b, view } = await twoTabs();
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
  const { a, b, view } = await twoTabs();
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
  const { a, b, view } = await twoTabs();
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
  const { a, b } = await twoTabs();
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
