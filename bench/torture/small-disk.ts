/**
 * A disk that is really full: a data folder on a small file system of its own, written to until the server ends,
 * started once more while nothing fits, then given room. Needs Linux and the right to mount; elsewhere injected
 * errors have to do.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { Random } from "../random.ts";
import type { Verdict } from "./checker.ts";
import { LOG_JOURNAL } from "./journal.ts";
import { judge } from "./judge.ts";
import type { Options } from "./options.ts";
import type { Progress } from "./progress.ts";
import { Stage } from "./stage.ts";
import type { Rest } from "./workload.ts";

export interface SmallDiskResult {
  verdict: Verdict;
  rest: Rest;
  troubles: string[];
}

const SMALL = "size=3m";
const LARGE = "size=256m";
const RATE = 200;
const FULL_MS = 30_000;
const SETTLE_MS = 20_000;

/** Null where nothing may be mounted. */
export async function trySmallDisk(
  folder: string,
  options: Options,
  progress: Progress,
): Promise<SmallDiskResult | null> {
  const { seed, rooms } = options;
  const random = new Random(seed, "small disk");
  const stage = new Stage({ folder, random, seed, clients: 6, rooms, rate: RATE, control: "" });
  mkdirSync(stage.data);
  if (!mount("-t", "tmpfs", "-o", SMALL, "madang-torture", stage.data)) {
    await stage.close();
    return null;
  }
  const unmount = () => spawnSync("umount", ["-l", stage.data]);
  process.prependOnceListener("exit", unmount);
  try {
    progress.say("a small disk becomes full");
    await stage.open();
    await stage.workload.ask("flood", { ms: FULL_MS });
    await fails(stage, FULL_MS);
    await stage.launch(null);
    await stage.workload.ask("flood", { ms: FULL_MS });
    await fails(stage, FULL_MS);
    await stage.workload.ask("flood", { ms: 0 });
    mount("-o", `remount,${LARGE}`, stage.data);
    await stage.start();
    const rest = await stage.settle(SETTLE_MS);
    await stage.workload.ask("finish");
    await stage.kill();
    await stage.start();
    await stage.read(LOG_JOURNAL);
    return { verdict: await judge(stage.journals), rest, troubles: stage.troubles };
  } finally {
    progress.end();
    await stage.close();
    process.off("exit", unmount);
    unmount();
  }
}

async function fails(stage: Stage, ms: number): Promise<void> {
  const ending = await stage.down(ms);
  const isPlain = ending?.code === 1 && ending.words !== "" && !/\n\s+at /.test(ending.words);
  if (!isPlain)
    stage.troubles.push(`full disk: exit code ${ending?.code}, signal ${ending?.signal}: ${ending?.words}`);
}

function mount(...args: string[]): boolean {
  return process.platform === "linux" && spawnSync("mount", args).status === 0;
}
