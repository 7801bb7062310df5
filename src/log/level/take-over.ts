/**
 * Takes over what a folder of format 1 may hold and format 2 has another key for: the last room that 32 bits could
 * number, 0xffffffff. Its old keys lie where the long form of all larger rooms begins now, and are shorter.
 * Invariant: can end anywhere and be called again; what it moved is served only once the life of the log says that
 * all was (recovery.ts).
 */
import { Reader } from "../../wire/bytes.ts";
import type { Engine } from "./engine.ts";
import { reseal } from "./entries.ts";
import {
  allBlocks,
  allBounds,
  allMetas,
  allSnapshots,
  blockKey,
  boundsKey,
  type KeyRange,
  metaKey,
  snapshotKey,
} from "./keys.ts";

const LAST_OLD_ROOM = 0xffffffff;
/** Bytes of a letter and a u32; and of a letter, a u32, a u48 and a u32. */
const OLD_ROOM_KEY_BYTES = 5;
const OLD_BLOCK_KEY_BYTES = 15;
const ENTRIES_AT_ONCE = 256;
/** What one batch moves at most, give or take an entry. */
const BYTES_AT_ONCE = 1 << 20;

/** Nothing here is synced: the caller's synced write follows in the same journal and makes all of it durable. */
export async function takeOverRooms(db: Engine): Promise<void> {
  for (const [all, keyOf] of [
    [allMetas, metaKey],
    [allSnapshots, snapshotKey],
    [allBounds, boundsKey],
  ] as const) {
    const to = keyOf(LAST_OLD_ROOM);
    await move(db, all(), OLD_ROOM_KEY_BYTES, (from, value) => [to, reseal(from, value, to)]);
  }
  await move(db, allBlocks(), OLD_BLOCK_KEY_BYTES, (from, value) => {
    const r = new Reader(from, OLD_ROOM_KEY_BYTES);
    return [blockKey(LAST_OLD_ROOM, r.u48(), r.u32()), value];
  });
}

/** Moves the entries of the last old room in a range; `moved` says where to and as what. */
async function move(
  db: Engine,
  { gte, lt }: KeyRange,
  keyBytes: number,
  moved: (key: Uint8Array, value: Uint8Array) => [Uint8Array, Uint8Array],
): Promise<void> {
  const first = Uint8Array.of(...gte, 0xff, 0xff, 0xff, 0xff);
  const entries = db.iterator({ gte: first, lt, highWaterMarkBytes: BYTES_AT_ONCE });
  try {
    for (;;) {
      const some = await entries.nextv(ENTRIES_AT_ONCE);
      if (some.length === 0) return;
      const old = some.filter(([key]) => key.length === keyBytes);
      if (old.length === 0) continue;
      const batch = db.batch();
      for (const [key, value] of old) batch.del(key).put(...moved(key, value));
      await batch.write();
    }
  } finally {
    await entries.close();
  }
}
