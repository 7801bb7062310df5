/**
 * Where and with what a run was made: without it no figure means anything.
 */
import { statfsSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { Contender } from "./contenders.ts";
import type { Cores } from "./cores.ts";

/** Filled in by the build. */
declare const MADANG_VERSION: string;
declare const MADANG_COMMIT: string;

/** Magic numbers of file systems in memory: there a sync costs nothing. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
  /** Whether server and generator each had a core of their own. */
  pinned: boolean;
  /** Whether Madang's data lay on a file system in memory. */
  dataInMemory: boolean;
  madang: string;
  commit: string;
  versions: Record<string, string>;
}

export const madangVersion = () => MADANG_VERSION;

export function describeMachine(
  contenders: readonly Contender[],
  cores: Cores | null,
  dataRoot: string,
): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}, ${release()}`,
    node: process.version,
    pinned: cores !== null,
    dataInMemory: isInMemory(dataRoot),
    madang: MADANG_VERSION,
    commit: MADANG_COMMIT,
    versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])),
  };
}

function isInMemory(path: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(path).type);
  } catch {
    return false;
  }
}

export function machineSentence(machine: Machine): string {
  const pinning = machine.pinned
    ? "server and generator on one core each"
    : "NOT pinned: taskset is missing, so the figures are not those of one core";
  const disk = machine.dataInMemory ? ", data IN MEMORY: a sync costs nothing here" : "";
  const { cpu, cores, memoryGiB, system, node, madang, commit } = machine;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, Madang ${madang} (${commit}), ${pinning}${disk}`;
}
