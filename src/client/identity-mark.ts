/**
 * How people are told apart whatever they call themselves: a hue and a tag, both from the author number alone, so that
 * every client shows the same. The short tag is what an eye compares: to be given one like it takes some 2^30
 * identities. The full tag is for whoever wants to be sure. Invariant: no two numbers share a full tag.
 */

/** Digits and letters without i, l, o and u: none is taken for another. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** 0 to 359. Consecutive numbers lie a golden angle apart, so that any few neighbours differ clearly. */
export function hueOf(author: number): number {
  // Multiplying by 2^32 divided by the golden ratio is the golden angle in whole numbers, exact for every author.
  return Math.floor(((Math.imul(fold(author), 0x9e3779b1) >>> 0) / 0x100000000) * 360);
}

/** Characters of a short tag, the first ones of the full one. */
export const SHORT_TAG = 6;

/** Eleven characters, for example `k7dmq20v5x1`. */
export function fullTagOf(author: number): string {
  // A Feistel network on all 53 bits: each round can be undone, so that different numbers stay different.
  let high = Math.floor(author / 2 ** 28);
  let low = author % 2 ** 28;
  for (let round = 1; round <= 3; round++) {
    low ^= mix(high, round) >>> 4;
    high ^= mix(low, round) >>> 7;
  }
  return letters(high, 5) + letters(low << 2, 6);
}

/** 32 bits that change by half with each bit of `value` (the finaliser of MurmurHash3, twice with another constant). */
function mix(value: number, round: number): number {
  let bits = value ^ Math.imul(round, 0x9e3779b1);
  for (let pass = 0; pass < 2; pass++) {
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    bits ^= bits >>> 16;
  }
  return bits;
}

/** Five bits each, the highest first. */
function letters(bits: number, count: number): string {
  let text = "";
  for (let shift = 5 * (count - 1); shift >= 0; shift -= 5) text += LETTERS[(bits >>> shift) & 31];
  return text;
}

/** All 53 bits of a number in 32. */
function fold(author: number): number {
  return author ^ Math.floor(author / 0x100000000);
}
