/**
 * The heartbeat of the server: takes what is pending in all rooms that are due, gives it to the log as one batch with
 * one sync, and publishes each block once when the log's tail reports it. While a commit is under way new messages
 * collect, so that batches size themselves to the load; an idle server has no timer at all.
 * Invariant: a block is published only from the log's tail, and there is no other way to the subscribers.
 *
 *   idle ──dirty──▶ scheduled ──turn of the loop──▶ committing ──tail──▶ publishing ──turns──▶ idle, or committing
 */
import { type AppendBlock, type Batch, ChangeKind, type Log, type RoomMeta } from "../log/log.ts";
import type { Counters } from "./counters.ts";
import type { Room } from "./room.ts";
import { Pacing } from "./window.ts";

/** Where committed blocks and unnumbered frames go. */
export interface Fanout {
  /** Sends one frame to every connection that is live in the room. Copies the bytes before it returns. */
  publish(room: number, frame: Uint8Array): void;
  /** Connections that are live in the room. */
  subscribers(room: number): number;
}

/** Time and the event loop, handed in. */
export interface Loop {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from a clock that never goes back, with fractions. */
  monotonic(): number;
  /** Runs `task` in the next turn of the loop, after the input that is there now. */
  soon(task: () => void): void;
  /** Runs `task` after `ms`; the result cancels it. */
  after(ms: number, task: () => void): () => void;
}

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
  #dirty: Room[] = [];
  #presence: Room[] = [];
  #scheduled = false;
  #committing = false;
  #commitStartedAt = 0;
  /** When rooms without a window of their own may be flushed again. */
  #sharedDueAt = 0;
  #cancelTimer: (() => void) | null = null;
  #timerAt = 0;
  #idleWaiters: (() => void)[] = [];
  #snapshotWaiters = new Map<Room, (() => void)[]>();
  /** Rooms with a timer for the end of a writing mark. */
  #typing = new Set<Room>();

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
    this.#log.tail({
      committed: (blocks) => this.#publish(blocks),
      changed: (change, bytes) => {
        if (change.kind !== ChangeKind.replaced || !bytes) return;
        this.#roomOf(change.room)?.tail.replace({ seq: change.seq, count: change.count, bytes });
      },
    });
  }

  /** The room has pending messages. */
  messages(room: Room): void {
    if (room.dirty) return;
    room.dirty = true;
    this.#dirty.push(room);
    if (!this.#committing) this.#scheduleAt(this.#dueAt(room));
  }

  /** Whether messages wait for their flush: nothing that can be done without should be added to that. */
  get isBusy(): boolean {
    return this.#dirty.length > 0;
  }

  /** Writes a snapshot of the room's authors with the next flush. Resolves once it is in the log. */
  snapshot(room: Room): Promise<void> {
    room.authors.wantSnapshot();
    this.messages(room);
    return new Promise((done) => {
      const waiting = this.#snapshotWaiters.get(room);
      if (waiting) waiting.push(done);
      else this.#snapshotWaiters.set(room, [done]);
    });
  }

  /** Something changed among the people of the room. */
  people(room: Room): void {
    if (room.presenceDirty) return;
    room.presenceDirty = true;
    this.#presence.push(room);
    this.#scheduleAt(room.presenceDueAt);
  }

  /** Resolves when nothing is pending and nothing under way. */
  async drained(): Promise<void> {
    while (this.#dirty.length > 0 || this.#committing) {
      for (const room of this.#dirty) room.dueAt = 0;
      this.#sharedDueAt = 0;
      this.#scheduleAt(0);
      await new Promise<void>((done) => this.#idleWaiters.push(done));
    }
  }

  #dueAt(room: Room): number {
    if (room.isOverdue) return 0;
    return room.isPaced ? room.dueAt : this.#sharedDueAt;
  }

  #scheduleAt(due: number): void {
    if (this.#scheduled) return;
    const wait = due - this.#loop.monotonic();
    if (wait <= 0) {
      this.#scheduled = true;
      this.#loop.soon(() => this.#turn());
      return;
    }
    if (this.#cancelTimer && this.#timerAt <= due) return;
    this.#cancelTimer?.();
    this.#timerAt = due;
    this.#cancelTimer = this.#loop.after(Math.ceil(wait), () => {
      this.#cancelTimer = null;
      this.#turn();
    });
  }

  #turn(): void {
    this.#scheduled = false;
    const now = this.#loop.monotonic();
    this.#tellPeople(now);
    if (!this.#committing) this.#commit(now);
    this.#scheduleNext();
  }

  #commit(now: number): void {
    const blocks: AppendBlock[] = [];
    const rooms: RoomMeta[] = [];
    const snapshots: { room: number; seq: number; bytes: Uint8Array }[] = [];
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
      if (!room.durable) {
        room.durable = true;
        rooms.push({ room: room.number, name: room.name, createdAt: room.createdAt, flags: 0 });
      }
      if (room.authors.snapshotDue) {
        // All that was given a number is in this batch or in the log.
        snapshots.push({ room: room.number, seq: room.lastGiven, bytes: room.authors.encode() });
        waiting.push(...(this.#snapshotWaiters.get(room) ?? []));
        this.#snapshotWaiters.delete(room);
      }
    }
    this.#dirty.length = kept;
    if (blocks.length === 0 && snapshots.length === 0) return;
    this.#committing = true;
    this.#commitStartedAt = now;
    void this.#append({ blocks, rooms, snapshots }, waiting);
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
      if (room === last) continue;
      last = room;
      const readers = this.#fanout.subscribers(block.room);
      room.readers = readers;
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
    this.#counters.fanoutMs += this.#loop.monotonic() - startedAt;
    // The transport writes small frames at the end of the loop's turn, before what is due soon.
    this.#loop.soon(() => this.#pacing.measured(subscribers, this.#loop.monotonic() - startedAt));
  }

  #tellPeople(now: number): void {
    let kept = 0;
    for (const room of this.#presence) {
      if (room.presenceDueAt > now) {
        this.#presence[kept++] = room;
        continue;
      }
      room.presenceDirty = false;
      // A change is told to everyone in the room, so the more people, the longer changes collect.
      room.presenceDueAt = now + (room.presence.listed ? 50 + room.presence.count : 1_000);
      for (const frame of room.presence.flush(now)) {
        this.#fanout.publish(room.number, frame);
        this.#counters.presenceFrames++;
      }
      this.#watchTyping(room);
    }
    this.#presence.length = kept;
  }

  /** A writing mark ends by itself, and everyone is told. */
  #watchTyping(room: Room): void {
    const end = room.presence.nextTypingEnd;
    if (end === 0 || this.#typing.has(room)) return;
    this.#typing.add(room);
    this.#loop.after(Math.max(1, end - this.#loop.monotonic()), () => {
      this.#typing.delete(room);
      this.people(room);
    });
  }

  #scheduleNext(): void {
    let due = Number.POSITIVE_INFINITY;
    for (const room of this.#presence) due = Math.min(due, room.presenceDueAt);
    if (!this.#committing) for (const room of this.#dirty) due = Math.min(due, this.#dueAt(room));
    if (due !== Number.POSITIVE_INFINITY) this.#scheduleAt(due);
  }
}
