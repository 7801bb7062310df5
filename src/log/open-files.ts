/**
 * How many files this process may have open, and how many of them are the engine's. Every socket is a file too: the
 * engine takes a part of them only, and whoever accepts sockets leaves it that part.
 */
import { readdirSync, readFileSync } from "node:fs";

const LIMITS = "/proc/self/limits";
/** What the engine takes at most, and what it cannot do without. */
const MOST_ENGINE_FILES = 1_000;
const LEAST_ENGINE_FILES = 64;

/** Null where it cannot be known: not on Linux, or there is none. */
export function openFileLimit(path = LIMITS): number | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  // The limit in force comes first, then the one up to which it may be raised.
  const [, soft] = /^Max open files\s+(\d+|unlimited)\s/m.exec(text) ?? [];
  return soft === undefined || soft === "unlimited" ? null : Number(soft);
}

/** How many files the engine may keep open in a process with this limit: a quarter, within bounds. */
export function engineFiles(limit: number | null): number {
  if (limit === null) return MOST_ENGINE_FILES;
  return Math.min(MOST_ENGINE_FILES, Math.max(LEAST_ENGINE_FILES, Math.floor(limit / 4)));
}

const OPEN = "/proc/self/fd";
/** Files that must be left: fewer are as good as none. */
const SPARE_FILES = 32;
/** What was counted holds for so long: counting takes a third of a millisecond for a thousand files. */
const COUNT_EVERY_MS = 50;

/** Tells whether there are files to spare within `limit`; always true where there is none, or none can be counted. */
export function fileWatch(limit: number | null, folder = OPEN): () => boolean {
  let countedAt = Number.NEGATIVE_INFINITY;
  let has = true;
  return () => {
    const now = performance.now();
    if (limit === null || now - countedAt < COUNT_EVERY_MS) return has;
    countedAt = now;
    has = countFiles(folder) <= limit - SPARE_FILES;
    return has;
  };
}

function countFiles(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "EMFILE" || code === "ENFILE") return Number.POSITIVE_INFINITY;
    if (code === "ENOENT") return 0;
    throw error;
  }
}
