/**
 * A file that is there whole or not at all: it has another name until it is synced. It knows nothing of what is in it.
 * Invariant: a file that is there already is never touched.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, link, open, rename, rm, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../log/level/data-folder.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";

/**
 * Makes the file of what `write` writes. When that throws nothing is left of it. Bytes that end at the same time are
 * written as they come. @throws KeepError
 */
export async function writeNewFile<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  if (existsSync(path)) throw isThere(path);
  const draft = `${path}.${randomBytes(4).toString("hex")}.part`;
  try {
    const file = await open(draft, "wx", 0o600);
    let result: T;
    try {
      result = await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await giveName(draft, path);
    await syncFolder(dirname(path));
    return result;
  } catch (error) {
    throw explainFile(path, error);
  } finally {
    await rm(draft, { force: true });
  }
}

/** A second name is refused where there is a file; not every file system has them. */
async function giveName(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw isThere(path);
    if (existsSync(path)) throw isThere(path);
    await rename(draft, path);
    return;
  }
  await unlink(draft);
}

/** What the system said of a file, as a sentence. */
export function explainFile(path: string, error: unknown): unknown {
  if (codeOf(error) === null || !(error instanceof Error) || "at" in error) return error;
  if (error.name !== "Error") return error;
  return new KeepError(KeepErrorCode.storage, `${path}: ${error.message}.`, { cause: error });
}

const isThere = (path: string): KeepError =>
  new KeepError(KeepErrorCode.exists, `${path} is there already, and is left as it is.`);

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error ? String(error.code) : null;
}
