/**
 * The log on disk: LevelDB in a data folder. What goes to the disk goes through commits.ts, blocks come back through
 * block-range.ts; this file joins them to the contract of log.ts.
 * Invariant: nobody is told of a number, by the tail, by bounds or by a page, before it is synced.
 */
import { join } from "node:path";
import { checkBatch, damaged, headsAfter, outOfOrder, REMOVED_AT_ONCE } from "../blocks.ts";
import type { LogFaults } from "../faults.ts";
import {
  type AppendBlock,
  type Batch,
  type Bounds,
  type Generation,
  type Log,
  LogError,
  LogErrorCode,
  type ReadOptions,
  type RoomMeta,
  type Space,
  type StoredBlock,
  type Totals,
} from "../log.ts";
import { holdJournals, releaseJournals } from "./aside.ts";
import { BlockRange } from "./block-range.ts";
import { Commits, type EngineBatch } from "./commits.ts";
import { CompactionThread } from "./compaction-thread.ts";
import { Damage } from "./damage.ts";
import { explain, prepareFolder } from "./data-folder.ts";
import { type Engine, openEngine, readableKeys, refuseIfInUse } from "./engine.ts";
import {
  type Commit,
  decodeMeta,
  decodeSnapshot,
  encodeBounds,
  encodeMeta,
  encodeSnapshot,
  type Life,
} from "./entries.ts";
import { FolderSpace } from "./folder-space.ts";
import { FolderWatch } from "./folder-watch.ts";
import { allMetas, blockKey, blocksBetween, blocksOf, boundsKey, metaKey, snapshotKey } from "./keys.ts";
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
  /** Begin a new epoch if this is the present one: for a folder that was restored from a backup. */
  newEpoch?: string;
  /** How many files the engine may keep open. Without it: a quarter of what the process may, within bounds. */
  maxOpenFiles?: number;
  faults?: LogFaults;
}

/** Opens the log in `folder`, which is made if need be. @throws LogError with a sentence that names the folder */
export async function openLevelLog(folder: string, options: LevelLogOptions = {}): Promise<Log> {
  const { report = () => undefined, newEpoch = "", faults = {}, maxOpenFiles } = options;
  const place = await prepareFolder(folder);
  let db: Engine | undefined;
  let witness: Witness | undefined;
  try {
    // Before the lock is ours nothing may change, but the journals are to be held before the engine reads them.
    await refuseIfInUse(place.engine);
    checkBeforeOpening(place.engine);
    await holdJournals(place);
    const opened = await openEngine(place.engine, maxOpenFiles);
    db = opened.db;
    witness = new Witness(place.witness);
    const { complaints } = opened;
    const recovered = await recover({ folder: place, db, witness, complaints, newEpoch, report });
    const { life, last, kept } = recovered;
    if (kept !== null) report(`The journal as it was is kept in ${join(folder, kept)}.`);
    else await releaseJournals(place);
    const commits = new Commits({ db, folder, witness, epoch: life.epoch, last, faults });
    const watch = new FolderWatch(place, (error) => commits.fail(error));
    return new LevelLog(folder, db, witness, life, commits, watch, report);
  } catch (error) {
    witness?.close();
    await db?.close();
    throw explain(folder, error);
  }
}

class LevelLog implements Log {
  readonly epoch: string;
  readonly secret: Uint8Array;
  readonly generations: readonly Generation[];
  readonly oldAuthors: number;
  #folder: string;
  #db: Engine;
  #witness: Witness;
  #watch: FolderWatch;
  #commits: Commits;
  #damage: Damage;
  #bounds: RoomBounds;
  #range: BlockRange;
  #space: FolderSpace;
  #compaction = new CompactionThread();
  #listener: (blocks: readonly AppendBlock[]) => void = () => undefined;
  #appending = false;
  #trimming: Promise<unknown> = Promise.resolve();
  /** The removal that waits for its turn to be written, and the first number as the disk has it. */
  #removing: { room: number; first: number } | null = null;
  /** Bounds of rooms below which no blocks are. */
  #hasNothingLeft = new WeakSet<Bounds>();
  #closing: Promise<void> | null = null;

  constructor(
    folder: string,
    db: Engine,
    witness: Witness,
    life: Life,
    commits: Commits,
    watch: FolderWatch,
    report: (text: string) => void,
  ) {
    this.epoch = life.epoch;
    this.secret = life.secret;
    this.generations = life.generations;
    this.oldAuthors = life.oldAuthors;
    this.#folder = folder;
    this.#db = db;
    this.#witness = witness;
    this.#watch = watch;
    this.#commits = commits;
    this.#damage = new Damage(report);
    this.#bounds = new RoomBounds(db, this.#damage);
    this.#range = new BlockRange(db, this.#damage);
    this.#space = new FolderSpace(db.location);
  }

  get failed(): Promise<unknown> {
    return this.#commits.failed;
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
    return this.#reading(() => this.#bounds.use(room, ({ first, head }) => ({ first, head })), room);
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
    const written = batch.blocks.map(({ room }) => room);
    this.#bounds.pin(written);
    try {
      // Before the first wait: the engine's batch copies what it is given, and then the caller may go on.
      checkBatch(batch);
      const write = this.#copy(batch);
      const rooms = batch.rooms.slice();
      const blocks = batch.blocks.slice();
      const records = blocks.reduce((sum, { count }) => sum + count, 0);
      await this.#bounds.load(written);
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
      this.#bounds.unpin(written);
    }
  }

  tail(listener: (blocks: readonly AppendBlock[]) => void): void {
    this.#listener = listener;
  }

  async readForward(room: number, from: number, options: ReadOptions): Promise<StoredBlock[]> {
    this.#commits.check();
    return this.#reading(
      () => this.#bounds.use(room, (bounds) => this.#range.up(room, from, bounds, options)),
      room,
      from,
    );
  }

  async readBackward(room: number, before: number, options: ReadOptions): Promise<StoredBlock[]> {
    this.#commits.check();
    return this.#reading(
      () => this.#bounds.use(room, (bounds) => this.#range.down(room, before, bounds, options)),
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
    const done = this.#trimming.then(() => {
      this.#commits.check();
      return this.#reading(
        () => this.#bounds.use(room, (bounds) => this.#trim(room, bounds, olderThan, keepRecords)),
        room,
      );
    });
    this.#trimming = done.catch(() => undefined);
    return done;
  }

  async space(): Promise<Space> {
    this.#commits.check();
    return this.#reading(() => this.#space.measure());
  }

  async roomBytes(room: number): Promise<number> {
    this.#commits.check();
    const { gte, lt } = blocksOf(room);
    return this.#reading(() => this.#db.approximateSize(gte, lt), room);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Removal and new bounds are one write: after a crash either all of it is there, or none. */
  async #trim(
    room: number,
    bounds: Readonly<Bounds>,
    olderThan: number,
    keepRecords: number,
  ): Promise<Bounds & { more: boolean }> {
    const snapshot = await this.snapshot(room);
    const { first, head } = bounds;
    // As if the room ended where its snapshot does.
    const end = Math.min(head, snapshot?.seq ?? head);
    const keep = keepRecords - (head - end);
    const old = await findOld(this.#db, this.#range, room, { first, head: end }, olderThan, keep);
    const left = this.#hasNothingLeft.has(bounds) ? [] : await this.#left(room, first);
    if (left.length < REMOVED_AT_ONCE) this.#hasNothingLeft.add(bounds);
    if (old.first > first || left.length > 0) {
      const write = this.#db.batch();
      for (const key of left) write.del(key);
      for await (const keys of readableKeys(this.#db, blocksBetween(room, first, old.first)))
        for (const key of keys) write.del(key);
      this.#removing = { room, first };
      this.#bounds.raise(room, old.first);
      const prepare = () => {
        this.#removing = null;
        this.#putBounds(write, room, bounds.head);
        return {};
      };
      await this.#commits.write(write, prepare);
    }
    return { first: bounds.first, head: bounds.head, more: old.more };
  }

  /** Keys of blocks below the first number, which an earlier version could leave behind: a bounded number of them. */
  #left(room: number, first: number): Promise<Uint8Array[]> {
    return this.#db.keys({ ...blocksBetween(room, 0, first), limit: REMOVED_AT_ONCE }).all();
  }

  async #close(): Promise<void> {
    this.#watch.stop();
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
    // What is about to be removed is there until it is, and the bounds on disk say so.
    const { first } = this.#removing?.room === room ? this.#removing : this.#bounds.known(room)!;
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
