/** What a BECAME tells of messages, against the independent writer and against damage. */
import { expect, test } from "vitest";
import { readTold, type Told, writeTold, writeToldMessage } from "../src/wire/became.ts";
import { WireError } from "../src/wire/bytes.ts";
import { Dice } from "./dice.ts";
import { writePlainTold } from "./independent-writer.ts";
import { randomFrame } from "./random-frames.ts";
import { readVectors } from "./vectors.ts";

const written = ({ asOf, messages }: Told) => writeTold(asOf, messages.map(writeToldMessage));

/** What is read; "refused" for what is none. */
function outcome(bytes: Uint8Array): Told | "refused" {
  try {
    return readTold(bytes);
  } catch (error) {
    if (error instanceof WireError) return "refused";
    throw error;
  }
}

const example = () => {
  const { asOf, messages } = readVectors().find(({ name }) => name === "became")!.json as unknown as Told;
  return { asOf, messages };
};

test("the example and random ones are read and written as the independent writer does", () => {
  const dice = new Dice(90);
  const random = Array.from({ length: 200 }, () => randomFrame("server BECAME", dice) as unknown as Told);
  for (const { asOf, messages } of [example(), ...random]) {
    const bytes = writePlainTold({ asOf, messages });
    expect(readTold(bytes)).toEqual({ asOf, messages });
    expect(written({ asOf, messages })).toEqual(bytes);
  }
});

test("every cut is refused, or falls between two messages", () => {
  const { asOf, messages } = example();
  const bytes = written({ asOf, messages });
  const cuts = new Map(
    messages.map((_, count) => [written({ asOf, messages: messages.slice(0, count) }).length, count]),
  );
  for (let at = 0; at < bytes.length; at++) {
    const count = cuts.get(at);
    const expected = count === undefined ? "refused" : { asOf, messages: messages.slice(0, count) };
    expect(outcome(bytes.subarray(0, at)), `at ${at}`).toEqual(expected);
  }
});

test("any changed byte is refused, or is the only writing of what is read", () => {
  const bytes = written(example());
  for (let at = 0; at < bytes.length; at++)
    for (let mask = 1; mask < 256; mask++) {
      const changed = bytes.slice();
      changed[at]! ^= mask;
      const told = outcome(changed);
      if (told !== "refused") expect(written(told), `byte ${at}, mask ${mask}`).toEqual(changed);
    }
});

test("a count is checked before anything is made for it", () => {
  expect(outcome(Uint8Array.from([1, 5, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]))).toBe("refused");
});
