/**
 * The arena of sealed blocks: small ones are cut one after the other from a shared buffer, because a buffer of its
 * own for each costs more than filling it. A slab is freed when no block cut from it is held any more, so slabs are
 * small: what one old block can hold back is bounded.
 */

const SLAB_BYTES = 16 * 1024;
/** A longer block gets a buffer of its own. */
const MAX_SHARED_BYTES = 2 * 1024;

export class Slab {
  #bytes = new Uint8Array(0);
  #at = 0;

  /** Bytes of exactly `length` that belong to the caller. */
  readonly take = (length: number): Uint8Array => {
    if (length > MAX_SHARED_BYTES) return new Uint8Array(length);
    if (this.#at + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES);
      this.#at = 0;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  };
}
