/**
 * Korean particles take one of two forms, by the last sound of the word before them. Hangul says it by itself; digits
 * are read in Korean, Latin letters are spelled when they stand alone and guessed at when they end a word. What else a
 * name may end in (emoji, signs, other scripts) has no sound that everybody agrees on: it gets both forms, as in print.
 */
import { spoken } from "./nim.ts";

const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const FINALS = 28;
/** The final ㄹ, after which 로 stands and not 으로. */
const RIEUL = 8;
/** Final sounds of 영 일 이 삼 사 오 육 칠 팔 구: those without one are 0. */
const DIGITS = [21, 8, 0, 16, 0, 0, 1, 8, 8, 0];
/** 엘, 엠, 엔, 알: the other letters end openly when they are spelled. */
const LETTERS: Record<string, number> = { l: 8, m: 16, n: 4, r: 8 };
/** Words end closed with these, as in Tom and Irene, and openly with most others, as in Anna, David and James. */
const CLOSED_END = /[mn]e?$/i;
/** Bob and Jack are closed and Mac may be either. */
const UNSURE_END = /[a-z][bcgkpqt]$/i;

/** The number of the final consonant, 0 for none, null when nobody can tell. */
function finalOf(word: string): number | null {
  const last = spoken(word).normalize("NFC").at(-1) ?? "";
  const code = last.charCodeAt(0);
  if (code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE) return (code - FIRST_SYLLABLE) % FINALS;
  if (/^\d$/.test(last)) return DIGITS[Number(last)] as number;
  if (!/^[a-z]$/i.test(last) || UNSURE_END.test(word)) return null;
  if (/[a-z][a-z]$/i.test(word) && CLOSED_END.test(word)) return 1;
  return LETTERS[last.toLowerCase()] ?? 0;
}

/** The word with 으로 or 로: after ㄹ it is 로. */
export function withRo(word: string): string {
  const final = finalOf(word);
  return word + (final === null ? "(으)로" : final > 0 && final !== RIEUL ? "으로" : "로");
}
