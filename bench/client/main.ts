/**
 * `npm run bench -- client`: the page on a slow phone. Runs one scenario after the other, each for this build and for
 * the one to compare with, and reports. A scenario that fails is told and leaves the others as they are.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dist } from "../contenders.ts";
import { describeMachine } from "../machine.ts";
import { Progress } from "../progress.ts";
import { clientHelp, readClientOptions } from "./options.ts";
import { findChromium, SLOWER } from "./phone.ts";
import { type Column, clientChart, markdownTable, terminalTable } from "./report.ts";
import type { Measured } from "./rows.ts";
import { bytes } from "./scenarios/bytes.ts";
import { flood } from "./scenarios/flood.ts";
import { opening } from "./scenarios/opening.ts";
import { scrolling } from "./scenarios/scrolling.ts";
import { typing } from "./scenarios/typing.ts";
import { Stage, type StageOptions } from "./stage.ts";

interface Scenario {
  name: string;
  what: string;
  run: (options: StageOptions) => Promise<Measured[]> | Measured[];
}

const onStage = (play: (stage: Stage) => Promise<Measured[]>) => async (options: StageOptions) => {
  const stage = await Stage.open(options);
  try {
    return await play(stage);
  } finally {
    await stage.close();
  }
};

const scenarios: readonly Scenario[] = [
  { name: "bytes", what: "what the page weighs", run: bytes },
  { name: "opening", what: "the link to a room over slow networks, cold and warm", run: onStage(opening) },
  { name: "typing", what: "the price of a key among 191 people and 100 rooms", run: onStage(typing) },
  { name: "flood", what: "500 messages a second, and somebody who writes", run: onStage(flood) },
  { name: "scrolling", what: "from the newest of 10,000 messages to the first", run: onStage(scrolling) },
];

/** @throws OptionError for a wrong flag. @returns the exit code */
export async function benchClient(args: readonly string[]): Promise<number> {
  const options = readClientOptions(
    args,
    scenarios.map(({ name }) => name),
  );
  const say = (text: string) => process.stdout.write(`${text}\n`);
  if (options === null) {
    process.stdout.write(clientHelp(scenarios));
    return 0;
  }
  const chromium = findChromium();
  if (chromium === null) {
    process.stderr.write("There is no Chromium here: install it, or say with CHROMIUM_PATH where it is.\n");
    return 2;
  }
  const progress = new Progress(process.stdout);
  const dataRoot = mkdtempSync(join(options.dataRoot, "madang-bench-"));
  process.once("exit", () => rmSync(dataRoot, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  const machine = describeMachine([], null, options.dataRoot);
  const where = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Madang ${machine.commit}`;
  progress.line(`${where}, Chromium slowed down ${SLOWER}×`);
  const columns: Column[] = [{ id: "this", name: "measured", measured: [] }];
  if (options.other) columns.push({ id: "other", name: "other build", measured: [] });
  const failures: string[] = [];
  const startedAt = performance.now();
  for (const { name, run } of scenarios.filter(({ name }) => options.only.includes(name))) {
    for (const { id, measured } of columns) {
      const folder = id === "other" ? (options.other as string) : dist;
      try {
        measured.push(...(await run({ ...options, dist: folder, chromium, dataRoot, progress })));
      } catch (error) {
        failures.push(`${name} (${id}): ${error instanceof Error ? error.message : error}`);
      }
    }
    progress.line(`${name} is done`);
  }
  progress.done();
  say(`\n${terminalTable(columns)}`);
  if (options.markdown) say(`${markdownTable(columns)}\n`);
  const subtitle = `Chromium at 360 px, slowed down ${SLOWER} times, ${machine.cpu}; each goal is 100 %`;
  if (options.svgPath) writeFileSync(options.svgPath, clientChart(columns, subtitle));
  if (options.jsonPath)
    writeFileSync(
      options.jsonPath,
      `${JSON.stringify({ format: 1, machine, columns, failures }, null, 1)}\n`,
    );
  for (const failure of failures) say(`FAILED: ${failure}`);
  say(`${Math.round((performance.now() - startedAt) / 1000)} s.`);
  return failures.length > 0 ? 1 : 0;
}
