/** WebSocket frames of RFC 6455 as an attacker writes and reads them: right, or wrong in any way that is asked for. */

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameShape {
  opcode?: number;
  fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  reserved?: number;
  masked?: boolean;
  /** How many bytes say the length: 0 for the shortest form, 2 or 8. */
  lengthBytes?: 0 | 2 | 8;
  /** The length that is said, if not the true one. */
  says?: bigint;
}

/** A frame with a mask of zeros, which changes nothing. */
export function wsFrame(payload: Uint8Array, shape: FrameShape = {}): Buffer {
  const { opcode = Opcode.binary, fin = true, reserved = 0, masked = true, lengthBytes = 0 } = shape;
  const { length } = payload;
  const says = shape.says ?? BigInt(length);
  const bytes = lengthBytes || (says < 126n ? 0 : says < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + bytes + (masked ? 4 : 0));
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (bytes === 0 ? Number(says) : bytes === 2 ? 126 : 127);
  if (bytes === 2) head.writeUInt16BE(Number(says), 2);
  if (bytes === 8) head.writeBigUInt64BE(says, 2);
  return Buffer.concat([head, payload]);
}

/** Takes what comes from a server apart; frames of a server are whole and without a mask. */
export class FrameStream {
  #held: Buffer = Buffer.alloc(0);

  /** @returns the frames that are complete now; payloads are views on the bytes given */
  *push(bytes: Buffer): Generator<{ opcode: number; payload: Buffer }> {
    let held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    for (;;) {
      this.#held = held;
      if (held.length < 2) return;
      const short = held[1]! & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (held.length < head) return;
      const length =
        short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
      if (held.length < head + length) return;
      this.#held = held.subarray(head + length);
      yield { opcode: held[0]! & 0xf, payload: held.subarray(head, head + length) };
      held = this.#held;
    }
  }
}
