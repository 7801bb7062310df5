/** What REACTED and EDITED tell of a message, against the independent writer and against damage. */
import { describe, expect, test } from "vitest";
import { type Edited, readEdited, readReacted, writeEdited, writeReacted } from "../src/wire/about.ts";
import { WireError } from "../src/wire/bytes.ts";
import { Dice } from "./dice.ts";
import type { Fields } from "./independent-layouts.ts";
import { writePlainTold } from "./independent-writer.ts";
import { randomFrame } from "./random-frames.ts";
import { readVectors } from "./vectors.ts";

interface Telling {
  frame: string;
  read: (bytes: Uint8Array) => unknown;
  write: (told: never) => Uint8Array;
  plain: (fields: Fields) => unknown;
}

/** Versions rise by their numbers. */
const rising = ({ versions, ...about }: Edited): Edited => ({
  ...about,
  versions: versions.map((one, at) => ({ ...one, number: at + 1 })),
});

describe.each<Telling>([
  { frame: "REACTED", read: readReacted, write: writeReacted, plain: (told) => told },
  { frame: "EDITED", read: readEdited, write: writeEdited, plain: (told) => rising(told as never) },
])("$frame", ({ frame, read, write, plain }) => {
  const { json } = readVectors().find(({ json }) => json.frame === frame)!;
  const toldOf = ({ frame: _, request: _r, ...told }: Fields): Fields => told;
  const example = toldOf(json);
  const bytes = writePlainTold(example, frame);
  const outcome = (some: Uint8Array) => {
    try {
      return read(some);
    } catch (error) {
      if (error instanceof WireError) return "refused";
      throw error;
    }
  };

  test("the example and random ones are read and written as the independent writer does", () => {
    const dice = new Dice(91);
    const random = Array.from({ length: 200 }, () => plain(toldOf(randomFrame(`server ${frame}`, dice))));
    for (const told of [example, ...random]) {
      const bytes = writePlainTold(told as Fields, frame);
      expect(read(bytes)).toEqual(told);
      expect(write(told as never)).toEqual(bytes);
    }
  });

  test("every cut is refused, or is what was told before it", () => {
    for (let at = 0; at < bytes.length; at++) {
      const told = outcome(bytes.subarray(0, at));
      if (told !== "refused") expect(write(told as never), `at ${at}`).toEqual(bytes.subarray(0, at));
    }
  });

  test("any changed byte is refused, or is the only writing of what is read", () => {
    for (let at = 0; at < bytes.length; at++)
      for (let mask = 1; mask < 256; mask++) {
        const changed = bytes.slice();
        changed[at]! ^= mask;
        const told = outcome(changed);
        if (told !== "refused") expect(write(told as never), `byte ${at}, mask ${mask}`).toEqual(changed);
      }
  });
});

test("versions out of their order are refused, and a count is checked before anything is made for it", () => {
  const versions = [5, 5].map((number) => ({ number, time: 1, text: "x" }));
  const bytes = writeEdited({ room: 1, seq: 5, more: 0, missing: 0, versions });
  expect(() => readEdited(bytes)).toThrow(WireError);
  expect(() => readReacted(Uint8Array.from([1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]))).toThrow(WireError);
});
