/** What the headless client makes of records that are no plain texts, and how it says such things. */
import { expect, test } from "vitest";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { Refusal } from "../src/wire/codes.ts";
import { ClientKind, Direction, ServerKind } from "../src/wire/frames.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { reply } from "../src/wire/records/reply.ts";
import { text } from "../src/wire/records/text.ts";
import { doings, makeEnvironment, makeLive, ROOM, settle } from "./fake-client-environment.ts";

/** What no client of today knows. */
const LATER = 0x33;
const THUMB = { to: 1, on: true, text: "👍" };

test("messages and acts are told apart, in order, and the position goes on over what is not known", async () => {
  const e = await makeLive(0);
  const told: string[] = [];
  const note = (what: string) => (records: { seq: number }[]) =>
    void told.push(`${what} ${records.map(({ seq }) => seq).join()}`);
  e.view.listener.appended = note("messages");
  e.view.listener.acted = note("acts");
  e.socket.giveBytes(
    doings(1, [
      [1, text.kind, { text: "hello" }],
      [2, reaction.kind, THUMB],
      [3, LATER, {}],
      [4, reply.kind, { to: 1, text: "hi" }],
      [5, removal.kind, { to: 4 }],
    ]),
  );
  e.socket.giveBytes(doings(6, [[6, LATER, {}]]));
  e.socket.giveBytes(doings(7, [[7, reaction.kind, { ...THUMB, on: false }]]));
  expect(told).toEqual(["messages 1,4", "acts 2,5", "acts 7"]);
  expect(e.view.room.position?.seq).toBe(7);
});

test("a page has both, each in order, whatever the direction", async () => {
  const e = await makeLive(0);
  const blocks = [
    doings(3, [[3, reaction.kind, THUMB]]),
    doings(4, [
      [4, reply.kind, { to: 3, text: "so" }],
      [5, removal.kind, { to: 4 }],
    ]),
  ];
  const asking = e.view.room.page(Direction.before, 6, 10);
  const { request } = e.socket.last(ClientKind.history);
  e.socket.give({ kind: ServerKind.page, request, room: ROOM, first: 1, more: true, blocks });
  const page = await asking;
  const head = { author: 9, time: 1_700_000_000_000, name: "Fox" };
  expect(page.records).toEqual([{ seq: 4, nonce: 4, ...head, kind: reply.kind, to: 3, text: "so" }]);
  expect(page.acts).toEqual([
    { seq: 3, nonce: 3, ...head, kind: reaction.kind, ...THUMB },
    { seq: 5, nonce: 5, ...head, kind: removal.kind, to: 4 },
  ]);
});

test("an act goes out as it was said, between texts and in their row of nonces, and settles with its record", async () => {
  const e = await makeLive(1);
  e.view.room.send("before");
  const { id } = e.view.room.act(reply, { to: 1, text: "so?" });
  e.view.room.act(reaction, THUMB);
  e.view.room.send("behind");
  await settle();
  expect(e.socket.sends).toEqual([
    [1, "before"],
    [4, "behind"],
  ]);
  expect(e.socket.acts).toEqual([
    [2, reply.kind],
    [3, reaction.kind],
  ]);
  expect(e.socket.of(ClientKind.act)[0]).toMatchObject({
    room: ROOM,
    body: reply.write({ to: 1, text: "so?" }),
  });
  expect(e.view.waiting).toBe("before so? 👍 behind");
  e.socket.giveBytes(
    doings(2, [
      [1, text.kind, { text: "before" }, 1],
      [2, reply.kind, { to: 1, text: "so?" }, 1],
      [3, reaction.kind, THUMB, 1],
    ]),
  );
  expect(e.view.waiting).toBe("behind");
  expect(e.view.own.map(([seq]) => seq)).toEqual([2, 3, 4]);
  expect(e.view.own[1]).toEqual([3, id]);
});

test("an act survives a lost connection and a restart like a text, with its nonce", async () => {
  const storage = new MemoryStorage();
  const e = await makeLive(1, { storage });
  e.view.room.act(removal, { to: 1 });
  await settle();
  e.socket.end();
  e.view.room.act(reaction, THUMB);
  await settle();
  e.client.stop();
  const again = makeEnvironment(storage, e.clock);
  const view = again.enter();
  await again.welcome();
  await again.entered({ head: 1, start: 1 });
  again.live(1);
  await settle();
  expect(again.socket.acts).toEqual([
    [1, removal.kind],
    [2, reaction.kind],
  ]);
  again.socket.give({ kind: ServerKind.ack, room: ROOM, nonce: 1, seq: 1 });
  await settle();
  expect(view.pending.map(({ act }) => act?.kind)).toEqual([reaction.kind]);
});

test("a refused act goes back to its writer, or again in order when it has only to wait", async () => {
  const e = await makeLive(1);
  e.view.room.act(removal, { to: 1 });
  e.view.room.act(reply, { to: 1, text: "so?" });
  e.view.room.send("behind");
  await settle();
  const refuse = (request: number, code: Refusal, retryAfterMs = 0) =>
    e.socket.give({
      ...{ kind: ServerKind.refused, refused: ClientKind.act, request, room: ROOM },
      ...{ code, retryAfterMs, suggestion: "" },
    });
  refuse(1, Refusal.notYours);
  refuse(2, Refusal.tooFast, 700);
  await settle();
  expect(e.view.pending.map(({ refused }) => refused?.code)).toEqual([
    Refusal.notYours,
    undefined,
    undefined,
  ]);
  e.socket.give({
    ...{ kind: ServerKind.refused, refused: ClientKind.send, request: 3, room: ROOM },
    ...{ code: Refusal.outOfOrder, retryAfterMs: 0, suggestion: "" },
  });
  await e.clock.advance(700);
  expect(e.socket.acts).toEqual([
    [1, removal.kind],
    [2, reply.kind],
    [2, reply.kind],
  ]);
  const [first] = e.view.pending;
  e.view.room.retry(first!.id, "another text");
  expect(e.view.pending.at(-1)).toMatchObject({ nonce: 0, act: first!.act, refused: null });
});

test("what the server cannot take is not sent: acts to one of before, and one that is too long", async () => {
  const e = makeEnvironment();
  const view = e.enter();
  await e.welcome(1, {}, "Otter", 0);
  await e.entered();
  e.live(0);
  view.room.act(reply, { to: 1, text: "so?" });
  view.room.send("a text");
  await settle();
  expect(view.pending.map(({ refused }) => refused?.code)).toEqual([Refusal.unknownKind, undefined]);
  expect([e.socket.acts, e.socket.sends]).toEqual([[], [[1, "a text"]]]);
  const other = await makeLive(1);
  other.view.room.act(reply, { to: 1, text: "x".repeat(8_000) });
  await settle();
  expect(other.view.pending.map(({ refused }) => refused?.code)).toEqual([Refusal.textTooLong]);
  expect(other.socket.acts).toEqual([]);
});

test("an act that another tab was faster with is as good as done, and what follows it goes on", async () => {
  const e = await makeLive(1);
  e.view.room.act(reaction, THUMB);
  e.view.room.send("behind");
  await settle();
  const refused = { kind: ServerKind.refused, refused: ClientKind.act, request: 1, room: ROOM } as const;
  e.socket.give({ ...refused, code: Refusal.noChange, retryAfterMs: 0, suggestion: "" });
  await settle();
  expect(e.view.pending.map(({ text }) => text)).toEqual(["behind"]);
  expect(await e.storage.outbox("lobby")).toMatchObject([{ text: "behind" }]);
});
