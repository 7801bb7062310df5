/**
 * CRC-32 (ISO-HDLC, the one of gzip and Ethernet: polynomial 0xEDB88320 reflected, RFC 1952 section 8), eight bytes
 * a step. It finds damage; it is no protection against intent.
 */

const tables = /* @__PURE__ */ crcTables(0xedb88320);

/** Eight tables of 256 for a CRC of 32 bits with this reflected polynomial. */
export function crcTables(polynomial: number): Uint32Array {
  const t = new Uint32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? polynomial ^ (c >>> 1) : c >>> 1;
    t[n] = c;
  }
  for (let n = 0; n < 256; n++) {
    let c = t[n]!;
    for (let slice = 1; slice < 8; slice++) {
      c = t[c & 0xff]! ^ (c >>> 8);
      t[slice * 256 + n] = c;
    }
  }
  return t;
}

/** CRC-32 of bytes [from, to), continuing `seed` (the CRC of what came before, 0 at the start). */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.length, seed = 0): number {
  return crc(tables, bytes, from, to, seed);
}

/** The CRC that `t` was made for, of bytes [from, to), continuing `seed`. */
export function crc(t: Uint32Array, bytes: Uint8Array, from: number, to: number, seed: number): number {
  let c = ~seed;
  let i = from;
  for (const last = to - 7; i < last; i += 8) {
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
  for (; i < to; i++) c = t[(c ^ bytes[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}
