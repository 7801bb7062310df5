/**
 * People who scroll back: pages a second from anywhere in a room of 20,000 messages.
 */
import { GENERATOR_BOUND, type Scenario } from "../bench.ts";

const READERS = 16;
const PAGE = 50;

export const history: Scenario = {
  name: "history",
  what: `pages of ${PAGE} messages from anywhere in a room of 20,000`,
  async run(bench) {
    const { madang } = bench;
    const what = `${READERS} readers`;
    await bench.measure(madang, what, async ({ server, generator }) => {
      const { port, pid } = server;
      const arrangement = {
        protocol: madang.protocol,
        port,
        pid,
        rooms: 1,
        history: 0,
        atOnce: READERS,
      } as const;
      await generator.open({ ...arrangement, people: 10 });
      const fill = { outstanding: 0, warmUpMs: 0, giveUpMs: 10_000 };
      const filled = await generator.load({ ...fill, rate: 20_000, measureMs: 1_000 });
      bench.check(madang, what, filled);
      await generator.open({ ...arrangement, people: READERS });
      const measureMs = bench.options.seconds * 1000;
      const result = await generator.pages({ outstanding: 2, pageRecords: PAGE, measureMs });
      bench.check(madang, what, result);
      const generatorBound = result.generatorCpu > GENERATOR_BOUND;
      const common = { case: what, generatorBound, raw: result } as const;
      const value = result.pagesPerSecond;
      bench.record(madang, { ...common, metric: "pages", unit: "/s", better: "higher", value });
      bench.say(madang, what, [
        [value, "/s", "pages"],
        [result.serverCpu * 100, "%", "server"],
      ]);
    });
  },
};
