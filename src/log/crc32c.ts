/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), as LevelDB keeps it with each block of a table: masked, because a CRC
 * over data that holds CRCs finds less. Computed as the wire's own checksum is.
 */

import { crc, crcTables } from "../wire/checksum.ts";

const tables = crcTables(0x82f63b78);

export const crc32c = (bytes: Uint8Array): number => crc(tables, bytes, 0, bytes.length, 0);

/** The CRC that LevelDB's masked form stands for. */
export function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
