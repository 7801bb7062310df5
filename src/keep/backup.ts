/**
 * `madang backup`: all that a log holds as of one moment, into one file. A running server makes it, as it alone has its
 * log open; of a stopped one the log is read as it lies there. Invariant: the file is there when every byte of it was
 * checked and synced, and the log is not changed.
 */
import { existsSync } from "node:fs";
import { explain, FORMAT } from "../log/level/data-folder.ts";
import { type Entry, momentOf } from "../log/level/moment.ts";
import { decodeEntries, type Head, RecordKind, readBackup, writeBackup } from "./backup-format.ts";
import { readBeginning } from "./beginning.ts";
import { askForBackup } from "./control.ts";
import { FolderEntries } from "./folder.ts";
import { KeepError, KeepErrorCode } from "./keep-error.ts";
import { writeNewFile } from "./new-file.ts";
import { type Operator, Tally } from "./operator.ts";

export interface BackupCommand {
  data: string;
  target: string;
  /** The version of this program. */
  program: string;
}

/** The bytes of a backup of a log that this process has open. */
export function backupOf(program: string, pieces: AsyncIterable<Entry[]>): AsyncIterable<Uint8Array> {
  return writeBackup(headOf(program), pieces);
}

const headOf = (program: string): Head => ({ format: FORMAT, program, time: new Date().toISOString() });

/** @throws KeepError, LogError */
export async function backup({ data, target, program }: BackupCommand, operator: Operator): Promise<void> {
  const { signal } = operator;
  if (existsSync(target))
    throw new KeepError(KeepErrorCode.exists, `${target} is there already, and is left as it is.`);
  const tally = new Tally(operator);
  const running = await askForBackup(data, signal);
  try {
    if (running) await write(target, running, tally);
    else await writeOfStopped(data, target, program, tally);
  } catch (error) {
    signal.throwIfAborted();
    if (!(running && error instanceof KeepError && error.code === KeepErrorCode.torn)) throw error;
    throw new KeepError(
      KeepErrorCode.refused,
      `The server of ${data} went away before the backup was whole; nothing of it was kept.`,
    );
  }
  operator.say(`${target} holds all that ${running ? "the running server of " : ""}${data} has: ${tally}.`);
}

async function writeOfStopped(data: string, target: string, program: string, tally: Tally): Promise<void> {
  const folder = await FolderEntries.open(data);
  try {
    const { db } = folder.look;
    const { troubles } = await readBeginning(folder, folder.look.witness, folder.look.complaints);
    if (troubles.length > 0)
      throw new KeepError(
        KeepErrorCode.damaged,
        `No backup was made of ${data}, which is damaged: ${troubles[0]} "madang verify" says more.`,
      );
    await write(target, backupOf(program, readable(data, momentOf(db))), tally);
  } finally {
    await folder.close();
  }
}

/** @throws LogError where the engine cannot read on */
async function* readable(data: string, pieces: AsyncIterable<Entry[]>): AsyncGenerator<Entry[]> {
  try {
    yield* pieces;
  } catch (error) {
    throw explain(data, error);
  }
}

/** Writes what comes as it comes, and looks at all of it on the way. */
async function write(target: string, pieces: AsyncIterable<Uint8Array>, tally: Tally): Promise<void> {
  await writeNewFile(target, async (file) => {
    async function* written(): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        tally.step("backup");
        // A write may take less than all of it.
        for (let at = 0; at < piece.length; )
          at += (await file.write(piece, at, piece.length - at)).bytesWritten;
        tally.bytes += piece.length;
        yield piece;
      }
    }
    for await (const { kind, body } of readBackup(target, written()))
      if (kind === RecordKind.entries) tally.count(decodeEntries(body));
  });
}
