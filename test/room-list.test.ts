import { describe, expect, test } from "vitest";
import type { Room } from "../src/room/room.ts";
import { summarize } from "../src/room/room-list.ts";

function source(loaded: Record<string, number>, durableNames: string[]) {
  const rooms = Object.entries(loaded).map(([name, count]) => ({ name, presence: { count } }) as Room);
  return { count: 9, people: { count: 7 }, loaded: rooms, durableNames };
}

describe("the list of rooms", () => {
  test("those with most people first, then by name, then the newest without anybody", () => {
    const list = summarize(source({ a: 1, b: 5, c: 0, d: 1 }, ["old", "b", "c", "new"]), 10);
    expect(list).toEqual({
      roomCount: 9,
      peopleCount: 7,
      rooms: [
        { name: "b", people: 5 },
        { name: "a", people: 1 },
        { name: "d", people: 1 },
        { name: "new", people: 0 },
        { name: "c", people: 0 },
        { name: "old", people: 0 },
      ],
    });
  });

  test("is as long as it may be", () => {
    const durable = Array.from({ length: 50 }, (_, i) => `room ${i}`);
    const few = summarize(source({ a: 2, b: 1 }, durable), 4).rooms.map(({ name }) => name);
    expect(few).toEqual(["a", "b", "room 49", "room 48"]);
    const crowded = Object.fromEntries(durable.map((name, i) => [name, i + 1]));
    expect(summarize(source(crowded, durable), 3).rooms.map(({ people }) => people)).toEqual([50, 49, 48]);
    expect(summarize(source({ a: 1 }, durable), 1).rooms).toHaveLength(1);
  });

  test("an empty server has none", () => {
    expect(summarize(source({}, []), 10).rooms).toEqual([]);
  });
});
