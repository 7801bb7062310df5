/**
 * Who is measured: Madang and the rivals, how each is started, and which protocol the generator speaks with it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProtocolName } from "./generator/commands.ts";

/** The folder of the built programs, where this one runs. */
export const dist = dirname(fileURLToPath(import.meta.url));

export interface Contender {
  id: string;
  /** As people call it. */
  name: string;
  protocol: ProtocolName;
  version: string;
  command: string;
  args: string[];
  /** What it finds in its environment besides ours. */
  variables?: Record<string, string>;
}

/** What lifts every limit that stands against one sender; everything else is as it is delivered. */
const LIFTED = ["--no-budgets", "--message-burst", "1000000"];
export const POST_TOKEN = "bench-bench-bench";

const RIVALS = {
  ws: { name: "ws", protocol: "plain", npm: "ws" },
  "socket.io": { name: "Socket.IO", protocol: "socket.io", npm: "socket.io" },
  uws: { name: "uWebSockets.js", protocol: "plain", npm: "uWebSockets.js" },
  bun: { name: "Bun", protocol: "plain", program: "bun" },
  deno: { name: "Deno", protocol: "plain", program: "deno" },
} as const;

export const RIVAL_IDS = Object.keys(RIVALS) as (keyof typeof RIVALS)[];

/** `folder`: of another build than this one. */
export function madang(version: string, nodeFlags: readonly string[], folder = dist): Contender {
  const args = [
    ...nodeFlags,
    join(folder, "main.js"),
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--metrics-listen",
    "127.0.0.1:0",
    ...LIFTED,
  ];
  const variables = { MADANG_POST_TOKEN: POST_TOKEN };
  const command = process.execPath;
  return { id: "madang", name: "Madang", protocol: "madang", version, command, args, variables };
}

/** The Madang that was built in another checkout, or why it cannot take part. */
export function madangOf(checkout: string, nodeFlags: readonly string[]): Contender | string {
  const folder = join(checkout, "dist");
  const asked = spawnSync(process.execPath, [join(folder, "main.js"), "--version"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  if (asked.status !== 0) return `There is no Madang built in ${checkout}.`;
  return { ...madang(asked.stdout.trim(), nodeFlags, folder), id: "beside", name: "Madang beside" };
}

/** A rival, or why it cannot take part. */
export function findRival(id: keyof typeof RIVALS): Contender | string {
  const rival = RIVALS[id];
  const script = join(dist, "rivals", `${id.replace(".", "-")}.js`);
  if (!existsSync(script)) return `${rival.name} is left out: ${id} is not part of this build`;
  const { name, protocol } = rival;
  if ("npm" in rival) {
    const version = npmVersion(rival.npm);
    if (version === null) return `${name} is left out: its package is not installed`;
    return { id, name, protocol, version, command: process.execPath, args: [script] };
  }
  const local = join(dist, "../node_modules/.bin", rival.program);
  const command = existsSync(local) ? local : rival.program;
  const asked = spawnSync(command, ["--version"], { encoding: "utf8", timeout: 20_000 });
  if (asked.status !== 0) return `${name} is left out: it is not installed`;
  const version = /\d+\.\d+\.\d+\S*/.exec(asked.stdout)?.[0] ?? "unknown";
  const args = id === "deno" ? ["run", "--allow-all", "--no-config", "--no-npm", script] : [script];
  return { id, name, protocol, version, command, args };
}

/** Null: not installed. */
export function npmVersion(name: string): string | null {
  try {
    const require = createRequire(import.meta.url);
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return null;
  }
}
