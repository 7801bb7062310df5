/**
 * Thousands of rooms of two in which somebody says something once a second: most chats, most of the time. What the
 * server's processor spends on them, and how late they are.
 */
import type { Scenario } from "../bench.ts";

const ROOMS = 5_000;
const PEOPLE = 10_000;
const CASE = "5,000 rooms of 2, 1 message/s in each";

export const calm: Scenario = {
  name: "calm",
  what: "5,000 rooms of two, a message a second in each: processor time and delay",
  async run(bench) {
    for (const contender of bench.contenders) {
      await bench.measure(contender, CASE, async ({ server, generator }) => {
        const { port, pid } = server;
        const { protocol } = contender;
        await generator.open({ protocol, port, pid, people: PEOPLE, rooms: ROOMS, history: 0, atOnce: 128 });
        bench.doing(contender, CASE);
        const result = await generator.load({
          rate: ROOMS,
          outstanding: 0,
          asPeopleDo: true,
          warmUpMs: 1_000,
          measureMs: Math.max(2, bench.options.seconds) * 1000,
          giveUpMs: 2_000,
        });
        bench.check(contender, CASE, result);
        const note = result.gaveUp || result.refused > 0 ? "did not keep up" : "";
        const common = { case: CASE, better: "lower", generatorBound: false, note } as const;
        const percent = result.serverCpu * 100;
        bench.record(contender, { ...common, metric: "core", unit: "%", value: percent, raw: result });
        bench.record(contender, { ...common, metric: "p50", unit: "ms", value: result.p50Ms });
        bench.record(contender, { ...common, metric: "p99", unit: "ms", value: result.p99Ms });
        const parts: [number, string, string][] = [
          [percent, "%", "core"],
          [result.p50Ms, "ms", "p50"],
          [result.p99Ms, "ms", "p99"],
        ];
        bench.say(contender, CASE, parts, note);
      });
    }
  },
};
