import { describe, expect, test } from "vitest";
import { People } from "../src/room/people.ts";
import type { Room } from "../src/room/room.ts";
import { fakeTab } from "./fake-house.ts";

describe("the people on a server", () => {
  test("a person with several connections is one, who keeps the name in use", () => {
    const people = new People();
    const [first, second] = [fakeTab(), fakeTab()];
    const ada = people.connect(1, "Ada", first);
    expect(people.connect(1, "Bea", second)).toBe(ada);
    expect([people.count, ada.name, ada.connections]).toEqual([1, "Ada", [first, second]]);
    people.disconnect(ada, first);
    expect(people.get(1)).toBe(ada);
    people.disconnect(ada, second);
    expect([people.count, people.get(1)]).toEqual([0, undefined]);
  });

  test("somebody who is still a member somewhere is not forgotten, and may come back under another name", () => {
    const people = new People();
    const [first, second] = [fakeTab(), fakeTab()];
    const ada = people.connect(1, "Ada", first);
    const room = {} as Room;
    ada.rooms.push(room);
    people.disconnect(ada, first);
    expect(people.count).toBe(1);
    expect(people.connect(1, "Bea", second)).toBe(ada);
    expect(ada.name).toBe("Bea");
    people.disconnect(ada, second);
    ada.rooms.splice(0);
    people.forgetIfGone(ada);
    expect(people.count).toBe(0);
  });

  test("somebody connected is not forgotten for being in no room", () => {
    const people = new People();
    people.forgetIfGone(people.connect(1, "Ada", fakeTab()));
    expect(people.count).toBe(1);
  });
});
