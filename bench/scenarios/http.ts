/**
 * Plain HTTP: the client's page, the list of rooms, and messages that a program posts while subscribers count what
 * arrives. An answer to a post comes after the commit.
 */
import { GENERATOR_BOUND, type Scenario } from "../bench.ts";
import { npmVersion, POST_TOKEN } from "../contenders.ts";

const CONNECTIONS = 50;
const SUBSCRIBERS = 10;
const REQUESTS = [
  { name: "GET /", method: "GET", path: "/" },
  { name: "GET /api/rooms", method: "GET", path: "/api/rooms" },
  { name: "POST a message", method: "POST", path: "/api/rooms/yard0/messages" },
] as const;

export const http: Scenario = {
  name: "http",
  what: `page, list of rooms and posted messages over ${CONNECTIONS} connections`,
  async run(bench) {
    const { madang } = bench;
    if (npmVersion("autocannon") === null) {
      bench.progress.line("  left out: its package autocannon is not installed.");
      return;
    }
    await bench.measure(madang, "plain HTTP", async ({ server, generator }) => {
      const { port, pid } = server;
      const { protocol } = madang;
      for (const { name, method, path } of REQUESTS) {
        bench.doing(madang, name);
        await generator.open({ protocol, port, pid, people: SUBSCRIBERS, rooms: 1, history: 0, atOnce: 10 });
        const result = await generator.http({
          method,
          path,
          token: POST_TOKEN,
          connections: CONNECTIONS,
          measureMs: bench.options.seconds * 1000,
        });
        bench.check(madang, name, result);
        if (result.errors > 0)
          bench.fail(madang, name, `${result.errors} requests were not answered with success`);
        const generatorBound = result.generatorCpu > GENERATOR_BOUND;
        const common = { case: name, generatorBound, raw: result } as const;
        const value = result.requestsPerSecond;
        bench.record(madang, { ...common, metric: "requests", unit: "/s", better: "higher", value });
        bench.record(madang, { ...common, metric: "p99", unit: "ms", better: "lower", value: result.p99Ms });
        const parts: [number, string, string][] = [
          [value, "/s", "requests"],
          [result.p50Ms, "ms", "p50"],
          [result.p99Ms, "ms", "p99"],
          [result.serverCpu * 100, "%", "server"],
        ];
        bench.say(madang, name, parts, generatorBound ? "generator-bound: at least this" : "");
      }
    });
  },
};
