/**
 * How much a folder of the engine takes, and how much is left for it. Asked about every second, so what cannot change
 * is not looked at again: the engine writes each table once. The list of names is read anew each time, 10 ms for the
 * 5,000 tables of 10 GB, but for a small part of the time only: a large folder's answer may be seconds old.
 * Invariant: one look is under way at a time, and whoever asks meanwhile gets its answer.
 */
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Space } from "../log.ts";

/** A table that was not written to for so long is finished. */
const FINISHED_MS = 10_000;
/** After a look there is none for so many times as long as it took. */
const REST = 20;
const FILES_AT_ONCE = 64;

export class FolderSpace {
  #folder: string;
  /** Bytes of the tables that are finished, by name. */
  #finished = new Map<string, number>();
  #look: Promise<Space> | null = null;
  #bytes = 0;
  #lookAgainAt = 0;
  #last: Space | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  measure(): Promise<Space> {
    this.#look ??= this.#measureThere().finally(() => {
      this.#look = null;
    });
    return this.#look;
  }

  /** A folder that is gone is told of by who watches it, and not after a single look; until then the last look holds. */
  async #measureThere(): Promise<Space> {
    try {
      this.#last = await this.#measure();
    } catch (error) {
      if (!this.#last || !isGone(error)) throw error;
    }
    return this.#last;
  }

  async #measure(): Promise<Space> {
    const begin = performance.now();
    if (begin >= this.#lookAgainAt) {
      this.#bytes = await this.#count();
      const end = performance.now();
      this.#lookAgainAt = end + REST * (end - begin);
    }
    const { blocks, bfree, bavail, bsize } = await statfs(this.#folder);
    // What is kept back for the system's own user is neither used nor to be had.
    const diskBytes = (blocks - bfree + bavail) * bsize;
    return { logBytes: this.#bytes, freeBytes: bavail * bsize, diskBytes };
  }

  async #count(): Promise<number> {
    const names = await readdir(this.#folder);
    const before = this.#finished;
    this.#finished = new Map();
    const unknown: string[] = [];
    let sum = 0;
    for (const name of names) {
      const bytes = before.get(name);
      if (bytes === undefined) unknown.push(name);
      else {
        this.#finished.set(name, bytes);
        sum += bytes;
      }
    }
    for (let i = 0; i < unknown.length; i += FILES_AT_ONCE) {
      const some = unknown.slice(i, i + FILES_AT_ONCE);
      for (const bytes of await Promise.all(some.map((name) => this.#bytesOf(name)))) sum += bytes;
    }
    return sum;
  }

  async #bytesOf(name: string): Promise<number> {
    try {
      const { size, mtimeMs } = await stat(join(this.#folder, name));
      if (name.endsWith(".ldb") && mtimeMs < Date.now() - FINISHED_MS) this.#finished.set(name, size);
      return size;
    } catch (error) {
      // Compacted away meanwhile.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
      throw error;
    }
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "ESTALE"].includes(String(error.code));
