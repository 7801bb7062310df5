/**
 * The smallest parts of the protocol, written a second time from PROTOCOL.md and sharing no code with src/wire: numbers,
 * strings and the checksum, as lists of bytes.
 */

/** Raw bytes may stand in the place of any string, so that tests can write strings that are none. */
export type Str = string | Uint8Array;

export const MAX = 2 ** 53 - 1;

export function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest > 0n ? low + 128 : low);
  } while (rest > 0n);
  return out;
}

export function fixed(value: number, size: number): number[] {
  const digits = BigInt(value)
    .toString(16)
    .padStart(size * 2, "0");
  return hex(digits);
}

export function hex(digits: string): number[] {
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

export function utf8(text: Str): number[] {
  return typeof text === "string" ? [...Buffer.from(text, "utf8")] : [...text];
}

/** Bytes whose length may be any. */
export const long = (bytes: number[]): number[] => [...varint(bytes.length), ...bytes];

export function counted(bytes: number[]): number[] {
  return [bytes.length, ...bytes];
}

/** Bit by bit, as RFC 1952 describes it. */
export function slowCrc32(bytes: number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
