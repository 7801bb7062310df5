import { expect, test } from "vitest";
import { fullTagOf, hueOf, SHORT_TAG } from "../src/client/identity-mark.ts";

test("a hue is a whole number of degrees, the same every time", () => {
  for (const author of [0, 1, 2, 999, 2 ** 32, 2 ** 53 - 1]) {
    expect(hueOf(author)).toBe(hueOf(author));
    expect(Number.isInteger(hueOf(author))).toBe(true);
    expect(hueOf(author)).toBeGreaterThanOrEqual(0);
    expect(hueOf(author)).toBeLessThan(360);
  }
});

test("the hues of any eight neighbours lie at least 20 degrees apart", () => {
  for (let first = 1; first < 5_000; first++) {
    const hues = Array.from({ length: 8 }, (_, i) => hueOf(first + i)).sort((a, b) => a - b);
    for (let i = 0; i < 8; i++) {
      const next = i === 7 ? hues[0]! + 360 : hues[i + 1]!;
      expect(next - hues[i]!).toBeGreaterThanOrEqual(20);
    }
  }
});

test("the hues of many are spread over the whole circle", () => {
  const sectors = new Array(12).fill(0);
  for (let author = 1; author <= 12_000; author++) sectors[Math.floor(hueOf(author) / 30)]++;
  for (const count of sectors) expect(Math.abs(count - 1_000)).toBeLessThan(30);
});

const random = (() => {
  let seed = 1;
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    return (seed >>> 0) / 2 ** 32;
  };
})();
/** Any author number, all 53 bits of it. */
const anyAuthor = () => Math.floor(random() * 2 ** 27) * 2 ** 26 + Math.floor(random() * 2 ** 26);
const shortTagOf = (author: number) => fullTagOf(author).slice(0, SHORT_TAG);
const bitsOf = (tag: string) =>
  [...tag]
    .map((letter) => "0123456789abcdefghjkmnpqrstvwxyz".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");

test("a tag is eleven letters that nobody confuses, of which six are shown", () => {
  for (const author of [0, 1, 31, 32, 1_000_000, 2 ** 40 + 7, 2 ** 53 - 1]) {
    expect(fullTagOf(author)).toMatch(/^[0-9a-hjkmnp-tv-z]{11}$/);
    expect(fullTagOf(author)).toBe(fullTagOf(author));
  }
  expect(SHORT_TAG).toBe(6);
});

/** Four letters stood for 20 bits, and numbers 2^20 apart shared them. */
test("no two people share a full tag, however far apart their numbers are", () => {
  const authors = new Set<number>();
  for (let n = 0; n < 50_000; n++) authors.add(n);
  for (const distance of [2 ** 20, 2 ** 25, 2 ** 28, 2 ** 32, 2 ** 40]) {
    for (let n = 0; n < 8_000; n++) authors.add(n * distance);
  }
  for (let n = 0; n < 50_000; n++) authors.add(anyAuthor());
  expect(new Set([...authors].map(fullTagOf)).size).toBe(authors.size);
});

test("short tags of neighbours meet no more often than those of strangers", () => {
  for (const first of [1, 2 ** 20, 2 ** 52, anyAuthor()]) {
    const tags = new Set<string>();
    for (let n = 0; n < 100_000; n++) tags.add(shortTagOf(Math.min(first, 2 ** 53 - 100_000) + n));
    // 100,000 of 2^30 meet 4.7 times on the average; 20 times once in a million.
    expect(100_000 - tags.size).toBeLessThan(20);
  }
});

test("each bit of a number changes each bit of the short tag half of the time", () => {
  const RUNS = 600;
  for (let bit = 0; bit < 53; bit++) {
    const flips = new Array(30).fill(0);
    for (let n = 0; n < RUNS; n++) {
      const author = anyAuthor();
      const isSet = Math.floor(author / 2 ** bit) % 2 === 1;
      const [a, b] = [shortTagOf(author), shortTagOf(author + (isSet ? -1 : 1) * 2 ** bit)].map(bitsOf);
      for (let i = 0; i < 30; i++) if (a?.[i] !== b?.[i]) flips[i]++;
    }
    // Six standard deviations.
    for (const count of flips) expect(Math.abs(count / RUNS - 0.5)).toBeLessThan(0.123);
  }
});
