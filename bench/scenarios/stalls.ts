/**
 * A thousand people in a room, and twenty of them who stop reading again and again: what that costs the others, and
 * the server. The same load is run without them first. Everybody has to end complete, in order, each message once.
 */
import type { Scenario } from "../bench.ts";
import { residentBytesOf } from "../generator/process-stats.ts";

const PEOPLE = 1_000;
const STALLED = 20;
/** Fast enough for the buffers of the system to fill within seconds. */
const RATE = 20_000;
/** As long as a server lets a socket go without taking anything. */
const LONGEST_STALL_MS = 29_000;
const LOOK_MS = 200;

export const stalls: Scenario = {
  name: "stalls",
  what: "1,000 people, 20 of them stop reading at random: what the others notice",
  async run(bench) {
    const what = `${STALLED} of ${PEOPLE.toLocaleString("en")} stalled`;
    const contender = bench.madang;
    await bench.measure(contender, what, async ({ server, generator }) => {
      const { port, pid, metricsUrl } = server;
      const { protocol } = contender;
      await generator.open({ protocol, port, pid, people: PEOPLE, rooms: 1, history: 0, atOnce: 128 });
      const { quick, seconds } = bench.options;
      const measureMs = seconds * (quick ? 3_000 : 6_000);
      const load = { rate: RATE, outstanding: 0, warmUpMs: quick ? 200 : 1_000, measureMs, giveUpMs: 5_000 };
      const calm = await generator.load(load);
      bench.check(contender, what, calm);
      let most = residentBytesOf(pid);
      const looking = setInterval(() => {
        most = Math.max(most, residentBytesOf(pid));
      }, LOOK_MS);
      const stallMs = Math.min(LONGEST_STALL_MS, measureMs * 0.75);
      const stalled = await generator.load({ ...load, stalled: STALLED, stallMs }).finally(() => {
        clearInterval(looking);
      });
      bench.check(contender, what, stalled);
      const lapses = await lapsesOf(metricsUrl);
      const ratio = stalled.p99Ms / calm.p99Ms;
      const common = { case: what, better: "lower", generatorBound: false } as const;
      bench.record(contender, {
        ...common,
        metric: "p99 of the others beside no stalls",
        unit: "×",
        value: ratio,
        raw: { calm, stalled, lapses, most, stallMs },
      });
      bench.record(contender, { ...common, metric: "most memory", unit: "MiB", value: most / 2 ** 20 });
      bench.say(contender, what, [
        [calm.p99Ms, "ms", "p99 without"],
        [stalled.p99Ms, "ms", "with"],
        [lapses, "", "times fed from the log"],
        [most / 2 ** 20, "MiB", "at most"],
      ]);
    });
  },
};

/** How often a reader left the room's topic because it did not keep up. */
async function lapsesOf(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(/^madang_lapses_total (\d+)/m.exec(text)?.[1] ?? 0);
}
