/** The engine's files of records: whole, torn, and damaged in the middle. */
import { expect, test } from "vitest";
import { crc32c } from "../src/log/level/crc32c.ts";
import { engineRecords } from "../src/log/level/engine-records.ts";

const PAGE = 32 * 1024;

function fragment(kind: number, payload: Uint8Array): Buffer {
  const body = Buffer.concat([Uint8Array.of(kind), payload]);
  const checksum = crc32c(body);
  const header = Buffer.alloc(6);
  header.writeUInt32LE((((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0, 0);
  header.writeUInt16LE(payload.length, 4);
  return Buffer.concat([header, body]);
}

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const WHOLE = 1;

function read(file: Uint8Array, most = Number.MAX_SAFE_INTEGER) {
  let damaged = 0;
  const goOn = () => ++damaged < most;
  return { values: [...engineRecords(file, goOn)].map((record) => [record.length, record[0]]), damaged };
}

test("records are put together across pages, and padding is passed", () => {
  const first = PAGE - 7 - 3;
  const file = Buffer.concat([
    fragment(WHOLE, bytes(first, 1)),
    Buffer.alloc(3),
    fragment(2, bytes(PAGE - 7, 2)),
    fragment(3, bytes(PAGE - 7, 2)),
    fragment(4, bytes(5, 2)),
    fragment(WHOLE, bytes(4, 3)),
  ]);
  const sizes = [
    [first, 1],
    [2 * (PAGE - 7) + 5, 2],
    [4, 3],
  ];
  expect(read(file)).toEqual({ values: sizes, damaged: 0 });
});

test("a damaged record costs itself when its length is whole, else what is left of its page", () => {
  const file = Buffer.concat([
    ...[1, 2, 3, 4].map((value) => fragment(WHOLE, bytes(100, value))),
    Buffer.alloc(PAGE - 4 * 107),
    fragment(WHOLE, bytes(100, 5)),
  ]);
  const values = (...of: number[]) => of.map((value) => [100, value]);
  const damagedAt = (at: number) => {
    const copy = Buffer.from(file);
    copy[at]! ^= 1;
    return read(copy);
  };
  // The zeros at the end of the page are no record either.
  expect(damagedAt(107 + 50)).toEqual({ values: values(1, 3, 4, 5), damaged: 2 });
  expect(damagedAt(107 + 4)).toEqual({ values: values(1, 5), damaged: 1 });
  const copy = Buffer.from(file);
  copy[107 + 50]! ^= 1;
  expect(read(copy, 1)).toEqual({ values: values(1), damaged: 1 });
});

test("a torn end is none", () => {
  const file = Buffer.concat([fragment(WHOLE, bytes(100, 1)), fragment(WHOLE, bytes(100, 2))]);
  for (let left = 107; left < file.length; left++)
    expect(read(file.subarray(0, left))).toEqual({ values: [[100, 1]], damaged: 0 });
});
