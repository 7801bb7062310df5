import { expect, test } from "vitest";
import { hueOf, tagOf } from "../src/client/identity-mark.ts";

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

test("a tag is four letters that nobody confuses", () => {
  for (const author of [0, 1, 31, 32, 1_000_000, 2 ** 40 + 7, 2 ** 53 - 1]) {
    expect(tagOf(author)).toMatch(/^[0-9a-hjkmnp-tv-z]{4}$/);
  }
});

test("no two of the first 200,000 people share a tag, and neighbours do not look alike", () => {
  const tags = new Set<string>();
  for (let author = 1; author <= 200_000; author++) tags.add(tagOf(author));
  expect(tags.size).toBe(200_000);
  let alike = 0;
  for (let author = 1; author <= 1_000; author++) {
    const [a, b] = [tagOf(author), tagOf(author + 1)];
    if ([...a].filter((letter, i) => letter === b[i]).length > 2) alike++;
  }
  expect(alike).toBeLessThan(30);
});
