/**
 * Answers a server's challenge: counts up until the SHA-256 of the challenge and the number begins with enough zero
 * bits. A few milliseconds at a time, so that a page stays alive meanwhile. See CHALLENGE in PROTOCOL.md.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Clock } from "./contract.ts";

const SLICE_MS = 8;
/** Tries between two looks at the clock. */
const TRIES = 256;

/** More than a device does in a minute: no server that means it asks for so much. */
const MOST_BITS = 26;

/** `isOver`: asked now and then; once nobody waits for the answer any more, none is looked for. @returns 0 then */
export async function solveChallenge(
  challenge: Uint8Array,
  bits: number,
  clock: Clock,
  isOver: () => boolean = () => false,
): Promise<number> {
  if (bits > MOST_BITS) throw new RangeError(`a challenge of ${bits} bits is too hard`);
  const message = new Uint8Array(challenge.length + 8);
  message.set(challenge);
  const number = new DataView(message.buffer, challenge.length);
  for (let answer = 0; ; ) {
    if (isOver()) return 0;
    const until = clock.now() + SLICE_MS;
    do {
      for (const end = answer + TRIES; answer < end; answer++) {
        number.setUint32(0, Math.floor(answer / 2 ** 32));
        number.setUint32(4, answer >>> 0);
        if (beginsWithZeros(sha256(message), bits)) return answer;
      }
    } while (clock.now() < until);
    await new Promise<void>((next) => clock.after(0, next));
  }
}

function beginsWithZeros(digest: Uint8Array, bits: number): boolean {
  let left = bits;
  for (const byte of digest) {
    if (left < 8) return byte >>> (8 - left) === 0;
    if (byte !== 0) return false;
    left -= 8;
  }
  return left === 0;
}
