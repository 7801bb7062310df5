/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), as LevelDB keeps it with each block of a table: masked, because a CRC
 * over data that holds CRCs finds less. Eight bytes a step, because every table is looked at before the engine opens;
 * the wire's own checksum is in src/wire/checksum.ts.
 */

const tables = makeTables();

function makeTables(): Uint32Array {
  const t = new Uint32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
    t[n] = c;
  }
  for (let i = 256; i < t.length; i++) t[i] = t[t[i - 256]! & 0xff]! ^ (t[i - 256]! >>> 8);
  return t;
}

export function crc32c(bytes: Uint8Array): number {
  const t = tables;
  let c = ~0;
  let i = 0;
  for (const last = bytes.length - 7; i < last; i += 8) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c =
      t[1792 + (c & 0xff)]! ^
      t[1536 + ((c >>> 8) & 0xff)]! ^
      t[1280 + ((c >>> 16) & 0xff)]! ^
      t[1024 + (c >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) c = t[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** The CRC that LevelDB's masked form stands for. */
export function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
