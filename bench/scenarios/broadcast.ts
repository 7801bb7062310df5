/**
 * One room, everybody gets everything: the highest rate that is sustained. 32 people keep 16 messages under way each;
 * larger rooms are searched for the rate at which the slowest hundredth is still under a bound.
 */
import type { Bench, Scenario } from "../bench.ts";
import type { Contender } from "../contenders.ts";
import { searchThroughput } from "./throughput.ts";

const CLOSED = { people: 32, outstanding: 16 };
const OPEN = [
  { people: 1_000, limitMs: 100 },
  { people: 10_000, limitMs: 250 },
];

export const broadcast: Scenario = {
  name: "broadcast",
  what: "one room of 32, 1,000 and 10,000: highest sustained rate",
  async run(bench) {
    for (const contender of bench.contenders) await closedLoop(bench, contender);
    // The room of 10,000 takes half a minute by itself.
    const open = bench.options.quick ? OPEN.slice(0, 1) : OPEN;
    for (const { people, limitMs } of open) {
      const name = `${people.toLocaleString("en")} people`;
      for (const contender of bench.contenders) {
        await searchThroughput(bench, contender, { name, people, rooms: 1, limitMs });
      }
    }
  },
};

async function closedLoop(bench: Bench, contender: Contender): Promise<void> {
  const what = `${CLOSED.people} people`;
  await bench.measure(contender, what, async ({ server, generator }) => {
    const { port, pid } = server;
    const { protocol } = contender;
    await generator.open({ protocol, port, pid, people: CLOSED.people, rooms: 1, history: 0, atOnce: 32 });
    const result = await generator.load({
      rate: 0,
      outstanding: CLOSED.outstanding,
      warmUpMs: bench.options.quick ? 400 : 700,
      measureMs: bench.options.seconds * 1000,
      giveUpMs: 10_000,
    });
    bench.check(contender, what, result);
    if (result.delivered === 0) throw new Error("nothing arrived in the measured time");
    bench.throughput(contender, what, result, false);
  });
}
