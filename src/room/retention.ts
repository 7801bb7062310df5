/**
 * Retention: goes through all durable rooms and lets the log remove what is too old or too much, a bounded step at a
 * time. It remembers of each room where its oldest block ends and how old that is, so that a round in which nothing is
 * to be removed reads nothing. Invariant: the nonces of what is removed are in a snapshot before it is.
 */
import type { Bounds, Log } from "../log/log.ts";
import { BlockReader } from "../wire/block.ts";
import type { DurableRoom } from "./durable-rooms.ts";
import type { Loop } from "./loop.ts";
import type { Room } from "./room.ts";
import { SoundTime } from "./sound-time.ts";

/** Rooms that are passed over without a turn of the loop. */
const ROOMS_A_TURN = 2_000;

/** What retention needs of the rooms. */
interface Source {
  readonly log: Log;
  readonly loop: Loop;
  /** Milliseconds for which a room keeps its messages by settings of its own; 0: there are none. */
  keepMs(room: DurableRoom): number;
  /** Whether any room says so. */
  readonly someKeep: () => boolean;
  /** In any order; rooms are only ever added at the end. */
  readonly durable: readonly DurableRoom[];
  open(name: string): Room | Promise<Room | null> | null;
  isOpen(room: Room): boolean;
  release(room: Room): void;
  /** Resolves once a snapshot of the room is in the log. */
  snapshot(room: Room): Promise<void>;
  /** Gives null for work that met damage, and reports it. */
  guard<T>(work: Promise<T>, isOver: () => boolean): Promise<T | null>;
}

/** What holds for all rooms in one round, and what time it is then. */
interface Round {
  olderThan: number;
  keepRecords: number;
  now: number;
}

export class Retention {
  #source: Source;
  #soundTime: SoundTime;
  #reader = new BlockReader();

  constructor(source: Source) {
    this.#source = source;
    this.#soundTime = new SoundTime(source.loop);
  }

  /**
   * Goes through all rooms once. `isOver` is asked before each step. `wallOlderThan`: by the wall clock; it is put back
   * by what that is wrongly ahead.
   */
  async apply(wallOlderThan: number, keepRecords: number, isOver: () => boolean): Promise<void> {
    const { durable, loop, guard } = this.#source;
    const { aheadMs } = this.#soundTime;
    const round = { olderThan: wallOlderThan - aheadMs, keepRecords, now: loop.now() - aheadMs };
    const keepsAll = wallOlderThan <= 0 && keepRecords === Number.MAX_SAFE_INTEGER;
    if (keepsAll && !this.#source.someKeep()) return;
    const turn = () => new Promise<void>((next) => loop.soon(next));
    const { length } = durable;
    for (let i = 0; i < length; i++) {
      const each = durable[i]!;
      if (i % ROOMS_A_TURN === ROOMS_A_TURN - 1) await turn();
      if (keepsAll && this.#source.keepMs(each) === 0) continue;
      if (this.#stays(each, round)) continue;
      for (let more = true; more && !isOver(); ) {
        const bounds = await guard(this.#trim(each, round), isOver);
        // A room that is damaged keeps what it has.
        if (bounds === null) break;
        more = bounds.more;
        each.room?.trimmed(bounds.first);
        await turn();
      }
      if (isOver()) return;
    }
  }

  async #trim(durable: DurableRoom, round: Round): Promise<Bounds & { more: boolean }> {
    const { log, open, isOpen, release, snapshot } = this.#source;
    const { number, name } = durable;
    const { first, head } = await log.bounds(number);
    const [oldest] = await log.readForward(number, first, { maxBytes: 1, maxRecords: 1 });
    durable.head = head;
    durable.oldestEnd = oldest ? oldest.seq + oldest.count - 1 : head;
    durable.oldestTime = oldest ? this.#reader.reset(oldest.bytes).baseTime : Number.POSITIVE_INFINITY;
    // Often the beginning of the block says enough.
    if (oldest && durable.oldestTime < this.#olderThan(durable, round))
      durable.oldestTime = this.#youngestTime(oldest.bytes);
    if (this.#stays(durable, round)) return { first, head, more: false };
    // The nonces that go with the records must outlive them, or a late repeat would be stored twice.
    const room = await open(name);
    if (!room) return { first, head, more: false };
    if (!room.projections.isSnapshotCurrent) await snapshot(room);
    // By now its records have said how long it keeps them, whatever was known of it before.
    const bounds = await log.trim(number, this.#olderThan(durable, round), round.keepRecords);
    durable.oldestEnd = 0;
    if (isOpen(room)) release(room);
    return bounds;
  }

  /** The shorter of both times counts. */
  #olderThan(durable: DurableRoom, { olderThan, now }: Round): number {
    const keepMs = this.#source.keepMs(durable);
    return keepMs === 0 ? olderThan : Math.max(olderThan, now - keepMs);
  }

  #stays(durable: DurableRoom, round: Round): boolean {
    return stays(durable, this.#olderThan(durable, round), round.keepRecords);
  }

  #youngestTime(block: Uint8Array): number {
    const r = this.#reader.reset(block);
    let youngest = r.baseTime;
    while (r.next()) youngest = Math.max(youngest, r.time);
    return youngest;
  }
}

/** Whether it is known, without reading, that nothing of the room is to be removed. */
function stays(durable: DurableRoom, olderThan: number, keepRecords: number): boolean {
  const { oldestEnd, oldestTime } = durable;
  if (oldestEnd === 0) return false;
  const head = durable.room?.head ?? durable.head;
  if (oldestTime === Number.POSITIVE_INFINITY) return head === oldestEnd;
  return oldestTime >= olderThan && head - oldestEnd <= keepRecords;
}
