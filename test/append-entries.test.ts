/** What every append writes, made in place: the same bytes as anywhere else, whatever was made there before. */
import { expect, test } from "vitest";
import { AppendEntries } from "../src/log/level/append-entries.ts";
import type { EngineBatch } from "../src/log/level/commits.ts";
import { decodeBounds, encodeBounds } from "../src/log/level/entries.ts";
import { blockKey, boundsKey, readBlockKey } from "../src/log/level/keys.ts";

test("keys and bounds are those of keys.ts and entries.ts, in any order of rooms of both forms", () => {
  const entries = new AppendEntries();
  const put: (readonly [number[], number[]])[] = [];
  // As the engine's: it copies what it is given.
  const write = { put: (key: Uint8Array, value: Uint8Array) => put.push([[...key], [...value]]) };
  const batch = write as unknown as EngineBatch;
  const expected: typeof put = [];
  const numbers = [1, 0xfffffffe, 0xffffffff, 7, 0x100000000, 2 ** 48 - 1, 2];
  for (const [at, room] of numbers.entries()) {
    const [seq, count, head] = [2 ** (at * 6), at + 1, 2 ** (at * 6) + at];
    const block = Uint8Array.of(at, 1, 2);
    const bounds = { first: at + 1, head };
    entries.putBlock(batch, room, seq, count, block);
    entries.putBounds(batch, room, bounds);
    const key = boundsKey(room);
    expected.push([[...blockKey(room, seq, count)], [...block]], [[...key], [...encodeBounds(key, bounds)]]);
    const [blockEntry, boundsEntry] = put.slice(-2).map((pair) => pair.map((one) => Uint8Array.from(one)));
    expect(readBlockKey(blockEntry![0]!)).toEqual({ room, seq, count });
    expect(decodeBounds(boundsEntry![0]!, boundsEntry![1]!)).toEqual(bounds);
  }
  expect(put).toEqual(expected);
});
