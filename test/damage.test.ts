/** What a log remembers of its damaged places: told once, joined where they touch, bounded. */
import { expect, test } from "vitest";
import { Damage } from "../src/log/level/damage.ts";

function makeDamage() {
  const told: string[] = [];
  return { damage: new Damage((_event, text) => told.push(text)), told };
}

test("each place is told of once, and places that touch are one", () => {
  const { damage, told } = makeDamage();
  damage.note(3, 120, 180);
  damage.note(3, 130, 140);
  damage.note(3, 7, 7);
  damage.note(4, 130, 140);
  expect(told).toEqual([
    "Room 3: the messages 120 to 180 are damaged on disk and shown as lost.",
    "Room 3: the message 7 is damaged on disk and shown as lost.",
    "Room 4: the messages 130 to 140 are damaged on disk and shown as lost.",
  ]);
  expect(damage.isKnown(3, 120, 190)).toBe(false);
  damage.note(3, 181, 200);
  damage.note(3, 110, 130);
  expect(damage.isKnown(3, 110, 200)).toBe(true);
  expect(damage.isKnown(3, 7, 8)).toBe(false);
  expect(told).toHaveLength(5);
});

test("beyond ten thousand places it says so once and keeps no more", () => {
  const { damage, told } = makeDamage();
  for (let room = 1; room <= 10_100; room++) damage.note(room, 1, 1);
  expect(told).toHaveLength(10_001);
  expect(told.at(-1)).toBe("More places of the log are damaged than are told of one by one.");
  expect(damage.isKnown(10_000, 1, 1)).toBe(true);
  expect(damage.isKnown(10_001, 1, 1)).toBe(false);
});
