/** What every engine asks of a named value. Invariant: a name that passes has one form in bytes, and sorts by them. */
import { encodeText } from "../wire/bytes.ts";

export const MAX_STATE_BYTES = 64 * 1024;
const MAX_NAME_BYTES = 255;

/** The name's bytes. @throws RangeError: a bug of the caller */
export function checkState(name: string, bytes: Uint8Array | null = null): Uint8Array {
  const key = encodeText(name);
  if (key.length === 0 || key.length > MAX_NAME_BYTES || /\p{Cs}/u.test(name))
    throw new RangeError("a state has a name of 1 to 255 bytes of UTF-8");
  if (bytes && bytes.length > MAX_STATE_BYTES)
    throw new RangeError(`a state takes at most ${MAX_STATE_BYTES} bytes`);
  return key;
}
