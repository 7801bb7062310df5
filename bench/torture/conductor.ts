/**
 * One run: sets the stage, breaks it until the time is over, lets everybody come to rest, has the log read by a
 * newcomer and the journals judged. It decides nothing itself about what is right.
 */
import { join } from "node:path";
import { Random } from "../random.ts";
import type { Verdict } from "./checker.ts";
import { tryDamage } from "./damage.ts";
import { FAULTS } from "./faults.ts";
import { LOG_JOURNAL } from "./journal.ts";
import { judge } from "./judge.ts";
import type { Options } from "./options.ts";
import type { Progress } from "./progress.ts";
import { isGreen, type Outcome, percentile } from "./report.ts";
import { type SmallDiskResult, trySmallDisk } from "./small-disk.ts";
import { Stage } from "./stage.ts";
import { straceWorks } from "./strace.ts";
import { inTemporaryFolder } from "./temporary-folder.ts";
import type { Rest } from "./workload.ts";

/** Longest time after the last fault for everybody to have everything. */
const SETTLE_MS = 45_000;
/** Messages a second, of all people together. */
const RATE = 120;

export function conduct(options: Options, progress: Progress): Promise<Outcome> {
  return inTemporaryFolder(options.data, async (folder, keep) => {
    const outcome = await run(options, progress, folder);
    // What went wrong unasked is worth a look.
    if (options.control !== "" || isGreen(outcome)) return outcome;
    keep();
    return { ...outcome, folder };
  });
}

async function run(options: Options, progress: Progress, folder: string): Promise<Outcome> {
  const { seed, clients, rooms, control, faults } = options;
  const random = new Random(seed, "faults");
  const main = join(folder, "main");
  const people = { clients, rooms, rate: RATE, hasCourt: true };
  const stage = new Stage({ folder: main, random, seed, control, ...people });
  const strace = faults.some((name) => name.startsWith("disk-")) && straceWorks();
  let verdict: Verdict;
  let rest: Rest;
  try {
    await stage.open();
    await breakIt(stage, options, strace, progress);
    progress.say("everybody comes to rest");
    await stage.proxy.ask("heal");
    rest = await stage.settle(SETTLE_MS);
    await stage.workload.ask("finish");
    progress.say("a newcomer reads the log");
    // A server that remembers nothing, so that what is read comes from the disk.
    await stage.signal("SIGTERM");
    await stage.down(10_000);
    await stage.start();
    await stage.read(LOG_JOURNAL);
    verdict = await judge(stage.journals);
  } finally {
    progress.end();
    await stage.close();
  }
  const damage = control ? [] : await tryDamage(join(folder, "damage"), options, progress);
  let smallDisk: SmallDiskResult | null = null;
  if (faults.includes("disk-full") && !control)
    smallDisk = await trySmallDisk(join(folder, "small"), options, progress);
  const { restarts, lapses, troubles, outagesMs } = stage;
  const serveAgainMs = { p50: percentile(outagesMs, 50), p99: percentile(outagesMs, 99) };
  return {
    seed,
    strace,
    verdict,
    rest,
    restarts,
    lapses,
    troubles,
    serveAgainMs,
    damage,
    smallDisk,
    folder: null,
  };
}

/** Every fault comes once before any comes again. */
async function breakIt(stage: Stage, options: Options, strace: boolean, progress: Progress): Promise<void> {
  const until = performance.now() + options.seconds * 1000;
  const names = options.faults.filter((name) => name in FAULTS);
  await stage.pause(500, 1_000);
  for (let round = 0; performance.now() < until; round++) {
    for (const name of stage.random.shuffle(names)) {
      // The first round is complete, however long it takes.
      if (round > 0 && performance.now() > until) return;
      progress.show(name, await stage.tally(), stage.restarts, until - performance.now());
      await FAULTS[name]!({ stage, strace, round });
      await stage.pause(100, 500);
    }
    if (names.length === 0) await stage.pause(1_000, 1_000);
  }
}
