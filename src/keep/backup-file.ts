/**
 * A backup in a file, to be read at any place: its records lie in the order of their keys, so that the first key of each
 * says where to look. Invariant: a file is handed out only after every checksum in it was found to fit.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { KeyRange } from "../log/level/keys.ts";
import type { Entry } from "../log/level/moment.ts";
import {
  type BackupRecord,
  decodeEntries,
  type Head,
  RecordKind,
  readBackup,
  readHead,
} from "./backup-format.ts";
import type { Entries } from "./entries.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";
import { explainFile } from "./new-file.ts";

const READ_BYTES = 1 << 20;

/** A record of entries. */
interface Place {
  first: Uint8Array;
  at: number;
  bytes: number;
}

/** The records of a backup in a file, each checked. @throws KeepError */
export async function* readFileRecords(
  path: string,
  onProgress: (read: number, of: number) => void = () => undefined,
): AsyncGenerator<BackupRecord> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    yield* readBackup(
      path,
      piecesOf(file, (read) => onProgress(read, size)),
    );
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw explainFile(path, error);
  }
}

async function* piecesOf(file: FileHandle, onProgress: (read: number) => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    onProgress(at);
    yield buffer.subarray(0, bytesRead);
  }
}

export class BackupFile implements Entries {
  readonly head: Head;
  readonly bytes: number;
  readonly #file: FileHandle;
  readonly #places: readonly Place[];
  #last: { place: Place; entries: Entry[] } | null = null;

  private constructor(file: FileHandle, head: Head, bytes: number, places: readonly Place[]) {
    this.#file = file;
    this.head = head;
    this.bytes = bytes;
    this.#places = places;
  }

  /** Reads all of it once. @throws KeepError */
  static async open(path: string, onProgress?: (read: number, of: number) => void): Promise<BackupFile> {
    let head: Head | null = null;
    const places: Place[] = [];
    let last: Uint8Array = new Uint8Array(0);
    for await (const { kind, at, body } of readFileRecords(path, onProgress)) {
      if (kind === RecordKind.head) head = readHead(body);
      if (kind !== RecordKind.entries) continue;
      for (const [key] of decodeEntries(body)) {
        if (Buffer.compare(key, last) <= 0)
          throw new KeepError(KeepErrorCode.damaged, `The backup ${path} is damaged: its keys do not rise.`);
        last = key;
      }
      places.push({ first: decodeEntries(body)[0]![0].slice(), at, bytes: body.length });
      last = last.slice();
    }
    const file = await openFile(path);
    return new BackupFile(file, head!, (await file.stat()).size, places);
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const place = this.#places[this.#placeOf(key)];
    const found = place && (await this.#read(place)).find(([other]) => Buffer.compare(other, key) === 0);
    return found?.[1];
  }

  async *range({ gte, lt }: KeyRange): AsyncGenerator<Entry> {
    for (let n = Math.max(0, this.#placeOf(gte)); n < this.#places.length; n++) {
      const place = this.#places[n]!;
      if (Buffer.compare(place.first, lt) >= 0) return;
      for (const entry of await this.#read(place)) {
        if (Buffer.compare(entry[0], gte) < 0) continue;
        if (Buffer.compare(entry[0], lt) >= 0) return;
        yield entry;
      }
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The last place that begins with this key or before it; -1: none does. */
  #placeOf(key: Uint8Array): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.#places[middle]!.first, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  async #read(place: Place): Promise<Entry[]> {
    if (this.#last?.place === place) return this.#last.entries;
    const body = new Uint8Array(place.bytes);
    await this.#file.read(body, 0, place.bytes, place.at);
    const entries = decodeEntries(body);
    this.#last = { place, entries };
    return entries;
  }
}
