/** Random numbers, bytes and texts for tests, the same at every run. */
import { MAX } from "./independent-numbers.ts";

/** A small generator with a seed (mulberry32), so that a failure can be played again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** Small and large ones, and those at the edges of a varint's sizes. */
  number(least = 0): number {
    const edge = 128 ** this.int(0, 7);
    const value = this.pick([edge, edge - 1, this.int(0, 300), Math.floor(this.unit() * edge), MAX]);
    return Math.max(least, Math.min(value, MAX));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(0, 255));
  }

  digits(bytes: number): string {
    return Buffer.from(this.bytes(bytes)).toString("hex");
  }

  /** At most `max` bytes of UTF-8, with characters of one to four bytes. */
  text(max: number): string {
    let text = "";
    for (let n = this.int(0, 20); n > 0; n--) {
      const next =
        text + this.pick(["a", "Z", " ", "é", "ß", "마", "당", "\ufeff", "😀", "\u{10ffff}", "\n"]);
      if (Buffer.byteLength(next) > max) break;
      text = next;
    }
    return text;
  }
}
