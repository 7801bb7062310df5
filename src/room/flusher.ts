/**
 * Takes what is pending in all rooms that are due, gives it to the log as one batch with one sync, and publishes each
 * block once when the log's tail reports it. While a commit is under way new messages collect, so that batches size
 * themselves to the load; an idle server has no timer at all. Of presence it knows nothing.
 * Invariant: a block is published only from the log's tail, and no other way leads to the subscribers.
 *
 *   idle ──dirty──▶ scheduled ──turn of the loop──▶ committing ──tail──▶ publishing ──turns──▶ idle, or committing
 */
import {
  type AppendBlock,
  type Batch,
  ChangeKind,
  type Log,
  type NamedBytes,
  type RoomMeta,
} from "../log/log.ts";
import { Alarm } from "./alarm.ts";
import type { Counters } from "./counters.ts";
import type { Fanout } from "./fanout.ts";
import { keepState } from "./keep-times.ts";
import type { Loop } from "./loop.ts";
import type { Room } from "./room.ts";
import { Pacing } from "./window.ts";

/**
 * Turns of the loop from publishing to the next batch. In the first the transport writes what was published, in the
 * others it reads what came in meanwhile: a batch taken before would leave that to wait for one fan-out more. With one
 * turn more than two, 32 people who answer at once fill larger batches and get about 5 % more through.
 */
const SETTLING_TURNS = 3;

export class Flusher {
  #log: Log;
  #fanout: Fanout;
  #loop: Loop;
  #counters: Counters;
  #pacing: Pacing;
  #onFatal: (error: unknown) => void;
  #roomOf: (number: number) => Room | undefined;
  #alarm: Alarm;
  #dirty: Room[] = [];
  #committing = false;
  #commitStartedAt = 0;
  /** When rooms without a window of their own may be flushed again. */
  #sharedDueAt = 0;
  #idleWaiters: (() => void)[] = [];
  #snapshotWaiters = new Map<Room, (() => void)[]>();

  constructor(options: {
    log: Log;
    fanout: Fanout;
    loop: Loop;
    counters: Counters;
    maxWindowMs: number;
    roomOf: (number: number) => Room | undefined;
    onFatal: (error: unknown) => void;
  }) {
    this.#log = options.log;
    this.#fanout = options.fanout;
    this.#loop = options.loop;
    this.#counters = options.counters;
    this.#pacing = new Pacing(options.maxWindowMs);
    this.#roomOf = options.roomOf;
    this.#onFatal = options.onFatal;
    this.#alarm = new Alarm(options.loop, () => this.#turn());
    this.#log.tail({
      committed: (blocks) => this.#publish(blocks),
      changed: (change, bytes) => {
        if (change.kind !== ChangeKind.replaced || !bytes) return;
        this.#roomOf(change.room)?.replaced({ seq: change.seq, count: change.count, bytes });
      },
    });
  }

  /** The room has pending messages. */
  messages(room: Room): void {
    if (room.dirty) return;
    room.dirty = true;
    this.#dirty.push(room);
    if (!this.#committing) this.#alarm.set(this.#dueAt(room));
  }

  /** Whether messages wait for their flush: nothing that can be done without should be added to that. */
  get isBusy(): boolean {
    return this.#dirty.length > 0;
  }

  /** For how long the commit that is under way has been, milliseconds; 0: none is. */
  get committingForMs(): number {
    return this.#committing ? this.#loop.monotonic() - this.#commitStartedAt : 0;
  }

  /** Writes a snapshot of the room, as it is stored, with the next flush. Resolves once it is in the log. */
  snapshot(room: Room): Promise<void> {
    room.projections.wantSnapshot();
    this.messages(room);
    return new Promise((done) => {
      const waiting = this.#snapshotWaiters.get(room);
      if (waiting) waiting.push(done);
      else this.#snapshotWaiters.set(room, [done]);
    });
  }

  /** Resolves when nothing is pending and nothing under way. */
  async drained(): Promise<void> {
    while (this.#dirty.length > 0 || this.#committing) {
      for (const room of this.#dirty) room.dueAt = 0;
      this.#sharedDueAt = 0;
      this.#alarm.set(0);
      await new Promise<void>((done) => this.#idleWaiters.push(done));
    }
  }

  #dueAt(room: Room): number {
    if (room.isOverdue) return 0;
    return room.isPaced ? room.dueAt : this.#sharedDueAt;
  }

  #turn(): void {
    if (this.#committing) return;
    this.#commit(this.#loop.monotonic());
    if (this.#committing) return;
    let due = Number.POSITIVE_INFINITY;
    for (const room of this.#dirty) due = Math.min(due, this.#dueAt(room));
    this.#alarm.set(due);
  }

  #commit(now: number): void {
    const blocks: AppendBlock[] = [];
    const rooms: RoomMeta[] = [];
    const snapshots: { room: number; seq: number; bytes: Uint8Array }[] = [];
    const states: NamedBytes[] = [];
    const waiting: (() => void)[] = [];
    let kept = 0;
    let readers = 0;
    const most = this.#pacing.batchSubscribers;
    for (const room of this.#dirty) {
      if (this.#dueAt(room) > now) {
        this.#dirty[kept++] = room;
        continue;
      }
      if (readers >= most) {
        room.isOverdue = true;
        this.#dirty[kept++] = room;
        continue;
      }
      readers += room.readers;
      room.isOverdue = false;
      room.dirty = false;
      room.take(blocks);
      const keepHours = room.takeKeep();
      if (keepHours !== null) states.push(keepState(room.number, keepHours));
      if (!room.durable) {
        room.durable = true;
        const { number, name, createdAt, flags } = room;
        rooms.push({ room: number, name, createdAt, flags });
      }
      const { projections } = room;
      if (projections.snapshotDue) {
        // What is in this batch is not stored yet.
        snapshots.push({ room: room.number, seq: room.head, bytes: projections.encode() });
        waiting.push(...(this.#snapshotWaiters.get(room) ?? []));
        this.#snapshotWaiters.delete(room);
      }
    }
    this.#dirty.length = kept;
    if (blocks.length === 0 && snapshots.length === 0) return;
    this.#committing = true;
    this.#commitStartedAt = now;
    void this.#append({ blocks, rooms, snapshots, states }, waiting);
  }

  async #append(batch: Batch, snapshotWaiters: (() => void)[]): Promise<void> {
    try {
      await this.#log.append(batch);
    } catch (error) {
      // A failed write or sync is never retried: what the disk holds is unknown until the next start reads it.
      this.#onFatal(error);
      return;
    }
    for (const done of snapshotWaiters) done();
    this.#settle(SETTLING_TURNS);
  }

  #settle(turns: number): void {
    if (turns === 0) this.#settled();
    else this.#loop.soon(() => this.#settle(turns - 1));
  }

  #settled(): void {
    this.#committing = false;
    const waiting = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const done of waiting) done();
    this.#turn();
  }

  #publish(blocks: readonly AppendBlock[]): void {
    const startedAt = this.#loop.monotonic();
    const commitMs = startedAt - this.#commitStartedAt;
    this.#counters.commit(blocks, commitMs);
    this.#pacing.committed(commitMs);
    let together = 0;
    let subscribers = 0;
    let last: Room | undefined;
    for (const block of blocks) {
      this.#fanout.publish(block.room, block.bytes);
      const room = this.#roomOf(block.room);
      if (!room) continue;
      room.committed(block, this.#counters.flushes);
      // Blocks of one room stand behind each other.
      if (room === last) {
        this.#counters.deliveries += block.count * room.readers;
        continue;
      }
      last = room;
      const readers = this.#fanout.subscribers(block.room);
      room.readers = readers;
      this.#counters.deliveries += block.count * readers;
      const window = this.#pacing.windowMs(readers);
      subscribers += readers;
      room.isPaced = window > 0;
      room.dueAt = startedAt + window;
      if (window > 0) this.#counters.windowMs = window;
      else together += readers;
    }
    const shared = this.#pacing.windowMs(together);
    this.#sharedDueAt = startedAt + shared;
    if (shared > 0) this.#counters.windowMs = shared;
    this.#counters.fanoutMs.add(this.#loop.monotonic() - startedAt);
    // The transport writes small frames at the end of the loop's turn, before what is due soon.
    this.#loop.soon(() => this.#pacing.measured(subscribers, this.#loop.monotonic() - startedAt));
  }
}
