/**
 * What a message's text must be, decided on its bytes, so that no string is made of it on the way through.
 */
import { decodeText, isPlainUtf8 } from "./bytes.ts";

/** Spaces, controls, format characters, fillers and variation selectors: nothing of it shows by itself. */
const INVISIBLE =
  /^(?:[\s\p{Cc}\p{Cf}\p{Z}\u115f\u1160\u2800\u3164\uffa0]|\u034f|[\u17b4\u17b5]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}])*$/u;

/** Whether well-formed UTF-8 holds at least one character that shows. */
export function hasVisible(text: Uint8Array): boolean {
  for (const byte of text) {
    // Any printing ASCII character, and lead bytes of ranges that hold nothing invisible (most of Hangul and Han).
    if ((byte > 0x20 && byte < 0x7f) || (byte >= 0xe4 && byte <= 0xee)) return true;
  }
  return !INVISIBLE.test(decodeText(text));
}

/** Well-formed UTF-8 without NUL: what may stand in a record. */
export function isText(text: Uint8Array): boolean {
  return isPlainUtf8(text, 0, text.length);
}
