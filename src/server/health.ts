/** Whether the server does what it is there for, for whoever restarts it or sends it people. */
import { type Answer, problem } from "./respond.ts";

/** A disk that is slow answers sooner; one that does not answer for so long may never. */
const HANGS_AFTER_MS = 10_000;

export interface Vitals {
  /** For how long the commit under way has been; 0: none is. */
  committingForMs: number;
  isStopping: boolean;
}

const WELL: Answer = { status: 200, headers: [["Content-Type", "text/plain"]], body: "ok\n" };

/** A server whose commits fail ends by itself; one whose commits hang would only be silent. */
export function health({ committingForMs }: Vitals): Answer {
  if (committingForMs < HANGS_AFTER_MS) return WELL;
  const seconds = Math.round(committingForMs / 1000);
  return problem(503, "commits_hang", `The disk has not answered for ${seconds} s: nothing can be said.`);
}

/** Whether people should be sent here. */
export function readiness(vitals: Vitals): Answer {
  return vitals.isStopping ? problem(503, "stopping", "The server is stopping.") : health(vitals);
}
