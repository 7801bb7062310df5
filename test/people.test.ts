import { describe, expect, test } from "vitest";
import { People } from "../src/room/people.ts";
import type { Room } from "../src/room/room.ts";

describe("the people on a server", () => {
  test("a person with several connections is one, who keeps the name in use", () => {
    const people = new People();
    const ada = people.connect(1, "Ada");
    expect(people.connect(1, "Bea")).toBe(ada);
    expect([people.count, ada.name, ada.connections]).toEqual([1, "Ada", 2]);
    people.disconnect(ada);
    expect(people.get(1)).toBe(ada);
    people.disconnect(ada);
    expect([people.count, people.get(1)]).toEqual([0, undefined]);
  });

  test("somebody who is still a member somewhere is not forgotten, and may come back under another name", () => {
    const people = new People();
    const ada = people.connect(1, "Ada");
    const room = {} as Room;
    ada.rooms.push(room);
    people.disconnect(ada);
    expect(people.count).toBe(1);
    expect(people.connect(1, "Bea")).toBe(ada);
    expect(ada.name).toBe("Bea");
    people.disconnect(ada);
    ada.rooms.splice(0);
    people.forgetIfGone(ada);
    expect(people.count).toBe(0);
  });

  test("somebody connected is not forgotten for being in no room", () => {
    const people = new People();
    people.forgetIfGone(people.connect(1, "Ada"));
    expect(people.count).toBe(1);
  });
});
