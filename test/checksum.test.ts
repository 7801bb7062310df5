import * as zlib from "node:zlib";
import { expect, test } from "vitest";
import { crc32 } from "../src/wire/checksum.ts";
import { Dice } from "./dice.ts";
import { slowCrc32 } from "./independent-numbers.ts";

const CHECK = new TextEncoder().encode("123456789");

/** Node has one since 20.15; before that the bit-by-bit one of the tests has to do. */
const other = "crc32" in zlib ? zlib.crc32 : (bytes: Uint8Array) => slowCrc32([...bytes]);

test("gives the published check value", () => {
  expect(crc32(CHECK)).toBe(0xcbf43926);
  expect(slowCrc32([...CHECK])).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

test("agrees with another implementation at every length and offset", () => {
  const dice = new Dice(32);
  for (let length = 0; length < 300; length++) {
    const bytes = dice.bytes(length + 9);
    const from = dice.int(0, 9);
    const part = bytes.subarray(from, from + length);
    expect(crc32(bytes, from, from + length)).toBe(other(part));
    expect(crc32(part)).toBe(slowCrc32([...part]));
  }
});

test("goes on from the checksum of what came before", () => {
  const dice = new Dice(33);
  for (let n = 0; n < 300; n++) {
    const bytes = dice.bytes(dice.int(0, 100));
    const cut = dice.int(0, bytes.length);
    expect(crc32(bytes, cut, bytes.length, crc32(bytes, 0, cut))).toBe(other(bytes));
  }
});
