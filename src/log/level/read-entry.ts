/**
 * A small value of the log that may be damaged: for whoever can go on without it. It knows no entry.
 * Invariant: a damaged one is told apart from one that is not there.
 */

import { LogError, LogErrorCode } from "../log.ts";
import { type Engine, isCorruption } from "./engine.ts";

type Decode<T> = (key: Uint8Array, value: Uint8Array) => T;

export async function readEntry<T>(
  db: Engine,
  key: Uint8Array,
  decode: Decode<T>,
): Promise<T | "damaged" | null> {
  try {
    const value = await db.get(key);
    return value ? (tryEntry(key, value, decode) ?? "damaged") : null;
  } catch (error) {
    if (isCorruption(error)) return "damaged";
    throw error;
  }
}

/** What the entry says, or null when it is damaged. */
export function tryEntry<T>(key: Uint8Array, value: Uint8Array, decode: Decode<T>): T | null {
  try {
    return decode(key, value);
  } catch (error) {
    if (error instanceof LogError && error.code === LogErrorCode.damaged) return null;
    throw error;
  }
}
