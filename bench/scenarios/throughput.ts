/**
 * The search for the highest sustained rate of one server in one arrangement of people and rooms.
 */
import { type Bench, GENERATOR_BOUND, type Pair } from "../bench.ts";
import type { Contender } from "../contenders.ts";
import type { LoadResult } from "../generator/commands.ts";
import { findHighest, type Trial } from "../search.ts";

export interface Arrangement {
  name: string;
  people: number;
  rooms: number;
  /** The slowest hundredth of the messages must be faster than this. */
  limitMs: number;
  /** As in a load command. */
  asPeopleDo?: boolean;
}

/** Deliveries a second between which everything is sought, and where a search begins that knows nothing yet. */
const FLOOR = 4_000;
const START = 100_000;
/** A search begins at this part of the most that a contender has shown so far: low, because too much is dear. */
const SHARE = { room: 1, largeRoom: 1 / 4 };
const LARGE = 5_000;
/** With more contenders than this each gets a trial less, so that a whole run stays near five minutes. */
const MANY = 4;
/** In many small rooms servers differ less. */
const START_IN_ROOMS = 400_000;
const CEILING = 2e9;
/** A trial with fewer messages than this says little, so at low rates it takes longer, up to a bound. */
const LEAST_MESSAGES = 12;
const LONGEST_MS = 2_500;
/** A server that was given too much is not waited for longer than this: a new one is there sooner. */
const DRAIN_MS = 1_000;
/** A trial so many times over the limit is not repeated. */
const HOPELESS = 4;

interface LoadTrial extends Trial {
  result: LoadResult;
}

export async function searchThroughput(
  bench: Bench,
  contender: Contender,
  arrangement: Arrangement,
): Promise<void> {
  const { name, people, rooms, limitMs, asPeopleDo = false } = arrangement;
  const { quick, seconds } = bench.options;
  const perRoom = people / rooms;
  const shown = bench.highest(contender) * (people > LARGE ? SHARE.largeRoom : SHARE.room);
  await bench.measure(contender, name, async (first) => {
    const open = async ({ server, generator }: Pair) => {
      const { port, pid } = server;
      const { protocol } = contender;
      await generator.open({ protocol, port, pid, people, rooms, history: 0, atOnce: 128 });
      return generator;
    };
    let generator = await open(first);
    const trials: LoadResult[] = [];
    const trial = async (deliveries: number, full: boolean): Promise<LoadTrial> => {
      bench.doing(contender, `${name}, ${Math.round(deliveries / perRoom).toLocaleString("en")} messages/s`);
      const rate = deliveries / perRoom;
      const leastMs = Math.min(LONGEST_MS, (LEAST_MESSAGES / rate) * 1000);
      const result = await generator.load({
        rate,
        outstanding: 0,
        asPeopleDo,
        warmUpMs: full ? 300 : 100,
        measureMs: Math.max(leastMs, full ? seconds * 1000 : 300),
        giveUpMs: full ? Math.max(limitMs * 3, 500) : limitMs * 1.5,
        drainMs: DRAIN_MS,
      });
      // What did not arrive at all can only grow from here on.
      if (result.missing > 0 || result.troubles.length > 0) {
        bench.check(contender, name, result);
        throw new Error("the search ends here");
      }
      if (full) trials.push(result);
      if (result.abandoned) generator = await open(await first.renew());
      const passed = !result.gaveUp && !result.abandoned && result.refused === 0 && result.p99Ms <= limitMs;
      return { passed, hopeless: result.abandoned || result.p99Ms > limitMs * HOPELESS, result };
    };
    const start = rooms > 1 ? START_IN_ROOMS : Math.max(START, shown);
    // What is compiled on first use, and a crowd that has just come in, would fail the first trials: the buffers of
    // 10,000 sockets are made on first use too, so that a large room is warmed up at the rate where its search begins.
    const warm = {
      rate: (people > LARGE && rooms === 1 ? start : START) / perRoom,
      outstanding: 0,
      asPeopleDo,
      warmUpMs: 0,
      giveUpMs: limitMs * 3,
      drainMs: DRAIN_MS,
    };
    const warmed = await generator.load({ ...warm, measureMs: people > LARGE && !quick ? 1_000 : 300 });
    if (warmed.abandoned) generator = await open(await first.renew());
    const found = await findHighest({
      start,
      growth: 2,
      floor: Math.max(FLOOR, perRoom * 2),
      ceiling: CEILING,
      fullTrials: quick ? 1 : bench.contenders.length > MANY ? 2 : 3,
      precision: 1.06,
      trial,
    });
    if (found === null) {
      const why = `no rate was sustained with p99 under ${limitMs} ms`;
      // That a rival cannot do it is a result; that Madang cannot is a fault.
      if (contender.id === bench.madang.id) bench.fail(contender, name, why);
      else bench.say(contender, name, [], why);
      return;
    }
    const best = found.trial.result;
    bench.check(contender, name, best);
    // The rate just above may have failed only because the generator had no time left.
    const above = trials.filter(({ rate }) => rate > best.rate).sort((a, b) => a.rate - b.rate)[0];
    const bound =
      above !== undefined && above.generatorCpu > GENERATOR_BOUND && above.serverCpu < GENERATOR_BOUND;
    bench.throughput(contender, name, best, bound);
  });
}
