/**
 * Puts the rooms in order after a loss: of each room the newest run of blocks without a gap stays, so that its
 * numbers are contiguous again, and what refers to anything that is gone goes too. Looks at keys, not at blocks.
 * Invariant: afterwards every room has a meta, and its blocks continue from its first number to its head.
 */
import type { Engine } from "./engine.ts";
import { decodeBounds, decodeSnapshot, encodeBounds } from "./entries.ts";
import {
  allBlocks,
  allBounds,
  allMetas,
  allSnapshots,
  blocksBetween,
  boundsKey,
  readBlockKey,
  readRoomKey,
} from "./keys.ts";
import type { Bounds } from "./log.ts";

const KEYS_AT_ONCE = 1000;
const MAX_SEQ = 0xffffffffffff;

/**
 * Nothing here is synced: the caller's synced write follows in the same journal and makes all of it durable.
 * @returns how many rooms there are
 */
export async function keepWholeRooms(db: Engine, report: (text: string) => void): Promise<number> {
  const metas = new Set<number>();
  for await (const key of db.keys(allMetas())) metas.add(readRoomKey(key));
  const before = new Map<number, Bounds>();
  for await (const [key, value] of db.iterator(allBounds()))
    before.set(readRoomKey(key), decodeBounds(key, value));
  const runs = await newestRuns(db);
  const kept = new Map<number, Bounds>();
  for (const room of new Set([...runs.keys(), ...before.keys()])) {
    const was = before.get(room) ?? { first: 1, head: 0 };
    const run = runs.get(room);
    if (!metas.has(room)) {
      await db.clear(blocksBetween(room, 0, MAX_SEQ));
      await db.del(boundsKey(room));
      report(`Room ${room} lost its name and is gone with everything up to number ${run?.head ?? was.head}.`);
      continue;
    }
    // A room whose blocks are all gone stays where retention had left it, or its numbers would be given out again.
    const head = Math.max(run?.head ?? 0, was.first - 1);
    const is = run && run.head === head ? run : { first: head + 1, head };
    kept.set(room, is);
    if (is.first === was.first && is.head === was.head) continue;
    if (is.head < was.head) report(`Room ${room} ends at number ${is.head} now, not at ${was.head}.`);
    if (is.first > was.first)
      report(`Room ${room} has a gap below number ${is.first}; what was before is gone.`);
    await db.clear(blocksBetween(room, 0, is.first));
    await db.put(boundsKey(room), encodeBounds(boundsKey(room), is));
  }
  for await (const [key, value] of db.iterator(allSnapshots())) {
    const room = readRoomKey(key);
    // A snapshot ahead of its room remembers what is lost, and would call it known.
    if (!metas.has(room) || decodeSnapshot(key, value).seq > (kept.get(room)?.head ?? 0)) await db.del(key);
  }
  return metas.size;
}

/** Per room the last run of blocks that continue each other. */
async function newestRuns(db: Engine): Promise<Map<number, Bounds>> {
  const runs = new Map<number, Bounds>();
  const keys = db.keys(allBlocks());
  try {
    for (;;) {
      const some = await keys.nextv(KEYS_AT_ONCE);
      if (some.length === 0) return runs;
      for (const key of some) {
        const { room, seq, count } = readBlockKey(key);
        const run = runs.get(room);
        if (run && run.head + 1 === seq) run.head = seq + count - 1;
        else runs.set(room, { first: seq, head: seq + count - 1 });
      }
    }
  } finally {
    await keys.close();
  }
}
