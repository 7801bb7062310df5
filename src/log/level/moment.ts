/**
 * All that an engine holds as of one moment, in the order of the keys and in pieces of bounded size, while others go on
 * writing: what a backup is made of. It decodes nothing but what says which rooms were dropped.
 * Invariant: what it yields is the state between two writes. Blocks of rooms that were dropped before are left out, as
 * they are on their way out of the files.
 */
import { ChangeKind } from "../log.ts";
import { type Engine, isCorruption } from "./engine.ts";
import { decodeChange, decodeNumber } from "./entries.ts";
import { allBlocks, allChanges, changeKey, erasedKey, readBlockKey } from "./keys.ts";
import { tryEntry } from "./read-entry.ts";

export type Entry = [key: Uint8Array, value: Uint8Array];
type Snapshot = ReturnType<Engine["snapshot"]>;

/** Beside one value, which may be larger. Reading so much takes the engine's thread some tenths of a millisecond. */
const BYTES_AT_ONCE = 64 * 1024;
const ENTRIES_AT_ONCE = 512;
const BLOCKS_END = allBlocks().lt;
const BLOCKS_BEGIN = allBlocks().gte;

/** The moment is when it is asked for the first piece. @throws the engine's error where it cannot read a part */
export async function* momentOf(db: Engine): AsyncGenerator<Entry[], void> {
  const snapshot = db.snapshot();
  try {
    const dropped = await droppedRooms(db, snapshot);
    const entries = db.iterator({ snapshot, highWaterMarkBytes: BYTES_AT_ONCE });
    try {
      for (;;) {
        const some = await entries.nextv(ENTRIES_AT_ONCE);
        if (some.length === 0) return;
        yield dropped.size === 0 ? some : some.filter(([key]) => !isBlockOf(dropped, key));
      }
    } finally {
      await entries.close();
    }
  } finally {
    await snapshot.close();
  }
}

/** Those of which blocks may be left. */
async function droppedRooms(db: Engine, snapshot: Snapshot): Promise<Set<number>> {
  const dropped = new Set<number>();
  const value = await db.get(erasedKey(), { snapshot });
  const erased = value ? (tryEntry(erasedKey(), value, decodeNumber) ?? 0) : 0;
  const range = { gte: changeKey(erased + 1), lt: allChanges().lt, snapshot };
  try {
    for await (const [key, value] of db.iterator(range)) {
      const change = tryEntry(key, value, decodeChange);
      if (change?.kind === ChangeKind.dropped) dropped.add(change.room);
    }
  } catch (error) {
    if (!isCorruption(error)) throw error;
  }
  return dropped;
}

function isBlockOf(rooms: ReadonlySet<number>, key: Uint8Array): boolean {
  const isBlock = Buffer.compare(key, BLOCKS_BEGIN) >= 0 && Buffer.compare(key, BLOCKS_END) < 0;
  return isBlock && rooms.has(readBlockKey(key).room);
}
