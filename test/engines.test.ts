/** What the README says of the three engines is what the code holds, and syllables are taken apart as keyboards do. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { stepsOf } from "./engines/driver.ts";
import { limitRows, limits } from "./engines/limits.ts";

const root = resolve(import.meta.dirname, "..");

test("the README's table of what engines cannot be driven to do is the code's, whole and in order", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, section = ""] = /^## Three engines\n([\s\S]+?)^## /m.exec(readme) ?? [];
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  expect(rows.slice(2)).toEqual(limitRows());
});

test("every deed stands in the table once", () => {
  const deeds = limits.map(({ deed }) => deed);
  expect(new Set(deeds).size).toBe(deeds.length);
});

test.each([
  ["한", ["ㅎ", "하", "한"]],
  ["가", ["ㄱ", "가"]],
  ["쓴", ["ㅆ", "쓰", "쓴"]],
])("%s is composed step by step", (syllable, steps) => {
  expect(stepsOf(syllable)).toEqual(steps);
});
