/**
 * Those who follow a log, for every engine: each goes its own way from its own position, out of the log until it is at
 * the head of every room, then live. Engines say what was committed and changed; they are never waited for.
 * Invariant: of a follower that is slow nothing is kept but where it is in each room in which it is behind, and the one
 * batch it is being told of.
 *
 *   behind (its rooms with the next number each) ──read to the head──▶ live ──a batch came while it was busy──▶ behind
 */
import {
  type AppendBlock,
  type Bounds,
  type Change,
  ChangeKind,
  type Followed,
  FollowedKind,
  type Follower,
  type FollowFrom,
  type ReadOptions,
  type RoomMeta,
  type StoredBlock,
} from "./log.ts";

/** What a follower needs of its log. */
export interface FollowedLog {
  lastChange(): number;
  rooms(): Promise<RoomMeta[]>;
  bounds(room: number): Promise<Bounds>;
  readForward(room: number, from: number, options: ReadOptions): Promise<StoredBlock[]>;
  /** The first change after number `change` that is kept. */
  changeAfter(change: number): Promise<Change | null>;
}

type Listener = (told: Followed) => void | Promise<void>;

const PAGE = { maxBytes: 256 * 1024, maxRecords: 100_000 };

export class Followers {
  #log: FollowedLog;
  #all = new Set<Following>();

  constructor(log: FollowedLog) {
    this.#log = log;
  }

  add(from: FollowFrom, listener: Listener): Follower {
    const follower = new Following(this.#log, from, listener, () => this.#all.delete(follower));
    this.#all.add(follower);
    follower.start();
    return follower;
  }

  /** To be called when these can be read. */
  committed(blocks: readonly AppendBlock[]): void {
    for (const follower of this.#all) follower.committed(blocks);
  }

  /** To be called when nobody is served what was there before. */
  changed(change: Change): void {
    for (const follower of this.#all) follower.changed(change);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((follower) => follower.close()));
  }
}

class Following implements Follower {
  readonly ended: Promise<unknown>;
  #end!: (error: unknown) => void;
  #log: FollowedLog;
  #from: FollowFrom;
  #listener: Listener;
  /** The last change it was told of. */
  #change: number;
  /** Rooms in which it is behind, with the next number; null: not looked at yet. The first is read next. */
  #behind = new Map<number, number | null>();
  /** What is left of the batch it is being told of. Its rooms are not behind. */
  #live: AppendBlock[] = [];
  /** The rooms of the beginning are listed; until then any may be behind. */
  #isListed = false;
  /** The room of which a page is being read, and whether more of it was committed since. */
  #reading: { room: number; isMoved: boolean } | null = null;
  #isClosed = false;
  #isResting = false;
  #wake: () => void = () => undefined;

  constructor(log: FollowedLog, from: FollowFrom, listener: Listener, onEnd: () => void) {
    this.#log = log;
    this.#from = from;
    this.#listener = listener;
    this.#change = Math.min(from.change, log.lastChange());
    this.ended = new Promise((end) => {
      this.#end = (error) => {
        onEnd();
        end(error);
      };
    });
  }

  start(): void {
    this.#run().then(
      () => this.#end(null),
      (error: unknown) => {
        const wasClosed = this.#isClosed;
        this.#isClosed = true;
        this.#end(wasClosed ? null : error);
      },
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    await this.ended;
  }

  committed(blocks: readonly AppendBlock[]): void {
    const isFree = this.#isResting && this.#live.length === 0;
    const live: AppendBlock[] = [];
    for (const block of blocks) {
      const { room, seq } = block;
      if (this.#reading?.room === room) this.#reading.isMoved = true;
      const next = this.#behind.get(room);
      if (next === undefined && isFree) {
        if (this.#from.seq(room) !== null) live.push(block);
      } else if (typeof next !== "number") this.#fallBehind(room, seq);
    }
    this.#live.push(...live);
    this.#wake();
  }

  changed({ kind, room }: Change): void {
    const first = this.#live.find((block) => block.room === room);
    if (first) this.#live = this.#live.filter((block) => block.room !== room);
    if (kind === ChangeKind.dropped) this.#behind.delete(room);
    // Read from the log it is as it is now.
    else if (first) this.#behind.set(room, first.seq);
    this.#wake();
  }

  /** A block that begins at `seq` was committed, and is not told of live. */
  #fallBehind(room: number, seq: number): void {
    const from = this.#from.seq(room);
    if (from === null) return;
    if (!this.#isListed || this.#behind.has(room)) {
      // Not looked at yet. Whoever has all before this block, or wants nothing of it, begins with it.
      this.#behind.set(room, from >= seq - 1 ? seq : null);
    } else this.#behind.set(room, seq);
  }

  async #run(): Promise<void> {
    for (const { room } of await this.#log.rooms()) if (!this.#behind.has(room)) this.#behind.set(room, null);
    this.#isListed = true;
    while (!this.#isClosed) {
      if (this.#change < this.#log.lastChange()) await this.#tellChange();
      else if (this.#live.length > 0) await this.#tellLive();
      else if (this.#behind.size > 0) await this.#tellPage();
      else await this.#rest();
    }
  }

  #rest(): Promise<void> {
    this.#isResting = true;
    return new Promise((wake) => {
      this.#wake = () => {
        this.#isResting = false;
        this.#wake = () => undefined;
        wake();
      };
    });
  }

  /** The blocks of one room in the batch. */
  async #tellLive(): Promise<void> {
    const { room } = this.#live[0]!;
    const blocks = this.#live.filter((block) => block.room === room);
    this.#live = this.#live.filter((block) => block.room !== room);
    const stored = blocks.map(({ seq, count, bytes }) => ({ seq, count, bytes }));
    await this.#listener({ kind: FollowedKind.blocks, room, blocks: stored });
  }

  /** One page of the room that waits longest; behind the others it waits again, unless it is at its head. */
  async #tellPage(): Promise<void> {
    const [room, known] = this.#behind.entries().next().value!;
    const next = known ?? (await this.#firstOf(room));
    if (next === null) return;
    this.#reading = { room, isMoved: false };
    const blocks = await this.#log.readForward(room, next, PAGE);
    const { isMoved } = this.#reading;
    this.#reading = null;
    // It was dropped meanwhile.
    if (!this.#behind.delete(room)) return;
    const last = blocks.at(-1);
    if (last || isMoved) this.#behind.set(room, last ? last.seq + last.count : next);
    if (last) await this.#listener({ kind: FollowedKind.blocks, room, blocks });
  }

  /** Looks at a room for the first time. Null: there is nothing to tell of it. */
  async #firstOf(room: number): Promise<number | null> {
    const from = this.#from.seq(room);
    const { head } = await this.#log.bounds(room);
    const known = this.#behind.get(room);
    // It was dropped, or a block that came meanwhile said where to begin.
    if (known !== null) return known ?? null;
    if (from === null || from >= head) {
      this.#behind.delete(room);
      return null;
    }
    this.#behind.set(room, from + 1);
    return from + 1;
  }

  async #tellChange(): Promise<void> {
    const change = await this.#log.changeAfter(this.#change);
    if (!change) {
      this.#change = this.#log.lastChange();
      return;
    }
    const expected = this.#change + 1;
    this.#change = change.change;
    if (change.change > expected) {
      this.#change = change.change - 1;
      await this.#listener({ kind: FollowedKind.missed, change: this.#change });
      return;
    }
    const { room } = change;
    const has = this.#has(room);
    if (has === null) return;
    if (change.kind === ChangeKind.dropped) {
      await this.#listener({ kind: FollowedKind.dropped, change: change.change, room });
      return;
    }
    if (change.seq > has) return;
    const [block] = await this.#log.readForward(room, change.seq, { maxBytes: 1, maxRecords: 1 });
    // Retention, or the end of the room, was faster.
    if (block?.seq !== change.seq) return;
    await this.#listener({ kind: FollowedKind.replaced, change: change.change, room, block });
  }

  /** The last number that it has of a room; null when it does not follow it. */
  #has(room: number): number | null {
    const from = this.#from.seq(room);
    const next = this.#behind.get(room) ?? this.#live.find((block) => block.room === room)?.seq;
    if (from === null) return null;
    if (typeof next === "number") return next - 1;
    return this.#behind.has(room) ? from : Number.POSITIVE_INFINITY;
  }
}
