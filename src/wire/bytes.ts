/**
 * Reads and writes the wire's primitive values: bytes, varints, fixed numbers, counted strings. It knows no frames.
 * Invariant: this file and checksum.ts are the only places that index raw bytes, and a length is checked against
 * the bytes that are there before anything is taken or allocated for it.
 *
 * varint: unsigned LEB128, 7 bits a byte, least significant first, top bit = more; minimal form only; at most
 * 2^53 - 1 (8 bytes).  str8: one length byte, then that many bytes of UTF-8.  u32, u48, u64: big-endian.
 */

/** The one error of the wire: these bytes are not what the protocol allows. `reason` is for logs, never for programs. */
export class WireError extends Error {
  override name = "WireError";
}

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of `text`; lone surrogates become U+FFFD. The caller owns the result. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The string that `bytes` hold. @throws WireError when they are not well-formed UTF-8 (RFC 3629). */
export function decodeText(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    throw new WireError("text is not valid UTF-8");
  }
}

/** How many bytes `value` takes as a varint. */
export function varintBytes(value: number): number {
  let size = 1;
  while (value >= 0x80) {
    value = Math.floor(value / 128);
    size++;
  }
  return size;
}

/**
 * Whether bytes [from, to) are well-formed UTF-8 (RFC 3629: no surrogates, no over-long forms, nothing above
 * U+10FFFF) without NUL. Makes no string, so that a message's text stays bytes from socket to socket.
 */
export function isPlainUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let i = from;
  while (i < to) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      if (lead === 0) return false;
      i++;
      continue;
    }
    let more: number;
    let low = 0x80;
    let high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) more = 1;
    else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      if (lead === 0xe0) low = 0xa0;
      else if (lead === 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      if (lead === 0xf0) low = 0x90;
      else if (lead === 0xf4) high = 0x8f;
    } else return false;
    if (i + more >= to) return false;
    const second = bytes[i + 1]!;
    if (second < low || second > high) return false;
    for (let k = 2; k <= more; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return false;
    i += more + 1;
  }
  return true;
}

/** Overwrites four bytes at `offset`, big-endian. */
export function putU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** Takes values one after the other from bytes it does not own and does not copy. */
export class Reader {
  #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /** Starts over on other bytes, so that a hot path needs no new reader for each frame. */
  reset(bytes: Uint8Array, from = 0, to = bytes.length): this {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
    return this;
  }

  /** Index of the next byte in the bytes this reader was given. */
  get offset(): number {
    return this.#at;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    if (this.#at >= this.#end) throw new WireError("frame ends too early");
    return this.#bytes[this.#at++]!;
  }

  u32(): number {
    this.#need(4);
    const b = this.#bytes;
    const i = this.#at;
    this.#at += 4;
    return b[i]! * 0x1000000 + ((b[i + 1]! << 16) | (b[i + 2]! << 8) | b[i + 3]!);
  }

  u48(): number {
    this.#need(6);
    const high = this.#bytes[this.#at]! * 256 + this.#bytes[this.#at + 1]!;
    this.#at += 2;
    return high * 0x100000000 + this.u32();
  }

  varint(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    for (let size = 2; ; size++) {
      byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0) throw new WireError("varint is longer than it needs to be");
        if (value > Number.MAX_SAFE_INTEGER) throw new WireError("varint is too large");
        return value;
      }
      if (size === 8) throw new WireError("varint is too long");
      scale *= 128;
    }
  }

  /** The next `length` bytes as a view on the reader's bytes. */
  bytes(length: number): Uint8Array {
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** A counted string of at most `max` bytes. */
  str8(max = 255): string {
    return decodeText(this.bytes8(max));
  }

  /** Counted bytes, at most `max`, as a view. */
  bytes8(max = 255): Uint8Array {
    const length = this.u8();
    if (length > max) throw new WireError("string is longer than allowed");
    return this.bytes(length);
  }

  /** Eight bytes as 16 lower-case hexadecimal digits. */
  hex64(): string {
    return this.u32().toString(16).padStart(8, "0") + this.u32().toString(16).padStart(8, "0");
  }

  skip(length: number): void {
    this.#need(length);
    this.#at += length;
  }

  /** @throws WireError when bytes are left over. */
  end(): void {
    if (this.#at !== this.#end) throw new WireError("frame has bytes left over");
  }

  #need(length: number): void {
    if (length > this.#end - this.#at) throw new WireError("frame ends too early");
  }
}

/** The first buffer of a writer that began without one. */
const LEAST_GROWTH = 256;

/** Puts values one after the other into a buffer of its own that grows as needed. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#at;
  }

  /** Bytes the buffer holds before it has to grow. */
  get capacity(): number {
    return this.#bytes.length;
  }

  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#at++] = value;
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    const b = this.#bytes;
    const i = this.#at;
    b[i] = value >>> 24;
    b[i + 1] = value >>> 16;
    b[i + 2] = value >>> 8;
    b[i + 3] = value;
    this.#at += 4;
    return this;
  }

  u48(value: number): this {
    const high = Math.floor(value / 0x100000000);
    return this.u8(high >>> 8)
      .u8(high)
      .u32(value % 0x100000000);
  }

  varint(value: number): this {
    this.#room(8);
    while (value >= 0x80) {
      this.#bytes[this.#at++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    this.#bytes[this.#at++] = value;
    return this;
  }

  /** Copies `bytes`. Short ones byte by byte, which costs less than the call of a native copy. */
  bytes(bytes: Uint8Array): this {
    this.#room(bytes.length);
    if (bytes.length < 32) for (let i = 0; i < bytes.length; i++) this.#bytes[this.#at + i] = bytes[i]!;
    else this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** @throws RangeError when the text is longer than 255 bytes: the caller's mistake, not the peer's. */
  str8(text: string): this {
    return this.bytes8(encoder.encode(text));
  }

  bytes8(bytes: Uint8Array): this {
    if (bytes.length > 255) throw new RangeError("a counted string holds at most 255 bytes");
    return this.u8(bytes.length).bytes(bytes);
  }

  hex64(hex: string): this {
    return this.u32(Number.parseInt(hex.slice(0, 8), 16)).u32(Number.parseInt(hex.slice(8, 16), 16));
  }

  /** What was written, as a view on the writer's buffer: valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  /** What was written, as bytes of their own. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  clear(): this {
    this.#at = 0;
    return this;
  }

  #room(more: number): void {
    const need = this.#at + more;
    if (need <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(need, this.#bytes.length * 2, LEAST_GROWTH));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
