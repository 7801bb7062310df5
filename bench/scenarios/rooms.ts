/**
 * A thousand rooms of ten: the same people, but every message goes to few. Here what a room and a flush cost counts,
 * not what a message costs.
 */
import type { Scenario } from "../bench.ts";
import { searchThroughput } from "./throughput.ts";

export const rooms: Scenario = {
  name: "rooms",
  what: "1,000 rooms of ten: highest sustained rate",
  async run(bench) {
    const arrangement = { name: "1,000 rooms of 10", people: 10_000, rooms: 1_000, limitMs: 250 };
    for (const contender of bench.contenders) await searchThroughput(bench, contender, arrangement);
  },
};
