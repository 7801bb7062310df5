/**
 * What a scenario is given: the contenders, a server and a generator for as long as it needs them, and the place for
 * figures and failures. Invariant: a server never serves two measurements of different kinds.
 */
import type { Contender } from "./contenders.ts";
import type { Cores } from "./cores.ts";
import { type Figure, withUnit } from "./figures.ts";
import type { Faults, LoadResult } from "./generator/commands.ts";
import { GeneratorProcess } from "./generator-process.ts";
import type { Options } from "./options.ts";
import type { Progress } from "./progress.ts";
import { ServerProcess } from "./server-process.ts";

/** Above this share of its core the generator may be what is measured. */
export const GENERATOR_BOUND = 0.9;

export interface Scenario {
  name: string;
  /** One line for --help. */
  what: string;
  run(bench: Bench): Promise<void>;
}

export interface Pair {
  server: ServerProcess;
  generator: GeneratorProcess;
  /** Ends both and starts others in their place. */
  renew(): Promise<Pair>;
}

export class Bench {
  readonly figures: Figure[] = [];
  readonly failures: string[] = [];
  readonly options: Options;
  readonly cores: Cores | null;
  readonly contenders: readonly Contender[];
  readonly progress: Progress;
  #scenario = "";

  constructor(options: Options, cores: Cores | null, contenders: readonly Contender[], progress: Progress) {
    this.options = options;
    this.cores = cores;
    this.contenders = contenders;
    this.progress = progress;
  }

  get madang(): Contender {
    return this.contenders[0]!;
  }

  async run(scenario: Scenario): Promise<void> {
    this.#scenario = scenario.name;
    this.progress.line(`\n${scenario.name}: ${scenario.what}`);
    await scenario.run(this);
  }

  /** Does `work` with a fresh server and a fresh generator. What throws is a failure of this measurement only. */
  async measure(
    contender: Contender,
    what: string,
    work: (pair: Pair) => Promise<void>,
    start: { data?: string; flags?: string[] } = {},
  ): Promise<void> {
    this.doing(contender, what);
    const { dataRoot } = this.options;
    let server: ServerProcess | null = null;
    let generator: GeneratorProcess | null = null;
    const stop = async () => {
      await generator?.stop();
      await server?.stop();
    };
    const renew = async (): Promise<Pair> => {
      await stop();
      server = await ServerProcess.start({ contender, core: this.cores?.server, dataRoot, ...start });
      generator = new GeneratorProcess(this.cores?.generator, this.options.nodeFlags);
      return { server, generator, renew };
    };
    try {
      const first = await renew();
      await work(first);
      if (!(server ?? first.server).isAlive) this.fail(contender, what, "the server ended");
    } catch (error) {
      this.fail(contender, what, (error as Error).message);
    } finally {
      await stop();
    }
  }

  doing(contender: Contender, what: string): void {
    this.progress.doing(`${this.#scenario} · ${what} · ${contender.name}`);
  }

  record(contender: Contender, figure: Omit<Figure, "scenario" | "server">): void {
    this.figures.push({ scenario: this.#scenario, server: contender.id, ...figure });
  }

  /** One line about what was just recorded. */
  say(contender: Contender, what: string, parts: [number, string, string][], note = ""): void {
    const list = parts.map(([value, unit, label]) => `${label} ${withUnit(value, unit)}`.trim());
    const tail = note === "" ? "" : `  (${note})`;
    this.progress.line(`  ${what.padEnd(24)} ${contender.name.padEnd(14)} ${list.join(", ")}${tail}`);
  }

  /** Most deliveries a second that a contender has shown so far: where its next search may begin. */
  highest(contender: Contender): number {
    const shown = this.figures.filter((one) => one.server === contender.id && one.metric === "deliveries");
    return Math.max(0, ...shown.map(({ value }) => value));
  }

  /** Records the throughput that a trial showed. */
  throughput(contender: Contender, what: string, result: LoadResult, bound: boolean): void {
    const generatorBound = bound || result.generatorCpu > GENERATOR_BOUND;
    const figure = { case: what, generatorBound, raw: result };
    const value = result.deliveriesPerSecond;
    this.record(contender, { ...figure, metric: "deliveries", unit: "/s", better: "higher", value });
    const parts: [number, string, string][] = [
      [value, "/s", "deliveries"],
      [result.p50Ms, "ms", "p50"],
      [result.p99Ms, "ms", "p99"],
      [result.serverCpu * 100, "%", "server"],
      [result.generatorCpu * 100, "%", "generator"],
    ];
    this.say(contender, what, parts, generatorBound ? "generator-bound: at least this" : "");
  }

  /** Everything that was sent must have arrived, once and in order. */
  check(contender: Contender, what: string, faults: Faults): void {
    const { missing, gaps, repeats, troubles } = faults;
    if (missing > 0) this.fail(contender, what, `${missing} deliveries are missing`);
    if (gaps > 0) this.fail(contender, what, `${gaps} gaps in the numbers`);
    if (repeats > 0) this.fail(contender, what, `${repeats} messages came twice`);
    if (troubles.length > 0) this.fail(contender, what, troubles.join("; "));
  }

  fail(contender: Contender, what: string, why: string): void {
    const sentence = `${this.#scenario}, ${what}, ${contender.name}: ${why}`;
    this.failures.push(sentence);
    this.progress.line(`  FAILED: ${sentence}`);
  }
}
