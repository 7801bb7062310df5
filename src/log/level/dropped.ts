/**
 * Brings back what the engine dropped of a journal without need: at a damaged record it leaves out all that follows in
 * the page of 32 KiB, though each record there has a checksum of its own. Only blocks and names are taken, which never
 * change, and only where there are none. Invariant: changes nothing that the engine holds.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { engineRecords } from "./engine-records.ts";
import { decodeMeta } from "./entries.ts";
import { allBlocks, allMetas } from "./keys.ts";
import { tryEntry } from "./read-entry.ts";
import { batchEntries, isIn, isWholeBlock } from "./salvage.ts";

/** @param journals the folder in which the journals are as they were before the engine opened; it may be missing */
export async function bringBack(db: Engine, journals: string): Promise<void> {
  const names = existsSync(journals) ? readdirSync(journals).filter((name) => name.endsWith(".log")) : [];
  for (const name of names.sort()) {
    for (const record of engineRecords(readFileSync(join(journals, name)), () => true)) {
      const entries = [...batchEntries(record)].filter(({ key, value, isRemoval }) => {
        if (isRemoval) return false;
        if (isIn(key, allBlocks())) return isWholeBlock(key, value);
        return isIn(key, allMetas()) && tryEntry(key, value, decodeMeta) !== null;
      });
      const there = await db.hasMany(entries.map(({ key }) => key));
      const batch = db.batch();
      for (const [i, { key, value }] of entries.entries()) if (!there[i]) batch.put(key, value);
      await batch.write();
    }
  }
}
