/**
 * Unpacks Snappy (google/snappy, format_description.txt), in which LevelDB may keep the index of a table. For small
 * amounts and for checking only. Invariant: never writes more than the length stated at the start.
 */
import { WireError } from "../../wire/bytes.ts";

/** Largest index taken for true; LevelDB's own stay far below. */
const MAX_BYTES = 1 << 26;

/** @throws WireError when the bytes are not well-formed. */
export function unpackSnappy(packed: Uint8Array): Uint8Array {
  let at = 0;
  const byte = (): number => {
    if (at >= packed.length) throw new WireError("packed bytes end too early");
    return packed[at++]!;
  };
  const number = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += byte() * 2 ** (8 * i);
    return value;
  };
  let length = 0;
  for (let shift = 0, more = true; more; shift += 7) {
    const part = byte();
    length += (part & 0x7f) * 2 ** shift;
    more = part >= 0x80;
    if (length > MAX_BYTES || shift > 28) throw new WireError("packed length is too large");
  }
  const out = new Uint8Array(length);
  let end = 0;
  while (at < packed.length) {
    const tag = byte();
    const kind = tag & 3;
    let size = (tag >>> 2) + 1;
    if (kind === 0) {
      if (size > 60) size = number(size - 60) + 1;
      if (size > packed.length - at || size > length - end) throw new WireError("packed literal is too long");
      out.set(packed.subarray(at, at + size), end);
      at += size;
      end += size;
      continue;
    }
    let back: number;
    if (kind === 1) {
      size = ((tag >>> 2) & 7) + 4;
      back = (tag >>> 5) * 256 + byte();
    } else back = number(kind === 2 ? 2 : 4);
    if (back === 0 || back > end || size > length - end) throw new WireError("packed copy is out of bounds");
    // Byte by byte: a copy may overlap what it writes, which is how runs are packed.
    for (const stop = end + size; end < stop; end++) out[end] = out[end - back]!;
  }
  if (end !== length) throw new WireError("packed bytes are too few");
  return out;
}
