/**
 * How people are told apart whatever they call themselves: a hue and a short tag, both from the author number
 * alone, so that every client shows the same. Invariant: two numbers less than 2^20 apart never share a tag.
 */

/** Digits and letters without i, l, o and u: none is taken for another. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** 0 to 359. Consecutive numbers lie a golden angle apart, so that any few neighbours differ clearly. */
export function hueOf(author: number): number {
  // Multiplying by 2^32 divided by the golden ratio is the golden angle in whole numbers, exact for every author.
  return Math.floor(((Math.imul(fold(author), 0x9e3779b1) >>> 0) / 0x100000000) * 360);
}

/** Four characters, for example `k7dm`. */
export function tagOf(author: number): string {
  // Each step can be undone within 20 bits, so that different numbers stay different.
  let bits = (author % 0x100000) ^ (Math.floor(author / 0x100000) & 0xfffff);
  bits = Math.imul(bits, 0x9e375) & 0xfffff;
  bits ^= bits >>> 10;
  bits = Math.imul(bits, 0xb55a5) & 0xfffff;
  let tag = "";
  for (let shift = 15; shift >= 0; shift -= 5) tag += LETTERS[(bits >>> shift) & 31];
  return tag;
}

/** All 53 bits of a number in 32. */
function fold(author: number): number {
  return author ^ Math.floor(author / 0x100000000);
}
