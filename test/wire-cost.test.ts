/**
 * What a broadcast costs on the wire beside the same thing in JSON. Overhead is every byte that a subscriber is sent,
 * WebSocket header included, but the text itself and the nickname. Sizes are those of a large place: room number in
 * 2 bytes, sequence number in 3, identities in 3, nonces in 2, ten different authors, spread over 100 ms.
 */
import { describe, expect, test } from "vitest";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";

const ROOM = 1234;
const SEQ = 123_456;
const TIME = 1_767_225_600_000;
const NAMES = ["Calm Otter", "느긋한 수달", "Quick Fox", "Kind Heron", "수줍은 고래"];
const SHORT = [
  "hello",
  "네, 좋아요!",
  "see you at the gate in ten minutes",
  "ㅋㅋㅋ",
  "오늘 저녁에 마당에서 봐요",
];
/** A hundred and sixty bytes: longer than one length byte can say. */
const LONG = ["the quick brown fox jumps over the lazy dog ".repeat(4).slice(0, 160)];

interface Message {
  author: number;
  nonce: number;
  time: number;
  name: string;
  text: string;
}

function messages(count: number, texts: string[]): Message[] {
  return Array.from({ length: count }, (_, i) => ({
    author: 100_000 + i,
    nonce: 1000 + i,
    time: TIME + i * 11,
    name: NAMES[i % NAMES.length]!,
    text: texts[i % texts.length]!,
  }));
}

const utf8 = (text: string) => encodeText(text).length;
/** RFC 6455, section 5.2, from a server: no mask. */
const framed = (bytes: number) => bytes + (bytes <= 125 ? 2 : bytes <= 65_535 ? 4 : 10);
const payload = (all: Message[]) => all.reduce((sum, one) => sum + utf8(one.name) + utf8(one.text), 0);

function blockBytes(all: Message[]): number {
  const writer = new BlockWriter();
  for (const { author, nonce, time, name, text } of all)
    writer.text(author, nonce, time, encodeText(name), encodeText(text));
  return framed(writer.seal(ROOM, SEQ).length);
}

/** An ordinary compact object, keys not abbreviated; `id` is what lets the author recognise its message. */
function jsonOf({ author, nonce, time, name, text }: Message, i: number) {
  return { type: "message", room: ROOM, seq: SEQ + i, id: nonce, author, name, time, text };
}

/** One frame for each message, which is what chats do. */
function jsonBytes(all: Message[]): number {
  return all.reduce((sum, one, i) => sum + framed(utf8(JSON.stringify(jsonOf(one, i)))), 0);
}

/** One frame for all, with the room stated once: the best that JSON with whole words can do. */
function jsonBatchBytes(all: Message[]): number {
  const list = all.map((one, i) => {
    const { type: _type, room: _room, ...rest } = jsonOf(one, i);
    return rest;
  });
  return framed(utf8(JSON.stringify({ type: "messages", room: ROOM, messages: list })));
}

const CASES = [
  { label: "1 message, short", all: messages(1, SHORT), limit: 32 },
  { label: "1 message, 160 bytes", all: messages(1, LONG), limit: 32 },
  { label: "10 in a block, short", all: messages(10, SHORT), limit: 12 },
];

const perMessage = (bytes: number, all: Message[]) => (bytes - payload(all)) / all.length;

describe("overhead of a broadcast", () => {
  test.each(CASES)("$label: at most $limit bytes a message", ({ all, limit }) => {
    expect(perMessage(blockBytes(all), all)).toBeLessThanOrEqual(limit);
  });

  test.each(CASES)("$label: at most a third of JSON's", ({ all }) => {
    const block = perMessage(blockBytes(all), all);
    expect(block).toBeLessThanOrEqual(perMessage(jsonBytes(all), all) / 3);
    expect(block).toBeLessThanOrEqual(perMessage(jsonBatchBytes(all), all) / 3);
  });

  test("the table", () => {
    const long = { label: "10 in a block, 160 bytes", all: messages(10, LONG) };
    const rows = [...CASES, long].map(({ label, all }) =>
      [
        label.padEnd(26),
        ...[blockBytes(all), jsonBytes(all), jsonBatchBytes(all)].map((bytes) =>
          perMessage(bytes, all).toFixed(1).padStart(11),
        ),
      ].join(""),
    );
    const head = `${"overhead, bytes a message".padEnd(26)}${["block", "JSON", "JSON batch"].map((h) => h.padStart(11)).join("")}`;
    console.log([head, ...rows].join("\n"));
    expect(rows).toHaveLength(4);
  });
});
