/** The words of phrases, and what of what somebody types is one with what was shown. */
import { expect, test } from "vitest";
import { ENGLISH_WORDS, KOREAN_WORDS } from "../src/server/phrase-words.ts";
import { WORDS_OF_A_PHRASE, WordPhrases } from "../src/server/phrases.ts";
import { MoveWords } from "../src/wire/moving.ts";

const phrases = new WordPhrases((bound) => Math.floor(Math.random() * bound));

/** Whether one letter makes the difference. */
function isNear(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  return short.slice(at + (short.length === long.length ? 1 : 0)) === long.slice(at + 1);
}

test.each([
  ["English", ENGLISH_WORDS, /^[a-z]{4,10}$/],
  ["Korean", KOREAN_WORDS, /^[가-힣]{2,4}$/],
])("%s words are 512, simple, and no two are near each other", (_, words, form) => {
  expect(new Set(words).size).toBe(512);
  expect(words.filter((word) => !form.test(word) || word.normalize("NFC") !== word)).toEqual([]);
  const near: string[] = [];
  for (const [at, one] of words.entries())
    for (const other of words.slice(at + 1))
      if (isNear(phrases.keyOf(one), phrases.keyOf(other))) near.push(`${one} ${other}`);
  expect(near).toEqual([]);
});

test("a phrase has five of them, at least 44 bits", () => {
  expect(WORDS_OF_A_PHRASE * Math.log2(512)).toBeGreaterThanOrEqual(44);
  for (const [words, list] of [
    [MoveWords.en, ENGLISH_WORDS],
    [MoveWords.ko, KOREAN_WORDS],
  ] as const) {
    const said = phrases.make(words).split(" ");
    expect(said).toHaveLength(WORDS_OF_A_PHRASE);
    expect(said.filter((word) => !list.includes(word))).toEqual([]);
  }
});

test.each([
  ["acorn maple", " Acorn-MAPLE. "],
  ["acorn maple", "acornmaple"],
  ["acorn maple", "ａｃｏｒｎ　ｍａｐｌｅ"],
  ["가게 무지개", "가게무지개"],
  ["가게 무지개", "가게 무지개".normalize("NFD")],
  ["가게 무지개", "가개, 무지게"],
  ["외투 왕관", "왜투 왕관"],
])("%s is meant by %s", (shown, typed) => {
  expect(phrases.keyOf(typed)).toBe(phrases.keyOf(shown));
});

test("another word, another order and nothing are something else", () => {
  const key = phrases.keyOf("acorn maple");
  for (const other of ["maple acorn", "acorn mapl", "acorn", "", "123"])
    expect(phrases.keyOf(other)).not.toBe(key);
});
