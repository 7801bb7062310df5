import { describe, expect, test } from "vitest";
import {
  type Block,
  BlockReader,
  BlockWriter,
  decodeBlock,
  lostBlock,
  MAX_LOST_RECORDS,
  MAX_RECORD_OVERHEAD,
  readBlockHeader,
  verifyBlock,
} from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { WIRE } from "../src/wire/limits.ts";
import { kindOf } from "../src/wire/records/registry.ts";
import { Dice } from "./dice.ts";
import { type PlainBlock, sealPlain, writeBlock, writeRecord } from "./independent-blocks.ts";
import { fixed, MAX, varint } from "./independent-numbers.ts";
import { randomBlock } from "./random-frames.ts";
import { blockOf, readVectors } from "./vectors.ts";

const vectors = readVectors().filter((vector) => vector.direction === "block");
const TIME = 1_767_225_600_000;
const ONE = { author: 3, nonce: 1, delta: 0, name: "otter", text: "hi" };

/** What a reader should make of a plain block. */
function expectedOf(plain: PlainBlock): Block {
  const names = new Map<number, string>();
  const records: Block["records"] = [];
  const acts: Block["acts"] = [];
  plain.records.forEach((record, i) => {
    const { author, nonce, delta, name: _, to, text: __, kind = 1, body: ___, ...more } = record;
    const known = kindOf(kind);
    if (!known) return;
    const name = (record.name as string) || names.get(author)!;
    if (kind === 1) names.set(author, name);
    const head = { seq: plain.seq + i, author, nonce, time: plain.time + delta, name };
    const text = record.text as string;
    if (kind === 1) records.push({ ...head, text });
    else if (known.isMessage) records.push({ ...head, kind, ...(to !== undefined && { to }), text });
    else
      acts.push(
        dropUndefined({
          ...head,
          kind,
          to,
          text,
          ...more,
        }) as Block["acts"][number],
      );
  });
  const lost: Block["lost"] = [];
  plain.records.forEach(({ kind }, i) => {
    const seq = plain.seq + i;
    const last = lost.at(-1);
    if (kind !== 2) return;
    if (last?.to === seq - 1) last.to = seq;
    else lost.push({ from: seq, to: seq });
  });
  const { room, seq, time } = plain;
  return { room, seq, time, count: plain.records.length, records, acts, lost };
}

const dropUndefined = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** The outcome of reading, with the one error that is allowed told apart from all others. */
function outcome(bytes: Uint8Array): Block | "refused" {
  try {
    return decodeBlock(bytes);
  } catch (error) {
    if (error instanceof WireError) return "refused";
    throw error;
  }
}

describe("random blocks", () => {
  test("of the independent writer are read", () => {
    const dice = new Dice(101);
    for (let n = 0; n < 500; n++) {
      const plain = randomBlock(dice);
      const bytes = writeBlock(plain);
      expect(decodeBlock(bytes)).toEqual(expectedOf(plain));
      expect(verifyBlock(bytes)).toBe(true);
      const { room, seq, time, count } = expectedOf(plain);
      expect(readBlockHeader(bytes)).toEqual({ room, seq, time, count });
    }
  });

  test("are written as the independent writer writes them, by one writer again and again", () => {
    const dice = new Dice(102);
    const writer = new BlockWriter();
    for (let n = 0; n < 500; n++) {
      const plain = randomBlock(dice, true);
      for (const { author, nonce, delta, name, text } of plain.records)
        writer.text(
          author,
          nonce,
          plain.time + delta,
          name ? encodeText(name as string) : null,
          encodeText(text as string),
        );
      expect(writer.count).toBe(plain.records.length);
      expect(writer.bytes).toBe(plain.records.flatMap(writeRecord).length);
      expect(writer.seal(plain.room, plain.seq)).toEqual(writeBlock(plain));
      expect(writer.count + writer.bytes).toBe(0);
    }
  });
});

describe("damage", () => {
  test.each(vectors)("every cut of $name is refused", ({ bytes }) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeBlock(bytes.subarray(0, length)), `at ${length}`).toThrow(WireError);
      expect(verifyBlock(bytes.subarray(0, length))).toBe(false);
    }
  });

  test.each(vectors)("every changed byte of $name is found by the checksum", ({ bytes }) => {
    const unnoticed: string[] = [];
    for (let at = 0; at < bytes.length; at++)
      for (let mask = 1; mask < 256; mask++) {
        const changed = bytes.slice();
        changed[at]! ^= mask;
        if (verifyBlock(changed)) unnoticed.push(`byte ${at}, mask ${mask}`);
        outcome(changed);
      }
    expect(unnoticed).toEqual([]);
  });

  test.each(vectors)("a byte behind $name is refused", ({ bytes }) => {
    expect(outcome(Uint8Array.from([...bytes, 0]))).toBe("refused");
    expect(verifyBlock(Uint8Array.from([...bytes, 0]))).toBe(false);
  });

  test("bytes at random are refused or read, and nothing else happens", () => {
    const dice = new Dice(103);
    for (let n = 0; n < 5000; n++) {
      const bytes = dice.bytes(dice.int(0, 60));
      outcome(bytes);
      bytes.set([0x42, 0x10].slice(0, bytes.length));
      outcome(bytes);
      expect(verifyBlock(bytes)).toBe(false);
    }
  });
});

describe("what is refused", () => {
  const start = [0x42, 0x10];
  const record = writeRecord(ONE);
  const header = (room: number[], seq: number[], count: number[]) => [
    ...room,
    ...seq,
    ...fixed(TIME, 6),
    ...count,
  ];
  const good = header([1], [1], [1]);

  test("the block these are made from is good", () => {
    expect(outcome(sealPlain(start, [...good, ...record]))).not.toBe("refused");
    expect(outcome(sealPlain(start, [...header([1], varint(MAX), [1]), ...record]))).not.toBe("refused");
  });

  test.each<[string, number[], number[]]>([
    ["another kind", [0x43, 0x10], [...good, ...record]],
    ["version 0", [0x42, 0x00], [...good, ...record]],
    ["version 2", [0x42, 0x20], [...good, ...record]],
    ["version 9", [0x42, 0x90], [...good, ...record]],
    ["the flag that must be understood", [0x42, 0x18], [...good, ...record]],
    ["room 0", start, [...header([0], [1], [1]), ...record]],
    ["seq 0", start, [...header([1], [0], [1]), ...record]],
    ["count 0", start, header([1], [1], [0])],
    ["count 0 with a record", start, [...header([1], [1], [0]), ...record]],
    ["a room that is too long a varint", start, [...header([0x81, 0], [1], [1]), ...record]],
    ["a seq that is too long a varint", start, [...header([1], [0x81, 0], [1]), ...record]],
    ["a count that is too long a varint", start, [...header([1], [1], [0x81, 0]), ...record]],
    ["a last number that is too large", start, [...header([1], varint(MAX), [2]), ...record, ...record]],
    ["a last number that is far too large", start, [...header([1], varint(MAX), varint(MAX)), ...record]],
    ["one record more than there is", start, [...header([1], [1], [2]), ...record]],
    ["one record less than there is", start, [...good, ...record, ...record]],
    ["a record length too small by one", start, [...good, 1, record[1]! - 1, ...record.slice(2)]],
    ["a record length too large by one", start, [...good, 1, record[1]! + 1, ...record.slice(2)]],
    ["a record length of 2^53 - 1", start, [...good, 1, ...varint(MAX), ...record.slice(2)]],
    ["a record length of zero", start, [...good, 1, 0]],
    ["a record that ends within its nonce", start, [...good, 1, 2, 3, 0x81]],
    ["a name that reaches over its record", start, [...good, 1, 5, 3, 1, 0, 200, 0x61]],
    // Read on from where this record says it ends, the second one would be good.
    [
      "a name that reaches into the next record",
      start,
      [...header([1], [1], [2]), 1, 4, 3, 1, 0, 6, 1, 6, 4, 1, 0, 1, 0x61, 0x62],
    ],
    ["an unknown kind without the fields of every kind", start, [...good, 9, 2, 3, 1]],
    ["an unknown kind that reaches into the next record", start, [...good, 9, 1, 3, ...record]],
  ])("%s", (_, begin, rest) => {
    const bytes = sealPlain(begin, rest);
    expect(verifyBlock(bytes)).toBe(true);
    expect(outcome(bytes)).toBe("refused");
  });

  test.each<[string, PlainBlock["records"]]>([
    ["no name in the first record", [{ ...ONE, name: "" }]],
    ["no name in the first record of an author", [ONE, { ...ONE, author: 4, name: "" }]],
    [
      "no name after a record of another kind, though that has one",
      [
        { ...ONE, kind: 4, to: 1 },
        { ...ONE, name: "" },
      ],
    ],
    ["no name in the first act of an author", [{ ...ONE, kind: 5, to: 1, text: "", name: "" }]],
    ["a name of an unknown kind that is too long", [{ ...ONE, kind: 9, name: "x".repeat(97) }]],
    ["a reply without a number", [{ ...ONE, kind: 3, text: "" }]],
    ["a removal with bytes left over", [{ ...ONE, kind: 5, to: 1, text: "x" }]],
    ["a reaction that is neither put nor taken back", [{ ...ONE, kind: 6, to: 1, text: "\u0002x" }]],
    ["a name of 97 bytes", [{ ...ONE, name: "x".repeat(97) }]],
    ["a time that does not fit 48 bits", [{ ...ONE, delta: 2 ** 48 - TIME }]],
    ["a time that no number holds", [{ ...ONE, delta: MAX }]],
  ])("%s", (_, records) => {
    expect(outcome(writeBlock({ room: 1, seq: 1, time: TIME, records }))).toBe("refused");
  });

  test.each([
    ["a byte that never occurs", [0xff]],
    ["a lone continuation", [0x80]],
    ["a cut sequence", [0xe2, 0x82]],
    ["an over-long form", [0xc0, 0x80]],
    ["a high surrogate", [0xed, 0xa0, 0x80]],
    ["a surrogate pair, each encoded", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ["a character above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ])("%s in a name or a text", (_, bad) => {
    const broken = Uint8Array.from([0x61, ...bad]);
    for (const record of [
      { ...ONE, name: broken },
      { ...ONE, text: broken },
    ])
      expect(outcome(writeBlock({ room: 1, seq: 1, time: TIME, records: [record] }))).toBe("refused");
  });

  test("a count that the bytes cannot hold, already by its header", () => {
    const bytes = writeBlock({ room: 1, seq: 1, time: TIME, records: [ONE], count: 2 ** 40 });
    expect(() => readBlockHeader(bytes)).toThrow(WireError);
  });
});

describe("BlockReader", () => {
  test("walks what it does not know, and numbers it", () => {
    const vector = vectors.find(({ name }) => name === "block-from-the-future")!;
    const reader = new BlockReader(vector.bytes);
    expect([reader.room, reader.firstSeq, reader.lastSeq, reader.count]).toEqual([1, 40, 41, 2]);
    expect(reader.next()).toBe(true);
    expect([reader.seq, reader.kind, reader.name.length, reader.body.length]).toEqual([40, 64, 10, 3]);
    expect(reader.next()).toBe(true);
    expect([reader.seq, reader.kind, reader.author]).toEqual([41, 1, 3]);
    expect(reader.next()).toBe(false);
    expect(reader.next()).toBe(false);
  });

  test("starts over on another block, also after one that was refused", () => {
    const reader = new BlockReader();
    for (const vector of vectors) {
      expect(() => reader.reset(vector.bytes.subarray(0, 9))).toThrow(WireError);
      let seen = 0;
      for (reader.reset(vector.bytes); reader.next(); ) seen++;
      expect(seen).toBe(blockOf(vector).count);
    }
  });
});

describe("BlockWriter", () => {
  const name = encodeText("otter");
  const text = encodeText("hi");

  test("raises a time before the first record's, because a clock may be set back", () => {
    const writer = new BlockWriter();
    writer.text(1, 1, TIME, name, text);
    writer.text(1, 2, TIME - 5000, null, text);
    writer.text(1, 3, TIME + 7, null, text);
    expect(decodeBlock(writer.seal(1, 1)).records.map((record) => record.time)).toEqual([
      TIME,
      TIME,
      TIME + 7,
    ]);
  });

  test("takes no name that readers would refuse, and is as it was", () => {
    const writer = new BlockWriter();
    writer.text(1, 1, TIME, name, text);
    expect(() => writer.text(1, 2, TIME, new Uint8Array(WIRE.maxNameBytes + 1), text)).toThrow(RangeError);
    writer.text(1, 3, TIME, new Uint8Array(WIRE.maxNameBytes).fill(0x61), text);
    expect(decodeBlock(writer.seal(1, 1)).records.map((record) => record.nonce)).toEqual([1, 3]);
  });

  test("seals nothing without a record", () => {
    expect(() => new BlockWriter().seal(1, 1)).toThrow(RangeError);
  });

  test("copies what it is given, and gives bytes that later blocks leave alone", () => {
    const writer = new BlockWriter();
    const borrowed = encodeText("borrowed");
    writer.text(1, 1, TIME, name, borrowed);
    borrowed.fill(0);
    const first = writer.seal(1, 1);
    const kept = first.slice();
    writer.text(2, 1, TIME, name, new Uint8Array(5000).fill(0x62));
    writer.seal(1, 2);
    writer.text(3, 1, TIME, name, text);
    writer.seal(1, 3);
    expect(first).toEqual(kept);
    expect(decodeBlock(first).records[0]!.text).toBe("borrowed");
  });

  test("adds at most the stated overhead to one record", () => {
    const writer = new BlockWriter();
    writer.text(MAX, MAX, 0, name, new Uint8Array(0));
    const before = writer.bytes;
    const label = new Uint8Array(WIRE.maxNameBytes).fill(0x61);
    const long = new Uint8Array(16_000).fill(0x62);
    writer.text(MAX, MAX, MAX, label, long);
    const header = 1 + 1 + 4 + 8 + 8 + 6 + 8;
    expect(writer.bytes - before + header - label.length - long.length).toBeLessThanOrEqual(
      MAX_RECORD_OVERHEAD,
    );
  });
});

describe("lost records", () => {
  test("keep their numbers, and are told as ranges", () => {
    const writer = new BlockWriter();
    writer.lost(TIME);
    writer.lost(TIME + 3);
    writer.text(3, 7, TIME + 5, encodeText("Ann"), encodeText("here"));
    writer.lost(TIME + 5);
    const block = decodeBlock(writer.seal(1, 10));
    expect(block.count).toBe(4);
    expect(block.lost).toEqual([
      { from: 10, to: 11 },
      { from: 13, to: 13 },
    ]);
    expect(block.records.map(({ seq, text }) => [seq, text])).toEqual([[12, "here"]]);
  });

  test("as many as may stand in one block fit it", () => {
    const bytes = lostBlock(2 ** 48 - 1, 2 ** 48 - 20_000, MAX_LOST_RECORDS, TIME);
    expect(bytes.length).toBeLessThanOrEqual(WIRE.maxBlockBytes);
    expect(verifyBlock(bytes)).toBe(true);
    const { count, lost, seq } = decodeBlock(bytes);
    expect([count, lost]).toEqual([MAX_LOST_RECORDS, [{ from: seq, to: seq + count - 1 }]]);
  });
});
