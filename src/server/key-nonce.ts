/**
 * The nonce that stands in the log for a key of a post: 52 bits of its SHA-256. Two of ten thousand keys fall together
 * once in 90 million such sets, and then the later post would be taken for the earlier one.
 */
import { createHash } from "node:crypto";
import { FIRST_KEY_NONCE } from "../session/post-keys.ts";

export const LEAST_KEY = 8;
export const MOST_KEY = 128;

/**
 * Null when it is no key: it has 8 to 128 printable characters of ASCII. `whose`: those of one program are not those of
 * another, and both are not the operator's (empty).
 */
export function keyNonce(key: string, whose = ""): number | null {
  if (key.length < LEAST_KEY || key.length > MOST_KEY || !/^[\x20-\x7e]+$/.test(key)) return null;
  const digest = createHash("sha256")
    .update(whose === "" ? key : `${whose}\n${key}`)
    .digest();
  return FIRST_KEY_NONCE + (digest.readUIntBE(0, 6) * 16 + (digest[6]! >>> 4));
}
