/**
 * The log on disk: LevelDB in a data folder. What goes to the disk goes through commits.ts, blocks come back through
 * block-range.ts; this file joins them to the contract of log.ts.
 * Invariant: nobody is told of a number, by the tail, by bounds or by a page, before it is synced.
 */

import { join } from "node:path";
import { readBlockHeader } from "../../wire/block.ts";
import {
  checkBatch,
  checkReplacement,
  damaged,
  headsAfter,
  isStored,
  outOfOrder,
  REMOVED_AT_ONCE,
} from "../blocks.ts";
import type { LogFaults } from "../faults.ts";
import { Followers } from "../followers.ts";
import {
  type Batch,
  type Bounds,
  type Change,
  ChangeKind,
  type Followed,
  type Follower,
  type FollowFrom,
  type Generation,
  type Log,
  LogErrorCode,
  type ReadOptions,
  type RoomMeta,
  type Space,
  type State,
  type StoredBlock,
  type TailListener,
  type Totals,
} from "../log.ts";
import { checkState } from "../states.ts";
import { AppendEntries } from "./append-entries.ts";
import { holdJournals, releaseJournals } from "./aside.ts";
import { BlockRange } from "./block-range.ts";
import { changeAfter, changesAfter, putChange } from "./changes.ts";
import { Commits, type EngineBatch } from "./commits.ts";
import { CompactionThread } from "./compaction-thread.ts";
import { Damage } from "./damage.ts";
import { explain, prepareFolder } from "./data-folder.ts";
import { type Engine, openEngine, readableKeys, refuseIfInUse } from "./engine.ts";
import {
  type Commit,
  decodeNumber,
  decodeSnapshot,
  encodeMeta,
  encodeSnapshot,
  type Life,
} from "./entries.ts";
import { ERASE_AFTER_MS, Erasure } from "./erasure.ts";
import { FolderSpace } from "./folder-space.ts";
import { FolderWatch } from "./folder-watch.ts";
import {
  allFloors,
  blockKey,
  blocksBetween,
  blocksOf,
  boundsKey,
  erasedKey,
  metaKey,
  readFloorKey,
  snapshotKey,
} from "./keys.ts";
import { removeOldLooks } from "./look.ts";
import { type Entry, momentOf } from "./moment.ts";
import { readEntry, tryEntry } from "./read-entry.ts";
import { recover } from "./recovery.ts";
import type { Report } from "./report.ts";
import { findOld } from "./retention.ts";
import { RoomBounds } from "./room-bounds.ts";
import { RoomTable } from "./room-table.ts";
import { StateTable } from "./state-table.ts";
import { checkBeforeOpening } from "./tables.ts";
import { Witness } from "./witness.ts";

export interface LevelLogOptions {
  /** Told, a sentence each, of what an operator should know: loss found at the start, and later each damaged place. */
  report?: Report;
  /** Begin a new epoch if this is the present one: for a folder that was restored from a backup. */
  newEpoch?: string;
  /** How many files the engine may keep open. Without it: a quarter of what the process may, within bounds. */
  maxOpenFiles?: number;
  /** How long after a change its old bytes are removed from the files. */
  eraseAfterMs?: number;
  faults?: LogFaults;
}

/** The log in a folder, which can be read as a whole. */
export interface FolderLog extends Log {
  /**
   * All that is stored, as of a moment after the call, while others go on writing: see moment.ts. Until the last piece
   * was taken, or the reading was given up, old bytes of what is changed stay in the files.
   */
  whole(): AsyncGenerator<Entry[], void>;
}

/** What a start reads before the log can serve. */
interface Beginning {
  life: Life;
  /** The highest number of a dropped room, by part of the names. */
  floors: Map<number, number>;
  /** The change up to which old bytes are gone from the files, and the rooms that were dropped since. */
  erased: number;
  dropped: Set<number>;
}

/** Opens the log in `folder`, which is made if need be. @throws LogError with a sentence that names the folder */
export async function openLevelLog(folder: string, options: LevelLogOptions = {}): Promise<FolderLog> {
  const { report = () => undefined, newEpoch = "", faults = {}, maxOpenFiles } = options;
  const { eraseAfterMs = ERASE_AFTER_MS } = options;
  const place = await prepareFolder(folder);
  let db: Engine | undefined;
  let witness: Witness | undefined;
  try {
    // Before the lock is ours nothing may change, but the journals are to be held before the engine reads them.
    await refuseIfInUse(place.engine);
    checkBeforeOpening(place.engine);
    await removeOldLooks(folder);
    await holdJournals(place);
    const opened = await openEngine(place.engine, maxOpenFiles);
    db = opened.db;
    witness = new Witness(place.witness);
    const { complaints } = opened;
    const recovered = await recover({ folder: place, db, witness, complaints, newEpoch, report });
    const { life, last, kept } = recovered;
    if (kept !== null) report("log_recovered", `The journal as it was is kept in ${join(folder, kept)}.`);
    else await releaseJournals(place);
    const commits = new Commits({ db, folder, witness, epoch: life.epoch, last, faults });
    const beginning = { life, ...(await readBeginning(db)) };
    const watch = new FolderWatch(place, (error) => commits.fail(error));
    return new LevelLog(folder, db, witness, beginning, commits, watch, eraseAfterMs, report);
  } catch (error) {
    witness?.close();
    await db?.close();
    throw explain(folder, error);
  }
}

async function readBeginning(db: Engine): Promise<Omit<Beginning, "life">> {
  const floors = new Map<number, number>();
  for await (const [key, value] of db.iterator(allFloors())) {
    // One that is damaged: positions of before may be taken for new ones, in few rooms.
    const floor = tryEntry(key, value, decodeNumber);
    if (floor !== null) floors.set(readFloorKey(key), floor);
  }
  const entry = await readEntry(db, erasedKey(), decodeNumber);
  // Done again, it is done.
  const erased = entry === "damaged" || entry === null ? 0 : entry;
  const dropped = new Set<number>();
  for await (const change of changesAfter(db, erased))
    if (change.kind === ChangeKind.dropped) dropped.add(change.room);
  return { floors, erased, dropped };
}

class LevelLog implements FolderLog {
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
  #entries = new AppendEntries();
  #bounds: RoomBounds;
  #range: BlockRange;
  #space: FolderSpace;
  #table: RoomTable;
  #states: StateTable;
  #erasure: Erasure;
  #followers: Followers;
  #compaction = new CompactionThread();
  #listener: TailListener = { committed: () => undefined };
  #appending = false;
  /** Trims, replacements and drops take turns. */
  #changing: Promise<unknown> = Promise.resolve();
  /** The removal that waits for its turn to be written, and the first number as the disk has it. */
  #removing: { room: number; first: number } | null = null;
  /** Bounds of rooms below which no blocks are. */
  #hasNothingLeft = new WeakSet<Bounds>();
  #closing: Promise<void> | null = null;

  constructor(
    folder: string,
    db: Engine,
    witness: Witness,
    { life, floors, erased, dropped }: Beginning,
    commits: Commits,
    watch: FolderWatch,
    eraseAfterMs: number,
    report: Report,
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
    this.#bounds = new RoomBounds(db, this.#damage, dropped);
    this.#range = new BlockRange(db, this.#damage);
    this.#space = new FolderSpace(db.location);
    this.#table = new RoomTable({ db, folder, commits, bounds: this.#bounds, floors });
    this.#states = new StateTable(db, commits);
    this.#erasure = new Erasure({
      db,
      afterMs: eraseAfterMs,
      erased,
      lastChange: () => this.changes,
      isDamaged: () => this.#damage.isAny,
      onErased: (rooms) => this.#bounds.erased(rooms),
      onError: (error) => commits.fail(error),
    });
    this.#followers = new Followers({
      lastChange: () => this.changes,
      rooms: () => this.rooms(),
      bounds: (room) => this.bounds(room),
      readForward: (room, from, options) => this.readForward(room, from, options),
      changeAfter: (change) => this.#reading(() => changeAfter(db, change)),
    });
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
    return this.#reading(() => this.#table.all());
  }

  async found(name: string, createdAt: number, flags = 0): Promise<RoomMeta> {
    this.#commits.check();
    return this.#reading(() => this.#table.found(name, createdAt, flags));
  }

  drop(room: number): Promise<boolean> {
    return this.#change(room, (bounds) => this.#drop(room, bounds));
  }

  replace(room: number, seq: number, bytes: Uint8Array): Promise<boolean> {
    const copy = bytes.slice();
    return this.#change(room, (bounds) => this.#replace(room, seq, copy, bounds), seq);
  }

  async state(name: string): Promise<State> {
    this.#commits.check();
    checkState(name);
    return this.#reading(() => this.#states.get(name));
  }

  async setState(name: string, ifVersion: number, bytes: Uint8Array | null): Promise<number | null> {
    this.#commits.check();
    checkState(name, bytes);
    return this.#reading(() => this.#states.set(name, ifVersion, bytes));
  }

  async states(prefix: string, after: string, most: number): Promise<(State & { name: string })[]> {
    this.#commits.check();
    return this.#reading(() => this.#states.some(prefix, after, most));
  }

  get nextRoom(): number {
    return this.#commits.last.nextRoom;
  }

  firstOf(name: string): number {
    return this.#table.floorOf(name) + 1;
  }

  get changes(): number {
    return this.#commits.last.changes;
  }

  follow(from: FollowFrom, listener: (told: Followed) => void | Promise<void>): Follower {
    this.#commits.check();
    return this.#followers.add(from, listener);
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
      const setStates = this.#states.among(batch.states ?? []);
      const rooms = batch.rooms.slice();
      const blocks = batch.blocks.slice();
      this.#refuseDropped(written);
      const records = blocks.reduce((sum, { count }) => sum + count, 0);
      await this.#bounds.load(written);
      for (const { room, name } of rooms) {
        const floor = this.#table.floorOf(name);
        if (floor > 0 && this.#bounds.known(room)?.head === 0) this.#bounds.begin(room, floor);
      }
      const heads = headsAfter(blocks, (room) => this.#bounds.known(room)!.head);
      await this.#table.checkNew(rooms);
      const prepare = (before: Commit): Partial<Commit> => {
        this.#refuseDropped(written);
        for (const [room, head] of heads) this.#putBounds(write, room, head);
        setStates(write, before);
        return {
          commits: before.commits + 1,
          rooms: before.rooms + rooms.length,
          records: before.records + records,
          nextRoom: rooms.reduce((next, { room }) => Math.max(next, room + 1), before.nextRoom),
        };
      };
      const names = rooms.length > 0 ? await this.#table.known() : null;
      await this.#commits.write(write, prepare, () => {
        for (const { room, name } of rooms) names!.set(name, room);
        for (const [room, head] of heads) this.#bounds.advance(room, head);
        this.#listener.committed(blocks);
        this.#followers.committed(blocks);
        this.#compaction.written(blocks);
      });
    } catch (error) {
      throw this.#commits.fail(error);
    } finally {
      this.#appending = false;
      this.#bounds.unpin(written);
    }
  }

  tail(listener: TailListener): void {
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
    return this.#change(room, (bounds) => this.#trim(room, bounds, olderThan, keepRecords));
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

  async *whole(): AsyncGenerator<Entry[], void> {
    this.#commits.check();
    await this.#erasure.hold();
    try {
      for await (const some of momentOf(this.#db)) yield some;
    } catch (error) {
      throw explain(this.#folder, error);
    } finally {
      this.#erasure.release();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** One at a time: two on the same room would take each other's removals for damage. */
  #change<T>(room: number, work: (bounds: Bounds) => Promise<T>, seq = 0): Promise<T> {
    const done = this.#changing.then(() => {
      this.#commits.check();
      return this.#reading(() => this.#bounds.use(room, work), room, seq);
    });
    this.#changing = done.catch(() => undefined);
    return done;
  }

  /** The blocks stay until the erasure comes to them; without bounds and name nobody finds them. */
  async #drop(room: number, bounds: Readonly<Bounds>): Promise<boolean> {
    const names = await this.#table.known();
    const meta = await this.#table.row(room);
    if (!meta) return false;
    const write = this.#db.batch().del(snapshotKey(room)).del(boundsKey(room));
    let change: Change;
    const prepare = (before: Commit): Partial<Commit> => {
      change = { change: before.changes + 1, kind: ChangeKind.dropped, room };
      this.#table.putEnd(write, meta, bounds.head);
      putChange(write, change, null);
      return { rooms: before.rooms - 1, changes: change.change };
    };
    await this.#commits.write(write, prepare, () => {
      this.#table.ended(meta, bounds.head, names);
      this.#bounds.drop(room);
      this.#changed(change, null);
    });
    return true;
  }

  async #replace(room: number, seq: number, bytes: Uint8Array, bounds: Readonly<Bounds>): Promise<boolean> {
    const { count, time } = checkReplacement(room, seq, bytes);
    if (seq < bounds.first || seq + count - 1 > bounds.head) return false;
    const key = blockKey(room, seq, count);
    const old = await this.#db.get(key);
    if (!old) return false;
    const isOther = isStored(room, seq, count, old) && readBlockHeader(old).time !== time;
    if (isOther) return false;
    const write = this.#db.batch().put(key, bytes);
    let change: Change;
    const prepare = (before: Commit): Partial<Commit> => {
      change = { change: before.changes + 1, kind: ChangeKind.replaced, room, seq, count };
      putChange(write, change, bytes);
      return { changes: change.change };
    };
    let refreshed: Promise<void> | undefined;
    await this.#commits.write(write, prepare, () => {
      // Whoever asks from now on gets a new look at the engine; those who asked before are waited for.
      refreshed = this.#range.refresh();
      this.#changed(change, bytes);
    });
    await refreshed;
    return true;
  }

  #changed(change: Change, bytes: Uint8Array | null): void {
    this.#listener.changed?.(change, bytes);
    this.#followers.changed(change);
    this.#erasure.changed();
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
    await this.#followers.close();
    await this.#erasure.close();
    await this.#commits.close();
    await this.#range.close();
    await this.#db.close();
    this.#witness.close();
  }

  #copy({ blocks, rooms, snapshots }: Batch): EngineBatch {
    const write = this.#db.batch();
    for (const { room, seq, count, bytes } of blocks) this.#entries.putBlock(write, room, seq, count, bytes);
    for (const meta of rooms) write.put(metaKey(meta.room), encodeMeta(metaKey(meta.room), meta));
    for (const { room, seq, bytes } of snapshots)
      write.put(snapshotKey(room), encodeSnapshot(snapshotKey(room), seq, bytes));
    return write;
  }

  #refuseDropped(rooms: readonly number[]): void {
    const dropped = rooms.find((room) => this.#bounds.isDropped(room));
    if (dropped !== undefined) throw outOfOrder(`room ${dropped} was dropped`);
  }

  /** To be called at the write's turn: only then is it known what the writes before it left. */
  #putBounds(write: EngineBatch, room: number, head: number): void {
    // What is about to be removed is there until it is, and the bounds on disk say so.
    const { first } = this.#removing?.room === room ? this.#removing : this.#bounds.known(room)!;
    this.#entries.putBounds(write, room, { first, head });
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
