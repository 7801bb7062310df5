/**
 * Brings back what the engine dropped of a journal without need: at a damaged record it leaves out all that follows in
 * the page of 32 KiB, though each record there has a checksum of its own. Only blocks, names and changes are taken, where
 * there are none, and what a change put in the place of a block; named values where they are newer.
 * Invariant: puts nothing old in the place of anything new, and nothing back that was replaced or dropped.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Gone } from "./changes.ts";
import type { Engine } from "./engine.ts";
import { decodeChange, decodeMeta, decodeState } from "./entries.ts";
import { journalEntries } from "./journal-entries.ts";
import { allBlocks, allChanges, allMetas, allStates, readBlockKey } from "./keys.ts";
import { readEntry, tryEntry } from "./read-entry.ts";
import { isIn, isWholeBlock } from "./salvage.ts";
import type { SalvagedEntry } from "./table-salvage.ts";

/** @param journals the folder in which the journals are as they were before the engine opened; it may be missing */
export async function bringBack(db: Engine, journals: string): Promise<void> {
  const gone = await bringBackChanges(db, journals);
  for (const entries of entriesOf(journals)) {
    const wanted = entries.filter(({ key, value, isRemoval }) => {
      if (isRemoval) return false;
      if (!isIn(key, allBlocks())) return isIn(key, allMetas()) && isRow(key, value, gone);
      if (!isWholeBlock(key, value)) return false;
      const { room, seq } = readBlockKey(key);
      return !gone.has(room, seq, value);
    });
    const there = await db.hasMany(wanted.map(({ key }) => key));
    const batch = db.batch();
    for (const [i, { key, value }] of wanted.entries()) {
      // What was replaced is there in its old form.
      const isNew = isIn(key, allBlocks()) && gone.isReplaced(readBlockKey(key));
      if (!there[i] || isNew) batch.put(key, value);
    }
    await batch.write();
  }
}

/** The changes, and the named values if they are newer than what is there. */
async function bringBackChanges(db: Engine, journals: string): Promise<Gone> {
  const states = new Map<string, SalvagedEntry>();
  for (const entries of entriesOf(journals)) {
    for (const entry of entries) {
      const { key, value, isRemoval } = entry;
      if (isIn(key, allStates())) states.set(Buffer.from(key).toString("latin1"), entry);
      const isChange = !isRemoval && isIn(key, allChanges()) && tryEntry(key, value, decodeChange) !== null;
      if (isChange) await db.put(key, value);
    }
  }
  for (const { key, value, isRemoval } of states.values()) {
    const brought = isRemoval ? null : tryEntry(key, value, decodeState);
    const there = await readEntry(db, key, decodeState);
    const isNewer = there === null || there === "damaged" || (brought && there.version < brought.version);
    if (brought && isNewer) await db.put(key, value);
  }
  return Gone.read(db);
}

function isRow(key: Uint8Array, value: Uint8Array, gone: Gone): boolean {
  const meta = tryEntry(key, value, decodeMeta);
  return meta !== null && !gone.rooms.has(meta.room);
}

function* entriesOf(journals: string): Iterable<SalvagedEntry[]> {
  const names = existsSync(journals) ? readdirSync(journals).filter((name) => name.endsWith(".log")) : [];
  for (const name of names.sort()) yield* journalEntries(readFileSync(join(journals, name)));
}
