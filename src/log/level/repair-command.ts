/**
 * `madang repair`: gathers all that can be read of a data folder into a new one beside it, puts that in order under a
 * new epoch, says what it found, and only then, when it is told to, changes places. What was there is put aside whole.
 * Invariant: until then nothing of the folder changes, and afterwards nothing of it is gone.
 *
 *   <folder>/repair-work/{log,witness}     the new log while it is made; "ready" once it may take its place
 *   <folder>/export-work/log               what an export gathers, while it does
 *   <folder>/aside-<epoch>-<time>/…        what was there
 */
import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LogError, LogErrorCode } from "../log.ts";
import { asideFolders, freeName, heldJournals } from "./aside.ts";
import { Gone } from "./changes.ts";
import { type DataFolder, explain, FORMAT, prepareFolder, stateFormat } from "./data-folder.ts";
import { type Engine, openEngine, refuseIfInUse } from "./engine.ts";
import { decodeLife, type Life } from "./entries.ts";
import { exportRecords } from "./export.ts";
import { lifeKey } from "./keys.ts";
import { manifestTrouble } from "./manifest.ts";
import { readEntry } from "./read-entry.ts";
import { recover } from "./recovery.ts";
import { disorderOf, planRepair } from "./repair.ts";
import { Salvage } from "./salvage.ts";
import { checkEverything } from "./tables.ts";
import { Witness } from "./witness.ts";

const WORK = "repair-work";
const EXPORT_WORK = "export-work";

export interface RepairCommand {
  data: string;
  /** Do it without asking. */
  yes: boolean;
  /** A file for all readable messages, instead of a repair; empty for none. */
  exportTo: string;
}

export interface Operator {
  say(sentence: string): void;
  /** Asks on a terminal; null where there is none. */
  ask: ((question: string) => Promise<boolean>) | null;
}

/** @throws LogError with a sentence for the operator */
export async function runRepair(command: RepairCommand, operator: Operator): Promise<void> {
  const { data: path } = command;
  try {
    const folder = await lookAt(path);
    if (command.exportTo !== "") return await exportAll(folder, command.exportTo, operator);
    await repair(folder, command, operator);
  } catch (error) {
    throw explain(path, error);
  }
}

/** The folder as it is, whatever state it is in. @throws LogError when it is none, in use, or of a newer version */
async function lookAt(path: string): Promise<DataFolder> {
  const engine = join(path, "log");
  const isOne = existsSync(path) && (existsSync(engine) || existsSync(join(path, WORK, "ready")));
  if (!isOne) throw new LogError(LogErrorCode.storage, `There is no data folder at ${path}.`);
  try {
    await prepareFolder(path);
  } catch (error) {
    // What is damaged is what this is for.
    if (!(error instanceof LogError) || error.code !== LogErrorCode.damaged) throw error;
  }
  await refuseIfInUse(engine);
  // Whatever its format, what is put in its place is of the present one.
  return { path, engine, witness: join(path, "witness"), format: 0 };
}

async function repair(folder: DataFolder, { yes }: RepairCommand, { say, ask }: Operator): Promise<void> {
  const work = join(folder.path, WORK);
  if (existsSync(join(work, "ready"))) {
    if (!holdsLog(folder.engine)) {
      if (!existsSync(join(work, "log", "CURRENT"))) throw nothingWhole(folder);
      await takePlace(folder);
      say("The repair that was interrupted is finished.");
      return;
    }
    await removeWork(folder);
    say("What an earlier repair had made is dropped, as the log that it was made of is still there.");
  }
  try {
    say(`What was found in ${folder.path}, and how it would be put in order:`);
    const { ended, found } = await makeNew(folder, say);
    if (found === 0) {
      say(`Nothing of ${folder.path} is damaged or missing; nothing was changed.`);
      return;
    }
    const agreed = yes || (ask !== null && (await ask("Put the folder in order as said? [y/N] ")));
    if (!agreed) {
      say('Nothing was changed; "--yes" puts the folder in order as said.');
      return;
    }
    const aside = await swap(folder, ended);
    say(`The folder is in order; what was there is kept in ${join(folder.path, aside)}.`);
  } finally {
    // Unless it is needed to go on after a failure in the middle of the swap.
    if (!existsSync(join(work, "ready"))) await rm(work, { recursive: true, force: true });
  }
}

/** Makes the new log. @returns the epoch that ends with it, and how many things were found to be said */
async function makeNew(
  folder: DataFolder,
  say: (text: string) => void,
): Promise<{ ended: string | null; found: number }> {
  const place = await emptyWork(folder, WORK);
  let found = 0;
  const report = (_event: string, sentence: string) => {
    found++;
    say(sentence);
  };
  const { db } = await openEngine(place.engine);
  let witness: Witness | null = null;
  try {
    const salvage = await gather(db, folder);
    for (const trouble of [...(await troublesOf(folder)), ...salvage.damages]) report("log_damaged", trouble);
    const reasons = disorderOf(await planRepair(db, (await Gone.read(db)).rooms));
    if (found > 0) reasons.push("its files are damaged or incomplete");
    const life = await lifeOf(db);
    if (existsSync(folder.witness)) await copyFile(folder.witness, place.witness);
    witness = new Witness(place.witness);
    await recover({ folder: place, db, witness, complaints: [], newEpoch: "", repair: reasons, report });
    return { ended: life?.epoch ?? null, found };
  } finally {
    witness?.close();
    await db.close();
  }
}

/** A place for a new log; its sentences name the folder that it is made of. */
async function emptyWork({ path }: DataFolder, name: string): Promise<DataFolder> {
  const work = join(path, name);
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, "log"), { recursive: true, mode: 0o700 });
  return { path, engine: join(work, "log"), witness: join(work, "witness"), format: FORMAT };
}

/** What is wrong with the files as such, a sentence each. */
async function troublesOf({ path, engine }: DataFolder): Promise<string[]> {
  const troubles: string[] = [];
  const manifest = manifestTrouble(engine);
  if (manifest) troubles.push(`The log cannot be opened: ${manifest}.`);
  try {
    // Whatever would keep a start from serving counts, were it a part that holds no messages.
    checkEverything(engine);
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== LogErrorCode.damaged) throw error;
    troubles.push(error.message);
  }
  if (!existsSync(join(path, "format")))
    troubles.push("The file that states the format of the folder is missing.");
  const pending = heldJournals(path);
  for (const name of existsSync(pending) ? await readdir(pending) : [])
    if (!existsSync(join(engine, name)))
      troubles.push(`A start did not get to the end of the journal ${name}.`);
  return troubles;
}

/** All that is readable of a folder, with the journals that a start put aside and did not get to settle. */
async function gather(db: Engine, { path, engine }: DataFolder): Promise<Salvage> {
  const salvage = new Salvage(db);
  const pending = heldJournals(path);
  const folders = [...(existsSync(pending) ? [pending] : []), engine];
  for (const folder of folders) salvage.learn(folder);
  for (const folder of folders) await salvage.take(folder);
  return salvage;
}

async function lifeOf(db: Engine): Promise<Life | null> {
  const life = await readEntry(db, lifeKey(), decodeLife);
  return life === "damaged" ? null : life;
}

/** Puts aside what is there and puts the new log in its place. @returns the name of the folder of what was there */
async function swap(folder: DataFolder, ended: string | null): Promise<string> {
  const { path, engine } = folder;
  await refuseIfInUse(engine);
  const name = await freeName(path, ended);
  const aside = join(path, name);
  await mkdir(aside, { mode: 0o700 });
  for (const file of ["format", "witness"])
    if (existsSync(join(path, file))) await copyFile(join(path, file), join(aside, file));
  await syncFiles(join(path, WORK));
  await writeFile(join(path, WORK, "ready"), "");
  await syncFolders(join(path, WORK), path);
  await rename(engine, join(aside, "log"));
  const held = heldJournals(path);
  if (existsSync(held)) {
    for (const file of await readdir(held))
      if (!existsSync(join(aside, "log", file))) await rename(join(held, file), join(aside, "log", file));
    await rm(dirname(held), { recursive: true });
  }
  await syncFolders(aside, path);
  await takePlace(folder);
  return name;
}

/** The second half of a swap: what was there is put aside already. */
async function takePlace(folder: DataFolder): Promise<void> {
  const work = join(folder.path, WORK);
  await stateFormat(folder);
  // An empty folder may stand there since a start that was refused meanwhile; if it is not empty, this fails.
  if (existsSync(folder.engine)) await rmdir(folder.engine);
  await rename(join(work, "log"), folder.engine);
  await rename(join(work, "witness"), folder.witness);
  await syncFolders(folder.path);
  await removeWork(folder);
}

/** "ready" goes first, and for good, so that it never speaks of what is half removed. */
async function removeWork({ path }: DataFolder): Promise<void> {
  const work = join(path, WORK);
  await unlink(join(work, "ready"));
  await syncFolders(work);
  await rm(work, { recursive: true, force: true });
}

/** Whether anything of a log is there, be it damaged. */
function holdsLog(engine: string): boolean {
  if (!existsSync(engine)) return false;
  return readdirSync(engine).some((name) => /\.(ldb|sst|log)$|^MANIFEST-|^CURRENT$/.test(name));
}

function nothingWhole({ path }: DataFolder): LogError {
  return new LogError(
    LogErrorCode.damaged,
    `A repair of ${path} was interrupted, and what it had made is gone; nothing was changed. ` +
      'What was there is kept in a folder "aside-…": move its "log" back and repair again.',
  );
}

/** Everything that the engine wrote without a sync. */
async function syncFiles(work: string): Promise<void> {
  for (const name of await readdir(join(work, "log"))) await sync(join(work, "log", name));
  await sync(join(work, "log"));
}

async function syncFolders(...paths: string[]): Promise<void> {
  for (const path of paths) await sync(path);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Everything readable of the log, of a new one whose repair was interrupted, then of each folder that was put aside. */
async function exportAll(folder: DataFolder, file: string, { say }: Operator): Promise<void> {
  if (existsSync(file)) throw new LogError(LogErrorCode.storage, `The file ${file} is there already.`);
  const out = await open(file, "wx", 0o600);
  try {
    let records = 0;
    const names = new Map<number, string>();
    const sources = [
      { from: "log", at: folder },
      ...(existsSync(join(folder.path, WORK, "ready")) ? [WORK] : [])
        .concat((await asideFolders(folder.path)).filter((name) => name !== "aside-new"))
        .map((name) => ({ from: name, at: folderWithin(folder, name) })),
    ];
    for (const { from, at } of sources) {
      if (!existsSync(at.engine)) continue;
      const place = await emptyWork(folder, EXPORT_WORK);
      const { db } = await openEngine(place.engine);
      try {
        const salvage = await gather(db, at);
        for (const damage of salvage.damages) say(damage);
        records += await exportRecords(db, from, names, out);
      } finally {
        await db.close();
      }
    }
    await out.sync();
    say(`${records} messages were written to ${file}.`);
  } finally {
    await out.close();
    await rm(join(folder.path, EXPORT_WORK), { recursive: true, force: true });
  }
}

function folderWithin(folder: DataFolder, name: string): DataFolder {
  const path = join(folder.path, name);
  return { path, engine: join(path, "log"), witness: join(path, "witness"), format: 0 };
}
