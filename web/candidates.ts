/**
 * Who may be meant by what stands behind an @ so far: people by any part of their name, Korean ones by what is typed
 * of a syllable that is not complete, and by the first consonants of their syllables. Pure.
 */
import type { Person } from "../src/wire/frames.ts";

export const MOST_CANDIDATES = 8;
/** A name is shorter. */
const MOST_LETTERS = 64;

const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;
const FIRST_VOWEL = 0x314f;
const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
/** Letters that are typed as two: one has only the first of them for a moment. */
const PAIRS: Record<string, string> = Object.fromEntries(
  "ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ ㅘㅗㅏ ㅙㅗㅐ ㅚㅗㅣ ㅝㅜㅓ ㅞㅜㅔ ㅟㅜㅣ ㅢㅡㅣ"
    .split(" ")
    .map((pair) => [pair[0], pair.slice(1)]),
);

/** The letters that a sign is typed with. */
function lettersOf(sign: string): string {
  const code = sign.charCodeAt(0);
  if (code < FIRST_SYLLABLE || code > LAST_SYLLABLE) return PAIRS[sign] ?? sign;
  const at = code - FIRST_SYLLABLE;
  const vowel = String.fromCharCode(FIRST_VOWEL + (Math.floor(at / 28) % 21));
  const final = (FINALS[at % 28] as string).trim();
  return `${INITIALS[Math.floor(at / 588)]}${PAIRS[vowel] ?? vowel}${PAIRS[final] ?? final}`;
}

/** What stands behind the @ before the caret, and where that @ is; null where none is being written. */
export function queryAt(text: string, caret: number): { from: number; query: string } | null {
  const [whole, query] = /(?<![\w/])[@＠]([^@＠\n]*)$/u.exec(text.slice(0, caret)) ?? [];
  if (whole === undefined || query === undefined) return null;
  if (query.length > MOST_LETTERS || /^\s/.test(query)) return null;
  return { from: caret - whole.length, query };
}

/** 0: it begins so; 1: a word in it does; 2: it is in there; null: nowhere. */
function rankOf(name: string, query: string): number | null {
  const signs = [...name];
  const isInitials = /^[ㄱ-ㅎ]+$/.test(query);
  const parts = signs.map((sign) => (isInitials ? (lettersOf(sign)[0] as string) : lettersOf(sign)));
  const wanted = [...query].map((sign) => (isInitials ? sign : lettersOf(sign))).join("");
  let found: number | null = null;
  for (let at = 0; at < parts.length; at++) {
    if (!parts.slice(at).join("").startsWith(wanted)) continue;
    if (at === 0) return 0;
    if (!/[\p{L}\p{N}]/u.test(signs[at - 1] as string)) return 1;
    found = 2;
  }
  return found;
}

const plain = (text: string): string => text.normalize("NFC").toLowerCase();

/** The best ones first. `people`: in the order in which they are wanted where nothing else tells. */
export function candidates(people: readonly Person[], query: string): Person[] {
  const wanted = plain(query);
  const ranked = people.flatMap((person) => {
    const rank = wanted === "" ? 0 : rankOf(plain(person.name), wanted);
    return rank === null ? [] : { rank, person };
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_CANDIDATES)
    .map(({ person }) => person);
}
