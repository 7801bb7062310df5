/**
 * What rooms hold in the log, for whoever reads: pages of blocks, and the number of a message by its nonce. It keeps
 * nothing. Invariant: what is damaged is reported and answered with null, never with something else in its place.
 */
import type { Log, ReadOptions, StoredBlock } from "../log/log.ts";
import { findNonce } from "./authors.ts";
import type { Room } from "./room.ts";
import type { StorageGuard } from "./storage-guard.ts";

/** How much is read at once while a nonce is looked for. */
const FIND = { maxBytes: 256 * 1024, maxRecords: 10_000 };

/** Who pays for what is read. */
export interface ReadPayer {
  /** 0, or milliseconds to wait before reading. */
  mayRead(): number;
  didRead(bytes: number): void;
}

const FREE: ReadPayer = { mayRead: () => 0, didRead: () => undefined };

export class History {
  #log: Pick<Log, "readForward" | "readBackward">;
  #guard: StorageGuard;

  constructor(log: Pick<Log, "readForward" | "readBackward">, guard: StorageGuard) {
    this.#log = log;
    this.#guard = guard;
  }

  /** Committed blocks that hold numbers >= `from`; null when what is there is damaged, which is reported. */
  readForward(room: Room, from: number, options: ReadOptions): Promise<StoredBlock[] | null> {
    return this.#guard.run(this.#log.readForward(room.number, from, options));
  }

  /** Committed blocks before number `before`, ascending; null when what is there is damaged, which is reported. */
  readBackward(room: Room, before: number, options: ReadOptions): Promise<StoredBlock[] | null> {
    return this.#guard.run(this.#log.readBackward(room.number, before, options));
  }

  /**
   * The number of (author, nonce) in the log. `absent`: it was certainly never stored. `unknown`: if it was stored, it
   * lies before what is kept, or is lost or damaged. Only what is committed is looked at. `pays`: asked before each
   * read; when it says how many milliseconds to wait, so does the answer.
   */
  async find(
    room: Room,
    author: number,
    nonce: number,
    pays: ReadPayer = FREE,
  ): Promise<number | "absent" | "unknown" | { retryAfterMs: number }> {
    // Nothing of the author stands behind the last record.
    let before = Math.min(room.authors.get(author)?.seq ?? room.head, room.head) + 1;
    let lost = false;
    while (before > room.first) {
      const retryAfterMs = pays.mayRead();
      if (retryAfterMs > 0) return { retryAfterMs };
      const blocks = await this.readBackward(room, before, FIND);
      if (blocks === null) return "unknown";
      if (blocks.length === 0) break;
      pays.didRead(sizeOf(blocks));
      for (const block of blocks.reverse()) {
        const found = findNonce(block.bytes, author, nonce, lost);
        if (found.seq !== null) return found.seq;
        ({ lost } = found);
        if (found.passed) return lost ? "unknown" : "absent";
        before = block.seq;
      }
    }
    return room.first === 1 && !lost ? "absent" : "unknown";
  }
}

/** In bytes. */
export function sizeOf(blocks: readonly { bytes: Uint8Array }[]): number {
  let bytes = 0;
  for (const block of blocks) bytes += block.bytes.length;
  return bytes;
}
