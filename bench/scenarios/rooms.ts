/**
 * Many small rooms: the same people, but every message goes to few. Here what a room and a flush cost counts, not what a
 * message costs. In each room one person talks, a message at a time, whenever it suits them, as generator/writing.ts
 * says: hardly two messages of a room come together, so that no server can save by batches of one room.
 */
import type { Bench, Scenario } from "../bench.ts";
import { type Arrangement, searchThroughput } from "./throughput.ts";

const common = { limitMs: 250, asPeopleDo: true } as const;
const ARRANGEMENTS: readonly Arrangement[] = [
  { name: "1,000 rooms of 10", people: 10_000, rooms: 1_000, ...common },
  { name: "3,000 rooms of 3", people: 9_000, rooms: 3_000, ...common },
];
/** Rooms of two in which somebody says something once a second. */
const CALM = { name: "5,000 rooms of 2, 1 message/s in each", rooms: 5_000, people: 10_000 };

export const rooms: Scenario = {
  name: "rooms",
  what: "1,000 rooms of ten and 3,000 of three, one person talking in each: highest sustained rate; 5,000 calm ones",
  async run(bench) {
    const { quick } = bench.options;
    for (const arrangement of quick ? ARRANGEMENTS.slice(0, 1) : ARRANGEMENTS)
      for (const contender of bench.contenders) await searchThroughput(bench, contender, arrangement);
    if (!quick) await calm(bench);
  },
};

async function calm(bench: Bench): Promise<void> {
  const { name, rooms, people } = CALM;
  for (const contender of bench.contenders) {
    await bench.measure(contender, name, async ({ server, generator }) => {
      const { port, pid } = server;
      await generator.open({
        protocol: contender.protocol,
        port,
        pid,
        people,
        rooms,
        history: 0,
        atOnce: 128,
      });
      bench.doing(contender, name);
      const result = await generator.load({
        rate: rooms,
        outstanding: 0,
        asPeopleDo: true,
        warmUpMs: 1_000,
        measureMs: Math.max(2, bench.options.seconds) * 1000,
        giveUpMs: 2_000,
      });
      bench.check(contender, name, result);
      const note = result.gaveUp || result.refused > 0 ? "did not keep up" : "";
      const figure = { case: name, better: "lower", generatorBound: false, note } as const;
      const percent = result.serverCpu * 100;
      bench.record(contender, { ...figure, metric: "core", unit: "%", value: percent, raw: result });
      bench.record(contender, { ...figure, metric: "p50", unit: "ms", value: result.p50Ms });
      bench.record(contender, { ...figure, metric: "p99", unit: "ms", value: result.p99Ms });
      const parts: [number, string, string][] = [
        [percent, "%", "core"],
        [result.p50Ms, "ms", "p50"],
        [result.p99Ms, "ms", "p99"],
      ];
      bench.say(contender, name, parts, note);
    });
  }
}
