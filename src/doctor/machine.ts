/** What the program stands on: Node and its libraries, the limit of open files, the clock. Changes nothing. */
import { statSync } from "node:fs";
import { engineFiles } from "../log/open-files.ts";
import { socketsWithin } from "../server/sockets.ts";
import { type Finding, Grade } from "./finding.ts";

export interface Machine {
  /** As in `process.version`. */
  node: string;
  /** Of the C library; empty where it is another than glibc. */
  glibc: string;
  /** Loads the transport. @throws what keeps it from loading */
  transport(): Promise<unknown>;
  /** Null: none that is known. */
  fileLimit: number | null;
}

/** The oldest Node whose binary the transport has. */
const LEAST_NODE = 20;

export async function lookAtNode({ node, glibc, transport }: Machine): Promise<Finding> {
  const about = "node";
  const what = `Node ${node.replace(/^v/, "")}${glibc ? ` with glibc ${glibc}` : ""}`;
  if (Number.parseInt(node.replace(/^v/, ""), 10) < LEAST_NODE)
    return { grade: Grade.bad, about, says: `${what} is too old: Madang needs Node ${LEAST_NODE} or later.` };
  try {
    await transport();
    return { grade: Grade.good, about, says: `${what} runs the transport.` };
  } catch (error) {
    const why = (error as Error).message.split("\n")[0];
    const says =
      `${what} does not load the transport uWebSockets.js: ${why} Node 20 runs on glibc 2.27 and later, newer ` +
      "versions of Node need glibc 2.38; Alpine has no glibc at all.";
    return { grade: Grade.bad, about, says };
  }
}

export function lookAtFiles({ fileLimit }: Machine, maxConnections: number): Finding {
  const about = "files";
  if (fileLimit === null) return { grade: Grade.good, about, says: "Nothing limits the files it may open." };
  const sockets = socketsWithin(fileLimit, engineFiles(fileLimit));
  const what = `${fileLimit.toLocaleString("en")} files may be open`;
  if (sockets >= maxConnections)
    return {
      grade: Grade.good,
      about,
      says: `${what}, enough for ${maxConnections.toLocaleString("en")} connections.`,
    };
  const says =
    `${what}, which leaves ${sockets.toLocaleString("en")} connections of the ${maxConnections.toLocaleString("en")} ` +
    "that --max-connections allows. Raise it: ulimit -n 65536, LimitNOFILE= in a unit, ulimits: in compose.yaml.";
  return { grade: Grade.unsure, about, says };
}

/**
 * `program`: a file of this build, which cannot be younger than now. `elsewhere`: what another clock says, ms; null:
 * none was asked.
 */
export function lookAtClock(now: number, program: string, elsewhere: number | null): Finding {
  const about = "clock";
  const shown = new Date(now).toISOString().slice(0, 19).replace("T", " ");
  if (now < statSync(program).mtimeMs - DAY_MS)
    return {
      grade: Grade.bad,
      about,
      says: `It says ${shown} UTC, before this program was built. Set it, best by NTP.`,
    };
  const off = elsewhere === null ? 0 : Math.round((now - elsewhere) / 1000);
  if (Math.abs(off) <= MOST_OFF_SECONDS)
    return {
      grade: Grade.good,
      about,
      says: `It says ${shown} UTC${elsewhere === null ? "" : ", as the public address does"}.`,
    };
  const says = `It says ${shown} UTC, ${Math.abs(off)} s ${off > 0 ? "after" : "before"} what the public address says. Set one of the two, best by NTP: messages carry its time.`;
  return { grade: Grade.unsure, about, says };
}

const DAY_MS = 86_400_000;
const MOST_OFF_SECONDS = 5;
