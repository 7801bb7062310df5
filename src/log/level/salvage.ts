/**
 * Gathers all that can be read of an engine's files into a new engine, without asking the engine to open them: over
 * some damage it would end the process, over other it would leave out what is whole. What carries a checksum of our own
 * is taken by that, whatever is damaged around it; everything else only where the engine's checksum vouches for it.
 * Invariant: changes nothing of what it reads, and takes nothing that is not as it was written.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WireError } from "../../wire/bytes.ts";
import { isStored } from "../blocks.ts";
import { Gone } from "./changes.ts";
import type { Engine } from "./engine.ts";
import {
  decodeBounds,
  decodeChange,
  decodeCommit,
  decodeLife,
  decodeMeta,
  decodeNumber,
  decodeSnapshot,
  decodeState,
} from "./entries.ts";
import { journalEntries } from "./journal-entries.ts";
import {
  allBlocks,
  allBounds,
  allChanges,
  allCommits,
  allFloors,
  allMetas,
  allSnapshots,
  allStates,
  erasedKey,
  type KeyRange,
  lifeKey,
  readBlockKey,
  readCommitKey,
} from "./keys.ts";
import { tryEntry } from "./read-entry.ts";
import { type SalvagedEntry, salvageTable } from "./table-salvage.ts";

/** Bytes written in one go. */
const WRITE_BYTES = 1 << 20;

/** Takes what folders hold; the newest of each entry stays. */
export class Salvage {
  #db: Engine;
  /** Of all that is no block: which write the one that was taken is of. */
  #sequences = new Map<string, number>();
  /** What must not come back. */
  #gone = new Gone();
  #batch: ReturnType<Engine["batch"]>;
  /** Bytes of each block in it. */
  #waiting = new Map<string, number>();
  #bytes = 0;
  /** A sentence for each file of which a part cannot be read. */
  readonly damages: string[] = [];

  constructor(db: Engine) {
    this.#db = db;
    this.#batch = db.batch();
  }

  /** Looks for changes. To be called with every folder before the first is taken. */
  learn(folder: string): void {
    for (const name of filesOf(folder)) {
      const bytes = readFileSync(join(folder, name));
      const lists = name.endsWith(".log") ? journalEntries(bytes) : [salvageTable(bytes).entries];
      for (const entries of lists) for (const entry of entries) this.#learnEntry(entry);
    }
  }

  /** All tables and journals of a folder, in the order in which they were made. */
  async take(folder: string): Promise<void> {
    for (const name of filesOf(folder)) {
      const bytes = readFileSync(join(folder, name));
      if (name.endsWith(".log")) await this.#takeJournal(name, bytes);
      else await this.#takeTable(name, bytes);
    }
    await this.#write();
  }

  #learnEntry({ key, value, isRemoval }: SalvagedEntry): void {
    const change = !isRemoval && isIn(key, allChanges()) ? tryEntry(key, value, decodeChange) : null;
    if (change) this.#gone.add(change);
  }

  async #takeTable(name: string, bytes: Uint8Array): Promise<void> {
    const table = salvageTable(bytes);
    for (const entry of table.entries) await this.#takeEntry(entry);
    if (table.damaged > 0) this.damages.push(`The table ${name} is damaged in ${places(table.damaged)}.`);
  }

  async #takeJournal(name: string, bytes: Uint8Array): Promise<void> {
    let damaged = 0;
    const onDamage = () => void damaged++;
    for (const entries of journalEntries(bytes, onDamage))
      for (const entry of entries) await this.#takeEntry(entry);
    if (damaged > 0) this.damages.push(`The journal ${name} is damaged in ${places(damaged)}.`);
  }

  async #takeEntry({ key, value, sequence, isRemoval, isSure, isListed }: SalvagedEntry): Promise<void> {
    if (isIn(key, allBlocks())) {
      // Retention only removes what lies below a room's first number, which its bounds tell.
      if (isRemoval || !isWholeBlock(key, value)) return;
      const { room, seq } = readBlockKey(key);
      if (!this.#gone.has(room, seq, value)) await this.#takeBlock(key, value);
      return;
    }
    const trusted = isRemoval ? isSure : (isWholeEntry(key, value) ?? (isSure && isListed));
    if (!trusted) return;
    const name = nameOf(key);
    if (sequence <= (this.#sequences.get(name) ?? -1)) return;
    this.#sequences.set(name, sequence);
    if (isRemoval) this.#batch.del(key);
    else await this.#put(key, value);
  }

  /**
   * Of two for the same numbers the shorter counts: a block is replaced by itself without some of its texts, and what
   * says so may be damaged. How many blocks there are has no bound, so of those that were taken nothing is remembered.
   */
  async #takeBlock(key: Uint8Array, value: Uint8Array): Promise<void> {
    const name = nameOf(key);
    const there = this.#waiting.get(name) ?? (await this.#db.get(key))?.length ?? Number.POSITIVE_INFINITY;
    if (there <= value.length) return;
    this.#waiting.set(name, value.length);
    await this.#put(key, value);
  }

  async #put(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#batch.put(key, value);
    this.#bytes += key.length + value.length;
    if (this.#bytes >= WRITE_BYTES) await this.#write();
  }

  async #write(): Promise<void> {
    await this.#batch.write();
    this.#batch = this.#db.batch();
    this.#waiting.clear();
    this.#bytes = 0;
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d+\.(ldb|sst|log)$/.test(name))
    .sort();
}

export function isWholeBlock(key: Uint8Array, value: Uint8Array): boolean {
  try {
    const { room, seq, count } = readBlockKey(key);
    return isStored(room, seq, count, value);
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** Whether an entry's own checksum fits; null for one that this program does not know. */
function isWholeEntry(key: Uint8Array, value: Uint8Array): boolean | null {
  const known: [KeyRange, (key: Uint8Array, value: Uint8Array) => unknown][] = [
    [allMetas(), decodeMeta],
    [allBounds(), decodeBounds],
    [allSnapshots(), decodeSnapshot],
    [allFloors(), decodeNumber],
    [allChanges(), decodeChange],
    [allStates(), decodeState],
    [allCommits(), (at, bytes) => decodeCommit(at, bytes, readCommitKey(at))],
  ];
  try {
    if (Buffer.compare(key, lifeKey()) === 0) return tryEntry(key, value, decodeLife) !== null;
    if (Buffer.compare(key, erasedKey()) === 0) return tryEntry(key, value, decodeNumber) !== null;
    const decode = known.find(([range]) => isIn(key, range))?.[1];
    return decode ? tryEntry(key, value, decode) !== null : null;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

const nameOf = (key: Uint8Array): string => Buffer.from(key).toString("latin1");

const places = (count: number): string => (count === 1 ? "one place" : `${count} places`);

export function isIn(key: Uint8Array, { gte, lt }: KeyRange): boolean {
  return Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lt) < 0;
}
