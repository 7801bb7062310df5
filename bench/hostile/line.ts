/** One attack's figures, and what of them is not as it must be. Invariant: a line without a reason is green. */
import type { Account } from "./judge.ts";
import type { Tally } from "./tally.ts";

export interface Line {
  attack: string;
  what: string;
  seconds: number;
  /** What the good ones noticed. */
  account: Account;
  quietP99Ms: number;
  p99Ms: number;
  /** Resident memory before, at most, and when it was back or the wait was over, MB. */
  memory: { before: number; peak: number; after: number };
  /** Memory of all sockets of the machine at most, MB: it is the kernel's, and not judged. */
  socketsMb: number;
  /** Share of one core. */
  cpu: number;
  tally: Tally;
  /** The most messages that may be stored for the attacker; null where that is not the point. */
  mostStored: number | null;
  /** How the server ended, empty when it did not. */
  ended: string;
}

/** Memory that may stay. */
export const MAY_KEEP_MB = 20;
const TIMES = 2;
const MORE_MS = 10;

/** Why a line is red, a few words each. */
export function reasons(line: Line, judgesTime: boolean): string[] {
  const { account, memory, tally } = line;
  const found: string[] = [];
  if (line.ended) found.push(`the process ended: ${line.ended}`);
  const zero = (count: number, what: string) => {
    if (count > 0) found.push(`${count} ${what}`);
  };
  zero(account.lost, "lost");
  zero(account.doubled, "doubled");
  zero(account.reordered, "reordered");
  zero(account.disconnected, "good ones disconnected");
  zero(account.refused, "messages of good ones refused");
  if (account.newcomersRefused > 0)
    found.push(
      `${account.newcomersRefused} of ${account.newcomers} newcomers refused (${account.troubles.join("; ")})`,
    );
  if (account.newcomers === 0 || account.sent === 0) found.push("nothing was judged");
  const most = line.quietP99Ms * TIMES + MORE_MS;
  if (judgesTime && line.p99Ms > most)
    found.push(
      `p99 above ${most.toFixed(0)} ms (the judge itself ran up to ${account.ownDelayMs.toFixed(0)} ms late)`,
    );
  if (memory.after > memory.before + MAY_KEEP_MB)
    found.push(`${(memory.after - memory.before).toFixed(0)} MB kept`);
  if (line.mostStored !== null && tally.stored > line.mostStored)
    found.push(`${tally.stored} stored for the attacker, more than ${line.mostStored}`);
  zero(tally.checks.filter(({ ok }) => !ok).length, "answers not as they should be");
  return found;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}
