/**
 * Puts the rooms in order after a loss: of each room the newest run of blocks without a gap stays, so that its
 * numbers are contiguous again, and what refers to anything that is gone goes too. Looks at keys, not at blocks.
 * Invariant: afterwards every room has a meta, and its blocks continue from its first number to its head.
 */
import type { Engine } from "./engine.ts";
import { decodeFirst, decodeSnapshot, encodeFirst } from "./entries.ts";
import {
  allBlocks,
  allFirsts,
  allMetas,
  allSnapshots,
  blocksBetween,
  firstKey,
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
  const firsts = new Map<number, number>();
  for await (const [key, value] of db.iterator(allFirsts()))
    firsts.set(readRoomKey(key), decodeFirst(key, value));
  const found = await newestRuns(db);
  const kept = new Map<number, Bounds>();
  for (const room of new Set([...found.keys(), ...firsts.keys()])) {
    const first = firsts.get(room) ?? 1;
    const run = found.get(room);
    // Older than what retention left: a head that went back there would give its numbers out again.
    const whole = run && run.head >= first - 1 ? run : { first, head: first - 1 };
    if (!metas.has(room)) {
      await db.clear(blocksBetween(room, 0, MAX_SEQ));
      await db.del(firstKey(room));
      report(`Room ${room} lost its name and is gone with everything up to number ${whole.head}.`);
      continue;
    }
    kept.set(room, whole);
    if (whole.first === first && (whole === run || !run)) continue;
    const key = firstKey(room);
    await db.clear(blocksBetween(room, 0, whole.first));
    await db.put(key, encodeFirst(key, whole.first));
    report(`Room ${room} has a gap below number ${whole.first}; what was before is gone.`);
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
