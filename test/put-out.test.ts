/** What a client makes of it that its person is put out of a room, kept out, or kept silent. */
import { expect, test } from "vitest";
import { visitor } from "../bench/hostile/visitor.ts";
import { kinds } from "../src/client/client.ts";
import { RoomState } from "../src/client/contract.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { Sanction } from "../src/wire/records/sanction.ts";
import { runServer } from "./running-server.ts";

/** A room that Ada made, with Ada and Bo in it. */
async function owned() {
  const server = await runServer({});
  const port = Number(new URL(server.socketUrl).port);
  const [ada, bo] = [visitor(port, "127.0.0.1", {}), visitor(port, "127.0.0.2", {})];
  ada.start();
  const name = await ada.makeRoom("yard", false);
  bo.start();
  const [mine, his] = [ada.enter(name, { listener: {} }), bo.enter(name, { listener: {} })];
  await expect.poll(() => [mine.state, his.state]).toEqual([RoomState.live, RoomState.live]);
  const says = (what: Sanction, until = 0, text = "calm down") =>
    mine.act(kinds.sanction, { who: bo.me!.author, what, until, text });
  return {
    ...{ server, ada, bo, mine, his, says },
    async [Symbol.asyncDispose]() {
      for (const client of [ada, bo]) client.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("who is kicked is told by whom and why, keeps what was unsent, and says it after coming back", async () => {
  await using run = await owned();
  const { ada, bo, his, says } = run;
  says(Sanction.kick);
  await expect.poll(() => his.state).toBe(RoomState.refused);
  expect(his.refusal).toMatchObject({
    code: Refusal.notInRoom,
    putOut: { kind: ServerKind.putOut, what: Sanction.kick, by: ada.me!.name, until: 0, reason: "calm down" },
  });
  his.send("but I");
  expect(his.pending.map(({ text }) => text)).toEqual(["but I"]);
  his.typing(true);
  const texts: string[] = [];
  const again = bo.enter(his.name, {
    listener: { appended: (records) => texts.push(...records.map(({ text }) => text)) },
  });
  expect(again).not.toBe(his);
  await expect.poll(() => texts).toEqual(["but I"]);
  expect([again.state, again.pending]).toEqual([RoomState.live, []]);
});

test("who is banned is not let in again, asks no more by itself, and keeps what was unsent", async () => {
  await using run = await owned();
  const { bo, his, says } = run;
  const until = Date.now() + 3_600_000;
  says(Sanction.ban, until);
  await expect.poll(() => his.state).toBe(RoomState.refused);
  expect(his.refusal?.putOut).toMatchObject({ what: Sanction.ban, until });
  his.send("but I");
  const again = bo.enter(his.name, { listener: {} });
  await expect.poll(() => again.state).toBe(RoomState.refused);
  expect(again.refusal).toMatchObject({ code: Refusal.banned, putOut: null });
  expect(again.refusal!.retryAfterMs).toBeGreaterThan(3_500_000);
  await expect.poll(() => again.pending.map(({ text }) => text)).toEqual(["but I"]);
});

test("who is muted has the message back at once, and goes on elsewhere", async () => {
  await using run = await owned();
  const { bo, his, says } = run;
  const elsewhere = bo.enter("other", { listener: {} });
  const { seq } = his.position!;
  says(Sanction.mute, Date.now() + 3_600_000);
  await expect.poll(() => his.position!.seq).toBe(seq + 1);
  his.send("but I");
  await expect.poll(() => his.pending.map(({ refused }) => refused?.code)).toEqual([Refusal.muted]);
  elsewhere.send("hello");
  await expect.poll(() => elsewhere.pending).toEqual([]);
});
