/**
 * Keeps server and generator on different cores, so that neither takes time from the other and "one core" means one.
 * Does nothing where `taskset` is missing.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Cores {
  server: number;
  generator: number;
}

/** Two cores this process may use, not two halves of one where that can be known. null: no pinning here. */
export function pickCores(): Cores | null {
  if (spawnSync("taskset", ["-V"], { stdio: "ignore" }).status !== 0) return null;
  const allowed = allowedCores();
  const [server] = allowed;
  if (server === undefined) return null;
  const halves = listAt(`/sys/devices/system/cpu/cpu${server}/topology/thread_siblings_list`);
  const generator = allowed.find((core) => !halves.includes(core)) ?? allowed[1];
  return generator === undefined || generator === server ? null : { server, generator };
}

function allowedCores(): number[] {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return parseList(/^Cpus_allowed_list:\s*(.+)$/m.exec(status)?.[1] ?? "");
  } catch {
    return [];
  }
}

function listAt(path: string): number[] {
  try {
    return parseList(readFileSync(path, "utf8"));
  } catch {
    return [];
  }
}

/** "0-2,5" as [0, 1, 2, 5]. */
export function parseList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}

/** The command line that runs a program on one core. */
export function pinned(core: number | undefined, command: string, args: string[]): [string, string[]] {
  return core === undefined ? [command, args] : ["taskset", ["-c", String(core), command, ...args]];
}
