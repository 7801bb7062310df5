/**
 * Puts into the engine's batch what every append writes: blocks, and the bounds of their rooms. The bytes are those that
 * keys.ts and entries.ts make, here in the same few buffers again and again: the batch copies what it is given, and with
 * one message a block eleven small arrays for each were as dear as all else that is done for it.
 */
import { Writer } from "../../wire/bytes.ts";
import { crc32 } from "../../wire/checksum.ts";
import type { Bounds } from "../log.ts";
import type { EngineBatch } from "./commits.ts";
import { isLong, writeBlockKey, writeBoundsKey } from "./keys.ts";

/** Bytes of always the same length, and who writes them. */
class Fixed {
  readonly writer: Writer;
  readonly bytes: Uint8Array;

  constructor(length: number) {
    this.writer = new Writer(length).bytes(new Uint8Array(length));
    this.bytes = this.writer.view();
  }
}

/** Where the checksum of a value ends. */
const BODY_AT = 4;

export class AppendEntries {
  /** Of rooms of the short form and of the long one. */
  readonly #blockKeys = [new Fixed(15), new Fixed(21)] as const;
  readonly #boundsKeys = [new Fixed(5), new Fixed(11)] as const;
  readonly #bounds = new Fixed(16);

  putBlock(write: EngineBatch, room: number, seq: number, count: number, block: Uint8Array): void {
    const { writer, bytes } = this.#blockKeys[isLong(room) ? 1 : 0];
    writeBlockKey(writer.clear(), room, seq, count);
    write.put(bytes, block);
  }

  putBounds(write: EngineBatch, room: number, { first, head }: Bounds): void {
    const key = this.#boundsKeys[isLong(room) ? 1 : 0];
    writeBoundsKey(key.writer.clear(), room);
    const { writer, bytes } = this.#bounds;
    writer.clear().u32(0).u48(first).u48(head);
    writer.clear().u32(crc32(bytes, BODY_AT, bytes.length, crc32(key.bytes)));
    write.put(key.bytes, bytes);
  }
}
