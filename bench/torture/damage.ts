/**
 * Bytes that rot while the server is down: the newest journal or an older table torn, or a byte flipped in it. What is
 * expected is not that nothing is missing but that the truth is told: the server refuses to start, or begins a new
 * epoch, or refuses to read what is damaged. What it does give out is what was written, or it lied.
 */
import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { readJournal, type Taken } from "./journal.ts";
import type { Options } from "./options.ts";
import type { Progress } from "./progress.ts";
import { Random } from "./random.ts";
import { Stage } from "./stage.ts";

export type Told = "refused to start" | "new epoch" | "refused to read" | "harmless";

export interface DamageResult {
  kind: string;
  /** Whether it was done to a table instead of the newest journal. */
  older: boolean;
  /** What was done to which file. */
  what: string;
  told: Told;
  /** What was not the truth; null when all was. */
  lie: string | null;
}

interface Known {
  epoch: string;
  rooms: Map<string, Map<number, Taken>>;
}

/** Messages before the damage, a second. */
const RATE = 300;

export async function tryDamage(
  folder: string,
  options: Options,
  progress: Progress,
): Promise<DamageResult[]> {
  const kinds = options.faults.filter((name) => name === "torn" || name === "flip");
  if (kinds.length === 0) return [];
  const { seed, rooms } = options;
  const random = new Random(seed, "damage");
  const stage = new Stage({ folder, random, seed, clients: 6, rooms, rate: RATE, control: "" });
  const results: DamageResult[] = [];
  try {
    progress.say("a log to be damaged is written");
    await stage.open();
    // Each start turns the journal so far into a table.
    for (let tables = 0; tables < 3; tables++) {
      await stage.pause(800, 1_200);
      await stage.kill();
      await stage.start();
    }
    await stage.pause(1_000, 1_500);
    await stage.settle(10_000);
    await stage.workload.ask("finish");
    await stage.read("before");
    await stage.kill();
    const known = readKnown(stage.journals, "before");
    const whole = join(folder, "whole");
    cpSync(stage.data, whole, { recursive: true });
    for (let i = 0; i < options.damages; i++) {
      rmSync(stage.data, { recursive: true, force: true });
      cpSync(whole, stage.data, { recursive: true });
      const kind = kinds[i % kinds.length]!;
      const older = Math.floor(i / kinds.length) % 2 === 1;
      const path = choose(stage.data, random, older);
      const done = kind === "torn" ? tear(path, random) : flip(path, random);
      progress.say(`damage ${i + 1} of ${options.damages}: ${done}`);
      results.push({ kind, older, what: done, ...(await judgeStart(stage, known, `after-${i}`)) });
    }
  } finally {
    progress.end();
    await stage.close();
  }
  return results;
}

/** Starts a server on what is damaged and looks at what it says. */
async function judgeStart(
  stage: Stage,
  known: Known,
  name: string,
): Promise<Pick<DamageResult, "told" | "lie">> {
  const serves = await stage.launch(null);
  if (!serves) {
    const ending = await stage.down(5_000);
    const plain =
      ending?.code === 1 && /damaged|cannot be|failed/.test(ending.words) && !/\n\s+at /.test(ending.words);
    const lie = plain ? null : `it ended with code ${ending?.code}, ${ending?.signal}: ${ending?.words}`;
    return { told: "refused to start", lie };
  }
  const wasRead = await stage.read(name).then(
    () => true,
    () => false,
  );
  await stage.kill();
  if (!wasRead) return { told: "refused to read", lie: "a newcomer could not read, and was not told why" };
  const after = readKnown(stage.journals, name);
  const isNew = after.epoch !== known.epoch;
  let told: Told = isNew ? "new epoch" : "harmless";
  for (const [room, before] of known.rooms) {
    const now = after.rooms.get(room) ?? new Map<number, Taken>();
    for (const [seq, record] of now)
      if (JSON.stringify(before.get(seq)) !== JSON.stringify(record))
        return { told, lie: `${room} ${seq} is ${record[3]} and was ${before.get(seq)?.[3]}` };
    if (isNew || now.size === before.size) continue;
    if (!after.damaged.has(room))
      return { told, lie: `${room} has ${now.size} of ${before.size}, and nobody says so` };
    told = "refused to read";
  }
  return { told, lie: null };
}

function readKnown(folder: string, name: string): Known & { damaged: Set<string> } {
  const known = { epoch: "", rooms: new Map<string, Map<number, Taken>>(), damaged: new Set<string>() };
  for (const event of readJournal(folder, name)) {
    if (event.do === "damaged") known.damaged.add(event.room);
    if (event.do !== "log") continue;
    known.epoch ||= event.epoch;
    known.rooms.set(event.room, new Map(event.records.map((record) => [record[0], record])));
  }
  return known;
}

function files(data: string, ending: RegExp): string[] {
  const folder = join(data, "log");
  const names = readdirSync(folder)
    .filter((name) => ending.test(name))
    .sort();
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).size > 0);
}

/** The newest journal, or one of the tables. */
function choose(data: string, random: Random, older: boolean): string {
  return older ? random.pick(files(data, /\.ldb$/)) : files(data, /\.log$/).at(-1)!;
}

function tear(path: string, random: Random): string {
  const { size } = statSync(path);
  const left = random.chance(0.3)
    ? size - random.between(1, Math.min(40, size))
    : random.between(0, size - 1);
  truncateSync(path, left);
  return `${path.slice(-10)} torn from ${size} to ${left} bytes`;
}

function flip(path: string, random: Random): string {
  const at = random.between(0, statSync(path).size - 1);
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0]! ^= 1 << random.between(0, 7);
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
  return `a bit of byte ${at} of ${path.slice(-10)} flipped`;
}
