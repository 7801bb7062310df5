/** Times as people write them where the reader is, in the words of the page. */
import { expect, test } from "vitest";
import { formatsOf, type LanguageName } from "../web/language.ts";

const AFTERNOON = new Date(2026, 10, 26, 15, 4).getTime();

test.each([
  ["en", ["en-GB"], true],
  ["en", ["de", "en"], true],
  ["en", ["sv", "en-US"], true],
  ["en", ["fr-FR"], true],
  ["ko", ["de-DE", "ko"], true],
  ["ko", ["en-GB", "ko"], true],
  ["en", ["en-US"], false],
  ["en", ["en"], false],
  ["en", ["ko-KR", "en-GB"], false],
  ["ko", ["ko-KR"], false],
  ["ko", ["ko"], false],
  ["ko", ["en-US", "ko"], false],
  ["en", [], false],
  ["en", ["en-US@posix"], false],
  ["ko", ["not a language"], false],
] as [LanguageName, string[], boolean][])(
  "%s words, a browser of %j: 24 hours %s",
  (language, preferred, is24) => {
    const { time, day, dayAndTime } = formatsOf(language, preferred);
    expect(/15[:.]04/.test(time(AFTERNOON))).toBe(is24);
    expect(/15[:.]04/.test(dayAndTime(AFTERNOON))).toBe(is24);
    expect(day(AFTERNOON)).toMatch(language === "ko" ? /2026년 11월 26일 목요일/ : /Thursday.*2026/);
  },
);

test("the day stands before the month where it is the custom", () => {
  expect(formatsOf("en", ["en-GB"]).day(AFTERNOON)).toContain("26 November");
  expect(formatsOf("en", ["sv-SE"]).day(AFTERNOON)).toContain("26 November");
  expect(formatsOf("en", ["en-US"]).day(AFTERNOON)).toContain("November 26");
});
