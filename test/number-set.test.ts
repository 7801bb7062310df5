/** Numbers a bit each, held against a plain set. */
import { expect, test } from "vitest";
import { NumberSet } from "../src/room/number-set.ts";
import { Dice } from "./dice.ts";

test("it is a set of numbers, whatever is added twice and dropped below", () => {
  const dice = new Dice(5);
  for (let round = 0; round < 20; round++) {
    const numbers = new NumberSet();
    const plain = new Set<number>();
    const base = round % 2 ? 2 ** 45 : 0;
    for (let step = 0; step < 400; step++) {
      const number = base + dice.int(1, 20_000);
      numbers.add(number);
      plain.add(number);
      if (step % 97 !== 96) continue;
      const first = base + dice.int(1, 12_000);
      numbers.dropBelow(first);
      for (const each of plain) if (each < first) plain.delete(each);
    }
    expect([...numbers].sort((a, b) => a - b)).toEqual([...plain].sort((a, b) => a - b));
    expect(numbers.size).toBe(plain.size);
    const asked = Array.from({ length: 200 }, () => base + dice.int(0, 21_000));
    expect(asked.filter((number) => numbers.has(number))).toEqual(asked.filter((each) => plain.has(each)));
  }
});

test("a million numbers behind each other take some hundred kilobytes, and nothing when all are dropped", () => {
  const numbers = new NumberSet();
  for (let number = 1; number <= 1_000_000; number++) numbers.add(number);
  expect(numbers.bytes).toBeLessThan(200_000);
  numbers.dropBelow(1_100_000);
  expect([numbers.size, numbers.bytes]).toEqual([0, 0]);
});
