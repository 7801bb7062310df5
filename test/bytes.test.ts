import { describe, expect, test } from "vitest";
import {
  decodeText,
  encodeText,
  isPlainUtf8,
  putU32,
  Reader,
  varintBytes,
  WireError,
  Writer,
} from "../src/wire/bytes.ts";
import { Dice } from "./dice.ts";
import { fixed, hex, MAX, varint } from "./independent-numbers.ts";

const bytes = (digits: string) => Uint8Array.from(hex(digits.replaceAll(" ", "")));

describe("varint", () => {
  const edges = [0, 1, MAX, MAX - 1];
  for (let size = 1; size < 8; size++) edges.push(128 ** size - 1, 128 ** size, 128 ** size + 1);

  test("is read and written in its shortest form", () => {
    const dice = new Dice(1);
    for (const value of [...edges, ...Array.from({ length: 2000 }, () => dice.number())]) {
      const expected = Uint8Array.from(varint(value));
      expect(new Writer(1).varint(value).take()).toEqual(expected);
      expect(varintBytes(value)).toBe(expected.length);
      const reader = new Reader(expected);
      expect(reader.varint()).toBe(value);
      reader.end();
    }
  });

  test("ends where its bytes end", () => {
    for (const value of edges) {
      const whole = Uint8Array.from(varint(value));
      for (let length = 0; length < whole.length; length++) {
        expect(() => new Reader(whole, 0, length).varint()).toThrow(WireError);
      }
    }
  });

  test.each([
    ["zero in two bytes", "80 00"],
    ["one in two bytes", "81 00"],
    ["127 in two bytes", "ff 00"],
    ["128 in three bytes", "80 81 00"],
    ["zero in eight bytes", "80 80 80 80 80 80 80 00"],
    ["2^53", "80 80 80 80 80 80 80 10"],
    ["2^53 + 1", "81 80 80 80 80 80 80 10"],
    ["2^56 - 1", "ff ff ff ff ff ff ff 7f"],
    ["nine bytes", "80 80 80 80 80 80 80 80 01"],
    ["nine bytes that end in zero", "80 80 80 80 80 80 80 80 00"],
    ["no end", "ff ff ff ff ff ff ff ff ff ff ff ff"],
  ])("refuses %s", (_, digits) => {
    expect(() => new Reader(bytes(digits)).varint()).toThrow(WireError);
  });
});

describe("fixed numbers", () => {
  test.each([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x01020304])("u32 %d", (value) => {
    const expected = Uint8Array.from(fixed(value, 4));
    expect(new Writer(1).u32(value).take()).toEqual(expected);
    expect(new Reader(expected).u32()).toBe(value);
    const target = new Uint8Array(6);
    putU32(target, 1, value);
    expect(target).toEqual(Uint8Array.from([0, ...expected, 0]));
  });

  test.each([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 47, 2 ** 48 - 1, 1_767_225_600_000])(
    "u48 %d",
    (value) => {
      const expected = Uint8Array.from(fixed(value, 6));
      expect(new Writer(1).u48(value).take()).toEqual(expected);
      expect(new Reader(expected).u48()).toBe(value);
    },
  );

  test.each(["0000000000000000", "ffffffffffffffff", "0123456789abcdef", "8000000000000001"])(
    "hex64 %s",
    (digits) => {
      expect(new Writer(1).hex64(digits).take()).toEqual(bytes(digits));
      expect(new Reader(bytes(digits)).hex64()).toBe(digits);
    },
  );

  test("are refused when a byte is missing", () => {
    const seven = new Uint8Array(7);
    expect(() => new Reader(seven, 0, 0).u8()).toThrow(WireError);
    expect(() => new Reader(seven, 0, 3).u32()).toThrow(WireError);
    expect(() => new Reader(seven, 0, 5).u48()).toThrow(WireError);
    expect(() => new Reader(seven).hex64()).toThrow(WireError);
  });
});

describe("Reader", () => {
  test("stays within the range it was given, though bytes follow", () => {
    const reader = new Reader(bytes("01 02 03 04"), 1, 3);
    expect(reader.left).toBe(2);
    expect(reader.u8()).toBe(2);
    expect(reader.offset).toBe(2);
    expect(() => reader.end()).toThrow(WireError);
    expect(() => reader.bytes(2)).toThrow(WireError);
    expect(reader.rest()).toEqual(bytes("03"));
    reader.end();
    expect(() => reader.u8()).toThrow(WireError);
    expect(reader.reset(bytes("05")).u8()).toBe(5);
  });

  test("gives views, not copies", () => {
    const source = bytes("02 0a 0b 0c");
    const reader = new Reader(source);
    const counted = reader.bytes8();
    source[1] = 0xff;
    expect(counted).toEqual(bytes("ff 0b"));
  });

  test("refuses a counted string that is longer than allowed or than its bytes", () => {
    expect(() => new Reader(bytes("03 61 62")).str8()).toThrow(WireError);
    expect(() => new Reader(bytes("03 61 62 63")).str8(2)).toThrow(WireError);
    expect(new Reader(bytes("03 61 62 63")).str8(3)).toBe("abc");
    expect(() => new Reader(bytes("01")).skip(2)).toThrow(WireError);
  });

  test("believes no length before the bytes are there", () => {
    for (const length of [2, 2 ** 31, 2 ** 32, MAX]) {
      expect(() => new Reader(bytes("00")).bytes(length)).toThrow(WireError);
      expect(() => new Reader(bytes("00")).skip(length)).toThrow(WireError);
    }
  });
});

describe("Writer", () => {
  test("grows, and gives a view or bytes of their own", () => {
    const writer = new Writer(1);
    for (let n = 0; n < 1000; n++) writer.u8(n & 0xff);
    writer.bytes(new Uint8Array(31).fill(7)).bytes(new Uint8Array(500).fill(8)).bytes(new Uint8Array(0));
    expect(writer.length).toBe(1531);
    const copy = writer.take();
    const view = writer.view();
    expect(view).toEqual(copy);
    writer.clear().u8(99);
    expect(copy[0]).toBe(0);
    expect(view[0]).toBe(99);
    expect(writer.length).toBe(1);
  });

  test("refuses to write a counted string that it could not count", () => {
    expect(() => new Writer().str8("x".repeat(256))).toThrow(RangeError);
    expect(new Writer().str8("x".repeat(255)).length).toBe(256);
  });
});

describe("text", () => {
  test("comes back as it was, byte order marks included", () => {
    for (const text of ["", "a", "마당", "\ufeffa\ufeff", "😀", "\u{10ffff}", "\0"]) {
      expect(decodeText(encodeText(text))).toBe(text);
    }
  });

  test("a lone surrogate becomes the replacement character", () => {
    expect(encodeText("a\ud800b")).toEqual(encodeText("a\ufffdb"));
  });
});

describe("isPlainUtf8", () => {
  const strict = new TextDecoder("utf-8", { fatal: true });

  function expected(sequence: Uint8Array): boolean {
    if (sequence.includes(0)) return false;
    try {
      strict.decode(sequence);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return false;
    }
  }

  /** Not `expect` for each: there are hundreds of thousands. */
  function disagreement(sequence: Uint8Array): string | null {
    const said = isPlainUtf8(sequence, 0, sequence.length);
    return said === expected(sequence) ? null : `${Buffer.from(sequence).toString("hex")}: ${said}`;
  }

  test("agrees with the platform's decoder on every sequence of one and two bytes", () => {
    const wrong: (string | null)[] = [];
    for (let a = 0; a < 256; a++) {
      wrong.push(disagreement(Uint8Array.of(a)));
      for (let b = 0; b < 256; b++) wrong.push(disagreement(Uint8Array.of(a, b)));
    }
    expect(wrong.filter(Boolean)).toEqual([]);
  });

  test("agrees on three and four bytes, at all edges and at random", () => {
    const lasts = [0x00, 0x7f, 0x80, 0xbf, 0xc0];
    const seconds = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
    const wrong: (string | null)[] = [];
    for (let lead = 0x80; lead < 256; lead++)
      for (const second of seconds)
        for (const third of lasts) {
          wrong.push(disagreement(Uint8Array.of(lead, second, third)));
          for (const fourth of lasts) wrong.push(disagreement(Uint8Array.of(lead, second, third, fourth)));
        }
    const dice = new Dice(8);
    for (let n = 0; n < 20_000; n++) {
      const lead = dice.int(0xc0, 0xf7);
      wrong.push(disagreement(Uint8Array.of(lead, ...dice.bytes(2).map((b) => (b & 0x3f) | 0x80))));
      wrong.push(disagreement(Uint8Array.of(lead, ...dice.bytes(3).map((b) => (b & 0x3f) | 0x80))));
      wrong.push(disagreement(dice.bytes(dice.int(3, 4))));
    }
    expect(wrong.filter(Boolean)).toEqual([]);
  });

  test("agrees on texts, whole, cut anywhere, and with one byte changed", () => {
    const dice = new Dice(9);
    const wrong: (string | null)[] = [];
    for (let n = 0; n < 1000; n++) {
      const text = encodeText(dice.text(200));
      wrong.push(disagreement(text));
      wrong.push(disagreement(text.subarray(0, dice.int(0, text.length))));
      if (text.length === 0) continue;
      const changed = text.slice();
      changed[dice.int(0, text.length - 1)] = dice.int(0, 255);
      wrong.push(disagreement(changed));
    }
    expect(wrong.filter(Boolean)).toEqual([]);
  });

  test("looks at its range only", () => {
    const text = bytes("ff eb a7 88 61 ff");
    expect(isPlainUtf8(text, 1, 5)).toBe(true);
    expect(isPlainUtf8(text, 1, 4)).toBe(true);
    expect(isPlainUtf8(text, 1, 3)).toBe(false);
    expect(isPlainUtf8(text, 2, 4)).toBe(false);
    expect(isPlainUtf8(text, 3, 3)).toBe(true);
  });
});
