/** The log of a stopped server, to be read at any place: the engine behind a look (src/log/level/look.ts). */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isCorruption } from "../log/level/engine.ts";
import type { KeyRange } from "../log/level/keys.ts";
import { type Look, lookAt, readableEntries } from "../log/level/look.ts";
import type { Entry } from "../log/level/moment.ts";
import type { Entries } from "./entries.ts";

export class FolderEntries implements Entries {
  readonly look: Look;
  readonly bytes: number;

  private constructor(look: Look, bytes: number) {
    this.look = look;
    this.bytes = bytes;
  }

  /** @throws LogError */
  static async open(path: string): Promise<FolderEntries> {
    const look = await lookAt(path);
    let bytes = 0;
    for (const name of await readdir(look.folder.engine))
      bytes += (await stat(join(look.folder.engine, name))).size;
    return new FolderEntries(look, bytes);
  }

  /** Of what cannot be read whoever reads ranges is told. */
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.look.db.get(key);
    } catch (error) {
      if (isCorruption(error)) return undefined;
      throw error;
    }
  }

  range(range: KeyRange, onUnreadable: (what: string) => void = () => undefined): AsyncIterable<Entry> {
    return readableEntries(this.look.db, range, onUnreadable);
  }

  close(): Promise<void> {
    return this.look.close();
  }
}
