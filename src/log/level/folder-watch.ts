/**
 * Notices that the data folder was deleted, moved or replaced under the running server: the system lets the engine
 * go on writing into files that nobody finds again. Two files are looked at now and then, the folder's and the
 * engine's, which both keep as long as they are in use. Invariant: they are held open, so that no other file can get
 * their numbers; and no single look is believed, as a network's file system may be wrong for a moment.
 */
import { type BigIntStats, closeSync, fstatSync, openSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LogError, LogErrorCode } from "../log.ts";
import type { DataFolder } from "./data-folder.ts";

const LOOK_MS = 2_000;

interface Watched {
  path: string;
  file: number;
  /** Null where the system makes such numbers up as it goes: then only that there is a file tells anything. */
  id: string | null;
}

export class FolderWatch {
  #folder: string;
  #onGone: (error: LogError) => void;
  #watched: Watched[];
  #timer: ReturnType<typeof setInterval>;
  #looking = false;
  #wasThere = true;

  /** To be made when the engine is open and the format is stated. `onGone` is called once at most. */
  constructor(folder: DataFolder, onGone: (error: LogError) => void) {
    this.#folder = folder.path;
    this.#onGone = onGone;
    this.#watched = [join(folder.path, "format"), join(folder.engine, "CURRENT")].map((path) => {
      const file = openSync(path, "r");
      const id = identify(fstatSync(file, { bigint: true }));
      return { path, file, id: identify(statSync(path, { bigint: true })) === id ? id : null };
    });
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const { file } of this.#watched.splice(0)) closeSync(file);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const there = (await Promise.all(this.#watched.map(isThere))).every((is) => is);
    this.#looking = false;
    const isGone = !there && !this.#wasThere;
    this.#wasThere = there;
    // Nothing is watched any more when it was stopped meanwhile.
    if (this.#watched.length === 0 || !isGone) return;
    this.stop();
    const text = `The data folder ${this.#folder} was deleted, moved or replaced while the server was running.`;
    this.#onGone(new LogError(LogErrorCode.storage, text));
  }
}

const identify = ({ dev, ino }: BigIntStats): string => `${dev} ${ino}`;

async function isThere({ path, id }: Watched): Promise<boolean> {
  try {
    const found = identify(await stat(path, { bigint: true }));
    return id === null || found === id;
  } catch (error) {
    // Any other failure says nothing about the file.
    return !["ENOENT", "ENOTDIR", "ESTALE"].includes((error as NodeJS.ErrnoException).code ?? "");
  }
}
