/**
 * The torture's command and all of its processes: starts what the flags ask for, or plays the role it was given.
 * Exit codes: 0 when everything that must be 0 is 0, 1 when not, 2 for a wrong flag.
 */
import { writeFileSync } from "node:fs";
import { runChecker } from "./checker.ts";
import { conduct } from "./conductor.ts";
import { runCrowd } from "./crowd.ts";
import { HELP, type Options, OptionsError, readOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { runProxy } from "./proxy.ts";
import { runReader } from "./reader.ts";
import { isGreen, machine, mustBeZero, proofTable, table } from "./report.ts";
import { restartCrowd } from "./restart-crowd.ts";
import { proveSync } from "./sync-order.ts";
import { runWorkload } from "./workload.ts";

/** Filled in by the build. */
declare const MADANG_VERSION: string;
declare const MADANG_COMMIT: string;

const ROLES: Record<string, () => void> = {
  workload: runWorkload,
  proxy: runProxy,
  reader: runReader,
  checker: runChecker,
  crowd: runCrowd,
};

async function torture(options: Options): Promise<number> {
  const say = (text: string) => process.stdout.write(text);
  let result: { text: string; green: boolean; figures: object };
  if (options.proveSync) {
    say(`Madang torture, seed ${options.seed}: the order of syncs and sends\n`);
    result = proofTable(await proveSync(options));
  } else if (options.crowd > 0) {
    say(`Madang torture: a restart with ${options.crowd} connections\n`);
    result = await restartCrowd(options, new Progress());
  } else {
    say(`Madang torture, seed ${options.seed}: ${options.faults.join(", ")}\n`);
    const outcome = await conduct(options, new Progress());
    const figures = { ...outcome, mustBeZero: Object.fromEntries(mustBeZero(outcome)) };
    result = { text: table(outcome, options), green: isGreen(outcome), figures };
  }
  const { text, green, figures } = result;
  say(text);
  if (options.json) {
    const around = { green, machine: machine(), version: MADANG_VERSION, commit: MADANG_COMMIT };
    writeFileSync(options.json, `${JSON.stringify({ ...around, ...figures }, null, 1)}\n`);
  }
  return green ? 0 : 1;
}

const [first, role = ""] = process.argv.slice(2);
if (first === "--role") ROLES[role]!();
else {
  // What was started and made for this run ends and goes with it.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  try {
    const options = readOptions(process.argv.slice(2));
    if (options) process.exitCode = await torture(options);
    else process.stdout.write(HELP);
  } catch (error) {
    if (error instanceof OptionsError) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`The torture itself failed: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = error instanceof OptionsError ? 2 : 1;
  }
}
