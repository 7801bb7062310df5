/**
 * A thousand people in a room at a rate that is given: what the server's processor spends on one delivery, and how
 * late it is. A server that cannot keep up is said to; its figures are those of what it did deliver.
 */
import type { Scenario } from "../bench.ts";

const PEOPLE = 1_000;
const RATES = [100, 1_000];
const DRAIN_MS = 2_000;

export const efficiency: Scenario = {
  name: "efficiency",
  what: "1,000 people at 100 and 1,000 messages a second: processor time and delay",
  async run(bench) {
    for (const contender of bench.contenders) {
      await bench.measure(
        contender,
        `${PEOPLE.toLocaleString("en")} people`,
        async ({ server, generator }) => {
          const { port, pid } = server;
          const { protocol } = contender;
          await generator.open({ protocol, port, pid, people: PEOPLE, rooms: 1, history: 0, atOnce: 128 });
          // The highest rate comes last: what a server cannot keep up with is not waited for.
          for (const rate of RATES) {
            const what = `${rate.toLocaleString("en")} messages/s`;
            bench.doing(contender, what);
            const result = await generator.load({
              rate,
              outstanding: 0,
              warmUpMs: bench.options.quick ? 300 : 1_000,
              measureMs: bench.options.seconds * 1000,
              giveUpMs: 1_000,
              drainMs: DRAIN_MS,
            });
            bench.check(contender, what, result);
            const keptUp = !result.gaveUp && !result.abandoned && result.refused === 0;
            const note = keptUp ? "" : "did not keep up";
            const common = { case: what, better: "lower", generatorBound: false, note } as const;
            const cost = (result.serverCpu * result.measureSeconds * 1e6) / result.delivered;
            bench.record(contender, {
              ...common,
              metric: "CPU per delivery",
              unit: "µs",
              value: cost,
              raw: result,
            });
            bench.record(contender, { ...common, metric: "core", unit: "%", value: result.serverCpu * 100 });
            bench.record(contender, { ...common, metric: "p50", unit: "ms", value: result.p50Ms });
            bench.record(contender, { ...common, metric: "p99", unit: "ms", value: result.p99Ms });
            const parts: [number, string, string][] = [
              [cost, "µs", "CPU per delivery"],
              [result.serverCpu * 100, "%", "core"],
              [result.p50Ms, "ms", "p50"],
              [result.p99Ms, "ms", "p99"],
            ];
            bench.say(contender, what, parts, note);
          }
        },
      );
    }
  },
};
