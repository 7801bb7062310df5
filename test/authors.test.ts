import { describe, expect, test } from "vitest";
import { Authors, findNonce } from "../src/room/authors.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";

function block(seq: number, ...records: [author: number, nonce: number][]): Uint8Array {
  const writer = new BlockWriter();
  for (const [author, nonce] of records)
    writer.text(author, nonce, 1000, encodeText("Ada"), encodeText("hi"));
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

  test("bytes that are no snapshot are refused", () => {
    const bytes = new Authors().encode().slice();
    expect(() => Authors.decode(Uint8Array.of(2, 0))).toThrow(WireError);
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
    expect(findNonce(bytes, 1, 9)).toEqual({ seq: 12, passed: true });
    expect(findNonce(bytes, 1, 4)).toEqual({ seq: 10, passed: true });
    expect(findNonce(bytes, 1, 6)).toEqual({ seq: null, passed: true });
    expect(findNonce(bytes, 1, 3)).toEqual({ seq: null, passed: false });
    expect(findNonce(bytes, 3, 9)).toEqual({ seq: null, passed: false });
  });
});
