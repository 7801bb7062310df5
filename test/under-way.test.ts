/** Acts that are accepted and not stored: they count until the log's tail has reported them, and no longer. */
import { expect, test } from "vitest";
import type { Room } from "../src/room/room.ts";
import { UnderWay } from "../src/room/under-way.ts";
import { ClientKind } from "../src/wire/frames.ts";
import { edit } from "../src/wire/records/edit.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { text } from "../src/wire/records/text.ts";
import { FakeHouse, send } from "./fake-house.ts";

test("what is stored stands here no more, what follows it does", () => {
  const acts = new UnderWay();
  acts.give(reaction.kind, 1, 10, reaction.write({ to: 5, on: true, text: "👍" }));
  acts.give(text.kind, 1, 11, Uint8Array.of(1, 2));
  acts.give(reaction.kind, 1, 12, reaction.write({ to: 5, on: false, text: "👍" }));
  acts.give(edit.kind, 1, 13, edit.write({ to: 5, text: "x" }));
  acts.give(removal.kind, 1, 14, removal.write({ to: 6 }));
  const all = () => [
    acts.size,
    acts.isPut(5, "👍", 1),
    acts.editsOf(5),
    acts.isRemoved(6),
    acts.isRemoved(5),
  ];
  expect(all()).toEqual([4, false, 1, true, false]);
  acts.stored(11);
  expect(all()).toEqual([3, false, 1, true, false]);
  acts.stored(12);
  expect(all()).toEqual([2, undefined, 1, true, false]);
  acts.stored(14);
  expect(all()).toEqual([0, undefined, 0, false, false]);
});

test("a room keeps none when all is stored, and none at all before the first act", async () => {
  const house = new FakeHouse();
  const { socket, room: number } = await house.seated("yard", "Ada");
  const room = house.rooms.open("yard") as Room;
  send(socket, number, 1, "first");
  await house.loop.settle();
  expect(room.underWay).toBe(null);
  const body = reaction.write({ to: 1, on: true, text: "👍" });
  socket.write({ kind: ClientKind.act, room: number, nonce: 2, act: reaction.kind, body });
  expect(room.underWay?.size).toBe(1);
  await house.loop.settle();
  expect(room.underWay?.size).toBe(0);
});
