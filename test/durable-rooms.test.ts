/** The rooms that the log knows: names that are free again, and what is left of those that went. */
import { expect, test } from "vitest";
import { DurableRooms } from "../src/room/durable-rooms.ts";

test("one that went is in no list at once, and takes no later one of its name with it", () => {
  const rooms = new DurableRooms();
  const [yard, club] = ["yard", "club"].map((name, at) =>
    rooms.add({ number: at + 1, name, createdAt: 0, flags: 0 }),
  );
  expect([...rooms.newestNames()]).toEqual(["club", "yard"]);
  expect(rooms.delete(yard!)).toBe(true);
  expect([...rooms.newestNames()]).toEqual(["club"]);
  const again = rooms.add({ number: 3, name: "yard", createdAt: 0, flags: 0 });
  expect(rooms.delete(yard!)).toBe(false);
  expect(rooms.get("yard")).toBe(again);
  expect([...rooms.newestNames()]).toEqual(["yard", "club"]);
  expect(rooms.tidy()).toBe(true);
  expect(rooms.inOrder).toEqual([club, again]);
});
