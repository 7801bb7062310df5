/**
 * Work that a newcomer has to show: a puzzle that costs a person's device a moment and a script that makes identities by
 * the thousand a core (hashcash; A. Back, 2002). It decides how hard, and checks; sessions ask.
 * Invariant: a challenge is random and used once, so that no work can be done in advance.
 */
import { createHash, randomBytes } from "node:crypto";
import type { NewcomerWork } from "../session/socket.ts";

const CHALLENGE_BYTES = 16;
/** Asked of everybody while many come: some tenths of a second of a phone. */
const FLOOD_BITS = 16;
/** And while very many do. */
const HIGH_FLOOD_BITS = 19;

export class Hashcash implements NewcomerWork {
  readonly #always: number;

  /** `always`: bits that are asked for without a flood too; 0: none. */
  constructor(always: number) {
    this.#always = always;
  }

  demand(pressure: number): { bits: number; challenge: Uint8Array } | null {
    const flood = pressure < 0.5 ? 0 : pressure < 0.8 ? FLOOD_BITS : HIGH_FLOOD_BITS;
    const bits = Math.max(this.#always, flood);
    return bits === 0 ? null : { bits, challenge: new Uint8Array(randomBytes(CHALLENGE_BYTES)) };
  }

  isDone(bits: number, challenge: Uint8Array, answer: number): boolean {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(answer));
    const digest = createHash("sha256").update(challenge).update(bytes).digest();
    return leadingZeroBits(digest) >= bits;
  }
}

function leadingZeroBits(digest: Uint8Array): number {
  let bits = 0;
  for (const byte of digest) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}
