/**
 * LevelDB, opened: its options, and what it said about its own recovery. It knows no keys and no blocks.
 * Invariant: an engine that this file hands out holds the folder's lock.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import type { KeyRange } from "./keys.ts";
import { engineFiles, openFileLimit } from "./open-files.ts";

export type Engine = ClassicLevel<Uint8Array, Uint8Array>;

/** Bytes of uncompressed table blocks kept in memory. */
const CACHE_BYTES = 32 * 1024 * 1024;

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
 * The first key of a range, if there is one. An iterator that is not closed holds on to memory and files of the engine
 * until the log is closed; this one is closed.
 */
export async function firstKey(
  db: Engine,
  range: KeyRange,
  reverse = false,
): Promise<Uint8Array | undefined> {
  const [key] = await db.keys({ ...range, reverse, limit: 1 }).all();
  return key;
}
