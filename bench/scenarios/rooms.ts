/**
 * Many small rooms: the same people, but every message goes to few. Here what a room and a flush cost counts, not what a
 * message costs. In each room one person talks, a message at a time, whenever it suits them, as generator/writing.ts
 * says: hardly two messages of a room come together, so that no server can save by batches of one room.
 */
import type { Scenario } from "../bench.ts";
import { type Arrangement, searchThroughput } from "./throughput.ts";

const common = { limitMs: 250, asPeopleDo: true } as const;
const ARRANGEMENTS: readonly Arrangement[] = [
  { name: "1,000 rooms of 10", people: 10_000, rooms: 1_000, ...common },
  { name: "3,000 rooms of 3", people: 9_000, rooms: 3_000, ...common },
];

export const rooms: Scenario = {
  name: "rooms",
  what: "1,000 rooms of ten and 3,000 of three, one person talking in each: highest sustained rate",
  async run(bench) {
    for (const arrangement of bench.options.quick ? ARRANGEMENTS.slice(0, 1) : ARRANGEMENTS)
      for (const contender of bench.contenders) await searchThroughput(bench, contender, arrangement);
  },
};
