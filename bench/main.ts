/**
 * The bench's process: reads the flags, runs one scenario after the other, reports; `client` is another bench, of the
 * page. The generator is this program started again in another role. Exit codes: 0, 1 when something that was sent
 * did not arrive, 2 for a wrong flag.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bench, type Scenario } from "./bench.ts";
import { runCrowd } from "./client/crowd.ts";
import { runLink } from "./client/link.ts";
import { benchClient } from "./client/main.ts";
import { type Contender, findRival, madang, madangOf } from "./contenders.ts";
import { pickCores } from "./cores.ts";
import { runGenerator } from "./generator/generator.ts";
import { describeMachine, machineSentence, madangVersion } from "./machine.ts";
import { helpText, OptionError, readOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { throughputChart } from "./report/charts.ts";
import { page } from "./report/page.ts";
import type { Results } from "./report/results.ts";
import { markdown, terminalTables, terminalVerdicts } from "./report/table.ts";
import { judge } from "./report/targets.ts";
import { broadcast } from "./scenarios/broadcast.ts";
import { calm } from "./scenarios/calm.ts";
import { cold } from "./scenarios/cold.ts";
import { efficiency } from "./scenarios/efficiency.ts";
import { history } from "./scenarios/history.ts";
import { http } from "./scenarios/http.ts";
import { idle } from "./scenarios/idle.ts";
import { latency } from "./scenarios/latency.ts";
import { rooms } from "./scenarios/rooms.ts";
import { stalls } from "./scenarios/stalls.ts";
import { storm } from "./scenarios/storm.ts";
import { wire } from "./scenarios/wire.ts";

const scenarios: readonly Scenario[] = [
  broadcast,
  rooms,
  calm,
  efficiency,
  latency,
  idle,
  stalls,
  storm,
  history,
  http,
  cold,
  wire,
];

async function main(args: string[]): Promise<void> {
  const names = scenarios.map(({ name }) => name);
  const startedAt = new Date();
  const options = readOptions(args, names, startedAt);
  if (options === null) {
    process.stdout.write(helpText(scenarios));
    return;
  }
  const progress = new Progress(process.stdout);
  const contenders: Contender[] = [madang(madangVersion(), options.nodeFlags)];
  if (options.beside !== null) {
    const other = madangOf(options.beside, options.nodeFlags);
    if (typeof other === "string") throw new OptionError(other);
    contenders.push(other);
  }
  const cores = pickCores();
  const leftOut: string[] = [];
  for (const id of options.rivals) {
    const rival = findRival(id);
    if (typeof rival === "string") leftOut.push(rival);
    else contenders.push(rival);
  }
  const machine = describeMachine(contenders, cores, options.dataRoot);
  progress.line(machineSentence(machine));
  for (const sentence of leftOut) progress.line(`${sentence}.`);
  const dataRoot = mkdtempSync(join(options.dataRoot, "madang-bench-"));
  process.once("exit", () => rmSync(dataRoot, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  const bench = new Bench({ ...options, dataRoot }, cores, contenders, progress);
  for (const scenario of scenarios) {
    if (options.scenarios.includes(scenario.name)) await bench.run(scenario);
  }
  progress.done();
  report(bench, {
    format: 1,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    machine,
    trialSeconds: options.seconds,
    quick: options.quick,
    names: Object.fromEntries([...contenders.map(({ id, name }) => [id, name]), ["json", "JSON"]]),
    leftOut,
    figures: bench.figures,
    verdicts: judge(bench.figures),
    failures: bench.failures,
  });
  process.exitCode = bench.failures.length > 0 ? 1 : 0;
}

function report({ options }: Bench, results: Results): void {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`\n${terminalTables(results)}`);
  say(terminalVerdicts(results));
  if (options.markdown) say(`${markdown(results)}\n`);
  writeFileSync(options.jsonPath, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(options.htmlPath, page(results, options.jsonPath));
  if (options.svgPath !== null) writeFileSync(options.svgPath, throughputChart(results));
  for (const failure of results.failures) say(`FAILED: ${failure}`);
  say(`${Math.round(results.seconds)} s. Every figure: ${options.jsonPath}`);
  say(`The page with charts: ${options.htmlPath}`);
}

const ROLES: Record<string, () => void> = {
  generator: runGenerator,
  "client-crowd": runCrowd,
  "client-link": runLink,
};

const [first, second = ""] = process.argv.slice(2);
if (first === "--role") ROLES[second]!();
else {
  try {
    if (first === "client") process.exitCode = await benchClient(process.argv.slice(3));
    else await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
