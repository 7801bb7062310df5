/**
 * A small value of the log that may be damaged: for whoever can go on without it. It knows no entry.
 * Invariant: a damaged one is told apart from one that is not there.
 */
import { type Engine, isCorruption } from "./engine.ts";
import { LogError, LogErrorCode } from "./log.ts";

export async function readEntry<T>(
  db: Engine,
  key: Uint8Array,
  decode: (key: Uint8Array, value: Uint8Array) => T,
): Promise<T | "damaged" | null> {
  try {
    const value = await db.get(key);
    return value ? decode(key, value) : null;
  } catch (error) {
    if (isCorruption(error) || (error instanceof LogError && error.code === LogErrorCode.damaged))
      return "damaged";
    throw error;
  }
}
