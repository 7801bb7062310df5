/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), as LevelDB keeps it with each block of a table: masked, because a CRC
 * over data that holds CRCs finds less. For small amounts; the wire's own checksum is in src/wire/checksum.ts.
 */

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
  return c;
});

export function crc32c(bytes: Uint8Array): number {
  let c = ~0;
  for (const byte of bytes) c = table[(c ^ byte) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** The CRC that LevelDB's masked form stands for. */
export function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
