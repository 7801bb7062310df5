/**
 * Hops over the WebSocket frames of one connection by their headers. A frame that is split between two reads waits
 * until as much of it is there as its taker needs; the rest is stepped over, wherever it ends. It knows nothing of
 * what frames hold. Invariant: every frame is handed over exactly once, in order.
 */
import type { Arena } from "./arena.ts";

export const Opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The six bytes before a short payload from a client. The mask is zero, which is a mask and costs nothing. */
export function putHeader(out: Uint8Array, at: number, opcode: number, length: number): void {
  out[at] = 0x80 | opcode;
  out[at + 1] = 0x80 | length;
  out[at + 2] = 0;
  out[at + 3] = 0;
  out[at + 4] = 0;
  out[at + 5] = 0;
}

export interface FrameTaker {
  /** How many bytes of a payload must be there before it is handed over. Its first byte is there already. */
  need(bytes: Uint8Array, at: number, length: number, opcode: number): number;
  /** One frame: `have` of its `length` payload bytes are there, at least as many as needed. */
  frame(bytes: Uint8Array, at: number, length: number, opcode: number, have: number): void;
}

const NOTHING = new Uint8Array(0);

export class FrameScanner {
  #arena: Arena;
  #taker: FrameTaker;
  /** Payload bytes of the current frame that are still to come and that nobody needs. */
  #skip = 0;
  #carry = NOTHING;
  #carryLength = 0;

  constructor(arena: Arena, taker: FrameTaker) {
    this.#arena = arena;
    this.#taker = taker;
  }

  /** Whether the connection stands between two frames. */
  get isBetweenFrames(): boolean {
    return this.#skip === 0 && this.#carryLength === 0;
  }

  /** Takes the bytes [from, to) of the arena. */
  feed(from: number, to: number): void {
    const { bytes } = this.#arena;
    let at = from;
    if (this.#skip > 0) {
      if (this.#skip >= to - from) {
        this.#skip -= to - from;
        return;
      }
      at += this.#skip;
      this.#skip = 0;
    } else if (this.#carryLength > 0) {
      at -= this.#carryLength;
      for (let i = 0; i < this.#carryLength; i++) bytes[at + i] = this.#carry[i]!;
      this.#carryLength = 0;
    }
    while (at < to) {
      const have = to - at;
      if (have < 2) break;
      let length = bytes[at + 1]!;
      let header = 2;
      if (length >= 126) {
        if (length > 127) throw new Error("a server's frame is masked");
        header = length === 126 ? 4 : 10;
        if (have < header) break;
        if (header === 4) length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
        else length = bytes[at + 5]! * 2 ** 32 + ((bytes[at + 6]! << 24) >>> 0) + low24(bytes, at + 7);
      }
      const opcode = bytes[at]! ^ 0x80;
      if (opcode > 10) throw new Error("a server's frame is in pieces or compressed");
      const body = at + header;
      if (have < header + length) {
        if (have === header) break;
        if (have - header < this.#taker.need(bytes, body, length, opcode)) break;
        this.#skip = header + length - have;
        this.#taker.frame(bytes, body, length, opcode, have - header);
        return;
      }
      this.#taker.frame(bytes, body, length, opcode, length);
      at = body + length;
    }
    if (at < to) this.#keep(bytes, at, to);
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length > this.#arena.start) throw new Error("a frame that is needed whole is too long");
    if (length > this.#carry.length) this.#carry = new Uint8Array(2 ** Math.ceil(Math.log2(length + 64)));
    this.#carry.set(bytes.subarray(from, to));
    this.#carryLength = length;
  }
}

function low24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
