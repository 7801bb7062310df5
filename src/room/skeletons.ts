/**
 * Skeletons of names that were asked for lately, because making one costs as much as all else that entering a room
 * does. Bounded: whoever comes with ever new names pays for each. Invariant: what it says is what `nameSkeleton` says.
 */
import { nameSkeleton } from "./names.ts";

/** Less than a megabyte of the longest names. */
const MAX_KNOWN = 2_048;

export class Skeletons {
  #known = new Map<string, string>();

  of(name: string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const skeleton = nameSkeleton(name);
    if (this.#known.size >= MAX_KNOWN) {
      const [oldest] = this.#known.keys();
      this.#known.delete(oldest!);
    }
    this.#known.set(name, skeleton);
    return skeleton;
  }

  get size(): number {
    return this.#known.size;
  }
}
