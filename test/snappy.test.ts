import { expect, test } from "vitest";
import { unpackSnappy } from "../src/log/level/snappy.ts";
import { decodeText, encodeText, WireError } from "../src/wire/bytes.ts";

const ascii = (text: string): number[] => [...encodeText(text)];

test("unpacks literals and every kind of copy", () => {
  const packed = new Uint8Array([
    // 26 bytes in all; a literal of 4; a copy of 4 from 4 back (kind 1); one of 8 from 8 back (kind 2);
    // one of 8 from 1 back, overlapping itself (kind 4); a literal of 2 with its length in a byte of its own.
    26,
    12,
    ...ascii("abcd"),
    1,
    4,
    30,
    8,
    0,
    31,
    1,
    0,
    0,
    0,
    240,
    1,
    ...ascii("xy"),
  ]);
  expect(decodeText(unpackSnappy(packed))).toBe(
    "abcdabcdabcdabcddddddddxy".padStart(25).replace("dxy", "ddxy"),
  );
  for (let end = 0; end < packed.length; end++)
    expect(() => unpackSnappy(packed.subarray(0, end))).toThrow(WireError);
});

test("refuses a copy from before the start, of nothing, or beyond the end", () => {
  for (const packed of [
    [4, 1, 1],
    [8, 0, 97, 1, 0],
    [2, 0, 97, 1, 1],
    [1, 4, 97, 97],
    [255, 255, 255, 255, 15],
  ])
    expect(() => unpackSnappy(new Uint8Array(packed))).toThrow(WireError);
});
