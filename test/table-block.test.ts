import { expect, test } from "vitest";
import { survivesReading, unpackBlock } from "../src/log/level/table-block.ts";

const ascii = (text: string): number[] => [...Buffer.from(text, "latin1")];
/** A key as the engine keeps it: the user's, then a sequence and the type of a value. */
const key = (user: string, sequence = 1): number[] => [...ascii(user), 1, sequence, 0, 0, 0, 0, 0, 0];
const entry = (bytes: number[], { shared = 0, value = "v" } = {}): number[] => [
  ...[shared, bytes.length, value.length],
  ...bytes,
  ...ascii(value),
];
const u32 = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, n >>> 24];

/** A block that is not packed, with a restart at its beginning or where it is told. */
function block(entries: number[][], restarts = [0]): Uint8Array {
  return Uint8Array.from([...entries.flat(), ...restarts.flatMap(u32), ...u32(restarts.length), 0]);
}

const upTo = Uint8Array.from(key("z"));
const survives = (bytes: Uint8Array, after: number[] | null = null) =>
  survivesReading(bytes, after && Uint8Array.from(after), upTo);

test("keys in order are read, whatever their values are", () => {
  expect(survives(block([entry(key("a")), entry(key("b"), { value: "" }), entry(key("c"))]))).toBe(true);
  // The second begins with what the first begins with; of one key the newest comes first.
  expect(survives(block([entry(key("ab")), entry(key("c"), { shared: 1 })]))).toBe(true);
  expect(survives(block([entry(key("a", 7)), entry(key("a", 6))]))).toBe(true);
});

test("a key that is too short, or not in its place, ends the engine", () => {
  expect(survives(block([entry(key("a")), entry(ascii("bcdefgh"))]))).toBe(false);
  expect(survives(block([entry(key("b")), entry(key("a"))]))).toBe(false);
  expect(survives(block([entry(key("a")), entry(key("a"))]))).toBe(false);
  expect(survives(block([entry(key("a", 6)), entry(key("a", 7))]))).toBe(false);
  // Beside the blocks before and behind it.
  expect(survives(block([entry(key("b"))]), key("b", 2))).toBe(true);
  expect(survives(block([entry(key("b"))]), key("b"))).toBe(false);
  expect(survives(block([entry(key("zz"))]))).toBe(false);
});

test("what follows a restart is judged by itself", () => {
  const first = entry(key("b"));
  const short = entry(ascii("c"));
  // Entries behind one another, and a restart in the middle of one, where a short key seems to begin.
  expect(survives(block([first, entry(key("c"))], [0, first.length]))).toBe(true);
  expect(survives(block([entry(key("b"), { value: String.fromCharCode(...short) })], [0, 3 + 9]))).toBe(
    false,
  );
  expect(survives(block([first], [0, 4_000]))).toBe(true);
});

test("what the engine itself calls damaged costs it nothing", () => {
  expect(survives(block([entry(key("b"), { shared: 1 })]))).toBe(true);
  expect(survives(block([[0, 9, 100, ...key("b")]]))).toBe(true);
  expect(survives(block([[0xff, 0xff, 0xff, 0xff, 0xff, 1, ...key("b")]]))).toBe(true);
  expect(survives(Uint8Array.of(1, 0))).toBe(true);
  expect(survives(Uint8Array.of(9, 9, 9, 9, 0xff, 0))).toBe(true);
  // Packed in a way there is none of, or not unpacked to its end.
  expect(survives(Uint8Array.of(0, 0, 0, 0, 7))).toBe(true);
  expect(survives(Uint8Array.of(9, 12, 97, 1))).toBe(true);
  expect(unpackBlock(Uint8Array.of(9, 12, 97, 1))).toBeNull();
});

test("lengths are read as leniently as the engine reads them", () => {
  const [a] = [key("a")];
  // One byte would do for the 0, and the key behind it is too short.
  expect(survives(block([entry(a), [0x80, 0x00, 1, 0, 98]]))).toBe(false);
  // The sum of two lengths is small in 32 bits.
  expect(survives(block([[0, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, ...a]]))).toBe(false);
});
