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
import { isGreen, mustBeZero, proofTable, table } from "./report.ts";
import { restartCrowd } from "./restart-crowd.ts";
import { proveSync } from "./sync-order.ts";
import { runWorkload } from "./workload.ts";

const ROLES: Record<string, () => void> = {
  workload: runWorkload,
  proxy: runProxy,
  reader: runReader,
  checker: runChecker,
  crowd: runCrowd,
};

async function torture(options: Options): Promise<number> {
  if (options.proveSync) {
    process.stdout.write(`Madang torture, seed ${options.seed}: the order of syncs and sends\n`);
    const { text, green } = proofTable(await proveSync(options));
    process.stdout.write(text);
    return green ? 0 : 1;
  }
  if (options.crowd > 0) {
    process.stdout.write(`Madang torture: a restart with ${options.crowd} connections\n`);
    const { text, green } = await restartCrowd(options, new Progress());
    process.stdout.write(text);
    return green ? 0 : 1;
  }
  process.stdout.write(`Madang torture, seed ${options.seed}: ${options.faults.join(", ")}\n`);
  const outcome = await conduct(options, new Progress());
  process.stdout.write(table(outcome, options));
  const green = isGreen(outcome);
  if (options.json) {
    const figures = { ...outcome, green, mustBeZero: Object.fromEntries(mustBeZero(outcome)) };
    writeFileSync(options.json, `${JSON.stringify(figures, null, 1)}\n`);
  }
  return green ? 0 : 1;
}

const [first, role = ""] = process.argv.slice(2);
if (first === "--role") ROLES[role]!();
else {
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
