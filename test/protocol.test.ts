/** PROTOCOL.md is true: every example is read and written as it says, and its tables are those of the code. */
import { describe, expect, test } from "vitest";
import { BlockWriter, decodeBlock, lostBlock, verifyBlock } from "../src/wire/block.ts";
import { BLOCK } from "../src/wire/block-room.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Close, Presence, Refusal, Resume } from "../src/wire/codes.ts";
import { ClientKind, ServerCapability, ServerKind } from "../src/wire/frames.ts";
import { DEFAULT_LIMITS, LimitId, STATED_DEFAULTS, type StatedLimit, WIRE } from "../src/wire/limits.ts";
import { LOST } from "../src/wire/records/lost.ts";
import { KINDS, kindOf } from "../src/wire/records/registry.ts";
import { writeBlock } from "./independent-blocks.ts";
import { LAYOUTS } from "./independent-layouts.ts";
import { writeFrame } from "./independent-writer.ts";
import { KINDS_AT_RANDOM } from "./random-frames.ts";
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

test("random blocks hold records of every kind", () => {
  const all = KINDS.map(({ kind }) => kind).filter((kind) => kind !== 1);
  expect(KINDS_AT_RANDOM).toEqual(all.sort((one, other) => one - other));
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

/** What stands under a heading, up to the next one of its level or above. */
function section(heading: string): string {
  const [, behind] = PROTOCOL.split(`\n${heading}\n`);
  const level = heading.indexOf(" ");
  return behind!.split(new RegExp(`^#{1,${level}} `, "m"))[0]!;
}

/** Names and numbers of the rows of its tables, in their order. */
function numbered(heading: string): [string, number][] {
  const rows = section(heading).matchAll(/^\| *(\d+) *\| *(\w+) *\|/gm);
  return [...rows].map(([, number, name]) => [name!, Number(number)]);
}

const inOrder = (numbers: readonly number[]) => [...numbers].sort((one, other) => one - other);

describe("the document", () => {
  test("has an example of every frame", () => {
    const shown = new Set(vectors.map((vector) => `${vector.direction} ${vector.json.frame}`));
    for (const key of Object.keys(LAYOUTS)) expect(shown).toContain(key);
    expect(Object.keys(LAYOUTS)).toHaveLength(
      Object.keys(ClientKind).length + Object.keys(ServerKind).length,
    );
  });

  test.each([
    ["client", "from the client", ClientKind],
    ["server", "from the server", { ...ServerKind, block: BLOCK }],
  ] as const)("describes every frame of the %s, by its number, and no other", (direction, from, kinds) => {
    const said = [...section(`## Frames ${from}`).matchAll(/^### (\w+) 0x(\w\w)$/gm)];
    const bytes = said.map(([, , byte]) => Number.parseInt(byte!, 16));
    expect(bytes).toEqual(inOrder(Object.values(kinds)));
    const layouts = said.map(([, name]) =>
      name === "BLOCK" ? BLOCK : LAYOUTS[`${direction} ${name}`]?.byte,
    );
    expect(layouts).toEqual(bytes);
  });

  test("lists every kind of record under its number, with an example", () => {
    const shown = new Set(
      blocks
        .map(blockOf)
        .flatMap(({ records, acts }) => [...records, ...acts])
        .map(({ kind = 1 }) => kind),
    );
    const kinds: [string, number][] = [
      ["lost", LOST],
      ...KINDS.map(({ kind, name }) => [name, kind] as [string, number]),
    ];
    expect(numbered("### Kinds of records")).toEqual(kinds.sort(([, one], [, other]) => one - other));
    expect([...shown].sort()).toEqual(KINDS.map(({ kind }) => kind).sort());
  });

  test.each([
    ["Refusals", Refusal],
    ["Close codes", Close],
    ["Resume", Resume],
    ["Presence", Presence],
  ])("lists every code under its number, and no other: %s", (heading, codes) => {
    const numbers = Object.entries(codes).sort(([, one], [, other]) => one - other);
    expect(numbered(`### ${heading}`)).toEqual(numbers);
  });

  test("lists every capability of a server under its bit, and no other", () => {
    expect(numbered("### WELCOME 0x81")).toEqual(Object.entries(ServerCapability));
  });

  test("lists every limit that is stated, with its default", () => {
    const rows = Object.entries(LimitId).map(
      ([name, id]) => `\n| ${id} | ${name} | ${STATED_DEFAULTS[name as StatedLimit]} |`,
    );
    expect(numbered("## Limits")).toEqual(Object.entries(LimitId));
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
