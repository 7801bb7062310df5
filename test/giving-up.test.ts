/** What becomes of unsent messages when their room is left. */
import { expect, test } from "vitest";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Refusal } from "../src/wire/codes.ts";
import { makeLive, settle } from "./fake-client-environment.ts";

test("what was never sent is forgotten; what may be in the log waits for its writer and settles when it is there", async () => {
  const e = await makeLive(0);
  e.view.room.send("under way");
  await settle();
  e.socket.end();
  e.view.room.send("never sent");
  await settle();
  expect(e.view.waiting).toBe("under way never sent");
  e.view.room.giveUp();
  e.view.room.leave();
  await settle();
  const stored = await new MemoryStorage(e.storage).outbox("lobby");
  expect(stored.map(({ text, refused }) => [text, refused?.code])).toEqual([
    ["under way", Refusal.cannotTell],
  ]);
  await e.clock.advance(500);
  const again = e.enter();
  await e.welcome();
  await e.entered();
  e.live(0);
  await settle();
  expect(again.waiting).toBe("under way");
  expect(e.socket.sends).toEqual([]);
});
