import { expect, test } from "vitest";
import { RecentBounds } from "../src/log/level/recent-bounds.ts";

const bounds = () => ({ first: 1, head: 0 });

test("those that were used longest ago go first, and one that is pinned stays", () => {
  const recent = new RecentBounds(3);
  const use = (room: number) => {
    recent.pin(room);
    if (!recent.get(room)) recent.set(room, bounds());
    recent.unpin(room);
  };
  const there = () => [1, 2, 3, 4, 5, 6].filter((room) => recent.get(room));
  for (const room of [1, 2, 3, 1, 4]) use(room);
  expect(there()).toEqual([1, 3, 4]);
  recent.pin(3);
  recent.pin(3);
  for (const room of [5, 6]) use(room);
  expect(there()).toEqual([3, 5, 6]);
  recent.unpin(3);
  for (const room of [1, 2]) use(room);
  expect(there()).toEqual([1, 2, 3]);
  recent.unpin(3);
  for (const room of [4, 5]) use(room);
  expect(there()).toEqual([3, 4, 5]);
  use(6);
  expect(there()).toEqual([4, 5, 6]);
});

test("more than that many are kept only while more are pinned", () => {
  const recent = new RecentBounds(3);
  for (let room = 1; room <= 10; room++) {
    recent.pin(room);
    recent.set(room, bounds());
  }
  expect(recent.size).toBe(10);
  for (let room = 1; room <= 10; room++) recent.unpin(room);
  expect(recent.size).toBe(3);
  // A room that could not be read was pinned all the same.
  recent.pin(11);
  recent.unpin(11);
  expect(recent.size).toBe(3);
});
