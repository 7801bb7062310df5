/**
 * From the start of the process to the first connection it takes, with an empty log and with 100,000 messages in it.
 * Seen from outside, so that the time Node needs itself is part of it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Bench, Scenario } from "../bench.ts";
import { freePort } from "../free-port.ts";
import { ServerProcess } from "../server-process.ts";

const MESSAGES = 100_000;

export const cold: Scenario = {
  name: "cold",
  what: "start of the process to the first accepted connection",
  async run(bench) {
    const { madang } = bench;
    const data = mkdtempSync(join(bench.options.dataRoot, "cold-"));
    try {
      await measureStarts(bench, "empty log", data);
      await bench.measure(
        madang,
        `writing ${MESSAGES.toLocaleString("en")} messages`,
        async ({ server, generator }) => {
          const { port, pid } = server;
          const { protocol } = madang;
          await generator.open({ protocol, port, pid, people: 100, rooms: 10, history: 0, atOnce: 50 });
          const pace = { rate: 100_000, outstanding: 0, warmUpMs: 0, giveUpMs: 20_000 };
          const result = await generator.load({ ...pace, measureMs: (MESSAGES / pace.rate) * 1000 });
          bench.check(madang, "cold", result);
        },
        { data },
      );
      await measureStarts(bench, `${MESSAGES.toLocaleString("en")} messages`, data);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  },
};

async function measureStarts(bench: Bench, what: string, data: string): Promise<void> {
  const { madang } = bench;
  const outside: number[] = [];
  const inside: number[] = [];
  for (let i = 0; i < (bench.options.quick ? 3 : 5); i++) {
    bench.doing(madang, `${what}, start ${i + 1}`);
    const port = await freePort();
    const begin = performance.now();
    const core = bench.cores?.server;
    const { dataRoot } = bench.options;
    const flags = ["--port", String(port)];
    const started = ServerProcess.start({ contender: madang, core, dataRoot, data, flags });
    const [server, accepted] = await Promise.all([started, firstConnection(port)]);
    outside.push(accepted - begin);
    inside.push(Number(/ready in (\d+) ms/.exec(server.greeting)?.[1]));
    await server.stop();
  }
  const [value, said] = [median(outside), median(inside)];
  const common = { case: what, unit: "ms", better: "lower", generatorBound: false } as const;
  bench.record(madang, { ...common, metric: "first connection", value, raw: { outside, inside } });
  bench.record(madang, { ...common, metric: "ready by its own clock", value: said });
  bench.say(madang, what, [
    [value, "ms", "first connection"],
    [said, "ms", "ready by its own clock"],
  ]);
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Knocks until somebody opens. @returns when that was. */
async function firstConnection(port: number): Promise<number> {
  const giveUpAt = performance.now() + 20_000;
  while (performance.now() < giveUpAt) {
    const opened = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      const end = (answer: boolean) => {
        socket.destroy();
        resolve(answer);
      };
      socket.once("connect", () => end(true));
      socket.once("error", () => end(false));
    });
    if (opened) return performance.now();
    await new Promise((done) => setTimeout(done, 1));
  }
  throw new Error("nobody took a connection");
}
