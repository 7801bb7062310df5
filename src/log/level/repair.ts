/**
 * Puts the rooms in order after a loss, without taking away anything that is whole: where blocks are missing between
 * two others of a room, blocks of lost records are written into the hole, so that its numbers are contiguous again for
 * every reader. A room without its name gets one. Looks at keys, and at one block beside each hole.
 * Invariant: afterwards every room that has blocks has a meta, and its blocks continue from its first number to its
 * head. The plan changes nothing.
 *
 *   before   1-3   (nothing)   9-10   (nothing)   the head was 14
 *   after    1-3   4-8 lost    9-10               the head is 10
 */

import { lostBlock, MAX_LOST_RECORDS, readBlockHeader } from "../../wire/block.ts";
import { isStored } from "../blocks.ts";
import { type Bounds, LogError, LogErrorCode } from "../log.ts";
import { type Engine, readableKeys } from "./engine.ts";
import { decodeBounds, decodeMeta, decodeSnapshot, encodeBounds, encodeMeta } from "./entries.ts";
import {
  allBlocks,
  allBounds,
  allMetas,
  allSnapshots,
  type BlockKey,
  blockKey,
  blocksBetween,
  boundsKey,
  metaKey,
  readBlockKey,
  readRoomKey,
} from "./keys.ts";
import { tryEntry } from "./read-entry.ts";
import type { Report } from "./report.ts";

/** A larger hole is no loss that a start could take for granted. */
const MOST_IN_A_HOLE = 1_000_000;
/** Losing more than there is left is as unlikely, unless there is little of both. */
const LITTLE = 10_000;
/** Holes told of one by one. */
const MOST_TOLD = 1_000;

export interface Hole {
  room: number;
  from: number;
  /** The number behind it. */
  before: number;
  /** The blocks beside it. */
  below: BlockKey | null;
  above: BlockKey;
}

export interface Plan {
  /** Rooms that were dropped; what is left of them is on its way out. */
  gone: ReadonlySet<number>;
  /** What the entries said of each room. */
  before: Map<number, Bounds>;
  /** Each room that has blocks, from its first number on, holes counted as filled. */
  runs: Map<number, Bounds>;
  names: Map<number, string>;
  /** Records that are there, numbers that are missing between them. */
  kept: number;
  lost: number;
  holes: number;
  largest: Hole | null;
  /** Those too large to be filled by themselves. */
  huge: Hole[];
}

export async function planRepair(db: Engine, gone: ReadonlySet<number>): Promise<Plan> {
  const plan: Plan = {
    gone,
    ...{ before: new Map(), runs: new Map(), names: new Map() },
    ...{ kept: 0, lost: 0, holes: 0, largest: null, huge: [] },
  };
  for await (const [key, value] of db.iterator(allMetas())) {
    const meta = tryEntry(key, value, decodeMeta);
    if (meta) plan.names.set(meta.room, meta.name);
  }
  for await (const [key, value] of db.iterator(allBounds())) {
    const bounds = tryEntry(key, value, decodeBounds);
    if (bounds) plan.before.set(readRoomKey(key), bounds);
  }
  for await (const { block, hole } of walk(db, plan)) {
    const { room, seq, count } = block;
    const run = plan.runs.get(room);
    const first = run?.first ?? hole?.from ?? seq;
    plan.runs.set(room, { first, head: Math.max(run?.head ?? 0, seq + count - 1) });
    plan.kept += count;
    if (!hole) continue;
    plan.holes++;
    plan.lost += sizeOf(hole);
    if (sizeOf(hole) > MOST_IN_A_HOLE) plan.huge.push(hole);
    if (!plan.largest || sizeOf(hole) > sizeOf(plan.largest)) plan.largest = hole;
  }
  return plan;
}

/** What is not in order, a clause each. */
export function disorderOf({ before, runs, names, lost, holes }: Plan): string[] {
  const reasons: string[] = [];
  if (holes > 0) reasons.push(`${lost} messages are missing between others`);
  const nameless = [...runs.keys()].filter((room) => !names.has(room)).length;
  if (nameless > 0) reasons.push(`${nameless} rooms have no name`);
  const isOff = ([room, { head, first }]: [number, Bounds]) => (runs.get(room)?.head ?? first - 1) !== head;
  const off = [...before].filter(isOff).length;
  if (off > 0) reasons.push(`the ends of ${off} rooms are missing`);
  const unbound = [...runs.keys()].filter((room) => !before.has(room)).length;
  if (unbound > 0) reasons.push(`the bounds of ${unbound} rooms are missing`);
  return reasons;
}

/**
 * Lets the rooms with holes too large to be filled begin behind them; what lies before is not served any more, so it
 * has to be kept elsewhere. @returns the plan as it is then
 */
export async function cutHuge(db: Engine, plan: Plan, report: Report): Promise<Plan> {
  if (plan.huge.length === 0) return plan;
  for (const { room, before } of plan.huge) {
    const head = plan.runs.get(room)!.head;
    await db.put(boundsKey(room), encodeBounds(boundsKey(room), { first: before, head }));
    report(
      "log_lost",
      `Room ${room} begins at number ${before}, behind more lost messages than can be filled in.`,
    );
  }
  return planRepair(db, plan.gone);
}

/** @throws LogError `damaged` when so much is missing that an operator has to decide. */
export function refuseAbsurd(folder: string, { kept, lost, largest, huge }: Plan): void {
  if (!largest || (huge.length === 0 && (lost <= kept || lost <= LITTLE))) return;
  const { room, from, before } = largest;
  throw new LogError(
    LogErrorCode.damaged,
    `The log in the data folder ${folder} is damaged: ${lost} messages are missing among ${kept}, in room ${room} ` +
      `those from ${from} to ${before - 1}, which is more than a start fills by itself; ` +
      `"madang repair --data ${folder}" says what can be done.`,
    { at: { room, seq: from } },
  );
}

/**
 * Carries the plan out. Nothing here is synced: the caller's synced write follows in the same journal and makes all of
 * it durable. Done again after a crash on the way, it finds its own lost blocks and goes on.
 * @returns how many rooms there are
 */
export async function carryOut(db: Engine, plan: Plan, report: Report): Promise<number> {
  let told = 0;
  for await (const { hole } of walk(db, plan)) {
    if (!hole) continue;
    await fill(db, hole);
    told++;
    if (told <= MOST_TOLD)
      report("log_lost", `Room ${hole.room} lost ${messages(hole.from, hole.before - 1)}.`);
  }
  if (told > MOST_TOLD) report("log_lost", `There are ${told - MOST_TOLD} more such places.`);
  const taken = new Set(plan.names.values());
  for (const room of new Set([...plan.runs.keys(), ...plan.before.keys()])) {
    if (!plan.names.has(room) && !(await nameAgain(db, plan, room, taken, report))) continue;
    await settleBounds(db, plan, room, report);
  }
  for await (const [key, value] of db.iterator(allSnapshots())) {
    const room = readRoomKey(key);
    const head = plan.runs.get(room)?.head ?? (plan.before.get(room)?.first ?? 1) - 1;
    const snapshot = tryEntry(key, value, decodeSnapshot);
    // A snapshot ahead of its room remembers what is lost, and would call it known.
    if (!snapshot || !plan.names.has(room) || snapshot.seq > head) await db.del(key);
  }
  return plan.names.size;
}

/**
 * Blocks in the order of rooms and numbers, each with the hole before it, if there is one. What lies below a room's
 * first number is not looked at: retention had removed it.
 */
async function* walk(
  db: Engine,
  { before, gone }: Pick<Plan, "before" | "gone">,
): AsyncIterable<{ block: BlockKey; hole: Hole | null }> {
  let room = 0;
  let next = 0;
  let below: BlockKey | null = null;
  for await (const keys of readableKeys(db, allBlocks())) {
    for (const key of keys) {
      const block = readBlockKey(key);
      if (gone.has(block.room)) continue;
      if (block.room !== room) {
        room = block.room;
        next = before.get(room)?.first ?? block.seq;
        below = null;
      }
      const after = block.seq + block.count;
      // Two that lie over each other: readers take the one that begins first.
      if (after <= next) continue;
      const hole = block.seq > next ? { room, from: next, before: block.seq, below, above: block } : null;
      yield { block, hole };
      next = after;
      below = block;
    }
  }
}

async function fill(db: Engine, hole: Hole): Promise<void> {
  const { room, from, before, below, above } = hole;
  const time = (below && (await timeOf(db, below))) ?? (await timeOf(db, above)) ?? 0;
  for (let seq = from; seq < before; seq += MAX_LOST_RECORDS) {
    const count = Math.min(MAX_LOST_RECORDS, before - seq);
    await db.put(blockKey(room, seq, count), lostBlock(room, seq, count, time));
  }
}

async function timeOf(db: Engine, { room, seq, count }: BlockKey): Promise<number | null> {
  const bytes = await db.get(blockKey(room, seq, count));
  return bytes && isStored(room, seq, count, bytes) ? readBlockHeader(bytes).time : null;
}

/** @returns whether the room goes on; it does when it has anything to read */
async function nameAgain(
  db: Engine,
  { runs, names }: Plan,
  room: number,
  taken: Set<string>,
  report: Report,
): Promise<boolean> {
  const run = runs.get(room);
  if (!run) {
    await db.del(boundsKey(room));
    report("log_lost", `Room ${room} lost its name and all of its messages.`);
    return false;
  }
  let name = `found-${room}`;
  for (let n = 2; taken.has(name); n++) name = `found-${room}-${n}`;
  taken.add(name);
  names.set(room, name);
  const createdAt = await firstTime(db, room, run);
  await db.put(metaKey(room), encodeMeta(metaKey(room), { room, name, createdAt, flags: 0 }));
  report("log_lost", `Room ${room} lost its name and is called "${name}" now.`);
  return true;
}

async function firstTime(db: Engine, room: number, { first, head }: Bounds): Promise<number> {
  for await (const [key] of readableKeys(db, blocksBetween(room, first, head + 1), 1))
    return (key && (await timeOf(db, readBlockKey(key)))) ?? 0;
  return 0;
}

async function settleBounds(db: Engine, { before, runs }: Plan, room: number, report: Report): Promise<void> {
  const was = before.get(room) ?? { first: 1, head: 0 };
  const run = runs.get(room);
  // A room whose blocks are all gone stays where retention had left it, or its numbers would be given out again.
  const is = run ?? { first: was.first, head: was.first - 1 };
  if (!before.has(room))
    report("log_lost", `Room ${room} begins at number ${is.first}; what was before is not known.`);
  else if (is.first === was.first && is.head === was.head) return;
  if (is.head < was.head)
    report(
      "log_lost",
      `Room ${room} lost ${messages(is.head + 1, was.head)}, its newest, and goes on from there.`,
    );
  await db.put(boundsKey(room), encodeBounds(boundsKey(room), is));
}

/** "the message 7", "the messages 7 to 9". */
export function messages(from: number, to: number): string {
  return from === to ? `the message ${from}` : `the messages ${from} to ${to}`;
}

const sizeOf = ({ from, before }: Hole): number => before - from;
