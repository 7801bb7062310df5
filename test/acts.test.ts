/** What the headless client makes of records that are no plain texts, and how it says such things. */
import { expect, test } from "vitest";
import { ClientKind, Direction, ServerKind } from "../src/wire/frames.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { reply } from "../src/wire/records/reply.ts";
import { text } from "../src/wire/records/text.ts";
import { doings, makeLive, ROOM } from "./fake-client-environment.ts";

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
