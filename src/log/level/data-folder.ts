/**
 * The folder that a log lives in: who may read it, which version wrote it, and one plain sentence for everything
 * that can be wrong with it. It does not know what the engine keeps in there.
 * Invariant: a file that this module writes is there entirely or not at all, whenever the power goes.
 *
 *   <folder>/format     "madang 3": checked before anything else is touched
 *   <folder>/log/       the engine's files; mode 0700, which protects them whatever their own modes are
 *   <folder>/witness    see witness.ts
 */
import { existsSync } from "node:fs";
import { access, chmod, constants, mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LogError, LogErrorCode } from "../log.ts";

/**
 * Raised when an older program could no longer read what this one writes. 2: rooms of 48 bits, generations of
 * identities. 3: flags of rooms, changes, named values. Folders of 1 and 2 are taken over (take-over.ts, recovery.ts).
 */
export const FORMAT = 3;

/** In it a folder is made whole from a backup; as long as it is there, the folder is not. See src/keep/restore.ts. */
export const RESTORE_WORK = "restore-work";

export interface DataFolder {
  path: string;
  /** Where the engine keeps its files. */
  engine: string;
  witness: string;
  /** What its format file says; 0 while it has none, which it gets before anything of value. */
  format: number;
}

/** Makes the folder if need be and makes sure that this program may use it. @throws LogError */
export async function prepareFolder(path: string): Promise<DataFolder> {
  const folder = { path, engine: join(path, "log"), witness: join(path, "witness"), format: 0 };
  try {
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (existsSync(join(path, RESTORE_WORK)))
      throw new LogError(
        LogErrorCode.storage,
        `A restore into ${path} was interrupted, or is under way: let "madang restore" come to its end first.`,
      );
    folder.format = await checkFormat(path);
    await mkdir(folder.engine, { recursive: true, mode: 0o700 });
    // A restored copy may have come with wider modes.
    await chmod(folder.engine, 0o700);
    for (const each of [path, folder.engine]) await access(each, constants.R_OK | constants.W_OK);
    if (made) await syncFolder(dirname(made));
    await syncFolder(path);
  } catch (error) {
    throw explain(path, error);
  }
  await checkComplete(folder);
  return folder;
}

/**
 * States in the folder that it is of this format. To be called under the engine's lock, before the first write of
 * value.
 */
export async function stateFormat(folder: DataFolder): Promise<void> {
  if (folder.format === FORMAT) return;
  await writeWhole(folder.path, "format", `madang ${FORMAT}\n`);
  folder.format = FORMAT;
}

/** Any error on the way to an open log as a `LogError` that names the folder. */
export function explain(folder: string, error: unknown): LogError {
  if (error instanceof LogError) return error;
  const { code, message } = root(error);
  const { inUse, damaged, notWritable, storage } = LogErrorCode;
  const sentence = (kind: LogErrorCode, text: string) => new LogError(kind, text, { cause: error });
  if (code === "LEVEL_LOCKED")
    return sentence(inUse, `The data folder ${folder} is in use by another process.`);
  if (
    code === "LEVEL_CORRUPTION" ||
    /no such file|does not end with newline|^invalid argument/i.test(message)
  )
    return sentence(
      damaged,
      `The log in the data folder ${folder} is damaged and cannot be opened: ${message}.`,
    );
  if (
    ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR"].includes(code) ||
    /permission denied|read-only/i.test(message)
  )
    return sentence(notWritable, `The data folder ${folder} cannot be written: ${message}.`);
  return sentence(storage, `The log in the data folder ${folder} failed: ${message}.`);
}

/** The innermost cause: the engine wraps what the system said. */
function root(error: unknown): { code: string; message: string } {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return { code: "", message: String(inner) };
  const code = "code" in inner ? String(inner.code) : "";
  return { code, message: inner.message.replace(/[\s.]+$/, "") };
}

async function checkFormat(path: string): Promise<number> {
  const text = await readFile(join(path, "format"), "utf8").catch((error: unknown) => {
    if (root(error).code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return 0;
  const version = /^madang (\d+)\s*$/.exec(text)?.[1];
  if (version === undefined)
    throw new LogError(
      LogErrorCode.damaged,
      `The format file of the data folder ${path} cannot be understood.`,
    );
  if (Number(version) > FORMAT)
    throw new LogError(
      LogErrorCode.newerVersion,
      `The data folder ${path} was written by a newer version (format ${version}, this one knows ${FORMAT}).`,
    );
  return Number(version);
}

/** Without its CURRENT file the engine would begin an empty log over what is there. */
async function checkComplete(folder: DataFolder): Promise<void> {
  const [files, beside] = await Promise.all([readdir(folder.engine), readdir(folder.path)]);
  if (files.includes("CURRENT")) return;
  if (!beside.includes("witness") && !files.some((name) => /\.(ldb|sst|log)$/.test(name))) return;
  throw new LogError(
    LogErrorCode.damaged,
    `The log in the data folder ${folder.path} is damaged: files of it are missing.`,
  );
}

async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const draft = join(folder, `${name}.tmp`);
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, name));
  await syncFolder(folder);
}

/** Of a folder: which names are in it. A file may be named too. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
