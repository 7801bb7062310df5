/**
 * A look at the log of a stopped server that changes nothing of it: the engine opens second names of its files, in a
 * folder of their own, so that what it makes of its journal, and what it drops of it, is made and dropped there.
 * Invariant: no file that the server reads is written, moved or removed.
 *
 *   <folder>/look-<six letters>/    while somebody looks; what a kill left behind goes after a day
 */
import { existsSync } from "node:fs";
import { copyFile, link, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { LogError, LogErrorCode } from "../log.ts";
import { type DataFolder, explain, prepareFolder } from "./data-folder.ts";
import { type Engine, isCorruption, openEngine, refuseIfInUse } from "./engine.ts";
import type { KeyRange } from "./keys.ts";
import type { Entry } from "./moment.ts";
import { checkBeforeOpening } from "./tables.ts";
import { type Testimony, Witness } from "./witness.ts";

const PREFIX = "look-";
const LEFT_MS = 24 * 3_600_000;
const ENTRIES_AT_ONCE = 512;

export interface Look {
  db: Engine;
  folder: DataFolder;
  /** What the engine complained of while it read its journal. */
  complaints: string[];
  /** What the server vouched for last. */
  witness: Testimony | null;
  close(): Promise<void>;
}

/** @throws LogError when there is no log, when a process uses it, or when the engine could not survive to read it */
export async function lookAt(path: string): Promise<Look> {
  if (!existsSync(join(path, "log", "CURRENT")) && !existsSync(join(path, "witness")))
    throw new LogError(LogErrorCode.storage, `There is no data folder at ${path}.`);
  const folder = await prepareFolder(path);
  let work: string | null = null;
  try {
    await removeOldLooks(path);
    await refuseIfInUse(folder.engine);
    checkBeforeOpening(folder.engine, Number.POSITIVE_INFINITY);
    work = await mkdtemp(join(path, PREFIX));
    await nameTwice(folder.engine, work);
    const { db, complaints } = await openEngine(work);
    const place = work;
    const close = async () => {
      await db.close();
      await rm(place, { recursive: true, force: true });
    };
    return { db, folder, complaints, witness: await readWitness(folder, place), close };
  } catch (error) {
    if (work !== null) await rm(work, { recursive: true, force: true });
    throw explain(path, error);
  }
}

/** What a look that was killed left behind keeps old bytes alive. */
export async function removeOldLooks(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!name.startsWith(PREFIX)) continue;
    const { mtimeMs } = await stat(join(path, name));
    if (Date.now() - mtimeMs > LEFT_MS) await rm(join(path, name), { recursive: true, force: true });
  }
}

/** Tables never change; whatever the engine may write to is copied. */
async function nameTwice(engine: string, work: string): Promise<void> {
  for (const name of await readdir(engine)) {
    if (/^(LOCK|LOG|LOG\.old)$/.test(name)) continue;
    const [from, to] = [join(engine, name), join(work, name)];
    const isTable = /\.(ldb|sst)$/.test(name);
    // Not every file system has second names.
    if (isTable && (await link(from, to).then(isDone, isRefused))) continue;
    await copyFile(from, to);
  }
}

const isDone = (): boolean => true;
const isRefused = (): boolean => false;

async function readWitness(folder: DataFolder, work: string): Promise<Testimony | null> {
  if (!existsSync(folder.witness)) return null;
  const copy = join(work, "witness");
  await copyFile(folder.witness, copy);
  const witness = new Witness(copy);
  witness.close();
  return witness.found;
}

/** Entries of a range that the engine can read; `onUnreadable` is told once when there are others. */
export async function* readableEntries(
  db: Engine,
  range: KeyRange,
  onUnreadable: (what: string) => void,
): AsyncGenerator<Entry> {
  let { gte } = range;
  for (let atOnce = ENTRIES_AT_ONCE; ; atOnce = 1) {
    const entries = db.iterator({ gte, lt: range.lt });
    try {
      for (;;) {
        const some = await entries.nextv(atOnce);
        if (some.length === 0) return;
        yield* some;
        gte = Buffer.concat([some.at(-1)![0], Buffer.of(0)]);
      }
    } catch (error) {
      if (!isCorruption(error)) throw error;
      // At the end of a range in which it stepped over something the engine withholds what it has; not one by one.
      if (atOnce === 1) {
        onUnreadable(error instanceof Error ? error.message : String(error));
        return;
      }
    } finally {
      await entries.close();
    }
  }
}
