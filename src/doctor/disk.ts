/**
 * Where the data will be: whether this user may write there, how much place is left, what kind of disk it is, and how
 * long a sync takes, which every message waits for. Writes one small file, which it removes. Never opens the log.
 */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, open, rm, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, type Finding, Grade, reasonOf } from "./finding.ts";

/** Of each: how a file system is known (statfs(2)), what it is called, and why it is not good for a log. */
const REMOTE: Record<number, string> = {
  26985: "NFS",
  4283649346: "CIFS",
  4266872130: "SMB2",
  16914839: "9p",
};
const IN_MEMORY = 0x01021994;
const SYNCS = 64;
const SYNC_FOR_MS = 2_000;
const SYNC_BYTES = 4_096;
/** The median sync of a disk that nobody notices, and of one that everybody does, milliseconds. */
const FAST_MS = 5;
const SLOW_MS = 30;
const LOW_BYTES = 1024 ** 3;

/** The folder itself, or the nearest one above it that is there. */
async function nearest(folder: string): Promise<string> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    const found = await stat(path).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return null;
      throw error;
    });
    if (found?.isDirectory()) return path;
    if (found) throw new Error(`${path} is no folder`);
  }
}

/** Milliseconds of a write of 4 KiB with its sync: the median and the slowest of some. */
export async function timeSyncs(folder: string): Promise<{ medianMs: number; slowestMs: number }> {
  const path = join(folder, `.madang-doctor-${randomUUID()}`);
  const file = await open(path, "wx", 0o600);
  try {
    const bytes = new Uint8Array(SYNC_BYTES);
    const took: number[] = [];
    const end = performance.now() + SYNC_FOR_MS;
    while (took.length < SYNCS && (took.length === 0 || performance.now() < end)) {
      const begin = performance.now();
      await file.write(bytes, 0, bytes.length, took.length * SYNC_BYTES);
      await file.datasync();
      took.push(performance.now() - begin);
    }
    took.sort((a, b) => a - b);
    return { medianMs: took[took.length >> 1]!, slowestMs: took.at(-1)! };
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

export async function lookAtFolder(data: string, reserveBytes: number): Promise<Finding[]> {
  const about = "data";
  const folder = resolve(data);
  let there: string;
  let sync: Finding;
  try {
    there = await nearest(folder);
    await access(there, constants.W_OK | constants.X_OK);
    sync = await lookAtSync(there);
  } catch (error) {
    const says = `${folder} cannot be used: ${reasonOf(error)}. Name another with --data, or give it to this user.`;
    return [{ grade: Grade.bad, about, says }];
  }
  const found: Finding[] = [];
  const { type, bavail, bsize } = await statfs(there);
  const free = bavail * bsize;
  const place = there === folder ? `${folder} can be written to` : `${folder} will be made`;
  const left = `${(free / 1024 ** 3).toFixed(1)} GiB are free`;
  if (free <= reserveBytes)
    found.push({
      grade: Grade.bad,
      about,
      says: `${place}, but only ${left}, and --reserve-bytes keeps as much: nobody could write.`,
    });
  else if (free < LOW_BYTES) found.push({ grade: Grade.unsure, about, says: `${place}, but only ${left}.` });
  else found.push({ grade: Grade.good, about, says: `${place}, and ${left}.` });
  if (type === IN_MEMORY)
    found.push({
      grade: Grade.unsure,
      about,
      says: "It lies in memory (tmpfs): all is gone when this machine restarts.",
    });
  else if (REMOTE[type])
    found.push({
      grade: Grade.unsure,
      about,
      says: `It lies on another machine (${REMOTE[type]}), where a sync may promise what is not so. Use a disk of this one.`,
    });
  return [...found, sync];
}

async function lookAtSync(folder: string): Promise<Finding> {
  const about = "disk";
  const { medianMs, slowestMs } = await timeSyncs(folder);
  const what = `A synced write takes ${medianMs.toFixed(medianMs < 1 ? 2 : 1)} ms (the slowest ${slowestMs.toFixed(1)} ms)`;
  if (medianMs <= FAST_MS) return { grade: Grade.good, about, says: `${what}: every message waits for one.` };
  const says = `${what}, and every message waits for one: ${medianMs <= SLOW_MS ? "people will hardly notice, " : "people will notice; "}an SSD takes less than one.`;
  return { grade: Grade.unsure, about, says };
}
