/**
 * What is done to a stage, one entry for each name after `--fault`. Each leaves a server that serves. What a fault
 * expects of the server's end it checks itself; whether anything was lost is for the checker to say.
 */
import { tryBackup } from "./backup-fault.ts";
import type { Stage } from "./stage.ts";
import { type DiskFault, injecting } from "./strace.ts";

export interface FaultContext {
  stage: Stage;
  /** Errors can be injected by strace. */
  strace: boolean;
  /** How often this fault was applied before. */
  round: number;
}

type Fault = (context: FaultContext) => Promise<void>;

/** Longest time until a point is reached that every message passes. */
const REACHED_MS = 15_000;
/** A stop has to be over by then. */
const STOP_MS = 10_000;
/** Which write fails, in turn. */
const TURNS = [1, 2, 3, 5, 8, 13, 40];

export const FAULTS = {
  kill: async ({ stage }) => {
    await stage.pause(50, 1_500);
    await stage.kill();
    await stage.start();
  },

  "kill-points": async ({ stage, round }) => {
    const killAt = (["beforeCommit", "afterCommit", "duringPublish"] as const)[round % 3]!;
    await stage.kill();
    await stage.launch({ killAt, n: stage.random.between(2, 60) });
    const ending = await stage.down(REACHED_MS);
    if (ending?.signal !== "SIGKILL")
      stage.troubles.push(`the server did not end itself ${killAt}: ${ending?.words ?? "it is still there"}`);
    await stage.start();
  },

  term: async ({ stage, round }) => {
    await stage.pause(50, 1_000);
    // Now and then in the middle of many repeats, which have to be looked for on disk.
    await stage.workload.ask("mischief", { repeat: round % 2 === 0 });
    await stage.proxy.ask("orphan", { share: 0.5, ms: 2_000 });
    await stage.workload.ask("probe");
    await stage.pause(0, 250);
    await stage.signal("SIGTERM");
    const ending = await stage.down(STOP_MS);
    if (ending?.code !== 0)
      stage.troubles.push(
        `SIGTERM: ${ending ? `exit code ${ending.code} ${ending.words}` : "no end in 10 s"}`,
      );
    await stage.start();
  },

  cut: async ({ stage }) => {
    for (let i = stage.random.between(2, 5); i > 0; i--) {
      await stage.proxy.ask("cut", { share: 0.4 });
      await stage.pause(100, 600);
    }
    await stage.workload.ask("probe");
  },

  "half-open": async ({ stage, round }) => {
    const ms = stage.random.between(4_000, 6_000);
    await stage.proxy.ask("freeze", { share: 0.4, ms });
    await stage.pause(200, 800);
    // Now and then nobody wakes up, and clients have to find out by themselves.
    if (round % 3 !== 2) await stage.workload.ask("probe");
    await stage.pause(ms - 2_000, ms);
  },

  "early-reconnect": async ({ stage }) => {
    for (let i = stage.random.between(1, 3); i > 0; i--) {
      await stage.proxy.ask("orphan", { share: 0.5, ms: stage.random.between(500, 8_000) });
      await stage.workload.ask("probe");
      await stage.pause(100, 700);
    }
  },

  stall: async ({ stage }) => {
    const ms = stage.random.between(2_000, 4_000);
    await stage.proxy.ask("stall", { share: 0.25, ms });
    await stage.workload.ask("flood", { ms: ms - 500 });
    await stage.pause(ms, ms + 500);
  },

  repeat: async ({ stage }) => {
    await stage.workload.ask("mischief", { repeat: true });
    await stage.pause(300, 900);
    await stage.kill();
    await stage.start();
    await stage.pause(300, 900);
    await stage.proxy.ask("orphan", { share: 0.5, ms: 2_000 });
    await stage.workload.ask("probe");
    await stage.pause(500, 1_000);
    await stage.workload.ask("mischief", { repeat: false });
  },

  lose: async ({ stage }) => {
    await stage.workload.ask("mischief", { lose: 0.1 });
    await stage.pause(800, 1_600);
    await stage.workload.ask("mischief", { lose: 0 });
  },

  reload: async ({ stage }) => {
    await stage.workload.ask("reload", { share: 0.4 });
    await stage.pause(200, 600);
  },

  backup: ({ stage }) => tryBackup(stage),

  "disk-error": async ({ stage, strace, round }) => {
    const n = TURNS[Math.floor(round / 3) % TURNS.length]!;
    const call = (["sync", "write", "note"] as const)[round % 3]!;
    await failingDisk(stage, strace, { call, error: "EIO", n, andLater: false });
  },

  "disk-full": async ({ stage, strace, round }) => {
    const n = TURNS[(round + 2) % TURNS.length]!;
    await failingDisk(stage, strace, {
      call: round % 3 === 2 ? "note" : "write",
      error: "ENOSPC",
      n,
      andLater: true,
    });
  },
} satisfies Record<string, Fault> as Record<string, Fault>;

async function failingDisk(stage: Stage, strace: boolean, fault: DiskFault): Promise<void> {
  await stage.kill();
  const { call, error, n } = fault;
  const seam = call === "write" ? { failWrite: n, error } : { failSync: n, error };
  if (strace) await stage.launch(null, injecting(fault, stage.data));
  else await stage.launch(seam);
  const ending = await stage.down(REACHED_MS);
  const what = `${error} at ${call} ${n}`;
  if (!ending) stage.troubles.push(`${what}: the server went on`);
  else if (ending.code !== 1)
    stage.troubles.push(`${what}: exit code ${ending.code}, signal ${ending.signal}: ${ending.words}`);
  else if (ending.words === "" || /\n\s+at /.test(ending.words))
    stage.troubles.push(`${what}: no plain message but "${ending.words}"`);
  await stage.start();
}
