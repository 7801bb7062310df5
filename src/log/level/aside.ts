/**
 * What a start would cut off is put aside, not deleted: the engine throws away of its journal what it cannot read, and
 * the whole file afterwards. So each start first makes second names for the journals, and keeps them when something
 * turns out to be missing. It reads none of them. Invariant: what is put aside is as the engine left it, in a folder
 * named after the epoch that it belonged to, laid out like a data folder.
 *
 *   <folder>/aside-new/log/                while a start is under way
 *   <folder>/aside-<epoch>-<time>/log/     for good; "madang repair --export" reads it
 */
import { existsSync } from "node:fs";
import { constants, copyFile, link, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type DataFolder, syncFolder } from "./data-folder.ts";

const PREFIX = "aside-";
const PENDING = `${PREFIX}new`;

/** To be called before the engine opens. What an earlier start did not come to settle is kept along. */
export async function holdJournals({ path, engine }: DataFolder): Promise<void> {
  const names = (await readdir(engine)).filter((name) => /^\d+\.log$/.test(name));
  for (const name of names) {
    try {
      const from = join(engine, name);
      if ((await stat(from)).size === 0) continue;
      await mkdir(heldJournals(path), { recursive: true, mode: 0o700 });
      await nameTwice(from, join(heldJournals(path), name));
    } catch (error) {
      // Another process began to use the folder just now and is done with this journal; opening will tell.
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
}

/** Where they are until then. */
export const heldJournals = (path: string): string => join(path, PENDING, "log");

/** Nothing is missing: the second names go. */
export async function releaseJournals({ path }: DataFolder): Promise<void> {
  await rm(join(path, PENDING), { recursive: true, force: true });
}

/** Keeps the journals for good, durably. @returns the name of the folder they are in, or null when there is nothing. */
export async function keepJournals({ path }: DataFolder, epoch: string | null): Promise<string | null> {
  const held = heldJournals(path);
  if (!existsSync(held)) return null;
  const name = await freeName(path, epoch);
  // Where the file system has no second names, they are copies.
  for (const journal of await readdir(held)) await syncFolder(join(held, journal));
  for (const folder of [held, join(path, PENDING)]) await syncFolder(folder);
  await rename(join(path, PENDING), join(path, name));
  await syncFolder(path);
  return name;
}

/** A name for a folder of what belonged to `epoch`; null when that is not known. */
export async function freeName(path: string, epoch: string | null): Promise<string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const base = `${PREFIX}${epoch ?? "unknown"}-${time}`;
  const there = new Set(await readdir(path));
  let name = base;
  for (let n = 2; there.has(name); n++) name = `${base}-${n}`;
  return name;
}

/** Names of the folders of what was put aside, oldest first within an epoch. */
export async function asideFolders(path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => name.startsWith(PREFIX)).sort();
}

/** A hard link where the file system has them, else a copy; one that is there already is taken for the same. */
async function nameTwice(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EEXIST") return;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}
