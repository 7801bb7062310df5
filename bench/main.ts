/**
 * The bench's process: reads the flags, runs one scenario after the other, reports. The generator is this program
 * started again in another role. Exit codes: 0, 1 when something that was sent did not arrive, 2 for a wrong flag.
 */
import { Bench, type Scenario } from "./bench.ts";
import { type Contender, findRival, madang } from "./contenders.ts";
import { pickCores } from "./cores.ts";
import { runGenerator } from "./generator/generator.ts";
import { describeMachine, machineSentence, madangVersion } from "./machine.ts";
import { helpText, OptionError, readOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { broadcast } from "./scenarios/broadcast.ts";
import { cold } from "./scenarios/cold.ts";
import { efficiency } from "./scenarios/efficiency.ts";
import { history } from "./scenarios/history.ts";
import { http } from "./scenarios/http.ts";
import { idle } from "./scenarios/idle.ts";
import { latency } from "./scenarios/latency.ts";
import { rooms } from "./scenarios/rooms.ts";
import { storm } from "./scenarios/storm.ts";
import { wire } from "./scenarios/wire.ts";

const scenarios: readonly Scenario[] = [
  broadcast,
  rooms,
  efficiency,
  latency,
  idle,
  storm,
  history,
  http,
  cold,
  wire,
];

async function main(args: string[]): Promise<void> {
  const names = scenarios.map(({ name }) => name);
  const options = readOptions(args, names, new Date());
  if (options === null) {
    process.stdout.write(helpText(scenarios));
    return;
  }
  const progress = new Progress(process.stdout);
  const contenders: Contender[] = [madang(madangVersion())];
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
  const bench = new Bench(options, cores, contenders, progress);
  for (const scenario of scenarios) {
    if (options.scenarios.includes(scenario.name)) await bench.run(scenario);
  }
  progress.done();
  process.exitCode = bench.failures.length > 0 ? 1 : 0;
}

if (process.argv[2] === "--role" && process.argv[3] === "generator") runGenerator();
else {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
