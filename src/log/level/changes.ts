/**
 * The changes that are kept: what was stored and is no more. As long as the engine's files may still hold the old
 * bytes, they also say what must not come back when a start or a repair gathers what a damaged journal or table holds.
 * Invariant: a change is in the same write as what it is about.
 */
import { crc32 } from "../../wire/checksum.ts";
import { KEPT_CHANGES } from "../blocks.ts";
import { type Change, ChangeKind } from "../log.ts";
import type { EngineBatch } from "./commits.ts";
import type { Engine } from "./engine.ts";
import { decodeChange, encodeChange, type StoredChange } from "./entries.ts";
import { allChanges, blockKey, boundsKey, changeKey, type KeyRange, metaKey, snapshotKey } from "./keys.ts";
import { tryEntry } from "./read-entry.ts";

/** Adds a change to the write that makes it. `bytes`: of a block, as it is now. */
export function putChange(write: EngineBatch, change: Change, bytes: Uint8Array | null): void {
  const key = changeKey(change.change);
  write.put(key, encodeChange(key, { ...change, checksum: bytes ? crc32(bytes) : 0 }));
  if (change.change > KEPT_CHANGES) write.del(changeKey(change.change - KEPT_CHANGES));
}

/** The first change behind number `after` that is kept. */
export async function changeAfter(db: Engine, after: number): Promise<Change | null> {
  for await (const change of changesAfter(db, after)) return change;
  return null;
}

/** Those that can be read. */
export async function* changesAfter(db: Engine, after: number): AsyncIterable<StoredChange> {
  const range: KeyRange = { gte: changeKey(after + 1), lt: allChanges().lt };
  for await (const [key, value] of db.iterator(range)) {
    const change = tryEntry(key, value, decodeChange);
    if (change) yield change;
  }
}

/** What is gone for good, by the changes that are known. */
export class Gone {
  /** Number of the last change. */
  last = 0;
  readonly rooms = new Set<number>();
  readonly replaced = new Map<string, StoredChange & { kind: typeof ChangeKind.replaced }>();

  static async read(db: Engine): Promise<Gone> {
    const gone = new Gone();
    for await (const change of changesAfter(db, 0)) gone.add(change);
    return gone;
  }

  /** In any order. */
  add(change: StoredChange): void {
    this.last = Math.max(this.last, change.change);
    if (change.kind === ChangeKind.dropped) {
      this.rooms.add(change.room);
      return;
    }
    const name = nameOf(change.room, change.seq);
    if ((this.replaced.get(name)?.change ?? 0) < change.change) this.replaced.set(name, change);
  }

  isReplaced({ room, seq }: { room: number; seq: number }): boolean {
    return this.replaced.has(nameOf(room, seq));
  }

  /** Whether these are old bytes: of a room that was dropped, or of a block that was replaced since. */
  has(room: number, seq: number, bytes: Uint8Array): boolean {
    if (this.rooms.has(room)) return true;
    const now = this.replaced.get(nameOf(room, seq));
    return now !== undefined && now.checksum !== crc32(bytes);
  }
}

/** Removes what a gathering may have brought back: rows of rooms that are gone, and blocks that were replaced since. */
export async function removeGone(db: Engine, gone: Gone): Promise<void> {
  const write = db.batch();
  for (const room of gone.rooms) write.del(metaKey(room)).del(boundsKey(room)).del(snapshotKey(room));
  for (const { room, seq, count } of gone.replaced.values()) {
    const bytes = await db.get(blockKey(room, seq, count));
    if (bytes && gone.has(room, seq, bytes)) write.del(blockKey(room, seq, count));
  }
  await write.write();
}

const nameOf = (room: number, seq: number): string => `${room} ${seq}`;
