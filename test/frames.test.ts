/** The frames of decode.ts and encode.ts, against the independent writer and against damage. */
import { describe, expect, test } from "vitest";
import { WireError } from "../src/wire/bytes.ts";
import { mayRetry } from "../src/wire/codes.ts";
import { decodeClientFrame, decodeServerFrame, isKnownServerKind } from "../src/wire/decode.ts";
import type { ClientFrame, PageFrame, SendFrame, ServerFrame, WelcomeFrame } from "../src/wire/frames.ts";
import { DEFAULT_LIMITS, LimitId } from "../src/wire/limits.ts";
import { Dice } from "./dice.ts";
import { type Fields, LAYOUTS } from "./independent-layouts.ts";
import { hex, MAX, varint } from "./independent-numbers.ts";
import { writeFrame } from "./independent-writer.ts";
import { randomFrame } from "./random-frames.ts";
import { decode, encode, frameOf, plainOf, readVectors } from "./vectors.ts";

const all = readVectors();
const vectors = all.filter((vector) => vector.direction !== "block");
const keys = Object.keys(LAYOUTS);
const directionOf = (key: string) => key.split(" ")[0]!;

/** The field that goes on to the end of the frame, whatever it holds. */
const endOf = ({ frame }: Fields): string | undefined =>
  ({
    SEND: "text",
    SET_PASSWORD: "password",
    ACT: "body",
    STANDING: "parts",
    BECAME: "told",
    REACTED: "told",
    EDITED: "told",
    REPORT: "reason",
    MOVE_OUT: "baggage",
    MOVED: "baggage",
    OPERATE_AS: "body",
    OPERATE: "body",
    OPERATING: "told",
    ANNOUNCED: "text",
  })[frame as string];

function outcome(direction: string, bytes: Uint8Array): ClientFrame | ServerFrame | "refused" {
  try {
    return decode(direction, bytes);
  } catch (error) {
    if (error instanceof WireError) return "refused";
    throw error;
  }
}

test.each(keys)("random %s frames are read and written as the independent writer does", (key) => {
  const dice = new Dice(keys.indexOf(key) + 1);
  const direction = directionOf(key);
  for (let n = 0; n < 200; n++) {
    const values = randomFrame(key, dice);
    const frame = frameOf(direction, values);
    const bytes = writeFrame(direction, values);
    expect(decode(direction, bytes)).toEqual(frame);
    expect(encode(direction, frame)).toEqual(bytes);
  }
});

describe("every cut", () => {
  const whole = vectors.filter(({ json }) => endOf(json) === undefined && json.frame !== "PAGE");

  test.each(whole)("of $name is refused", ({ direction, bytes }) => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(direction, bytes.subarray(0, length)), `at ${length}`).toThrow(WireError);
  });

  test.each(vectors.filter(({ json }) => endOf(json) !== undefined))(
    "of $name is refused, or is a shorter text or body",
    (vector) => {
      const { bytes, direction, json } = vector;
      const frame = frameOf(direction, json) as unknown as Record<string, Uint8Array>;
      const end = endOf(json)!;
      const open = frame[end]!;
      const head = bytes.length - open.length;
      for (let length = 0; length < bytes.length; length++) {
        const shorter = { ...frame, [end]: open.subarray(0, length - head) };
        const expected = length < head ? "refused" : shorter;
        expect(outcome(direction, bytes.subarray(0, length)), `at ${length}`).toEqual(expected);
      }
    },
  );

  test.each(vectors.filter(({ json }) => json.frame === "PAGE"))(
    "of $name is refused, or falls between two blocks",
    (vector) => {
      const { bytes } = vector;
      const page = frameOf("server", plainOf(vector, all)) as PageFrame;
      const cuts = new Map<number, PageFrame>();
      let length = bytes.length;
      for (let count = page.blocks.length; count > 0; count--) {
        const size = page.blocks[count - 1]!.length;
        length -= size + varint(size).length;
        cuts.set(length, { ...page, blocks: page.blocks.slice(0, count - 1) });
      }
      expect(cuts.size).toBeGreaterThan(1);
      for (let at = 0; at < bytes.length; at++)
        expect(outcome("server", bytes.subarray(0, at)), `at ${at}`).toEqual(cuts.get(at) ?? "refused");
    },
  );
});

test.each(vectors)("one byte more than $name is refused, or is one more of a text or body", (vector) => {
  for (const extra of [0x00, 0x01, 0x80, 0xff]) {
    const got = outcome(vector.direction, Uint8Array.from([...vector.bytes, extra]));
    const end = endOf(vector.json);
    if (end === undefined) expect(got).toBe("refused");
    else expect((got as unknown as Record<string, Uint8Array>)[end]!.at(-1)).toBe(extra);
  }
});

test.each(vectors)(
  "any changed byte of $name is refused, or is the only writing of what is read",
  (vector) => {
    const { direction, bytes } = vector;
    const wrong: string[] = [];
    for (let at = 0; at < bytes.length; at++)
      for (let mask = 1; mask < 256; mask++) {
        const changed = bytes.slice();
        changed[at]! ^= mask;
        const frame = outcome(direction, changed);
        // Limits under unknown numbers are passed over, so a welcome need not come back as it was.
        if (frame === "refused" || vector.json.frame === "WELCOME") continue;
        if (!Buffer.from(encode(direction, frame)).equals(changed)) wrong.push(`byte ${at}, mask ${mask}`);
      }
    expect(wrong).toEqual([]);
  },
);

test("bytes at random are refused or read, and nothing else happens", () => {
  const dice = new Dice(77);
  for (let n = 0; n < 20_000; n++) {
    const bytes = dice.bytes(dice.int(0, 40));
    if (bytes.length > 0) bytes[0] = dice.pick([bytes[0]!, ...keys.map((key) => LAYOUTS[key]!.byte)]);
    outcome("client", bytes);
    outcome("server", bytes);
  }
});

/** Fields that are read by those who show them: see told.test.ts and about-wire.test.ts. */
const OPEN: Record<string, string[]> = {
  "server BECAME": ["asOf", "messages"],
  "server REACTED": ["room", "seq", "signs"],
  "server EDITED": ["room", "seq", "more", "missing", "versions"],
};

describe("in every field of every frame", () => {
  const BAD: [string, string][] = [
    ["a byte that never occurs", "ff"],
    ["a lone continuation", "80"],
    ["a cut sequence", "e282"],
    ["an over-long form", "c080"],
    ["an encoded surrogate", "eda080"],
    ["a character above U+10FFFF", "f4908080"],
  ];

  /** Frames with `value` in one field after the other of the given type, lists included. */
  function* withField(type: string, value: unknown): Generator<[string, string, Fields]> {
    for (const key of keys)
      for (const field of LAYOUTS[key]!.fields) {
        if (OPEN[key]?.includes(field[0])) continue;
        const base = randomFrame(key, new Dice(5));
        if (field[1] === type) yield [directionOf(key), `${key} ${field[0]}`, { ...base, [field[0]]: value }];
        if (field[1] !== "list") continue;
        for (const inner of field[2] ?? []) {
          if (inner[1] !== type) continue;
          const items =
            inner[0] === "" ? [value] : [{ change: 1, author: 1, name: "x", people: 1, [inner[0]]: value }];
          yield [directionOf(key), `${key} ${field[0]} ${inner[0]}`, { ...base, [field[0]]: items }];
        }
      }
  }

  test.each(BAD)("%s is refused where a string stands", (_, digits) => {
    const seen: string[] = [];
    for (const [direction, where, values] of withField("str8", Uint8Array.from(hex(digits)))) {
      seen.push(where);
      expect(outcome(direction, writeFrame(direction, values)), where).toBe("refused");
    }
    expect(seen.length).toBeGreaterThanOrEqual(11);
  });

  test("the text of a message is not looked at here, so that it can be refused with a code", () => {
    const text = Uint8Array.from(hex("ffc080"));
    const bytes = writeFrame("client", { frame: "SEND", room: 1, nonce: 1, text });
    expect((decodeClientFrame(bytes) as SendFrame).text).toEqual(text);
  });

  test("a small varint in two bytes is refused", () => {
    // 3 as `83 00`: an independent writer that is told to write 2^53 - 1 has a place for it.
    const marker = Buffer.from(varint(MAX));
    let seen = 0;
    for (const type of ["varint", "varint1"])
      for (const [direction, where, values] of withField(type, MAX)) {
        const bytes = Buffer.from(writeFrame(direction, values));
        const at = bytes.indexOf(marker);
        expect(at, where).toBeGreaterThan(0);
        for (const [name, digits] of [
          ["over-long", "8300"],
          ["nine bytes", "ffffffffffffffff01"],
          ["2^53", "8080808080808010"],
        ] as const) {
          const changed = Buffer.concat([
            bytes.subarray(0, at),
            Buffer.from(digits, "hex"),
            bytes.subarray(at + 8),
          ]);
          expect(outcome(direction, changed), `${where}: ${name}`).toBe("refused");
        }
        seen++;
      }
    expect(seen).toBeGreaterThan(40);
  });
});

describe("what is refused", () => {
  const name = "01 61";
  const epoch = "00 01 02 03 04 05 06 07";

  test.each([
    ["nothing at all", "client", ""],
    ["an unknown kind", "client", "00"],
    ["a kind of the server", "client", "83 01 01"],
    ["a block from a client", "client", "42 10"],
    ["HELLO in a language there is not", "client", `01 01 00 02 00 ${name}`],
    ["HELLO with a token of 65 bytes", "client", `01 01 00 00 41 ${"00 ".repeat(65)} ${name}`],
    ["ENTER with an unknown flag", "client", `02 01 04 ${name} 00`],
    ["ENTER with a flag and no position", "client", `02 01 01 ${name} 00`],
    ["ENTER with a position and no flag", "client", `02 01 00 ${name} 00 ${epoch} 01`],
    ["SEND with nonce zero", "client", "04 01 00 61"],
    ["SEND without a nonce", "client", "04 01"],
    ["HISTORY in a fifth direction", "client", "05 01 01 04 01 01"],
    ["WATCH_ROOMS neither on nor off", "client", "07 02"],
    ["TYPING neither on nor off", "client", "08 01 02"],
    ["nothing at all", "server", ""],
    ["a kind of the client", "server", "09 01"],
    ["a block, which is no such frame", "server", "42 10"],
    [
      "WELCOME with a token of 65 bytes",
      "server",
      `81 01 00 01 41 ${"00 ".repeat(65)} ${name} ${epoch} 00 00 00 00 00 00 00`,
    ],
    [
      "WELCOME with more limits than bytes",
      "server",
      `81 01 00 01 00 ${name} ${epoch} 00 00 00 00 00 00 02 01 01`,
    ],
    ["ENTERED with an unknown resume", "server", `82 01 01 ${name} ${name} ${epoch} 04 01 00 00 00`],
    ["PAGE that is neither more nor not", "server", "84 01 01 01 02"],
    ["PAGE with an empty block", "server", "84 01 01 01 00 00"],
    ["PAGE with a block longer than itself", "server", "84 01 01 01 00 03 42 10"],
    ["PAGE with a block of 2^53 - 1 bytes", "server", "84 01 01 01 00 ff ff ff ff ff ff ff 0f 42"],
    ["PRESENCE with change 0", "server", "87 01 01 01 00 01 00"],
    ["PRESENCE with change 4", "server", "87 01 01 01 04 01 00"],
    ["PRESENCE with more events than bytes", "server", "87 01 01 02 01 01 00"],
    ["PRESENCE with less events than bytes", "server", "87 01 01 00 01 01 00"],
    ["PEOPLE neither listed nor not", "server", "88 01 01 02 00"],
    ["PEOPLE with more entries than bytes", "server", "88 01 01 01 02 01 00"],
    ["ROOMS with more entries than bytes", "server", "89 01 01 02 00 01"],
    ["TYPING with more authors than bytes", "server", "8d 01 02 01"],
  ])("%s (%s)", (_, direction, digits) => {
    expect(outcome(direction, Uint8Array.from(hex(digits.replaceAll(" ", ""))))).toBe("refused");
  });

  test.each([
    ["PRESENCE", "87 01 01"],
    ["PEOPLE", "88 01 01 01"],
    ["ROOMS", "89 01 01"],
    ["TYPING", "8d 01"],
    ["WELCOME", `81 01 00 01 00 ${name} ${epoch} 00 00 00 00 00 00`],
  ])("%s with a huge count, before a byte behind the count is looked at", (_, start) => {
    const head = [...hex(start.replaceAll(" ", "")), ...varint(MAX)];
    const bytes = Uint8Array.from([...head, ...new Uint8Array(60_000).fill(1)]);
    let furthest = 0;
    const watched = new Proxy(bytes, {
      get(target, key) {
        if (/^\d+$/.test(String(key))) furthest = Math.max(furthest, Number(key));
        const value = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(() => decodeServerFrame(watched)).toThrow(WireError);
    expect(furthest).toBe(head.length - 1);
  });
});

test("a welcome's unknown limits are passed over, and missing ones have their defaults", () => {
  const { bytes } = vectors.find((vector) => vector.name === "welcome-new")!;
  const head = bytes.subarray(0, bytes.length - limitBytes());
  const limits = [2, ...varint(1000), ...varint(7), LimitId.maxTextBytes, ...varint(99)];
  const frame = decodeServerFrame(Uint8Array.from([...head, ...limits])) as WelcomeFrame;
  expect(frame.limits).toEqual({ ...defaults(), maxTextBytes: 99 });
});

function defaults(): Record<string, number> {
  return Object.fromEntries(
    Object.keys(LimitId).map((limit) => [limit, DEFAULT_LIMITS[limit as keyof typeof LimitId]]),
  );
}

/** Bytes that the nine default limits take at the end of a welcome. */
function limitBytes(): number {
  return 1 + Object.values(defaults()).flatMap((value) => [0, ...varint(value)]).length;
}

test("a client can tell frames it does not know by their first byte", () => {
  for (const key of keys) {
    if (directionOf(key) === "server") expect(isKnownServerKind(LAYOUTS[key]!.byte)).toBe(true);
    else expect(isKnownServerKind(LAYOUTS[key]!.byte)).toBe(false);
  }
  for (const kind of [0x00, 0x42, 0x80, 0xa0, 0xff]) expect(isKnownServerKind(kind)).toBe(false);
});

test("only the codes from 4500 to 4999 say not to come back", () => {
  for (const code of [1000, 1001, 1006, 1009, 4000, 4499, 5000]) expect(mayRetry(code)).toBe(true);
  for (const code of [4500, 4504, 4999]) expect(mayRetry(code)).toBe(false);
});
