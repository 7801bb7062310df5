/** The flags of `npm run bench -- client`. Invariant: a flag that cannot be is refused here, with one sentence. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type FlagKinds, OptionError, readFlags } from "../options.ts";

export interface ClientOptions {
  only: string[];
  quick: boolean;
  /** Numbers so small that the figures say nothing: it is tried whether all of it runs. */
  tiny: boolean;
  times: number;
  /** The build to compare with. */
  other: string | null;
  jsonPath: string | null;
  svgPath: string | null;
  markdown: boolean;
  dataRoot: string;
}

export function clientHelp(scenarios: readonly { name: string; what: string }[]): string {
  const rows = scenarios.map(({ name, what }) => `  ${name.padEnd(18)}${what}`);
  return `npm run bench -- client [scenario …] [flags]

Measures the page in Chromium, slowed down fourfold, against the built server, over slow links of its own.

Scenarios (all when none is named)
${rows.join("\n")}

Flags
  --quick           in two minutes: each once, fewer keys and messages
  --tiny            hardly anything, only to see that all of it runs
  --times N         how often what is short is measured; the median counts [3; 1 with --quick]
  --dist FOLDER     another build (its dist folder) measured in turn with this one, to compare
  --json FILE       every figure
  --svg FILE        the chart
  --markdown        print the table in Markdown too
  --data FOLDER     where the servers keep their data meanwhile [the folder for temporary files]
  --help            this text

Chromium is looked for where systems put it, or at CHROMIUM_PATH.
Exit codes: 0 when all was measured, 1 when something could not be, 2 for a wrong flag or without Chromium.
A goal that is missed is printed and does not change the exit code.
`;
}

const flagKinds: FlagKinds = {
  valued: ["times", "dist", "json", "svg", "data"],
  plain: ["quick", "tiny", "markdown"],
};

/** @returns null when help is asked for. @throws OptionError */
export function readClientOptions(args: readonly string[], known: readonly string[]): ClientOptions | null {
  const flags = readFlags(args, known, flagKinds);
  if (flags === null) return null;
  const { given, scenarios } = flags;
  const tiny = given.has("tiny");
  const quick = tiny || given.has("quick");
  const times = Number(given.get("times") ?? (quick ? 1 : 3));
  if (!Number.isInteger(times) || times < 1 || times > 20)
    throw new OptionError("--times takes a whole number from 1 to 20.");
  const other = given.has("dist") ? resolve(given.get("dist")!) : null;
  if (other !== null && !existsSync(join(other, "assets.json")))
    throw new OptionError(`${other} holds no build: there is no assets.json.`);
  return {
    only: scenarios.length > 0 ? scenarios : [...known],
    quick,
    tiny,
    times,
    other,
    jsonPath: given.get("json") ?? null,
    svgPath: given.get("svg") ?? null,
    markdown: given.has("markdown"),
    dataRoot: given.get("data") ?? tmpdir(),
  };
}
