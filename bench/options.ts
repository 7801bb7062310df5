/**
 * The flags of the bench. Invariant: a flag that cannot be is refused here, with one sentence.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RIVAL_IDS } from "./contenders.ts";

export interface Options {
  scenarios: string[];
  rivals: (typeof RIVAL_IDS)[number][];
  /** Length of one full trial. */
  seconds: number;
  quick: boolean;
  jsonPath: string;
  htmlPath: string;
  svgPath: string | null;
  markdown: boolean;
  /** The checkout of another build that is measured too, or null. */
  beside: string | null;
  /** What Node gets before Madang's and the generator's script. */
  nodeFlags: string[];
  /** Where data folders of servers are made. */
  dataRoot: string;
}

export class OptionError extends Error {
  override name = "OptionError";
}

export function helpText(scenarios: readonly { name: string; what: string }[]): string {
  const rows = scenarios.map(({ name, what }) => `  ${name.padEnd(18)}${what}`);
  return `npm run bench -- [scenario …] [flags]

Measures Madang beside others doing the same work on the same machine, one after the other.
\`npm run bench -- client\` measures the page on a slow phone; it has a --help of its own.

Scenarios (all when none is named)
${rows.join("\n")}

Flags
  --quick           in a minute: shorter, coarser, without the room of 10,000, beside uWebSockets.js alone
  --beside FOLDER   measure the Madang that was built in that checkout too: what a change costs, in one run
  --seconds N       length of one full trial [1; 0.7 with many rivals, 0.3 with --quick]
  --rivals LIST     of ${RIVAL_IDS.join(", ")}; or none [all that are there]
  --json FILE       every raw figure [in the folder for temporary files]
  --html FILE       the page with charts [beside the JSON file]
  --svg FILE        only the chart of throughput
  --markdown        print the tables in Markdown too
  --data FOLDER     where the servers keep their data meanwhile [the folder for temporary files]
  --profile FOLDER  write a CPU profile of each Madang and each generator; figures suffer from it
  --help            this text

Exit codes: 0 when everything that was sent arrived, 1 when something is missing or a server failed, 2 for a wrong flag.
A target that is missed is printed and does not change the exit code.
`;
}

/** Which flags take a value and which do not. */
export interface FlagKinds {
  valued: readonly string[];
  plain: readonly string[];
}

/**
 * Reads flags and names of scenarios. @returns null when help is asked for; `scenarios` are those named, which may be
 * none. @throws OptionError
 */
export function readFlags(args: readonly string[], known: readonly string[], { valued, plain }: FlagKinds) {
  const given = new Map<string, string>();
  const scenarios: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--help" || arg === "-h") return null;
    const [, flag, inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (flag === undefined) {
      if (!known.includes(arg))
        throw new OptionError(`There is no scenario "${arg}"; there are: ${known.join(", ")}.`);
      scenarios.push(arg);
    } else if (valued.includes(flag)) {
      const value = inline ?? args[++i];
      if (value === undefined) throw new OptionError(`--${flag} needs a value.`);
      given.set(flag, value);
    } else if (plain.includes(flag)) given.set(flag, "");
    else throw new OptionError(`There is no flag ${arg}; --help lists those there are.`);
  }
  return { given, scenarios };
}

const flagKinds: FlagKinds = {
  valued: ["beside", "seconds", "rivals", "json", "html", "svg", "data", "profile"],
  plain: ["quick", "markdown"],
};

/** @returns null when help is asked for. @throws OptionError */
export function readOptions(args: readonly string[], known: readonly string[], now: Date): Options | null {
  const flags = readFlags(args, known, flagKinds);
  if (flags === null) return null;
  const { given, scenarios } = flags;
  const quick = given.has("quick");
  const rivals = readRivals(given.get("rivals"), quick);
  // With many rivals each gets less, so that a whole run stays near five minutes.
  const seconds = Number(given.get("seconds") ?? (quick ? 0.3 : rivals.length > 3 ? 0.7 : 1));
  if (!(seconds >= 0.1 && seconds <= 600)) throw new OptionError("--seconds takes a number from 0.1 to 600.");
  const profile = given.get("profile");
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const jsonPath = given.get("json") ?? join(tmpdir(), `madang-bench-${stamp}.json`);
  return {
    scenarios: scenarios.length > 0 ? scenarios : [...known],
    rivals,
    beside: given.get("beside") ?? null,
    seconds,
    quick,
    jsonPath,
    htmlPath: given.get("html") ?? `${jsonPath.replace(/\.json$/, "")}.html`,
    svgPath: given.get("svg") ?? null,
    markdown: given.has("markdown"),
    nodeFlags: profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`],
    dataRoot: given.get("data") ?? tmpdir(),
  };
}

function readRivals(list: string | undefined, quick: boolean): Options["rivals"] {
  if (list === undefined) return quick ? ["uws"] : [...RIVAL_IDS];
  if (list === "none" || list === "") return [];
  return list.split(",").map((raw) => {
    const id = RIVAL_IDS.find((known) => known === raw.trim().toLowerCase());
    if (id === undefined)
      throw new OptionError(`There is no rival "${raw}"; there are: ${RIVAL_IDS.join(", ")}.`);
    return id;
  });
}
