/**
 * The hostile suite's command and both of its other processes: runs what the flags ask for, or plays the role it was
 * given. Exit codes: 0 when every line is green, 1 when not, 2 for a wrong flag.
 */
import { writeFileSync } from "node:fs";
import { machine } from "../torture/report.ts";
import { runAttacker } from "./attacker.ts";
import { ATTACKS } from "./attacks.ts";
import { conduct } from "./conductor.ts";
import { runJudge } from "./judge.ts";
import { reasons } from "./line.ts";
import { HELP, type Options, OptionsError, readOptions } from "./options.ts";
import { deviations, table } from "./report.ts";

/** Filled in by the build. */
declare const MADANG_VERSION: string;
declare const MADANG_COMMIT: string;

const ROLES: Record<string, () => void> = { judge: runJudge, attacker: runAttacker };

async function hostile(options: Options): Promise<number> {
  const { seed, control, markdown, judgesTime, json } = options;
  const lines = await conduct(options, (text) => process.stderr.write(`  ${text}\n`));
  const red = lines.filter((line) => reasons(line, judgesTime).length > 0).length;
  const around = `${machine()}; Madang ${MADANG_VERSION}; seed ${seed}${control ? `, control ${control}` : ""}`;
  const verdict = red === 0 ? "Every line is green." : `${red} of ${lines.length} lines are red.`;
  const text = [table(lines, judgesTime, markdown), deviations(lines), `  ${around}`, `  ${verdict}`];
  process.stdout.write(`\n${text.filter(Boolean).join("\n\n")}\n`);
  if (json) {
    const told = lines.map(({ account: { timesMs, ...account }, ...line }) => ({
      ...{ ...line, account, deliveries: timesMs.length },
      reasons: reasons({ ...line, account: { ...account, timesMs } }, judgesTime),
    }));
    const figures = { green: red === 0, seed, control, machine: machine(), version: MADANG_VERSION };
    writeFileSync(json, `${JSON.stringify({ ...figures, commit: MADANG_COMMIT, lines: told }, null, 1)}\n`);
  }
  return red === 0 ? 0 : 1;
}

const list = () => {
  const width = Math.max(...ATTACKS.map(({ name }) => name.length));
  return ATTACKS.map(({ name, what }) => `${name.padEnd(width)}  ${what}\n`).join("");
};

const [first, role = ""] = process.argv.slice(2);
if (first === "--role") ROLES[role]!();
else {
  // What was started and made for this run ends and goes with it.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.do === "help") process.stdout.write(HELP);
    else if (options.do === "list") process.stdout.write(list());
    else if (process.platform === "linux") process.exitCode = await hostile(options);
    else throw new OptionsError("The hostile suite needs Linux: addresses of 127.0.0.0/8 and /proc.");
  } catch (error) {
    if (error instanceof OptionsError) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`The suite itself failed: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = error instanceof OptionsError ? 2 : 1;
  }
}
