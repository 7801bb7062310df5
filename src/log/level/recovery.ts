/**
 * From an engine that has opened to a log that may be served: decides whether anything that was acknowledged is
 * missing, and if so begins a new epoch over what is left. It runs before anyone is served and never afterwards.
 * Invariant: the epoch changes when, and only when, acknowledged data is missing or was replaced.
 *
 *   missing at the end      the witness knows a later write than the engine
 *   missing in the middle   more than one commit record is there (see commits.ts)
 *   dropped by the engine   it said so in its LOG file
 *   replaced                the witness is of another epoch, or the operator ends the epoch that is there
 */

import { randomBytes, randomInt } from "node:crypto";
import { LogError, LogErrorCode } from "../log.ts";
import { heldJournals, keepJournals } from "./aside.ts";
import { Gone, removeGone } from "./changes.ts";
import { type DataFolder, stateFormat } from "./data-folder.ts";
import { bringBack } from "./dropped.ts";
import { type Engine, firstKey } from "./engine.ts";
import { type Commit, decodeCommit, decodeLife, encodeCommit, encodeLife, type Life } from "./entries.ts";
import {
  allBlocks,
  allBounds,
  allCommits,
  allMetas,
  commitKey,
  lifeKey,
  readBlockKey,
  readCommitKey,
  readRoomKey,
} from "./keys.ts";
import { carryOut, cutHuge, planRepair, refuseAbsurd } from "./repair.ts";
import type { Report } from "./report.ts";
import { checkEverything } from "./tables.ts";
import { takeOverRooms } from "./take-over.ts";
import type { Testimony, Witness } from "./witness.ts";

/** Whose tokens still hold: a person who was away for more new epochs than this comes back as somebody new. */
const MAX_GENERATIONS = 64;
/** Numbers are given from here at most, so that there are some 2^40 left. */
const MAX_FIRST_AUTHOR = 2 ** 53 - 2 ** 40;
/** So far apart at least, and by chance up to the second, are the numbers of two epochs. */
const LEAST_JUMP = 2 ** 32;
const MAX_JUMP = 2 ** 48 - 1;

export interface RecoveryOptions {
  folder: DataFolder;
  db: Engine;
  witness: Witness;
  /** What the engine complained of. */
  complaints: string[];
  /** The epoch that the operator ends; empty: none. */
  newEpoch: string;
  /** What a repair found, a clause each, to be put in order however much it is; not given at a start. */
  repair?: string[];
  /** Told of everything that an operator should know, a sentence each. */
  report: Report;
}

export interface Recovered {
  life: Life;
  last: Commit;
  /** The name of the folder in which the journals are kept as they were, when an epoch ended over them. */
  kept: string | null;
}

/** @throws LogError `damaged` when what is there cannot be trusted even with a new epoch. */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { db, folder, witness } = options;
  const stored = await db.get(lifeKey());
  const life = stored ? decodeLife(lifeKey(), stored) : null;
  const commits = await readCommits(db);
  if (folder.format === 0 && (life || commits.length > 0))
    throw new LogError(
      LogErrorCode.damaged,
      `The data folder ${folder.path} holds a log but not the file that states its format.`,
    );
  // Before the first change: an older program that came afterwards would not understand what it finds.
  const isOld = folder.format === 1 || !life || life.generations.length === 0;
  await stateFormat(folder);
  if (isOld) await takeOverRooms(db);
  const anyBlock = await firstKey(db, allBlocks());
  const untouched = !life && commits.length === 0 && !witness.found && !anyBlock;
  const reasons = untouched ? [] : findLosses(life, commits, options);
  if (options.newEpoch !== "" && options.newEpoch !== life?.epoch) {
    const present = life ? `it is of epoch ${life.epoch}` : "it has none";
    options.report(
      "epoch_not_ended",
      `The log in ${folder.path}: epoch ${options.newEpoch} is not ended, as ${present}.`,
    );
  }
  let recovered: Recovered;
  if (untouched) recovered = await begin(db);
  else if (reasons.length === 0) recovered = await goOn(db, life!, commits[0]!);
  else {
    for (const reason of reasons) options.report("log_recovered", `The log in ${folder.path}: ${reason}.`);
    recovered = await beginAgain(options, life, commits);
  }
  if (untouched || reasons.length > 0 || !witness.found) witness.restart(testimony(recovered));
  return recovered;
}

/** Why the epoch cannot go on. Empty: nothing that was acknowledged is missing. */
function findLosses(
  life: Life | null,
  commits: readonly Commit[],
  { witness, complaints, newEpoch, repair = [] }: RecoveryOptions,
): string[] {
  const reasons = [...repair];
  const last = commits.at(-1)?.write ?? 0;
  const seen = witness.found;
  if (!life) reasons.push("its identity is missing");
  else if (seen && seen.epoch !== life.epoch)
    reasons.push(`it is of epoch ${life.epoch}, while ${seen.epoch} was the last to be served`);
  if (life && !life.whole) reasons.push("putting it in order after a loss was interrupted");
  if (seen && seen.write > last)
    reasons.push(`${seen.write - last} acknowledged writes are missing at its end`);
  if (commits.length !== 1) reasons.push("acknowledged writes are missing in its middle");
  for (const complaint of complaints) reasons.push(`the engine could not read all of it, "${complaint}"`);
  if (life && newEpoch === life.epoch) reasons.push("a new epoch was asked for");
  return reasons;
}

async function begin(db: Engine): Promise<Recovered> {
  const epoch = newEpochName();
  const generations = [{ epoch, firstAuthor: 1 }];
  const life: Life = { epoch, secret: newSecret(), whole: true, generations, oldAuthors: 0 };
  const none = { write: 0, commits: 0, rooms: 0, records: 0, changes: 0 };
  const last: Commit = { ...none, nextAuthor: 1, nextRoom: 1 };
  await put(db, life, last, []);
  return { life, last, kept: null };
}

/** A life of format 1 goes on as its own first generation. Written only now, it is what shows a take-over complete. */
async function goOn(db: Engine, life: Life, last: Commit): Promise<Recovered> {
  if (life.generations.length === 0) {
    life.oldAuthors = last.nextAuthor;
    life.generations = [{ epoch: life.epoch, firstAuthor: last.nextAuthor }];
    await db.put(lifeKey(), encodeLife(lifeKey(), life), { sync: true });
  }
  // Written with the next commit; until then there is nothing that it could say wrong.
  const nextRoom = last.nextRoom || (await highestRoom(db)) + 1;
  return { life, last: { ...last, nextRoom }, kept: null };
}

/** The highest number that a room has, or blocks of one. */
async function highestRoom(db: Engine): Promise<number> {
  const bounds = await firstKey(db, allBounds(), true);
  const meta = await firstKey(db, allMetas(), true);
  const block = await firstKey(db, allBlocks(), true);
  const rooms = [bounds && readRoomKey(bounds), meta && readRoomKey(meta), block && readBlockKey(block).room];
  return Math.max(0, ...rooms.filter((room) => room !== undefined));
}

/**
 * The new epoch is durable before anything is changed, marked as not whole yet, so that a crash on the way is
 * followed by the same again.
 */
async function beginAgain(
  { db, folder, witness, repair, report }: RecoveryOptions,
  before: Life | null,
  commits: readonly Commit[],
): Promise<Recovered> {
  // Bits that rotted in a table look like lost writes, and keys that lie must not be built upon.
  checkEverything(folder.engine);
  await bringBack(db, heldJournals(folder.path));
  const gone = await Gone.read(db);
  await removeGone(db, gone);
  let plan = await planRepair(db, gone.rooms);
  if (repair) plan = await cutHuge(db, plan, report);
  else refuseAbsurd(folder.path, plan);
  const newest = commits.at(-1);
  const reached = Math.max(newest?.nextAuthor ?? 1, witness.found?.nextAuthor ?? 1);
  const epoch = newEpochName();
  const nextAuthor = jumpAhead(reached);
  const life: Life = {
    epoch,
    secret: before?.secret ?? newSecret(),
    whole: false,
    generations: [...(before?.generations ?? []), { epoch, firstAuthor: nextAuthor }].slice(-MAX_GENERATIONS),
    oldAuthors: before?.generations.length === 0 ? reached : (before?.oldAuthors ?? 0),
  };
  await db.put(lifeKey(), encodeLife(lifeKey(), life), { sync: true });
  const rooms = await carryOut(db, plan, report);
  const last: Commit = {
    write: Math.max(newest?.write ?? 0, witness.found?.write ?? 0) + 1,
    commits: newest?.commits ?? 0,
    records: newest?.records ?? 0,
    rooms,
    nextAuthor,
    nextRoom: Math.max(newest?.nextRoom ?? 1, (await highestRoom(db)) + 1),
    changes: Math.max(newest?.changes ?? 0, gone.last),
  };
  // While the start that follows a crash would still begin again: afterwards it would let them go. A repair keeps all.
  const kept = repair ? null : await keepJournals(folder, before?.epoch ?? null);
  life.whole = true;
  await put(db, life, last, commits);
  report(
    "log_recovered",
    `The log goes on as epoch ${life.epoch}; everyone who returns is told that some of it is lost.`,
  );
  return { life, last, kept };
}

async function put(db: Engine, life: Life, last: Commit, replaced: readonly Commit[]): Promise<void> {
  const batch = db.batch().put(lifeKey(), encodeLife(lifeKey(), life));
  for (const { write } of replaced) batch.del(commitKey(write));
  await batch.put(commitKey(last.write), encodeCommit(commitKey(last.write), last)).write({ sync: true });
}

async function readCommits(db: Engine): Promise<Commit[]> {
  const entries = await db.iterator(allCommits()).all();
  return entries.map(([key, value]) => decodeCommit(key, value, readCommitKey(key)));
}

function testimony({ life, last }: Recovered): Testimony {
  return { epoch: life.epoch, write: last.write, nextAuthor: last.nextAuthor };
}

/**
 * The first number of a new epoch. Which numbers were given after what is here was copied, or in writes that are lost,
 * nobody knows: so it is one that nobody has by all chance, and above those before as long as there are enough.
 */
export function jumpAhead(reached: number): number {
  const jump = LEAST_JUMP + randomInt(MAX_JUMP - LEAST_JUMP);
  return reached + jump <= MAX_FIRST_AUTHOR ? reached + jump : jump;
}

const newEpochName = (): string => randomBytes(8).toString("hex");
const newSecret = (): Uint8Array => new Uint8Array(randomBytes(32));
