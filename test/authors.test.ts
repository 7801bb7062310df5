import { describe, expect, test } from "vitest";
import { Authors, findNonce } from "../src/room/authors.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { WIRE } from "../src/wire/limits.ts";

/** `null`: a record that is lost. */
function block(seq: number, ...records: ([author: number, nonce: number] | null)[]): Uint8Array {
  const writer = new BlockWriter();
  for (const record of records) {
    if (record) writer.text(...record, 1000, encodeText("Ada"), encodeText("hi"));
    else writer.lost(1000);
  }
  return writer.seal(1, seq);
}

describe("authors", () => {
  test("the last nonce of each and its number", () => {
    const authors = new Authors();
    authors.note(1, 5, 10);
    authors.note(2, 1, 11);
    authors.note(1, 7, 12);
    expect(authors.get(1)).toEqual({ nonce: 7, seq: 12 });
    expect(authors.get(2)).toEqual({ nonce: 1, seq: 11 });
    expect(authors.get(3)).toBeUndefined();
  });

  test("a snapshot holds all of it", () => {
    const authors = new Authors();
    for (let author = 0; author < 500; author++) authors.note(author, author * 3 + 1, author + 1);
    authors.note(7, Number.MAX_SAFE_INTEGER, 501);
    const copy = Authors.decode(authors.encode().slice());
    for (let author = 0; author < 500; author++) expect(copy.get(author)).toEqual(authors.get(author));
  });

  test("say what they take in memory, by their number", () => {
    const authors = new Authors();
    for (let i = 0; i < 1000; i++) authors.note(i % 100, i, i);
    expect(authors.bytes).toBe(7_000);
  });

  test("bytes that are no snapshot are refused", () => {
    const bytes = new Authors().encode().slice();
    expect(() => Authors.decode(Uint8Array.of(3, 0))).toThrow(WireError);
    expect(() => Authors.decode(Uint8Array.of(...bytes, 0))).toThrow(WireError);
    expect(() => Authors.decode(Uint8Array.of(1, 1, 3))).toThrow(WireError);
    expect(() => Authors.decode(new Uint8Array(0))).toThrow(WireError);
  });

  test("what came after a snapshot is read again from the blocks", () => {
    const authors = new Authors();
    authors.note(1, 9, 11);
    authors.replay(block(10, [1, 8], [1, 9], [2, 1], [1, 12]), 11);
    expect(authors.get(1)).toEqual({ nonce: 12, seq: 13 });
    expect(authors.get(2)).toEqual({ nonce: 1, seq: 12 });
  });

  test("a snapshot is due after some thousand records, and no more often than authors are many", () => {
    const authors = new Authors();
    for (let i = 1; i < 4096; i++) authors.note(1, i, i);
    expect(authors.snapshotDue).toBe(false);
    authors.note(1, 4096, 4096);
    expect(authors.snapshotDue).toBe(true);
    authors.encode();
    expect(authors.snapshotDue).toBe(false);
    for (let i = 0; i < 9999; i++) authors.note(i, 1, 5000 + i);
    expect(authors.snapshotDue).toBe(true);
    authors.encode();
    for (let i = 0; i < 9998; i++) authors.note(i, 2, 15_000 + i);
    expect(authors.snapshotDue).toBe(false);
  });

  test("looking for a nonce in a block", () => {
    const bytes = block(10, [1, 4], [2, 8], [1, 9]);
    expect(findNonce(bytes, 1, 9)).toMatchObject({ seq: 12, passed: true });
    expect(findNonce(bytes, 1, 4)).toMatchObject({ seq: 10, passed: true });
    expect(findNonce(bytes, 1, 6)).toMatchObject({ seq: null, passed: true });
    expect(findNonce(bytes, 1, 3)).toMatchObject({ seq: null, passed: false });
    expect(findNonce(bytes, 3, 9)).toMatchObject({ seq: null, passed: false });
  });

  test("only what is lost between the next lower and the next higher nonce of the author counts", () => {
    const lost = (...records: ([author: number, nonce: number] | null)[]) => {
      const { passed, lost } = findNonce(block(10, ...records), 1, 6);
      return [passed, lost];
    };
    expect(lost([1, 4], null, [1, 9])).toEqual([true, true]);
    expect(lost(null, [1, 4], [2, 1], [1, 9], null)).toEqual([true, false]);
    expect(lost([1, 4], [1, 5], null)).toEqual([true, true]);
    expect(lost([2, 4], null, [1, 9])).toEqual([false, true]);
    expect(lost([2, 4], [1, 9], null)).toEqual([false, false]);
    // What the newer blocks said is handed on, until a higher nonce of the author stands here.
    expect(findNonce(block(10, [2, 4]), 1, 6, true).lost).toBe(true);
    expect(findNonce(block(10, [1, 4]), 1, 6, true)).toEqual({ seq: null, passed: true, lost: true });
    expect(findNonce(block(10, [1, 4], [1, 9]), 1, 6, true).lost).toBe(false);
  });
});

describe("what is lost", () => {
  const { maxNonceStep } = WIRE;

  test("may have been anybody's who wrote nothing after it", () => {
    const authors = new Authors();
    authors.replay(block(1, [1, 7], null, [2, 3], null), 0);
    expect(authors.get(1)).toEqual({ nonce: 7, seq: 1 });
    expect(authors.highest(1)).toBe(7 + 2 * maxNonceStep);
    expect(authors.highest(2)).toBe(3 + maxNonceStep);
    expect(authors.highest(3)).toBe(2 * maxNonceStep);
    authors.note(1, authors.highest(1) + 1, 5);
    expect(authors.highest(1)).toBe(authors.get(1)!.nonce);
  });

  test("is in the snapshot, which is what it was when nothing is lost", () => {
    const authors = new Authors();
    authors.note(1, 7, 1);
    expect(authors.encode()[0]).toBe(1);
    authors.lose(2, 4);
    expect(authors.isSnapshotCurrent).toBe(false);
    authors.lose(9, 9);
    const bytes = authors.encode().slice();
    const again = Authors.decode(bytes);
    for (const author of [1, 2]) expect(again.highest(author)).toBe(authors.highest(author));
    expect(again.highest(2)).toBe(4 * maxNonceStep);
    expect(() => Authors.decode(Uint8Array.of(2, 1, 5, 4, 0))).toThrow(WireError);
    expect(() => Authors.decode(Uint8Array.of(2, 2, 5, 6, 6, 7, 0))).toThrow(WireError);
    expect(() => Authors.decode(Uint8Array.of(2, 1, 0, 4, 0))).toThrow(WireError);
  });

  test("and below the snapshot's number it is none: the snapshot was made of it", () => {
    const authors = new Authors();
    authors.replay(block(1, null, null, [1, 4]), 2);
    expect(authors.highest(2)).toBe(0);
  });

  test("in very many places is bounded, and never made less", () => {
    const authors = new Authors();
    for (let seq = 1; seq < 1000; seq += 2) authors.lose(seq, seq);
    expect(authors.encode().length).toBeLessThan(400);
    for (const seq of [0, 10, 500, 998]) {
      authors.note(1, 1, seq);
      expect((authors.highest(1) - 1) / maxNonceStep).toBeGreaterThanOrEqual((1000 - seq) / 2 - 1);
    }
    authors.note(1, 1, 1000);
    expect(authors.highest(1)).toBe(1);
  });
});
