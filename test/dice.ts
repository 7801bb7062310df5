/** Random numbers, bytes and texts for tests, the same at every run. */
import { Random } from "../bench/random.ts";
import { MAX } from "./independent-numbers.ts";

/** Made from a seed, so that a failure can be played again. */
export class Dice extends Random {
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return this.between(from, to);
  }

  /** Small and large ones, and those at the edges of a varint's sizes. */
  number(least = 0): number {
    const edge = 128 ** this.int(0, 7);
    const value = this.pick([edge, edge - 1, this.int(0, 300), Math.floor(this.next() * edge), MAX]);
    return Math.max(least, Math.min(value, MAX));
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
