/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), as LevelDB keeps it with each block of a table: masked, because a CRC
 * over data that holds CRCs finds less. Computed as the wire's own checksum is.
 */

import { crc, crcTables } from "../../wire/checksum.ts";

const tables = crcTables(0x82f63b78);

export const crc32c = (bytes: Uint8Array): number => crc(tables, bytes, 0, bytes.length, 0);

/** The CRC that LevelDB's masked form stands for. */
export function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/**
 * Where a block ends that begins at `from` and whose masked CRC follows it: the least end at which it fits, or null.
 */
export function crc32cEnds(bytes: Uint8Array, from: number): number | null {
  let c = 0xffffffff;
  for (let at = from; at + 4 < bytes.length; at++) {
    c = tables[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8);
    const stored = bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 24);
    if (mask(~c >>> 0) === stored >>> 0) return at + 1;
  }
  return null;
}

function mask(checksum: number): number {
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
