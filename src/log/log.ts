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

/** What is known of a room beside its blocks. Written with the room's first block and never changed. */
export interface RoomMeta {
  room: number;
  /** Canonical name, unique. */
  name: string;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** All that goes into one synced write: it is there entirely, or not at all. */
export interface Batch {
  blocks: readonly AppendBlock[];
  /** Rooms that become durable with this batch. */
  rooms: readonly RoomMeta[];
  /** Per room a snapshot of derived state as of number `seq`; replaces the one before it. Copied at once. */
  snapshots: readonly { room: number; seq: number; bytes: Uint8Array }[];
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
  /** Registers the one listener that is told of every committed batch, in order, before `append` resolves. */
  tail(listener: (blocks: readonly AppendBlock[]) => void): void;
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
