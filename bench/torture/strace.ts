/**
 * A disk that fails, by strace: it answers chosen system calls of the server with an error instead of passing them
 * on. Where it is missing or not permitted, the log's own seam has to do. Knows the names of the engine's files only.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Numbers of journals that a server may come to in one life of a torture. */
const JOURNALS_AHEAD = 40;

/** Whether strace is there and may trace a child on this machine. */
export function straceWorks(): boolean {
  const tried = spawnSync(
    "strace",
    ["-f", "-o", "/dev/null", "-e", "trace=fdatasync", process.execPath, "-e", "0"],
    {
      timeout: 20_000,
    },
  );
  return tried.status === 0;
}

export interface DiskFault {
  /** sync: of any file. write: of the engine's journal. note: of the witness beside it. */
  call: "sync" | "write" | "note";
  error: "EIO" | "ENOSPC";
  /** Which call fails, from 1. */
  n: number;
  /** All later ones fail too. */
  andLater: boolean;
}

/** What goes before the server's command line. */
export function injecting({ call, error, n, andLater }: DiskFault, dataFolder: string): string[] {
  const calls = { sync: "fdatasync,fsync", write: "write", note: "pwrite64" }[call];
  const files = { sync: [], write: journals(dataFolder), note: [join(dataFolder, "witness")] }[call];
  const when = `${n}${andLater ? "+" : ""}`;
  // Calls are counted by thread, so all of the engine's work has to be in one, and only those of its files, so that
  // the runtime's own pipes never fail.
  return [
    "strace",
    "-f",
    "--seccomp-bpf",
    "-o",
    "/dev/null",
    "-E",
    "UV_THREADPOOL_SIZE=1",
    ...files.flatMap((path) => ["-P", path]),
    "-e",
    `trace=${calls}`,
    "-e",
    `inject=${calls}:error=${error}:when=${when}`,
  ];
}

function journals(dataFolder: string): string[] {
  const folder = join(dataFolder, "log");
  const numbers = readdirSync(folder).map((name) => Number.parseInt(name.replace("MANIFEST-", ""), 10) || 0);
  const newest = Math.max(0, ...numbers);
  return Array.from({ length: JOURNALS_AHEAD }, (_, i) =>
    join(folder, `${String(newest + i).padStart(6, "0")}.log`),
  );
}
