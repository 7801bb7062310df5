/**
 * `madang restore`: a data folder from a backup. It begins a new epoch, as a start with `--new-epoch` does: what came
 * after the backup is gone, and nobody gets a number or a token that somebody has from then.
 * Invariant: until all is there and synced the folder says that it is not, and no server starts on it.
 *
 *   <folder>/restore-work/{log,witness}     while it is made; the folder is whole when this is gone
 */
import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type DataFolder,
  explain,
  FORMAT,
  RESTORE_WORK,
  stateFormat,
  syncFolder,
} from "../log/level/data-folder.ts";
import { type Engine, openEngine, refuseIfInUse } from "../log/level/engine.ts";
import { decodeLife } from "../log/level/entries.ts";
import { lifeKey } from "../log/level/keys.ts";
import { readEntry } from "../log/level/read-entry.ts";
import { recover } from "../log/level/recovery.ts";
import { Witness } from "../log/level/witness.ts";
import { readFileRecords } from "./backup-file.ts";
import { decodeEntries, RecordKind, readHead } from "./backup-format.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";
import { type Operator, Tally } from "./operator.ts";

export interface RestoreCommand {
  backup: string;
  data: string;
}

/** What a disk's own file system puts into an empty folder. */
const NOTHING = new Set(["lost+found", RESTORE_WORK]);

/** @throws KeepError, LogError */
export async function restore({ backup, data }: RestoreCommand, operator: Operator): Promise<void> {
  const tally = new Tally(operator);
  const made = await prepare(data);
  let isWhole = false;
  try {
    const epoch = await fill(backup, data, operator, tally);
    isWhole = true;
    operator.say(`${data} holds what ${backup} does, as epoch ${epoch}: ${tally}.`);
  } catch (error) {
    throw error instanceof Error && ["KeepError", "Interrupted"].includes(error.name)
      ? error
      : explain(data, error);
  } finally {
    if (!isWhole) await clear(data);
    if (!isWhole && made) await rm(made, { recursive: true, force: true });
  }
}

/** An empty folder that says what is being made of it. @returns the first that had to be made; undefined: it was there */
async function prepare(data: string): Promise<string | undefined> {
  const work = join(data, RESTORE_WORK);
  try {
    const made = await mkdir(data, { recursive: true, mode: 0o700 });
    const names = await readdir(data);
    const isHalf = names.includes(RESTORE_WORK);
    if (isHalf) await refuseIfInUse(join(work, "log"));
    if (!isHalf && names.some((name) => !NOTHING.has(name)))
      throw new KeepError(
        KeepErrorCode.notEmpty,
        `${data} is not empty, and nothing in it was changed: restore into a folder of another name.`,
      );
    // What an earlier restore did not come to finish.
    if (isHalf) await clear(data);
    await mkdir(join(work, "log"), { recursive: true, mode: 0o700 });
    if (made) await syncFolder(dirname(made));
    await syncFolder(data);
    return made;
  } catch (error) {
    throw error instanceof KeepError ? error : explain(data, error);
  }
}

/** The mark goes last. */
async function clear(data: string): Promise<void> {
  for (const name of ["log", "witness", "format", RESTORE_WORK])
    await rm(join(data, name), { recursive: true, force: true });
}

/** @returns the new epoch */
async function fill(backup: string, data: string, operator: Operator, tally: Tally): Promise<string> {
  const work = join(data, RESTORE_WORK);
  const folder = { path: data, engine: join(work, "log"), witness: join(work, "witness"), format: FORMAT };
  const { db } = await openEngine(folder.engine);
  let epoch: string;
  try {
    for await (const { kind, body } of readFileRecords(backup)) {
      tally.step("restore");
      if (kind === RecordKind.head) folder.format = knownFormat(backup, readHead(body).format);
      if (kind !== RecordKind.entries) continue;
      const entries = decodeEntries(body);
      const write = db.batch();
      for (const [key, value] of entries) write.put(key, value);
      await write.write();
      tally.count(entries);
      tally.bytes += body.length;
    }
    epoch = await beginEpoch(backup, folder, db, operator);
  } finally {
    await db.close();
  }
  for (const name of await readdir(folder.engine)) await syncFolder(join(folder.engine, name));
  await syncFolder(folder.engine);
  operator.signal.throwIfAborted();
  await stateFormat({ ...folder, format: 0 });
  await rename(folder.engine, join(data, "log"));
  await rename(folder.witness, join(data, "witness"));
  await syncFolder(data);
  await rmdir(work);
  await syncFolder(data);
  return epoch;
}

function knownFormat(backup: string, format: number): number {
  if (format <= FORMAT) return format;
  throw new KeepError(
    KeepErrorCode.newerVersion,
    `The backup ${backup} is of a newer version (format ${format}, this one knows ${FORMAT}).`,
  );
}

async function beginEpoch(
  backup: string,
  folder: DataFolder,
  db: Engine,
  operator: Operator,
): Promise<string> {
  const before = await readEntry(db, lifeKey(), decodeLife);
  if (before === null || before === "damaged")
    throw new KeepError(KeepErrorCode.damaged, `The backup ${backup} does not say of which log it is.`);
  const witness = new Witness(folder.witness);
  try {
    // Of what is asked for here nobody has to be told.
    const report = (_event: string, text: string) => {
      if (!text.includes("a new epoch was asked for")) operator.say(text);
    };
    const options = { folder, db, witness, complaints: [], newEpoch: before.epoch, report };
    return (await recover(options)).life.epoch;
  } finally {
    witness.close();
  }
}
