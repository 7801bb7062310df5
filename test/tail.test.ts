import { describe, expect, test } from "vitest";
import { Tail } from "../src/room/tail.ts";

function block(seq: number, count = 1, length = 10) {
  return { seq, count, bytes: new Uint8Array(length) };
}

describe("the tail of a room", () => {
  test("a block that was replaced is held in its new form, others stay", () => {
    const tail = new Tail(1_000);
    for (const seq of [1, 3, 5]) tail.push({ seq, count: 2, bytes: new Uint8Array(100) });
    tail.replace({ seq: 3, count: 2, bytes: new Uint8Array(40) });
    expect([tail.bytes, tail.at(1)!.bytes.length, tail.at(1)!.seq, tail.count]).toEqual([240, 40, 3, 3]);
    // Of other numbers, or not held.
    for (const [seq, count] of [
      [4, 2],
      [1, 1],
      [7, 2],
    ] as const)
      tail.replace({ seq, count, bytes: new Uint8Array(1) });
    expect([tail.bytes, tail.count]).toEqual([240, 3]);
  });

  test("an empty one holds nothing", () => {
    const tail = new Tail(100);
    expect([tail.first, tail.bytes, tail.count]).toEqual([0, 0, 0]);
    expect(tail.indexOf(1)).toBe(-1);
    expect(tail.at(0)).toBeUndefined();
  });

  test("finds the block that holds a number, at any place in it", () => {
    const tail = new Tail(1000);
    for (const [seq, count] of [
      [5, 3],
      [8, 1],
      [9, 10],
    ] as const)
      tail.push(block(seq, count));
    const found = [4, 5, 7, 8, 9, 18, 19].map((seq) => tail.indexOf(seq));
    expect(found).toEqual([-1, 0, 0, 1, 2, 2, -1]);
    expect([0, 1, 2, 3].map((index) => tail.at(index)?.seq)).toEqual([5, 8, 9, undefined]);
  });

  test("stays within its bytes and keeps the newest block whatever its size", () => {
    const tail = new Tail(100);
    for (let seq = 1; seq <= 1000; seq++) {
      tail.push(block(seq));
      expect(tail.bytes).toBeLessThanOrEqual(100);
      expect(tail.at(tail.count - 1)?.seq).toBe(seq);
      expect(tail.first).toBe(Math.max(1, seq - 9));
      expect(tail.indexOf(tail.first)).toBe(0);
      expect(tail.indexOf(tail.first - 1)).toBe(-1);
    }
    tail.push(block(1001, 1, 500));
    expect([tail.first, tail.count, tail.bytes]).toEqual([1001, 1, 500]);
  });

  test("what is evicted is not held by the place it had", () => {
    const tail = new Tail(10);
    tail.push(block(1));
    tail.push(block(2));
    expect(tail.first).toBe(2);
    expect(tail.at(-1)).toBeUndefined();
  });

  test("retention takes blocks that lie entirely below a number", () => {
    const tail = new Tail(1000);
    for (const seq of [1, 4, 7]) tail.push(block(seq, 3));
    tail.trim(6);
    expect([tail.first, tail.count, tail.bytes]).toEqual([4, 2, 20]);
    tail.trim(100);
    expect([tail.first, tail.count, tail.bytes]).toEqual([0, 0, 0]);
    tail.push(block(10));
    expect([tail.first, tail.indexOf(10)]).toEqual([10, 0]);
  });
});
