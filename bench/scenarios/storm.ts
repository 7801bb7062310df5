/**
 * Everybody comes at once, as after a restart: connects, says hello, enters the room, gets a page of history and is
 * live. Measured until the last one is.
 */
import { GENERATOR_BOUND, type Scenario } from "../bench.ts";

const HISTORY = 50;

export const storm: Scenario = {
  name: "storm",
  what: "everybody connects, enters and gets 50 messages of history at once",
  async run(bench) {
    const { madang } = bench;
    const people = bench.options.quick ? 4_000 : 8_000;
    const what = `${people.toLocaleString("en")} people`;
    await bench.measure(madang, what, async ({ server, generator }) => {
      const { port, pid } = server;
      const arrangement = { protocol: madang.protocol, port, pid, rooms: 1 } as const;
      await generator.open({ ...arrangement, people: 10, history: 0, atOnce: 10 });
      // Slow enough that the history consists of small blocks, which is harder than a few large ones.
      await generator.load({
        rate: 400,
        outstanding: 0,
        warmUpMs: 0,
        measureMs: 500,
        giveUpMs: 5_000,
      });
      const result = await generator.open({ ...arrangement, people, history: HISTORY, atOnce: people });
      bench.check(madang, what, result);
      const generatorBound = result.generatorCpu > GENERATOR_BOUND;
      const common = { case: what, generatorBound } as const;
      const rate = people / result.seconds;
      bench.record(madang, {
        ...common,
        metric: "people",
        unit: "/s",
        better: "higher",
        value: rate,
        raw: result,
      });
      const last = { metric: "last one live", unit: "s", better: "lower", value: result.seconds } as const;
      bench.record(madang, { ...common, ...last });
      const parts: [number, string, string][] = [
        [rate, "/s", "people"],
        [result.seconds, "s", "last one live after"],
        [result.generatorCpu * 100, "%", "generator"],
      ];
      bench.say(madang, what, parts, generatorBound ? "generator-bound: at least this" : "");
    });
  },
};
