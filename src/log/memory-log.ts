/**
 * A log in memory, for tests: the same contract and the same refusals as on disk, nothing durable.
 * Invariant: a room's blocks lie in an array without a gap, and `first` and `head` are its ends. What somebody appended
 * with a checksum that does not fit is kept and served as lost, as a disk that damages it would have it.
 */
import { lostBlock, MAX_LOST_RECORDS, readBlockHeader } from "../wire/block.ts";
import {
  checkBatch,
  checkReplacement,
  headsAfter,
  isStored,
  KEPT_CHANGES,
  namePart,
  outOfOrder,
  REMOVED_AT_ONCE,
  youngestTime,
} from "./blocks.ts";
import type { LogFaults } from "./faults.ts";
import { Followers } from "./followers.ts";
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
  LogError,
  LogErrorCode,
  type ReadOptions,
  type RoomMeta,
  type Space,
  type State,
  type StoredBlock,
  type TailListener,
} from "./log.ts";
import { checkState } from "./states.ts";

interface MemoryRoom extends Bounds {
  blocks: StoredBlock[];
  snapshot: { seq: number; bytes: Uint8Array } | null;
}

export interface MemoryLogOptions {
  epoch?: string;
  secret?: Uint8Array;
  /** Without them the epoch is the only one. */
  generations?: readonly Generation[];
  oldAuthors?: number;
  faults?: LogFaults;
}

export class MemoryLog implements Log {
  readonly epoch: string;
  readonly secret: Uint8Array;
  readonly generations: readonly Generation[];
  readonly oldAuthors: number;
  readonly totals = { rooms: 0, records: 0, commits: 0 };
  /** What `space` says is left. */
  freeBytes = Number.POSITIVE_INFINITY;
  diskBytes = 0;
  #faults: LogFaults;
  #metas = new Map<number, RoomMeta>();
  #names = new Map<string, RoomMeta>();
  #rooms = new Map<number, MemoryRoom>();
  #listener: TailListener = { committed: () => undefined };
  #states = new Map<string, State>();
  #changes: Change[] = [];
  /** The highest number of a dropped room, by part of the names. */
  #floors = new Map<number, number>();
  #followers = new Followers({
    lastChange: () => this.changes,
    rooms: () => this.rooms(),
    bounds: (room) => this.bounds(room),
    readForward: (room, from, options) => this.readForward(room, from, options),
    changeAfter: async (change) => this.#changes.find((each) => each.change > change) ?? null,
  });
  #nextRoom = 1;
  #nextAuthor: number;
  #dropped = new Set<number>();
  #writes = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #appending = false;
  #failure: unknown = null;
  #tellFailed!: (error: unknown) => void;
  readonly failed = new Promise<unknown>((tell) => {
    this.#tellFailed = tell;
  });

  constructor(options: MemoryLogOptions = {}) {
    this.epoch = options.epoch ?? "00000000feedbeef";
    this.secret = options.secret ?? new Uint8Array(32).fill(7);
    this.generations = options.generations ?? [{ epoch: this.epoch, firstAuthor: 1 }];
    this.oldAuthors = options.oldAuthors ?? 0;
    this.#nextAuthor = this.generations.at(-1)!.firstAuthor;
    this.#faults = options.faults ?? {};
  }

  async rooms(): Promise<RoomMeta[]> {
    this.#check();
    return [...this.#metas.values()].sort((a, b) => a.room - b.room);
  }

  async bounds(room: number): Promise<Bounds> {
    this.#check();
    const { first, head } = this.#room(room);
    return { first, head };
  }

  async snapshot(room: number): Promise<{ seq: number; bytes: Uint8Array } | null> {
    this.#check();
    return this.#room(room).snapshot;
  }

  async append(batch: Batch): Promise<void> {
    this.#check();
    try {
      if (this.#appending) throw outOfOrder("only one append may be under way");
      this.#appending = true;
      checkBatch(batch);
      for (const { room, name } of batch.rooms) this.#begin(room, name);
      headsAfter(batch.blocks, (room) => this.#room(room).head);
      for (const { room, name } of batch.rooms)
        if (this.#metas.has(room) || this.#names.has(name))
          throw outOfOrder(`room ${room}, or its name, is durable already`);
      for (const { room } of batch.blocks)
        if (this.#dropped.has(room)) throw outOfOrder(`room ${room} was dropped`);
      const blocks = batch.blocks.map((block) => ({ ...block, bytes: block.bytes.slice() }));
      const rooms = batch.rooms.map((meta) => ({ ...meta }));
      const snapshots = batch.snapshots.map((snapshot) => ({ ...snapshot, bytes: snapshot.bytes.slice() }));
      const states = (batch.states ?? []).map(({ name, bytes }) => ({ name, bytes: bytes?.slice() ?? null }));
      const version = await this.#commit();
      for (const { name, bytes } of states)
        if (bytes) this.#states.set(name, { version, bytes });
        else this.#states.delete(name);
      for (const { room, seq, count, bytes } of blocks) {
        const kept = this.#room(room);
        kept.blocks.push({ seq, count, bytes });
        kept.head = seq + count - 1;
        this.totals.records += count;
      }
      for (const meta of rooms) this.#add(meta);
      for (const { room, seq, bytes } of snapshots) this.#room(room).snapshot = { seq, bytes };
      this.totals.commits++;
      this.#listener.committed(blocks);
      this.#followers.committed(blocks);
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#appending = false;
    }
  }

  get nextRoom(): number {
    return this.#nextRoom;
  }

  firstOf(name: string): number {
    return (this.#floors.get(namePart(name)) ?? 0) + 1;
  }

  get changes(): number {
    return this.#changes.at(-1)?.change ?? 0;
  }

  tail(listener: TailListener): void {
    this.#listener = listener;
  }

  follow(from: FollowFrom, listener: (told: Followed) => void | Promise<void>): Follower {
    this.#check();
    return this.#followers.add(from, listener);
  }

  async found(name: string, createdAt: number, flags = 0): Promise<RoomMeta> {
    this.#check();
    return (
      this.#names.get(name) ??
      this.#alone(async () => {
        const there = this.#names.get(name);
        if (there) return there;
        const meta = { room: this.#nextRoom, name, createdAt, flags };
        await this.#commit();
        this.#add(meta);
        this.#begin(meta.room, name);
        return meta;
      })
    );
  }

  drop(room: number): Promise<boolean> {
    return this.#alone(async () => {
      const meta = this.#metas.get(room);
      if (!meta) return false;
      await this.#commit();
      const part = namePart(meta.name);
      this.#floors.set(part, Math.max(this.#floors.get(part) ?? 0, this.#room(room).head));
      this.#metas.delete(room);
      this.#names.delete(meta.name);
      this.#rooms.delete(room);
      this.#dropped.add(room);
      this.totals.rooms = this.#metas.size;
      this.#changed({ change: this.changes + 1, kind: ChangeKind.dropped, room }, null);
      return true;
    });
  }

  replace(room: number, seq: number, bytes: Uint8Array): Promise<boolean> {
    const copy = bytes.slice();
    return this.#alone(async () => {
      const { count, time } = checkReplacement(room, seq, copy);
      const place = () =>
        this.#room(room).blocks.findIndex((each) => each.seq === seq && each.count === count);
      const was = this.#room(room).blocks[place()];
      if (!was || (isStored(room, seq, count, was.bytes) && readBlockHeader(was.bytes).time !== time))
        return false;
      await this.#commit();
      // Retention may have been faster.
      const index = place();
      if (index < 0) return false;
      this.#room(room).blocks[index] = { seq, count, bytes: copy };
      this.#changed({ change: this.changes + 1, kind: ChangeKind.replaced, room, seq, count }, copy);
      return true;
    });
  }

  async state(name: string): Promise<State> {
    this.#check();
    checkState(name);
    const { version, bytes } = this.#states.get(name) ?? { version: 0, bytes: new Uint8Array(0) };
    return { version, bytes: bytes.slice() };
  }

  setState(name: string, ifVersion: number, bytes: Uint8Array | null): Promise<number | null> {
    const copy = bytes?.slice() ?? null;
    return this.#alone(async () => {
      checkState(name, copy);
      const version = this.#states.get(name)?.version ?? 0;
      if (version !== ifVersion) return null;
      const write = await this.#commit();
      if (copy) this.#states.set(name, { version: write, bytes: copy });
      else this.#states.delete(name);
      return copy ? write : 0;
    });
  }

  async states(prefix: string, after: string, most: number): Promise<(State & { name: string })[]> {
    this.#check();
    const key = (name: string) => Buffer.from(name);
    return [...this.#states]
      .filter(([name]) => name.startsWith(prefix) && Buffer.compare(key(name), key(after)) > 0)
      .sort(([a], [b]) => Buffer.compare(key(a), key(b)))
      .slice(0, most)
      .map(([name, { version, bytes }]) => ({ name, version, bytes: bytes.slice() }));
  }

  async readForward(room: number, from: number, options: ReadOptions): Promise<StoredBlock[]> {
    this.#check();
    const blocks = this.#readable(room);
    let end = indexOfHolder(blocks, from);
    const begin = end;
    for (let bytes = 0, records = 0; end < blocks.length; end++) {
      if (bytes >= options.maxBytes || records >= options.maxRecords) break;
      bytes += blocks[end]!.bytes.length;
      records += blocks[end]!.count;
    }
    return blocks.slice(begin, end);
  }

  async readBackward(room: number, before: number, options: ReadOptions): Promise<StoredBlock[]> {
    this.#check();
    const blocks = this.#readable(room);
    if (blocks.length === 0 || before <= blocks[0]!.seq) return [];
    const end = Math.min(blocks.length, indexOfHolder(blocks, before - 1) + 1);
    let begin = end;
    for (let bytes = 0, records = 0; begin > 0; ) {
      if (bytes >= options.maxBytes || records >= options.maxRecords) break;
      begin--;
      bytes += blocks[begin]!.bytes.length;
      records += blocks[begin]!.count;
    }
    return blocks.slice(begin, end);
  }

  async reserveAuthors(count: number): Promise<number> {
    this.#check();
    const first = this.#nextAuthor;
    this.#nextAuthor += count;
    await this.#commit();
    return first;
  }

  async trim(room: number, olderThan: number, keepRecords: number): Promise<Bounds & { more: boolean }> {
    this.#check();
    const kept = this.#room(room);
    const removable = (block: StoredBlock | undefined) =>
      block !== undefined &&
      block.seq + block.count - 1 <= (kept.snapshot?.seq ?? kept.head) &&
      (kept.head - (block.seq + block.count - 1) > keepRecords ||
        youngestTime(room, block.seq, block.bytes) < olderThan);
    const blocks = this.#readable(room);
    let old = 0;
    while (old < REMOVED_AT_ONCE && removable(blocks[old])) old++;
    const more = removable(blocks[old]);
    kept.blocks = blocks.slice(old);
    kept.first = kept.blocks[0]?.seq ?? kept.head + 1;
    return { first: kept.first, head: kept.head, more };
  }

  async space(): Promise<Space> {
    this.#check();
    let logBytes = 0;
    for (const { blocks } of this.#rooms.values()) logBytes += bytesOf(blocks);
    return { logBytes, freeBytes: this.freeBytes, diskBytes: this.diskBytes };
  }

  async roomBytes(room: number): Promise<number> {
    this.#check();
    return bytesOf(this.#room(room).blocks);
  }

  async close(): Promise<void> {
    this.#failure ??= new LogError(LogErrorCode.storage, "The log is closed.");
    await this.#followers.close();
  }

  /** Microtasks only, so that it works under fake clocks; `faults` can hold a commit up for longer. */
  async #commit(): Promise<number> {
    const write = ++this.#writes;
    try {
      await this.#faults.beforeCommit?.(write);
      await Promise.resolve();
      await this.#faults.afterCommit?.(write);
      return write;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** One after the other, as what they decide depends on what is there. Only a failed write is the end of the log. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => {
      this.#check();
      return work();
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #begin(room: number, name: string): void {
    const first = this.firstOf(name);
    if (first > 1) this.#rooms.set(room, { blocks: [], first, head: first - 1, snapshot: null });
  }

  #add(meta: RoomMeta): void {
    this.#metas.set(meta.room, meta);
    this.#names.set(meta.name, meta);
    this.#nextRoom = Math.max(this.#nextRoom, meta.room + 1);
    this.totals.rooms = this.#metas.size;
  }

  #changed(change: Change, bytes: Uint8Array | null): void {
    this.#changes.push(change);
    if (this.#changes.length > KEPT_CHANGES) this.#changes.shift();
    this.#listener.changed?.(change, bytes);
    this.#followers.changed(change);
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#tellFailed(error);
  }

  /** A room's blocks, with lost ones in place of those that are damaged. */
  #readable(room: number): StoredBlock[] {
    const { blocks } = this.#room(room);
    const isWhole = ({ seq, count, bytes }: StoredBlock) => isStored(room, seq, count, bytes);
    if (blocks.every(isWhole)) return blocks;
    let near = blocks.find(isWhole);
    return blocks.flatMap((block) => {
      if (isWhole(block)) {
        near = block;
        return block;
      }
      const time = near ? readBlockHeader(near.bytes).time : 0;
      return lostBlocks(room, block, time);
    });
  }

  #room(room: number): MemoryRoom {
    let found = this.#rooms.get(room);
    if (!found) {
      found = { blocks: [], first: 1, head: 0, snapshot: null };
      this.#rooms.set(room, found);
    }
    return found;
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }
}

function bytesOf(blocks: readonly StoredBlock[]): number {
  return blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function lostBlocks(room: number, { seq, count }: StoredBlock, time: number): StoredBlock[] {
  const blocks: StoredBlock[] = [];
  for (let at = seq; at < seq + count; at += MAX_LOST_RECORDS) {
    const part = Math.min(MAX_LOST_RECORDS, seq + count - at);
    blocks.push({ seq: at, count: part, bytes: lostBlock(room, at, part, time) });
  }
  return blocks;
}

/** Index of the first block that ends at or after `seq`. */
function indexOfHolder(blocks: readonly StoredBlock[], seq: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const block = blocks[middle]!;
    if (block.seq + block.count - 1 < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
