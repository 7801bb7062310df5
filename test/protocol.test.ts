/** PROTOCOL.md is true: every example is read and written as it says, and its tables are those of the code. */
import { describe, expect, test } from "vitest";
import { BlockWriter, decodeBlock, lostBlock, verifyBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Close, Presence, Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { DEFAULT_LIMITS, LimitId, STATED_DEFAULTS, type StatedLimit, WIRE } from "../src/wire/limits.ts";
import { KINDS, kindOf } from "../src/wire/records/registry.ts";
import { LAYOUTS, writeBlock, writeFrame } from "./independent-writer.ts";
import { blockOf, decode, encode, frameOf, PROTOCOL, plainOf, readVectors } from "./vectors.ts";

const vectors = readVectors();
const frames = vectors.filter((vector) => vector.direction !== "block");
const blocks = vectors.filter((vector) => vector.direction === "block");

describe.each(frames)("the frame $name", (vector) => {
  const { direction, bytes } = vector;
  const values = plainOf(vector, vectors);

  test("is read as the document says", () => {
    expect(decode(direction, bytes)).toEqual(frameOf(direction, values));
  });

  test("is written as the document says", () => {
    expect(encode(direction, frameOf(direction, values))).toEqual(bytes);
  });

  test("is written the same by the independent writer", () => {
    expect(writeFrame(direction, values)).toEqual(bytes);
  });
});

test.each(blocks)("the block $name is read as the document says, and its checksum fits", (vector) => {
  expect(decodeBlock(vector.bytes)).toEqual(blockOf(vector));
  expect(verifyBlock(vector.bytes)).toBe(true);
});

const writable = blocks.filter((vector) => !vector.decodeOnly);
test.each(writable)("the block $name is written as the document says, by both writers", (vector) => {
  const block = blockOf(vector);
  const writer = new BlockWriter();
  const names = new Map<number, string>();
  const all = [...block.records, ...block.acts].sort((a, b) => a.seq - b.seq);
  const records = all.map((record) => {
    const { kind = 1, author, nonce, time, name, seq: _, ...body } = record;
    const shown = names.get(author) === name ? "" : name;
    if (kind === 1) names.set(author, name);
    writer.record(kind, author, nonce, time, shown ? encodeText(shown) : null, kindOf(kind)!.write(body));
    return { kind, author, nonce, delta: time - block.time, name: shown, ...body };
  });
  expect(writer.seal(block.room, block.seq)).toEqual(vector.bytes);
  expect(writeBlock({ ...block, records })).toEqual(vector.bytes);
});

test("lost records are written as the document says", () => {
  const { bytes, json } = blocks.find(({ name }) => name === "block-lost")!;
  const { room, seq, count, time } = json as { room: number; seq: number; count: number; time: number };
  expect(lostBlock(room, seq, count, time)).toEqual(bytes);
});

/** Which of these the document does not hold, however wide its tables are set. */
function missing(parts: string[]): string[] {
  return parts.filter((part) => !PROTOCOL.replace(/ +/g, " ").includes(part));
}

describe("the document", () => {
  test("has an example of every frame", () => {
    const shown = new Set(vectors.map((vector) => `${vector.direction} ${vector.json.frame}`));
    for (const key of Object.keys(LAYOUTS)) expect(shown).toContain(key);
    expect(Object.keys(LAYOUTS)).toHaveLength(
      Object.keys(ClientKind).length + Object.keys(ServerKind).length,
    );
  });

  test("has a heading with the number of every frame", () => {
    const headings = Object.entries(LAYOUTS).map(
      ([key, { byte }]) => `\n### ${key.split(" ")[1]} 0x${byte.toString(16).padStart(2, "0")}\n`,
    );
    expect(missing(headings)).toEqual([]);
  });

  test("lists every kind of record under its number, with an example", () => {
    const shown = new Set(
      blocks
        .map(blockOf)
        .flatMap(({ records, acts }) => [...records, ...acts])
        .map(({ kind = 1 }) => kind),
    );
    expect(missing(KINDS.map(({ kind, name }) => `\n| ${kind} | ${name} |`))).toEqual([]);
    expect([...shown].sort()).toEqual(KINDS.map(({ kind }) => kind).sort());
  });

  test("lists every code under its number", () => {
    const rows = [Refusal, Close, Resume, Presence].flatMap((codes) =>
      Object.entries(codes).map(([name, code]) => `\n| ${code} | ${name} |`),
    );
    expect(missing(rows)).toEqual([]);
  });

  test("lists every limit that is stated, with its default", () => {
    const rows = Object.entries(LimitId).map(
      ([name, id]) => `\n| ${id} | ${name} | ${STATED_DEFAULTS[name as StatedLimit]} |`,
    );
    expect(missing(rows)).toEqual([]);
    expect(DEFAULT_LIMITS).toMatchObject(STATED_DEFAULTS);
  });

  test("states the bounds of the format", () => {
    expect(WIRE.maxVarint).toBe(2 ** 53 - 1);
    const bounds: [string, number][] = [
      ["frame from a client", WIRE.maxClientFrameBytes],
      ["block", WIRE.maxBlockBytes],
      ["nickname", WIRE.maxNameBytes],
      ["room name", WIRE.maxRoomNameBytes],
      ["token", WIRE.maxTokenBytes],
      ["attempt of a move", WIRE.maxTokenBytes],
      ["baggage of a move", WIRE.maxBaggageBytes],
    ];
    const rows = bounds.map(([bound, bytes]) => `\n| ${bound} | ${bytes.toLocaleString("en")} bytes |`);
    expect(missing([`offers \`${WIRE.subprotocol}\``, ...rows])).toEqual([]);
  });

  test("plays whole conversations: blocks of a room continue each other", () => {
    const conversation = PROTOCOL.slice(PROTOCOL.indexOf("\n## Five conversations"));
    const first = blockOf(vectors.find((vector) => vector.name === "block-1-2")!);
    let position = first.seq + first.count - 1;
    for (const vector of readVectors(conversation)) {
      if (vector.direction !== "block") continue;
      const { room, seq, count } = blockOf(vector);
      expect(room).toBe(first.room);
      // One block arrives before the one it follows: the hole of the last conversation.
      if (vector.name === "block-11-12") continue;
      if (vector.name === "block-13") position = 12;
      expect(seq).toBe(position + 1);
      position = seq + count - 1;
    }
    expect(position).toBe(13);
  });
});
