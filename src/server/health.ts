/** Whether the server does what it is there for, for whoever restarts it or sends it people. */
import type { Disk } from "./disk-watch.ts";
import { type Answer, json, problem } from "./respond.ts";

/** A disk that is slow answers sooner; one that does not answer for so long may never. */
const HANGS_AFTER_MS = 10_000;

export interface Vitals {
  /** For how long the commit under way has been; 0: none is. */
  committingForMs: number;
  isStopping: boolean;
  disk: Disk;
}

const WELL: Answer = { status: 200, headers: [["Content-Type", "text/plain"]], body: "ok\n" };

/**
 * A server whose commits fail ends by itself; one whose commits hang would only be silent. One whose disk is full is
 * well: started again, it would have no more place. `inFull`: as JSON, with what is to be known.
 */
export function health({ committingForMs, disk }: Vitals, inFull = false): Answer {
  if (committingForMs >= HANGS_AFTER_MS) {
    const seconds = Math.round(committingForMs / 1000);
    return problem(503, "commits_hang", `The disk has not answered for ${seconds} s: nothing can be said.`);
  }
  return inFull ? json(200, { status: "ok", committingForMs: Math.round(committingForMs), disk }) : WELL;
}

/** Whether people should be sent here. */
export function readiness(vitals: Vitals, inFull = false): Answer {
  return vitals.isStopping ? problem(503, "stopping", "The server is stopping.") : health(vitals, inFull);
}
