/**
 * Phrases that somebody reads on one screen and types, or says, at another: five words in a language, at random. What
 * was typed is one with what was shown if they sound alike to a person: whatever stands between the words, in whatever
 * case and form of Unicode, and however the vowels are written that Koreans do not hear apart.
 * Invariant: a phrase has the key of whatever somebody makes of it who knows its words.
 */
import type { Phrases } from "../session/socket.ts";
import { MoveWords } from "../wire/moving.ts";
import { ENGLISH_WORDS, KOREAN_WORDS } from "./phrase-words.ts";

export const WORDS_OF_A_PHRASE = 5;
/** In decomposed letters: ㅐ and ㅔ, ㅒ and ㅖ, ㅙ and ㅞ and ㅚ. */
const SOUNDS_LIKE: Record<string, string> = {
  "\u1162": "\u1166",
  "\u1164": "\u1168",
  "\u116b": "\u116c",
  "\u1170": "\u116c",
};

export class WordPhrases implements Phrases {
  readonly #below: (bound: number) => number;

  /** `below`: a random whole number below a bound, which nobody can foresee. */
  constructor(below: (bound: number) => number) {
    this.#below = below;
  }

  make(words: MoveWords): string {
    const list = words === MoveWords.ko ? KOREAN_WORDS : ENGLISH_WORDS;
    const one = () => list[this.#below(list.length)] as string;
    return Array.from({ length: WORDS_OF_A_PHRASE }, one).join(" ");
  }

  keyOf(typed: string): string {
    return typed
      .normalize("NFKD")
      .toLowerCase()
      .replace(/\P{L}/gu, "")
      .replace(/[\u1162\u1164\u116b\u1170]/g, (vowel) => SOUNDS_LIKE[vowel] as string);
  }
}
