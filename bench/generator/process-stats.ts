/**
 * What the system says about another process: processor time and resident memory. Linux only; elsewhere the figures
 * are NaN and the report says that they are missing.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Processor time of all threads that live, milliseconds. */
export function cpuMsOf(pid: number): number {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    }
    return ns / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory, bytes. */
export function residentBytesOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}
