/**
 * LevelDB, opened: its options, and what it said about its own recovery. It knows no keys and no blocks.
 * Invariant: an engine that this file hands out holds the folder's lock.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { engineFiles, openFileLimit } from "../open-files.ts";
import type { KeyRange } from "./keys.ts";

export type Engine = ClassicLevel<Uint8Array, Uint8Array>;

/** Bytes of uncompressed table blocks kept in memory. */
const CACHE_BYTES = 32 * 1024 * 1024;
const KEYS_AT_ONCE = 1000;

/**
 * Opens the engine and returns what it complained of while it read its journal. It skips what it cannot read there
 * and goes on (the option to be strict is out of reach), but says so in its LOG file, which is new at every start.
 */
export async function openEngine(
  path: string,
  maxOpenFiles = engineFiles(openFileLimit()),
): Promise<{ db: Engine; complaints: string[] }> {
  const db: Engine = new ClassicLevel(path, {
    keyEncoding: "view",
    valueEncoding: "view",
    cacheSize: CACHE_BYTES,
    maxOpenFiles,
  });
  await db.open();
  const text = await readFile(join(path, "LOG"), "utf8");
  // Lines begin with a time and a thread; "dropping 4096 bytes; Corruption: checksum mismatch" is the kind meant.
  const complaints = text
    .split("\n")
    .filter((line) => /dropping \d+ bytes|ignoring error|corruption/i.test(line));
  return { db, complaints: complaints.map((line) => line.replace(/^\S+ \S+ /, "").trim()) };
}

/**
 * Whether another process has these files open: the engine is asked to open them in a way that it refuses right after
 * it has locked them. @throws the engine's own error when they are locked
 */
export async function refuseIfInUse(path: string): Promise<void> {
  if (!existsSync(join(path, "LOCK"))) return;
  const db = new ClassicLevel(path, { createIfMissing: false, errorIfExists: true });
  const error: unknown = await db.open().then(
    () => db.close(),
    (reason: unknown) => reason,
  );
  const cause = error instanceof Error ? error.cause : null;
  if (cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED") throw error;
}

/** Whether the engine says that it cannot read something, rather than that reading failed. */
export function isCorruption(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "LEVEL_CORRUPTION";
}

/**
 * The first key of a range, if there is one. It is fetched alone, because the engine withholds what it has read when
 * it reaches the end of a range in which it stepped over something damaged. An iterator that is not closed holds on to
 * memory and files of the engine until the log is closed; this one is closed.
 */
export async function firstKey(
  db: Engine,
  range: KeyRange,
  reverse = false,
): Promise<Uint8Array | undefined> {
  const keys = db.keys({ ...range, reverse });
  try {
    const [key] = await keys.nextv(1);
    return key;
  } finally {
    await keys.close();
  }
}

/** Every key of a range that the engine can read, a bounded number at a time. */
export async function* readableKeys(
  db: Engine,
  range: KeyRange,
  atOnce = KEYS_AT_ONCE,
): AsyncIterable<Uint8Array[]> {
  for (let from = range.gte; ; ) {
    const keys = db.keys({ gte: from, lt: range.lt });
    try {
      for (;;) {
        const some = await keys.nextv(atOnce);
        if (some.length === 0) return;
        yield some;
        from = after(some.at(-1)!);
      }
    } catch (error) {
      if (!isCorruption(error)) throw error;
      // At the end of a range in which it stepped over something the engine withholds what it has; not one by one.
      if (atOnce === 1) return;
      atOnce = 1;
    } finally {
      await keys.close();
    }
  }
}

/** The least key above this one. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
