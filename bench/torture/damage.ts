/**
 * Bytes that rot while the server is down: the newest journal or an older table torn, or a byte flipped in it. What is
 * expected is not that nothing is missing but that the truth is told: the server begins a new epoch, or says which
 * numbers are lost, or refuses to start and is repaired. What it does give out is what was written, up to its head
 * without a hole that nobody speaks of, or it lied.
 */
import { spawnSync } from "node:child_process";
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
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../random.ts";
import { readJournal, type Taken } from "./journal.ts";
import type { Options } from "./options.ts";
import type { Progress } from "./progress.ts";
import { Stage } from "./stage.ts";
import { isBlank, type Meaning, readLabel, readToken } from "./tokens.ts";

export type Told = "repaired" | "new epoch" | "lost" | "refused to read" | "harmless";

export interface DamageResult {
  kind: string;
  /** Whether it was done to a table instead of the newest journal. */
  older: boolean;
  /** What was done to which file. */
  what: string;
  told: Told;
  /** Messages that were there before and cannot be read any more. */
  gone: number;
  /** What was not the truth; null when all was. */
  lie: string | null;
}

interface ReadRoom {
  head: number;
  records: Map<number, Taken>;
}

/** What a newcomer read of the log. */
export interface Known {
  epoch: string;
  rooms: Map<string, ReadRoom>;
  /** Rooms of which a part was refused. */
  damaged: Set<string>;
  lost: Map<string, { from: number; to: number }[]>;
}

type Judgement = Pick<DamageResult, "told" | "gone" | "lie">;

const REPAIR_MS = 30_000;

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
    // The socket of a server that was killed cannot be copied.
    rmSync(join(stage.data, "control"), { force: true });
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

/** Starts a server on what is damaged, repairs it when it refuses, and looks at what it says. */
async function judgeStart(stage: Stage, known: Known, name: string): Promise<Judgement> {
  let repaired = false;
  if (!(await stage.launch(null))) {
    const ending = await stage.down(5_000);
    const plain =
      ending?.code === 1 && /damaged|cannot be|failed/.test(ending.words) && !/\n\s+at /.test(ending.words);
    if (!plain) return lied(`it ended with code ${ending?.code}, ${ending?.signal}: ${ending?.words}`);
    const { code, words } = repair(stage.data);
    if (code !== 0) return lied(`the repair ended with code ${code}: ${words}`);
    repaired = true;
    if (!(await stage.launch(null)))
      return lied(`after a repair it ended with ${(await stage.down(5_000))?.words}; repair said ${words}`);
  }
  // Under these names come back rooms that lost their own.
  const others = Array.from({ length: stage.options.rooms }, (_, i) => `found-${i + 1}`);
  const wasRead = await stage.read(name, others).then(
    () => true,
    () => false,
  );
  await stage.kill();
  if (!wasRead) return lied("a newcomer could not read, and was not told why");
  const judgement = compare(known, readKnown(stage.journals, name));
  return repaired ? { ...judgement, told: "repaired" } : judgement;
}

const lied = (lie: string): Judgement => ({ told: "refused to read", gone: 0, lie });

function repair(data: string): { code: number | null; words: string } {
  const script = join(dirname(fileURLToPath(import.meta.url)), "main.js");
  const args = [script, "repair", "--data", data, "--yes"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: REPAIR_MS,
  });
  return { code: status, words: `${stdout}${stderr}`.trim() };
}

/** What became of a log. Every number up to the head is a message as it was, or is said to be lost. */
export function compare(before: Known, after: Known): Judgement {
  const isNew = after.epoch !== before.epoch;
  let told: Told = isNew ? "new epoch" : "harmless";
  let gone = 0;
  for (const [room, was] of before.rooms) {
    const name = nameNow(room, was, after);
    const now = after.rooms.get(name) ?? { head: 0, records: new Map<number, Taken>() };
    const removed = new Set([...now.records.values()].map(removedBy));
    for (const [seq, record] of now.records) {
      const before = was.records.get(seq);
      if (JSON.stringify(before) === JSON.stringify(record)) continue;
      if (!before || removed.has(messageOf(record)) || !isBackAgain(before, record))
        return { told, gone, lie: `${room} ${seq} is ${record[3]} and was ${before?.[3]}` };
    }
    const ranges = after.lost.get(name) ?? [];
    const isTold = (seq: number) => ranges.some(({ from, to }) => from <= seq && seq <= to);
    for (const seq of was.records.keys()) {
      if (now.records.has(seq)) continue;
      gone++;
      if (isNew && seq > now.head) continue;
      if (!isTold(seq) && !after.damaged.has(name))
        return { told, gone, lie: `${room} has no number ${seq}, and nobody says so` };
      if (!isNew) told = worse(told, isTold(seq) ? "lost" : "refused to read");
    }
  }
  return { told, gone, lie: null };
}

/** The message that a record removes, if it does. */
function removedBy([, , , label]: Taken): number {
  const { said, to } = readLabel(label);
  return said === "removal" ? to : 0;
}

/** The message whose text stands in a record: of an edit that which it is of. */
function messageOf([seq, , , label]: Taken): number {
  const { said, to } = readLabel(label);
  return said === "edit" ? to : seq;
}

/** Whether a record has its text again and is the same otherwise: as it must be when the removal is gone. */
function isBackAgain(before: Taken, now: Taken): boolean {
  const [is, was] = [readLabel(now[3]), readLabel(before[3])];
  const isSame = now[1] === before[1] && now[2] === before[2] && is.said === was.said && is.to === was.to;
  return isSame && isBlank(was) && readToken(is.text) !== null;
}

/** A room that lost its name is known by what was said in it; what is no text is alike in many rooms. */
function nameNow(room: string, was: ReadRoom, after: Known): string {
  const now = after.rooms.get(room);
  if (now && now.head > 0) return room;
  const hasText = ({ said, text }: Meaning) => said === "text" && text !== "";
  const isIt = ([name, { records }]: [string, ReadRoom]) =>
    name.startsWith("found-") &&
    [...records].some(
      ([seq, record]) =>
        hasText(readLabel(record[3])) && JSON.stringify(was.records.get(seq)) === JSON.stringify(record),
    );
  return [...after.rooms].find(isIt)?.[0] ?? room;
}

/** Of what was told of several numbers the worst stands for all. */
function worse(a: Told, b: Told): Told {
  const order: Told[] = ["harmless", "lost", "refused to read"];
  return order.indexOf(b) > order.indexOf(a) ? b : a;
}

function readKnown(folder: string, name: string): Known {
  const known: Known = { epoch: "", rooms: new Map(), damaged: new Set(), lost: new Map() };
  for (const event of readJournal(folder, name)) {
    if (event.do === "damaged") known.damaged.add(event.room);
    if (event.do === "lost") known.lost.set(event.room, event.ranges);
    if (event.do !== "log") continue;
    known.epoch ||= event.epoch;
    const records = new Map(event.records.map((record) => [record[0], record]));
    known.rooms.set(event.room, { head: event.head, records });
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
