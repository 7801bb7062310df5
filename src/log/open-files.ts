/**
 * How many files this process may have open, and how many of them are the engine's. Every socket is a file too: the
 * engine takes a part of them only, and whoever accepts sockets leaves it that part.
 */
import { readFileSync } from "node:fs";

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
