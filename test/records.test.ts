/** The kinds of records by themselves: what each reads, writes and refuses, and that they fit together. */
import { describe, expect, test } from "vitest";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { LOST } from "../src/wire/records/lost.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { KINDS, kindOf, kinds, MESSAGES } from "../src/wire/records/registry.ts";
import { Dice } from "./dice.ts";
import { writeRecord } from "./independent-blocks.ts";
import { varint } from "./independent-numbers.ts";
import { randomBody } from "./random-frames.ts";

/** What stands behind author, nonce, delta and an empty name. */
function bodyOf(kind: number, fields: ReturnType<typeof randomBody>): Uint8Array {
  const record = writeRecord({ kind, author: 1, nonce: 1, delta: 0, name: "", ...fields });
  const lengthBytes = varint(record.length).length;
  return Uint8Array.from(record.slice(1 + lengthBytes + 4));
}

describe("the registry", () => {
  test("has every number once, below those without a name, and never that of a lost record", () => {
    const numbers = KINDS.map(({ kind }) => kind);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((kind) => kind > 0 && kind < 0x80 && kind !== LOST)).toBe(true);
    expect(Object.entries(kinds)).toEqual(
      KINDS.filter(({ isServers }) => !isServers).map((kind) => [kind.name, kind]),
    );
    expect([kindOf(LOST), kindOf(0x7f)]).toEqual([undefined, undefined]);
  });

  test("calls messages what stands by itself", () => {
    expect(MESSAGES).toEqual(KINDS.filter(({ isMessage }) => isMessage));
  });
});

describe.each(KINDS.filter(({ isServers }) => !isServers).map((kind) => [kind.name, kind] as const))(
  "%s",
  (_, { kind, read, write, refersTo }) => {
    test("reads what the independent writer writes, and writes the same", () => {
      const dice = new Dice(kind);
      for (let n = 0; n < 300; n++) {
        const fields = randomBody(kind, dice);
        if (fields.text !== undefined) fields.text = "t".repeat(dice.int(0, 60));
        const bytes = bodyOf(kind, fields);
        const body = read(bytes);
        expect(write(body)).toEqual(bytes);
        if (refersTo) expect(body).toMatchObject({ to: fields.to });
      }
    });

    test("reads bytes at random or refuses them, and nothing else happens", () => {
      const dice = new Dice(100 + kind);
      for (let n = 0; n < 3_000; n++) {
        const bytes = dice.bytes(dice.int(0, 20));
        try {
          expect(write(read(bytes))).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }
    });
  },
);

const isSign = (text: string) => reaction.fits!({ to: 1, on: true, text });

test.each([
  "👍",
  "❤️",
  "👨‍👩‍👧",
  "🇰🇷",
  "1️⃣",
  "👋🏽",
  "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
])("%s is a sign", (text) => {
  expect(encodeText(text).length).toBeLessThan(reaction.maxTextBytes!);
  expect(isSign(text)).toBe(true);
});

test.each(["", "a", "12", "ok👍", "👍 ", "\u200d", "no"])("%j is no sign", (text) => {
  expect(isSign(text)).toBe(false);
});
