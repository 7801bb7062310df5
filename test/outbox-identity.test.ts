/** Own messages whose author, or whose room's name, turns out to be another one. */
import { expect, test } from "vitest";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Resume } from "../src/wire/codes.ts";
import { FakeClock, makeEnvironment, makeLive, OTHER_EPOCH, settle } from "./fake-client-environment.ts";
import { inStorage, mine, tab } from "./outbox-frames.ts";

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
