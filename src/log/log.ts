/**
 * The contract of a log: opaque blocks in, committed positions out. It has two sides, append and tail: what was
 * appended becomes visible to the room layer only when the tail reports it, so that an engine shared by several
 * machines fits behind the same interface. It knows rooms as numbers and never looks into a block beyond its
 * header and checksum. Invariant: what the tail has reported is on disk, in order, without a gap.
 */

/** One sealed block on its way into the log. */
export interface AppendBlock {
  room: number;
  /** Number of the first record: must be the room's head + 1. */
  seq: number;
  count: number;
  /** Milliseconds since 1970 of the first record; what retention by age looks at. */
  time: number;
  /** The log copies the bytes before `append` returns; the caller keeps them. */
  bytes: Uint8Array;
}

/** What is known of a room beside its blocks: its row in the table of rooms, which never changes. */
export interface RoomMeta {
  room: number;
  /** Canonical name, unique. */
  name: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** 32 bits that the room layer gives a meaning; 0 for rooms of before there were any. */
  flags: number;
}

/** All that goes into one synced write: it is there entirely, or not at all. */
export interface Batch {
  blocks: readonly AppendBlock[];
  /**
   * Rooms that become durable with this batch, under numbers of the caller's, from `nextRoom` on; their first numbers
   * are as `firstOf` says. For a caller who is the only one to number rooms: all others call `found`.
   */
  rooms: readonly RoomMeta[];
  /** Per room a snapshot of derived state as of number `seq`; replaces the one before it. Copied at once. */
  snapshots: readonly { room: number; seq: number; bytes: Uint8Array }[];
  /**
   * Named values as `setState` knows them, set whatever they were: to be set in no other way meanwhile. Copied at once.
   */
  states?: readonly NamedBytes[];
}

/** What a named value is to be; null: removed. */
export interface NamedBytes {
  name: string;
  bytes: Uint8Array | null;
}

/** First and last number of what can be read of a room. Empty: first = head + 1. */
export interface Bounds {
  first: number;
  head: number;
}

export interface ReadOptions {
  /** Stop after the block with which this many bytes are reached. At least one block is returned if there is one. */
  maxBytes: number;
  /** Stop after the block with which this many records are reached. */
  maxRecords: number;
}

/** A small named value beside the rooms. */
export interface State {
  /** Of the write that made it: rises with each, and is never had again, be the value removed meanwhile. 0: no value. */
  version: number;
  bytes: Uint8Array;
}

export const ChangeKind = { replaced: 1, dropped: 2 } as const;
export type ChangeKind = (typeof ChangeKind)[keyof typeof ChangeKind];

/**
 * Something that was stored and is no more: a block was replaced, a room dropped. Changes are numbered from 1 without a
 * gap over the whole log, and the newest `KEPT_CHANGES` are kept.
 */
export type Change = { change: number; room: number } & (
  | { kind: typeof ChangeKind.replaced; seq: number; count: number }
  | { kind: typeof ChangeKind.dropped }
);

/** What the tail tells. Both are called before the promise of whoever wrote resolves, in the order of the writes. */
export interface TailListener {
  committed(blocks: readonly AppendBlock[]): void;
  /** `bytes`: of a replaced block, as it is now. */
  changed?(change: Change, bytes: Uint8Array | null): void;
}

/** Where a follower goes on. It holds within an epoch. */
export interface FollowFrom {
  /** The last change that it knows of; from there on all are told that concern what it has. Infinity: only new ones. */
  change: number;
  /** The last number of a room that it has: 0: none of it; Infinity: only what is yet to come; null: not this room. */
  seq(room: number): number | null;
}

export const FollowedKind = { blocks: 1, replaced: 2, dropped: 3, missed: 4 } as const;
export type FollowedKind = (typeof FollowedKind)[keyof typeof FollowedKind];

/** What a follower is told of, one at a time. */
export type Followed =
  /**
   * Blocks that continue what it has of the room; the first may begin before that. When they begin later, retention
   * was faster. What is lost stands in them as for `readForward`.
   */
  | { kind: typeof FollowedKind.blocks; room: number; blocks: readonly StoredBlock[] }
  /** A block that it has is another now. Told once at least, perhaps again for one that it read after that. */
  | { kind: typeof FollowedKind.replaced; change: number; room: number; block: StoredBlock }
  | { kind: typeof FollowedKind.dropped; change: number; room: number }
  /** Changes up to this one are not kept any more: whatever it has may be out of date. */
  | { kind: typeof FollowedKind.missed; change: number };

export interface Follower {
  /** Resolves when it is told nothing any more: with null after `close`, else with what its listener or the log threw. */
  readonly ended: Promise<unknown>;
  /** Resolves when its listener is not running any more. */
  close(): Promise<void>;
}

/** A committed block as it is handed to readers. The bytes are never changed by anyone. */
export interface StoredBlock {
  seq: number;
  count: number;
  bytes: Uint8Array;
}

export interface Space {
  /** Bytes that the log takes where it is kept, its own books included. */
  logBytes: number;
  /** Bytes that are left there for this process's user. */
  freeBytes: number;
  /** What this user may have there in all, with what others have taken; 0: it cannot be known. */
  diskBytes: number;
}

/** The identities of one epoch. */
export interface Generation {
  /** 16 hexadecimal digits. */
  epoch: string;
  /** The first identity number of this epoch; those of another begin far away. */
  firstAuthor: number;
}

export interface Totals {
  /** Rooms that are durable. */
  rooms: number;
  /** Records ever committed in this log, retention or not. */
  records: number;
  /** Batches ever committed. */
  commits: number;
}

/**
 * A log that is open. Any promise it returns rejects with `LogError`; after a rejected `append` the log is
 * unusable and the process must end: a failed sync is never retried.
 */
export interface Log {
  /** 16 hexadecimal digits that name this life of the log. */
  readonly epoch: string;
  /** 32 random bytes that live as long as the log; identities are proved with them. */
  readonly secret: Uint8Array;
  /** The epochs that this log has lived, oldest first, the present one last; a bounded number of the newest. */
  readonly generations: readonly Generation[];
  /** Below it lie the identity numbers that were given before tokens named a generation; 0: none were. */
  readonly oldAuthors: number;
  readonly totals: Totals;
  /**
   * Resolves with the reason when the log has failed, whether or not anybody was asking anything of it: every call
   * rejects with it from then on, and the process must end. It stays pending after an ordinary `close`.
   */
  readonly failed: Promise<unknown>;
  /** All durable rooms, by number. */
  rooms(): Promise<RoomMeta[]>;
  /**
   * The room of a canonical name, durable; founded with a number that no room has had if there is none. Of two who ask
   * at once both get the same. Where a room of that name was dropped the new one goes on above its numbers, so that a
   * position in the old one is never taken for one in the new: its bounds say from where.
   */
  found(name: string, createdAt: number, flags?: number): Promise<RoomMeta>;
  /** Above the number of every room that there was. */
  readonly nextRoom: number;
  /** The first number of a room that is made under this name now. */
  firstOf(name: string): number;
  /**
   * Ends a room with all that is stored of it, in one write: afterwards its name is free, its number is never given
   * again, and it reads as one that nobody wrote to. Nothing may be appended to it any more. Of its bytes nothing is
   * left in the log's files after some time. @returns false when there is no such room
   */
  drop(room: number): Promise<boolean>;
  /**
   * Puts another block in the place of one: of the same room, numbers and time, with other contents. When it resolves
   * nobody is served the old bytes any more, and after some time the log's files do not hold them. Copied at once.
   * @returns false when no such block is kept any more. @throws LogError `outOfOrder` when the block is not whole
   */
  replace(room: number, seq: number, bytes: Uint8Array): Promise<boolean>;
  /** A named value, or version 0 and no bytes. Read by whoever shares the log, as it was written last. */
  state(name: string): Promise<State>;
  /**
   * Writes a named value if it still has that version (0: if there is none), durably; null removes it. The name takes
   * at most 255 bytes of UTF-8, the value `MAX_STATE_BYTES`; copied at once.
   * @returns the new version, 0 for a removed one; null when somebody was faster. @throws RangeError by size
   */
  setState(name: string, ifVersion: number, bytes: Uint8Array | null): Promise<number | null>;
  /** Named values whose name begins with `prefix` and stands behind `after`, by the bytes of their names. */
  states(prefix: string, after: string, most: number): Promise<(State & { name: string })[]>;
  /** Number of the last change. */
  readonly changes: number;
  /**
   * Calls `listener` with all that is committed in the rooms it wants and what becomes of it, from a position on: first
   * out of the log, then live, each room in order and without a gap. It is called again when its promise has resolved,
   * which is all the back-pressure there is: whoever is slow is told later, out of the log, in larger pieces. Meanwhile
   * a follower costs one entry a room in which it is behind, and at most one batch or page of blocks.
   */
  follow(from: FollowFrom, listener: (told: Followed) => void | Promise<void>): Follower;
  /**
   * Bounds of one room. A room without blocks has first 1, head 0, or what retention left. Numbers that were given out
   * stay within them when their blocks are lost.
   */
  bounds(room: number): Promise<Bounds>;
  /** The newest snapshot of a room, or null when there is none or it is damaged: it is derived state. */
  snapshot(room: number): Promise<{ seq: number; bytes: Uint8Array } | null>;
  /**
   * Writes one batch with one sync. Resolves after the tail has reported it. Only one append may be under way.
   * @throws LogError `outOfOrder` when a block does not continue its room: a bug of the caller.
   */
  append(batch: Batch): Promise<void>;
  /** Registers the one listener that is told of every write before its caller is: whoever numbers and sends. */
  tail(listener: TailListener): void;
  /**
   * Blocks that hold numbers >= `from`, ascending; the first may begin before `from`. They continue each other within
   * the bounds: in place of what is missing or whose checksum does not fit stand blocks of lost records
   * (src/wire/block.ts), dated by the block before or after them. Nothing damaged is ever returned.
   * @throws LogError `damaged` with room and number only when it is not known how far the room goes.
   */
  readForward(room: number, from: number, options: ReadOptions): Promise<StoredBlock[]>;
  /** The last blocks that hold numbers < `before`, ascending; the last may reach beyond it. Lost ones as above. */
  readBackward(room: number, before: number, options: ReadOptions): Promise<StoredBlock[]>;
  /**
   * Reserves `count` identity numbers for good, durably, and returns the first. Numbers start at 1, rise within an
   * epoch and are never given twice: a new epoch begins at a random number far above those before, which a copy of the
   * log that went on elsewhere does not reach. They stay below 2^53.
   */
  reserveAuthors(count: number): Promise<number>;
  /**
   * Applies retention to one room: removes whole blocks of which every record is older than `olderThan`
   * (milliseconds since 1970) or lies more than `keepRecords` below the head. Lost records are as old as the blocks
   * beside them. Of a room that has a snapshot, nothing goes that came after it: what the snapshot derives from the
   * records must outlive them. Bounded work per call.
   * @returns the bounds now and whether more is left to remove.
   */
  trim(room: number, olderThan: number, keepRecords: number): Promise<Bounds & { more: boolean }>;
  /** What the log takes, as of some moments ago, and what is left. Cheap enough to be asked every second. */
  space(): Promise<Space>;
  /**
   * Bytes that the blocks of a room take where they are kept: packed, give or take a few kilobytes, and without what
   * was written last and is still in the engine's memory (up to 8 MB of all rooms together). Reads no block.
   */
  roomBytes(room: number): Promise<number>;
  close(): Promise<void>;
}

/** Why a log cannot go on. `code` is stable; the message is one plain sentence for the operator. */
export const LogErrorCode = {
  inUse: "log_in_use",
  notWritable: "log_not_writable",
  newerVersion: "log_newer_version",
  damaged: "log_damaged",
  outOfOrder: "log_out_of_order",
  storage: "log_storage",
} as const;
export type LogErrorCode = (typeof LogErrorCode)[keyof typeof LogErrorCode];

export class LogError extends Error {
  override name = "LogError";
  readonly code: LogErrorCode;
  /** Where in the log, if the error has a place: a room and the number of a record in it. */
  readonly at: { room: number; seq: number } | null;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions & { at?: LogError["at"] }) {
    super(message, options);
    this.code = code;
    this.at = options?.at ?? null;
  }
}
