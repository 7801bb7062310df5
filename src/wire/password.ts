/**
 * What the password of a room may be, and in which form it counts: input methods type the same letters in other bytes.
 * It knows no hashes. Invariant: two passwords that read the same are the same bytes.
 */
import { decodeText, encodeText } from "./bytes.ts";
import { Refusal } from "./codes.ts";
import { hasVisible, isText } from "./text.ts";

/** Of UTF-8, as it comes. */
export const MAX_PASSWORD_BYTES = 1_024;

/** The bytes that count (NFC), which are not the caller's; or what is wrong with it. */
export function passwordOf(raw: Uint8Array): Uint8Array | Refusal {
  if (raw.length > MAX_PASSWORD_BYTES) return Refusal.textTooLong;
  if (!isText(raw)) return Refusal.badText;
  if (!hasVisible(raw)) return Refusal.emptyText;
  return encodeText(decodeText(raw).normalize("NFC"));
}
