import { describe, expect, test } from "vitest";
import { Authors, findNonce } from "../src/room/authors.ts";
import { Projections } from "../src/room/projections.ts";
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

/** Authors that know what these blocks hold. */
function stored(...blocks: Uint8Array[]): Authors {
  const projections = new Projections();
  for (const bytes of blocks) projections.apply(bytes);
  return projections.authors;
}

function decoded(bytes: Uint8Array): Authors {
  const authors = new Authors();
  authors.decode(bytes);
  return authors;
}

describe("authors", () => {
  test("the last nonce of each and its number", () => {
    const authors = stored(block(10, [1, 5], [2, 1], [1, 7]));
    expect(authors.get(1)).toEqual({ nonce: 7, seq: 12 });
    expect(authors.get(2)).toEqual({ nonce: 1, seq: 11 });
    expect(authors.get(3)).toBeUndefined();
  });

  test("what was given a number counts at once, and is none of the snapshot's before it is stored", () => {
    const projections = new Projections();
    const { authors } = projections;
    projections.apply(block(1, [1, 1]));
    authors.give(1, 2, 2);
    authors.give(2, 1, 3);
    authors.give(1, 3, 4);
    expect([authors.get(1), authors.get(2)]).toEqual([
      { nonce: 3, seq: 4 },
      { nonce: 1, seq: 3 },
    ]);
    expect(decoded(authors.encode()).get(1)).toEqual({ nonce: 1, seq: 1 });
    expect(decoded(authors.encode()).get(2)).toBeUndefined();
    projections.apply(block(2, [1, 2], [2, 1]));
    expect(authors.get(1)).toEqual({ nonce: 3, seq: 4 });
    expect(decoded(authors.encode()).get(1)).toEqual({ nonce: 2, seq: 2 });
    projections.apply(block(4, [1, 3]));
    expect(decoded(authors.encode()).get(1)).toEqual({ nonce: 3, seq: 4 });
    // Somebody else on the same log had the last word.
    projections.apply(block(5, [1, 9]));
    expect(authors.get(1)).toEqual({ nonce: 9, seq: 5 });
  });

  test("a snapshot holds all of it", () => {
    const records = Array.from({ length: 500 }, (_, author) => [author, author * 3 + 1] as [number, number]);
    const authors = stored(block(1, ...records), block(501, [7, Number.MAX_SAFE_INTEGER]));
    const copy = decoded(authors.encode().slice());
    for (let author = 0; author < 500; author++) expect(copy.get(author)).toEqual(authors.get(author));
  });

  test("say what they take in memory, by their number", () => {
    const authors = stored(
      block(1, ...Array.from({ length: 1000 }, (_, i) => [i % 100, i] as [number, number])),
    );
    expect(authors.bytes).toBe(7_000);
  });

  test("bytes that are no snapshot are refused", () => {
    const bytes = new Authors().encode().slice();
    for (const bad of [[3, 0], [...bytes, 0], [1, 1, 3], []])
      expect(() => decoded(Uint8Array.from(bad))).toThrow(WireError);
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
    const authors = stored(block(1, [1, 7], null, [2, 3], null));
    expect(authors.get(1)).toEqual({ nonce: 7, seq: 1 });
    expect(authors.highest(1)).toBe(7 + 2 * maxNonceStep);
    expect(authors.highest(2)).toBe(3 + maxNonceStep);
    expect(authors.highest(3)).toBe(2 * maxNonceStep);
    authors.give(1, authors.highest(1) + 1, 5);
    expect(authors.highest(1)).toBe(authors.get(1)!.nonce);
  });

  test("is in the snapshot, which is what it was when nothing is lost", () => {
    const authors = stored(block(1, [1, 7]));
    expect(authors.encode()[0]).toBe(1);
    authors.lose(2, 4);
    authors.lose(9, 9);
    const bytes = authors.encode().slice();
    const again = decoded(bytes);
    for (const author of [1, 2]) expect(again.highest(author)).toBe(authors.highest(author));
    expect(again.highest(2)).toBe(4 * maxNonceStep);
    expect(() => decoded(Uint8Array.of(2, 1, 5, 4, 0))).toThrow(WireError);
    expect(() => decoded(Uint8Array.of(2, 2, 5, 6, 6, 7, 0))).toThrow(WireError);
    expect(() => decoded(Uint8Array.of(2, 1, 0, 4, 0))).toThrow(WireError);
  });

  test("in very many places is bounded, and never made less", () => {
    const authors = new Authors();
    for (let seq = 1; seq < 1000; seq += 2) authors.lose(seq, seq);
    expect(authors.encode().length).toBeLessThan(400);
    for (const seq of [0, 10, 500, 998]) {
      authors.give(1, 1, seq);
      expect((authors.highest(1) - 1) / maxNonceStep).toBeGreaterThanOrEqual((1000 - seq) / 2 - 1);
    }
    authors.give(1, 1, 1000);
    expect(authors.highest(1)).toBe(1);
  });
});
