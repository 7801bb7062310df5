/**
 * What a message's text must be, decided on its bytes, so that no string is made of it on the way through.
 */
import { decodeText, isPlainUtf8 } from "./bytes.ts";
import { isBlank } from "./invisible.ts";

/** Whether well-formed UTF-8 holds at least one character that shows. */
export function hasVisible(text: Uint8Array): boolean {
  for (const byte of text) {
    // Any printing ASCII character, and lead bytes of ranges that hold nothing invisible (most of Hangul and Han).
    if ((byte > 0x20 && byte < 0x7f) || (byte >= 0xe4 && byte <= 0xee)) return true;
  }
  return !isBlank(decodeText(text));
}

/** Well-formed UTF-8 without NUL: what may stand in a record. */
export function isText(text: Uint8Array): boolean {
  return isPlainUtf8(text, 0, text.length);
}
