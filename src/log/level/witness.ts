/**
 * The witness: a small file beside the engine's that remembers the last write that was acknowledged. The engine
 * drops what it cannot read at the end of its journal without a word; the witness is how that is noticed.
 * It is written after each commit without a sync. When the process is killed it is exact, because the system keeps
 * what was written; when the power goes it may be behind, which only means that it vouches for less.
 * Invariant: two slots take turns, so that a torn write leaves the one before it readable.
 *
 *   slot  u32 crc of the rest, 8 bytes epoch, u48 write, u64 nextAuthor; slots lie 512 bytes apart
 *
 * In format 1 `nextAuthor` was a u48: such a slot is still read.
 */
import { closeSync, constants, fchmodSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { Reader, Writer } from "../../wire/bytes.ts";
import { crc32 } from "../../wire/checksum.ts";
import { readU64, writeU64 } from "./entries.ts";

const SLOT_BYTES = 26;
const OLD_SLOT_BYTES = 24;
const SLOT_DISTANCE = 512;

export interface Testimony {
  epoch: string;
  write: number;
  nextAuthor: number;
}

export class Witness {
  #file: number;
  #slot = new Writer(SLOT_BYTES);
  /** What the file said when it was opened; null when it is new or says nothing readable. */
  readonly found: Testimony | null;

  /** Opens or makes the file. To be called under the engine's lock. */
  constructor(path: string) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    fchmodSync(this.#file, 0o600);
    const slots = [this.#read(0), this.#read(1)].filter((slot) => slot !== null);
    this.found = slots.sort((a, b) => b.write - a.write)[0] ?? null;
  }

  /** Remembers that this write was acknowledged. Costs one system call and no sync. */
  note(testimony: Testimony): void {
    this.#write(testimony.write % 2, testimony);
  }

  /** Forgets what was found and vouches for this from now on, durably. */
  restart(testimony: Testimony): void {
    this.#write(0, testimony);
    this.#write(1, testimony);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(slot: number, { epoch, write, nextAuthor }: Testimony): void {
    writeU64(this.#slot.clear().hex64(epoch).u48(write), nextAuthor);
    const checksum = crc32(this.#slot.view());
    const bytes = writeU64(this.#slot.clear().u32(checksum).hex64(epoch).u48(write), nextAuthor).view();
    writeSync(this.#file, bytes, 0, bytes.length, slot * SLOT_DISTANCE);
  }

  #read(slot: number): Testimony | null {
    const bytes = new Uint8Array(SLOT_BYTES);
    const length = readSync(this.#file, bytes, 0, SLOT_BYTES, slot * SLOT_DISTANCE);
    for (const size of [SLOT_BYTES, OLD_SLOT_BYTES]) {
      const r = new Reader(bytes, 0, size);
      if (length < size || r.u32() !== crc32(bytes, 4, size)) continue;
      const [epoch, write] = [r.hex64(), r.u48()];
      return { epoch, write, nextAuthor: size === SLOT_BYTES ? readU64(r) : r.u48() };
    }
    return null;
  }
}
