/**
 * Measures a stretch of time: how long it was, what arrived in it, and what share of a core this process and the
 * server took.
 */
import { cpuMsOf } from "./process-stats.ts";
import type { Tally } from "./tally.ts";

export interface Reading {
  seconds: number;
  delivered: number;
  generatorCpu: number;
  serverCpu: number;
  serverCpuMs: number;
}

/** Begins now; the result reads off what has passed since. */
export function startGauge(tally: Tally, pid: number): () => Reading {
  const server = cpuMsOf(pid);
  const own = process.cpuUsage();
  const { delivered } = tally;
  const start = performance.now();
  return () => {
    const ms = performance.now() - start;
    const used = process.cpuUsage(own);
    const serverCpuMs = cpuMsOf(pid) - server;
    return {
      seconds: ms / 1000,
      delivered: tally.delivered - delivered,
      generatorCpu: (used.user + used.system) / 1000 / ms,
      serverCpu: serverCpuMs / ms,
      serverCpuMs,
    };
  };
}
