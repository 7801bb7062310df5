/**
 * One iterator of the engine for all reads of blocks in one direction: moved, not made anew. The engine frees what an
 * iterator read last only when the garbage collector finds the iterator, and does not tell it how much that is: made
 * for each page, they held hundreds of megabytes. Reads take turns, which costs nothing where one core does the work.
 * Invariant: an iterator is kept for `KEEP_MS` at most, because it keeps old files and memory of the engine alive.
 */
import type { Engine } from "./engine.ts";
import { allBlocks } from "./keys.ts";

/** What an iterator is asked for at most in one go, beside the number of entries. */
const BYTES_AT_ONCE = 64 * 1024;
const KEEP_MS = 1_000;

/** What a read sees of the engine's iterator: to be moved with `seek` before it is read. */
export interface Entries {
  seek(key: Uint8Array): void;
  nextv(most: number): Promise<[Uint8Array, Uint8Array][]>;
  close(): Promise<void>;
}

export class Cursor {
  #db: Engine;
  #reverse: boolean;
  #entries: Entries | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(db: Engine, reverse: boolean) {
    this.#db = db;
    this.#reverse = reverse;
  }

  /**
   * Calls `read` with the iterator, and says whether it is new. What was written since it was made is not in it: when
   * `read` throws on an iterator that others used before, it is called again with a new one.
   */
  use<T>(read: (entries: Entries, isNew: boolean) => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => this.#read(read));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** After the reads that were asked for. */
  close(): Promise<void> {
    const closed = this.#turn.then(() => this.#drop());
    this.#turn = closed;
    return closed;
  }

  async #read<T>(read: (entries: Entries, isNew: boolean) => Promise<T>): Promise<T> {
    const old = this.#entries;
    if (old) {
      try {
        return await read(old, false);
      } catch {
        await this.#drop();
      }
    }
    return read(this.#make(), true);
  }

  #make(): Entries {
    const options = { ...allBlocks(), reverse: this.#reverse, highWaterMarkBytes: BYTES_AT_ONCE };
    const made = this.#db.iterator(options);
    this.#entries = made;
    this.#timer = setTimeout(() => void this.close(), KEEP_MS);
    this.#timer.unref();
    return made;
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#timer);
    const entries = this.#entries;
    this.#entries = null;
    await entries?.close();
  }
}
