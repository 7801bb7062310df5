/** A restart that thousands live through: SIGTERM, a new server on the same port, everybody back, nothing lost. */
import { freePort } from "../free-port.ts";
import type { CrowdFigures } from "./crowd.ts";
import type { Options } from "./options.ts";
import type { Progress } from "./progress.ts";
import { machine } from "./report.ts";
import { RoleProcess } from "./roles.ts";
import { ServerProcess } from "./server-process.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";

const STOP_MS = 10_000;
const BACK_MS = 60_000;
const FLAGS = ["--no-budgets", "--max-connections", "100000"];

interface Result {
  text: string;
  green: boolean;
  figures: object;
}

export function restartCrowd(options: Options, progress: Progress): Promise<Result> {
  return inTemporaryFolder(options.data, (data) => restart(data, options.crowd, progress));
}

async function restart(data: string, people: number, progress: Progress): Promise<Result> {
  const crowd = new RoleProcess("crowd");
  const servers: ServerProcess[] = [];
  const start = async (port: number): Promise<ServerProcess> => {
    const server = new ServerProcess({ data, flags: ["--port", String(port), ...FLAGS], wishes: null });
    servers.push(server);
    if (!(await server.ready))
      throw new Error(`the server did not start: ${(await server.endWithin(1_000))?.words}`);
    return server;
  };
  try {
    const first = await start(await freePort());
    progress.say(`${people} people come in`);
    await crowd.ask("open", { port: first.port, count: people });
    await crowd.ask("write");
    await new Promise((next) => setTimeout(next, 3_000));
    progress.say("the server restarts");
    const began = performance.now();
    first.signal("SIGTERM");
    const ending = await first.endWithin(STOP_MS);
    const stopMs = performance.now() - began;
    if (!ending) first.signal("SIGKILL");
    await first.ended;
    await start(first.port);
    const downMs = performance.now() - began;
    const figures = await crowd.ask<CrowdFigures>("settle", { ms: BACK_MS });
    await crowd.ask("stop");
    progress.end();
    return report(people, figures, { code: ending?.code ?? null, stopMs, downMs });
  } finally {
    await crowd.end();
    for (const server of servers) server.signal("SIGKILL");
    await Promise.all(servers.map(({ ended }) => ended));
  }
}

function report(
  people: number,
  figures: CrowdFigures,
  { code, stopMs, downMs }: { code: number | null; stopMs: number; downMs: number },
): Result {
  const { lost, doubled, behind, resets, refused } = figures;
  const rows: [string, string | number][] = [
    ["connections", people],
    ["messages sent", figures.sent],
    ["exit code, after", `${code}, ${stopMs.toFixed(0)} ms`],
    ["from SIGTERM to the next server", `${downMs.toFixed(0)} ms`],
    ["peak of reconnects in one second", figures.peakPerSecond],
    ["longest time without service", `${figures.longestMs.toFixed(0)} ms`],
    ["holes filled", figures.holes],
    ["lost", lost],
    ["doubled", doubled],
    ["readers not at the end", behind],
    ["told to forget", resets],
    ["refused", refused],
  ];
  const green = code === 0 && lost + doubled + behind + resets + refused === 0;
  const lines = rows.map(([name, value]) => `  ${name.padEnd(34)}${String(value).padStart(14)}`);
  const end = green ? "  Nothing was lost." : "  The promise was broken.";
  return {
    text: ["", ...lines, "", `  ${machine()}`, end, ""].join("\n"),
    green,
    figures: { ...figures, code, stopMs, downMs },
  };
}
