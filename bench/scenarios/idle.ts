/**
 * What a connection that has joined a room and says nothing costs of the server's own memory. What the system keeps
 * for a socket is the same for everybody and not counted.
 */
import type { Scenario } from "../bench.ts";
import { residentBytesOf } from "../generator/process-stats.ts";

const PEOPLE = 10_000;
const ROOMS = 1_000;

export const idle: Scenario = {
  name: "idle",
  what: "10,000 connections, each in one of 1,000 rooms: memory of one",
  async run(bench) {
    const what = `${PEOPLE.toLocaleString("en")} connections`;
    for (const contender of bench.contenders) {
      await bench.measure(contender, what, async ({ server, generator }) => {
        const { port, pid } = server;
        const before = residentBytesOf(pid);
        const opened = await generator.open({
          protocol: contender.protocol,
          port,
          pid,
          people: PEOPLE,
          rooms: ROOMS,
          history: 0,
          atOnce: 128,
        });
        bench.check(contender, what, opened);
        await new Promise((done) => setTimeout(done, bench.options.quick ? 500 : 2_000));
        const after = residentBytesOf(pid);
        const value = (after - before) / PEOPLE / 1024;
        const raw = { before, after, opened };
        const common = { case: what, better: "lower", generatorBound: false } as const;
        bench.record(contender, { ...common, metric: "memory", unit: "KiB", value, raw });
        bench.say(contender, what, [
          [value, "KiB", "each"],
          [after / 2 ** 20, "MiB", "in all"],
        ]);
      });
    }
  },
};
