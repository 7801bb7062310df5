/**
 * Ten people in an otherwise idle room: how long a message takes to everybody, commit included. From the time at
 * which it was to be sent to the receiver.
 */
import { closeSync, fdatasync, openSync, rmSync, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Bench, GENERATOR_BOUND, type Scenario } from "../bench.ts";

const PEOPLE = 10;
/** What the disk is asked to keep when it is measured alone: about as much as a commit of one message. */
const SYNCED_BYTES = 200;

export const latency: Scenario = {
  name: "latency",
  what: "ten people in an idle room: time from sender to receiver",
  async run(bench) {
    const { quick } = bench.options;
    await measureDisk(bench, quick ? 50 : 100);
    for (const contender of bench.contenders) {
      await bench.measure(contender, `${PEOPLE} people`, async ({ server, generator }) => {
        const { port, pid } = server;
        const { protocol } = contender;
        await generator.open({ protocol, port, pid, people: PEOPLE, rooms: 1, history: 0, atOnce: PEOPLE });
        // Thousands of messages first, from everyone alike: what is not compiled yet is not what a room feels all day.
        const load = { rate: 0, outstanding: 0, warmUpMs: 0, giveUpMs: 5_000 };
        await generator.load({ ...load, outstanding: 4, measureMs: quick ? 300 : 700 });
        for (const [rate, length] of [
          [1, quick ? 2 : 4],
          [100, quick ? 1 : 2],
        ] as const) {
          const what = `${rate} message${rate === 1 ? "" : "s"}/s`;
          bench.doing(contender, what);
          const result = await generator.load({ ...load, rate, measureMs: length * 1000 });
          bench.check(contender, what, result);
          const common = { case: what, unit: "ms", better: "lower", generatorBound: false } as const;
          bench.record(contender, { ...common, metric: "p50", value: result.p50Ms, raw: result });
          bench.record(contender, { ...common, metric: "p99", value: result.p99Ms });
          const late = result.generatorCpu > GENERATOR_BOUND ? "the generator was busy" : "";
          bench.say(
            contender,
            what,
            [
              [result.p50Ms, "ms", "p50"],
              [result.p99Ms, "ms", "p99"],
            ],
            late,
          );
        }
      });
    }
  },
};

/** The part of it that no server can save that keeps a message before it shows it: a write and its sync. */
async function measureDisk(bench: Bench, count: number): Promise<void> {
  const what = "write and sync alone";
  bench.doing(bench.madang, what);
  const path = join(bench.options.dataRoot, "sync");
  const file = openSync(path, "w");
  const bytes = Buffer.alloc(SYNCED_BYTES, 1);
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done, 10));
    const start = performance.now();
    await promisify(write)(file, bytes, 0, SYNCED_BYTES, i * SYNCED_BYTES);
    await promisify(fdatasync)(file);
    took.push(performance.now() - start);
  }
  closeSync(file);
  rmSync(path);
  took.sort((a, b) => a - b);
  const value = took[Math.floor(count / 2)]!;
  const common = { case: what, unit: "ms", better: "lower", generatorBound: false } as const;
  bench.record(bench.madang, { ...common, metric: "p50", value, raw: took });
  bench.say({ ...bench.madang, name: "this disk" }, what, [[value, "ms", "p50"]]);
}
