/** People in rooms: who is a member, under which name, and for how long. */
import { describe, expect, test, vi } from "vitest";
import type { Room } from "../src/room/room.ts";
import { FakeHouse, fakeTab } from "./fake-house.ts";
import { say, seat } from "./room-logs.ts";

describe("people in rooms", () => {
  test("whoever comes back within the grace neither left nor entered", async () => {
    const house = new FakeHouse({ limits: { graceMs: 5000 } });
    const { room, person, member, tab } = seat(house, "yard");
    await house.loop.advance(1000);
    const before = house.transport.published.length;
    house.rooms.seating.leave(room, person, member, false);
    house.rooms.people.disconnect(person, tab);
    await house.loop.advance(4999);
    expect([room.presence.count, house.rooms.people.count]).toEqual([1, 1]);
    const back = house.rooms.people.connect(1, "guest 1", tab);
    expect(back).toBe(person);
    expect(house.rooms.seating.enter(room, back, back.name)).toBe(member);
    await house.loop.advance(10_000);
    expect([room.presence.count, house.transport.published.length]).toEqual([1, before]);
    house.rooms.seating.leave(room, person, member, false);
    house.rooms.people.disconnect(person, tab);
    await house.loop.advance(5000);
    expect([room.presence.count, house.rooms.people.count, house.rooms.count]).toEqual([0, 0, 0]);
    expect(house.loop.pendingTimers).toBe(0);
  });

  test("leaving by one's own wish is at once, and ends a grace that runs", async () => {
    const house = new FakeHouse();
    const { room, person, member } = seat(house, "yard");
    seat(house, "yard", 2);
    house.rooms.seating.leave(room, person, member, true);
    expect([room.presence.count, person.rooms]).toEqual([1, []]);
    // Another life of the same person in the room is not ended by anything late.
    const again = house.rooms.seating.enter(room, person, person.name);
    await house.loop.advance(10_000);
    expect(room.presence.get(1)).toBe(again);
  });

  test("whoever comes back within the grace under another name has that name, if it is free", () => {
    const house = new FakeHouse();
    const { room, person, member } = seat(house, "yard");
    seat(house, "yard", 2);
    house.rooms.seating.leave(room, person, member, false);
    expect(house.rooms.seating.enter(room, person, "Bea").name).toBe("Bea");
    house.rooms.seating.leave(room, person, member, false);
    expect(house.rooms.seating.enter(room, person, "guest 2").name).toBe("Bea");
  });

  test("a new name must be free wherever one is; a suggestion is", () => {
    const house = new FakeHouse();
    const { person, room } = seat(house, "a");
    const b = house.rooms.open("b") as Room;
    house.rooms.seating.enter(b, person, person.name);
    const bo = house.rooms.people.connect(2, "Bo", fakeTab());
    house.rooms.seating.enter(b, bo, "Bo");
    const taken = house.rooms.seating.rename(person, "BO");
    expect(taken).not.toBeNull();
    for (const each of [room, b]) expect(each.presence.isFree(taken!.suggestion, 1)).toBe(true);
    expect([person.name, b.presence.get(1)!.name]).toEqual(["guest 1", "guest 1"]);
    expect(house.rooms.seating.rename(person, taken!.suggestion)).toBeNull();
    expect([person.name, b.presence.get(1)!.name]).toEqual([taken!.suggestion, taken!.suggestion]);
  });

  // Each room made the skeleton of the name anew: 19 ms for a person in many rooms.
  test("what a name costs does not grow with the rooms one is in", () => {
    const cost = (rooms: number): number => {
      const house = new FakeHouse();
      const person = house.rooms.people.connect(1, "Ann", fakeTab());
      for (let i = 0; i < rooms; i++) {
        const { room } = seat(house, `room ${i}`, 2 + i);
        house.rooms.seating.enter(room, person, person.name);
      }
      const normalize = vi.spyOn(String.prototype, "normalize");
      expect(house.rooms.seating.rename(person, `guest ${rooms + 1}`)).not.toBeNull();
      expect(house.rooms.seating.rename(person, "Somebody new")).toBeNull();
      const { length } = normalize.mock.calls;
      normalize.mockRestore();
      return length;
    };
    cost(1);
    expect(cost(32)).toBe(cost(1));
  });

  test("the list of rooms knows who came, who left and what was made, a second later at most", async () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    const names = () => house.rooms.list(10).rooms.map(({ name, people }) => `${name} ${people}`);
    expect(names()).toEqual([]);
    const { room, person, member } = seat(house, "yard");
    await house.loop.advance(1_000);
    expect(names()).toEqual(["yard 1"]);
    await say(house, room, member, 1);
    seat(house, "other", 2);
    seat(house, "other", 3);
    house.rooms.seating.leave(room, person, member, true);
    expect(house.rooms.list(10)).toMatchObject({ roomCount: 2, peopleCount: 3 });
    await house.loop.advance(1_000);
    expect(names()).toEqual(["other 2", "yard 0"]);
    const next = await house.restart();
    expect(next.rooms.list(10).rooms).toEqual([{ name: "yard", people: 0 }]);
  });

  test("the list is said to have changed when people or rooms do", () => {
    const house = new FakeHouse({ limits: { graceMs: 0 } });
    let changes = 0;
    house.rooms.onListChanged = () => changes++;
    const { room, person, member } = seat(house, "yard");
    expect(changes).toBeGreaterThan(0);
    changes = 0;
    house.rooms.seating.leave(room, person, member, false);
    expect(changes).toBeGreaterThan(0);
  });
});
