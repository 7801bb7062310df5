/**
 * What is wrong with a log before its rooms are looked at: whether it is one, and whether acknowledged writes are
 * missing. The sentences are for the operator. It changes nothing.
 */
import { type Commit, decodeCommit, decodeLife, type Life } from "../log/level/entries.ts";
import { allCommits, lifeKey, readCommitKey } from "../log/level/keys.ts";
import { tryEntry } from "../log/level/read-entry.ts";
import type { Testimony } from "../log/level/witness.ts";
import type { Entries } from "./entries.ts";

export interface Beginning {
  life: Life | null;
  commit: Commit | null;
  troubles: string[];
}

/** `witness`, `complaints`: of a folder; a backup has none. */
export async function readBeginning(
  entries: Entries,
  witness: Testimony | null = null,
  complaints: readonly string[] = [],
): Promise<Beginning> {
  const troubles = complaints.map((said) => `The engine could not read all of its journal: ${said}.`);
  const stored = await entries.get(lifeKey());
  const life = stored ? tryEntry(lifeKey(), stored, decodeLife) : null;
  if (!life) troubles.push(`The identity of the log is ${stored ? "damaged" : "missing"}.`);
  else if (!life.whole) troubles.push("A start that put the log in order after a loss was interrupted.");
  const commits: (Commit | null)[] = [];
  const unreadable = (what: string) => void troubles.push(`A part of the log cannot be read: ${what}.`);
  for await (const [key, value] of entries.range(allCommits(), unreadable))
    commits.push(tryEntry(key, value, (k, v) => decodeCommit(k, v, readCommitKey(k))));
  const commit = commits.at(-1) ?? null;
  if (commits.some((one) => one === null)) troubles.push("The record of the last write is damaged.");
  else if (commits.length !== 1) troubles.push("Acknowledged writes are missing in the middle of the log.");
  if (witness && life && witness.epoch !== life.epoch)
    troubles.push(`The log is of epoch ${life.epoch}, while ${witness.epoch} was the last to be served.`);
  else if (witness && commit && witness.write > commit.write)
    troubles.push(`${witness.write - commit.write} acknowledged writes are missing at the end of the log.`);
  return { life, commit, troubles };
}
