/**
 * The log on disk: LevelDB in a data folder. What goes to the disk goes through commits.ts, blocks come back through
 * block-range.ts; this file joins them to the contract of log.ts.
 * Invariant: nobody is told of a number, by the tail, by bounds or by a page, before it is synced.
 */
import { join } from "node:path";
import { holdJournals, keepJournals, releaseJournals } from "./aside.ts";
import { BlockRange } from "./block-range.ts";
import { checkBatch, damaged, headsAfter, outOfOrder } from "./blocks.ts";
import { Commits, type EngineBatch } from "./commits.ts";
import { CompactionThread } from "./compaction-thread.ts";
import { Damage } from "./damage.ts";
import { explain, prepareFolder } from "./data-folder.ts";
import { type Engine, openEngine, readableKeys } from "./engine.ts";
import {
  type Commit,
  decodeMeta,
  decodeSnapshot,
  encodeBounds,
  encodeMeta,
  encodeSnapshot,
  type Life,
} from "./entries.ts";
import type { LogFaults } from "./faults.ts";
import { allMetas, blockKey, blocksBetween, boundsKey, metaKey, snapshotKey } from "./keys.ts";
import {
  type AppendBlock,
  type Batch,
  type Bounds,
  type Log,
  LogError,
  LogErrorCode,
  type ReadOptions,
  type RoomMeta,
  type StoredBlock,
  type Totals,
} from "./log.ts";
import { readEntry } from "./read-entry.ts";
import { recover } from "./recovery.ts";
import { findOld } from "./retention.ts";
import { RoomBounds } from "./room-bounds.ts";
import { checkBeforeOpening } from "./tables.ts";
import { Witness } from "./witness.ts";

/** Bytes of room metas fetched in one go. */
const METAS_AT_ONCE_BYTES = 1 << 20;

export interface LevelLogOptions {
  /** Told, a sentence each, of what an operator should know: loss found at the start, and later each damaged place. */
  report?: (text: string) => void;
  /** Begin a new epoch whatever is found: for a folder that was restored from a backup. */
  newEpoch?: boolean;
  faults?: LogFaults;
}

/** Opens the log in `folder`, which is made if need be. @throws LogError with a sentence that names the folder */
export async function openLevelLog(folder: string, options: LevelLogOptions = {}): Promise<Log> {
  const { report = () => undefined, newEpoch = false, faults = {} } = options;
  const place = await prepareFolder(folder);
  let db: Engine | undefined;
  let witness: Witness | undefined;
  try {
    checkBeforeOpening(place.engine);
    await holdJournals(place);
    const opened = await openEngine(place.engine);
    db = opened.db;
    witness = new Witness(place.witness);
    const { complaints } = opened;
    const recovered = await recover({ folder: place, db, witness, complaints, newEpoch, report });
    const { life, last, ended } = recovered;
    const kept = ended && (await keepJournals(place, ended.epoch));
    if (kept) report(`The journal as it was is kept in ${join(folder, kept)}.`);
    else await releaseJournals(place);
    const commits = new Commits({ db, folder, witness, epoch: life.epoch, last, faults });
    return new LevelLog(folder, db, witness, life, commits, report);
  } catch (error) {
    witness?.close();
    await db?.close();
    throw explain(folder, error);
  }
}

class LevelLog implements Log {
  readonly epoch: string;
  readonly secret: Uint8Array;
  #folder: string;
  #db: Engine;
  #witness: Witness;
  #commits: Commits;
  #damage: Damage;
  #bounds: RoomBounds;
  #range: BlockRange;
  #compaction = new CompactionThread();
  #listener: (blocks: readonly AppendBlock[]) => void = () => undefined;
  #appending = false;
  #trimming: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(
    folder: string,
    db: Engine,
    witness: Witness,
    life: Life,
    commits: Commits,
    report: (text: string) => void,
  ) {
    this.epoch = life.epoch;
    this.secret = life.secret;
    this.#folder = folder;
    this.#db = db;
    this.#witness = witness;
    this.#commits = commits;
    this.#damage = new Damage(report);
    this.#bounds = new RoomBounds(db, this.#damage);
    this.#range = new BlockRange(db, this.#damage);
  }

  get totals(): Totals {
    const { rooms, records, commits } = this.#commits.last;
    return { rooms, records, commits };
  }

  async rooms(): Promise<RoomMeta[]> {
    this.#commits.check();
    const expected = this.totals.rooms;
    const entries = await this.#reading(() =>
      this.#db.iterator({ ...allMetas(), highWaterMarkBytes: METAS_AT_ONCE_BYTES }).all(),
    );
    const metas = entries.map(([key, value]) => decodeMeta(key, value));
    // The engine does not check its keys: a room that cannot be found would be founded a second time.
    if (metas.length < expected)
      throw new LogError(
        LogErrorCode.damaged,
        `The log in ${this.#folder} is damaged: ${expected - metas.length} of ${expected} rooms are missing.`,
      );
    return metas;
  }

  async bounds(room: number): Promise<Bounds> {
    this.#commits.check();
    const { first, head } = await this.#reading(() => this.#bounds.of(room), room);
    return { first, head };
  }

  async snapshot(room: number): Promise<{ seq: number; bytes: Uint8Array } | null> {
    this.#commits.check();
    return this.#reading(async () => {
      const found = await readEntry(this.#db, snapshotKey(room), decodeSnapshot);
      if (found !== "damaged") return found;
      this.#damage.say(room, "its snapshot is damaged; what it held is read from the messages that are kept");
      return null;
    }, room);
  }

  async append(batch: Batch): Promise<void> {
    this.#commits.check();
    if (this.#appending) throw this.#commits.fail(outOfOrder("only one append may be under way"));
    this.#appending = true;
    try {
      // Before the first wait: the engine's batch copies what it is given, and then the caller may go on.
      checkBatch(batch);
      const write = this.#copy(batch);
      const rooms = batch.rooms.slice();
      const blocks = batch.blocks.slice();
      const records = blocks.reduce((sum, { count }) => sum + count, 0);
      const unknown = new Set(blocks.map(({ room }) => room).filter((room) => !this.#bounds.known(room)));
      if (unknown.size > 0) await Promise.all(Array.from(unknown, (room) => this.#bounds.of(room)));
      const heads = headsAfter(blocks, (room) => this.#bounds.known(room)!.head);
      if (rooms.length > 0) await this.#checkNew(rooms);
      const prepare = (before: Commit): Partial<Commit> => {
        for (const [room, head] of heads) this.#putBounds(write, room, head);
        return {
          commits: before.commits + 1,
          rooms: before.rooms + rooms.length,
          records: before.records + records,
        };
      };
      await this.#commits.write(write, prepare, () => {
        for (const [room, head] of heads) this.#bounds.advance(room, head);
        this.#listener(blocks);
        this.#compaction.written(blocks);
      });
    } catch (error) {
      throw this.#commits.fail(error);
    } finally {
      this.#appending = false;
    }
  }

  tail(listener: (blocks: readonly AppendBlock[]) => void): void {
    this.#listener = listener;
  }

  async readForward(room: number, from: number, options: ReadOptions): Promise<StoredBlock[]> {
    this.#commits.check();
    return this.#reading(
      async () => this.#range.up(room, from, await this.#bounds.of(room), options),
      room,
      from,
    );
  }

  async readBackward(room: number, before: number, options: ReadOptions): Promise<StoredBlock[]> {
    this.#commits.check();
    return this.#reading(
      async () => this.#range.down(room, before, await this.#bounds.of(room), options),
      room,
      before - 1,
    );
  }

  async reserveAuthors(count: number): Promise<number> {
    const { nextAuthor } = await this.#commits.write(this.#db.batch(), (before) => ({
      nextAuthor: before.nextAuthor + count,
    }));
    return nextAuthor - count;
  }

  trim(room: number, olderThan: number, keepRecords: number): Promise<Bounds & { more: boolean }> {
    // One at a time: two on the same room would take each other's removals for damage.
    const done = this.#trimming.then(() => this.#trim(room, olderThan, keepRecords));
    this.#trimming = done.catch(() => undefined);
    return done;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #trim(room: number, olderThan: number, keepRecords: number): Promise<Bounds & { more: boolean }> {
    this.#commits.check();
    const bounds = await this.#reading(() => this.#bounds.of(room), room);
    const old = await this.#reading(
      () => findOld(this.#db, this.#range, room, bounds, olderThan, keepRecords),
      room,
    );
    if (old.first > bounds.first) {
      const write = this.#db.batch();
      for await (const keys of readableKeys(this.#db, blocksBetween(room, bounds.first, old.first)))
        for (const key of keys) write.del(key);
      this.#bounds.raise(room, old.first);
      await this.#commits.write(write, () => {
        this.#putBounds(write, room, bounds.head);
        return {};
      });
    }
    return { first: bounds.first, head: bounds.head, more: old.more };
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    await this.#range.close();
    await this.#db.close();
    this.#witness.close();
  }

  #copy({ blocks, rooms, snapshots }: Batch): EngineBatch {
    const write = this.#db.batch();
    for (const { room, seq, count, bytes } of blocks) write.put(blockKey(room, seq, count), bytes);
    for (const meta of rooms) write.put(metaKey(meta.room), encodeMeta(metaKey(meta.room), meta));
    for (const { room, seq, bytes } of snapshots)
      write.put(snapshotKey(room), encodeSnapshot(snapshotKey(room), seq, bytes));
    return write;
  }

  /** To be called at the write's turn: only then is it known what the writes before it left. */
  #putBounds(write: EngineBatch, room: number, head: number): void {
    const { first } = this.#bounds.known(room)!;
    write.put(boundsKey(room), encodeBounds(boundsKey(room), { first, head }));
  }

  async #checkNew(rooms: readonly RoomMeta[]): Promise<void> {
    const there = await this.#db.hasMany(rooms.map(({ room }) => metaKey(room)));
    const known = rooms.find((_, i) => there[i]);
    if (known) throw outOfOrder(`room ${known.room} is durable already`);
  }

  /** Whatever the engine says while reading, as a `LogError` that tells the place where there is one. */
  async #reading<T>(read: () => Promise<T>, room?: number, seq = 0): Promise<T> {
    try {
      return await read();
    } catch (error) {
      const known = explain(this.#folder, error);
      if (known === error || known.code !== LogErrorCode.damaged || room === undefined) throw known;
      throw damaged(room, seq, known.message, error);
    }
  }
}
