/**
 * How much the log may take: of all rooms, of one room, and of the disk, of which a part is kept in reserve so that the
 * process does not end because somebody wrote much. Looked up once a second at most, and added up in between.
 * Invariant: what is accepted between two looks is counted, so that no burst passes a limit by more than one message.
 */
import type { Log, Space } from "../log/log.ts";
import { Refusal } from "../wire/codes.ts";
import type { Limits } from "../wire/limits.ts";
import type { Loop } from "./loop.ts";
import type { Room } from "./room.ts";

/** What a record takes in the log beside its body: a block's header, keys, bounds and a name, about. */
export const RECORD_BYTES = 150;

const LOOK_EVERY_MS = 1_000;
/** A room that is full is looked at again after this: retention may have made place. */
const LOOK_AT_ROOM_EVERY_MS = 10_000;
/** A room that is this full by what was added up is looked at. */
const NEARLY = 0.9;
/** A byte in the log is written up to so many times before compaction has removed the copies. */
const COPIES = 2;

export class Quota {
  readonly #log: Pick<Log, "space" | "roomBytes">;
  readonly #loop: Loop;
  readonly #limits: Limits;
  readonly #onFatal: (error: unknown) => void;
  #space: Space = { logBytes: 0, freeBytes: Number.POSITIVE_INFINITY, diskBytes: 0 };
  /** Bytes accepted since the space was looked up. */
  #since = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking = false;

  constructor(options: {
    log: Pick<Log, "space" | "roomBytes">;
    loop: Loop;
    limits: Limits;
    onFatal: (error: unknown) => void;
  }) {
    this.#log = options.log;
    this.#loop = options.loop;
    this.#limits = options.limits;
    this.#onFatal = options.onFatal;
  }

  /** As it was when it was looked up last, a second ago or so while anything is written. */
  get space(): Space {
    return this.#space;
  }

  /** Whether there is no place for any message, as things were when they were looked up. */
  get isFull(): boolean {
    return this.#isFull(RECORD_BYTES);
  }

  /** Takes place for a message of so many bytes. */
  take(room: Room, bytes: number): void {
    this.#since += bytes;
    room.storedBytes += bytes;
  }

  /**
   * Why there is no place for a message of so many bytes; null when there is. `room`: null for one that is to be made.
   */
  refusal(room: Room | null, bytes: number): Refusal | null {
    const { maxRoomBytes } = this.#limits;
    const now = this.#loop.monotonic();
    if (now - this.#lookedAt >= LOOK_EVERY_MS) this.look();
    if (this.#isFull(bytes)) return Refusal.logFull;
    if (maxRoomBytes === 0 || !room) return null;
    // What is added up is more than what blocks take, so it is looked up before the room is called full.
    if (room.storedBytes > maxRoomBytes * NEARLY) this.#lookAt(room, now);
    return room.storedBytes + bytes > maxRoomBytes ? Refusal.roomStorageFull : null;
  }

  /** Looks up what the log takes and the disk has. To be awaited once before anything is accepted. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    this.#lookedAt = this.#loop.monotonic();
    const before = this.#since;
    try {
      this.#space = await this.#log.space();
      // What came while it was looked up may or may not be in it.
      this.#since -= before;
    } catch (error) {
      // Without a file to spare nothing is known for a second more.
      if (!isOutOfFiles(error)) this.#onFatal(error);
    } finally {
      this.#looking = false;
    }
  }

  #isFull(bytes: number): boolean {
    const { maxLogBytes, reserveBytes } = this.#limits;
    const { logBytes, freeBytes } = this.#space;
    const more = this.#since + bytes;
    if (maxLogBytes > 0 && logBytes + more > maxLogBytes) return true;
    return reserveBytes > 0 && freeBytes - more * COPIES < reserveBytes;
  }

  #lookAt(room: Room, now: number): void {
    if (now - room.storedLookedAt < LOOK_AT_ROOM_EVERY_MS) return;
    room.storedLookedAt = now;
    this.#log.roomBytes(room.number).then((bytes) => {
      room.storedBytes = bytes;
    }, this.#onFatal);
  }
}

/** Whether the innermost cause of an error is that the process, or the system, has no file left. */
function isOutOfFiles(error: unknown): boolean {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error && "code" in inner && ["EMFILE", "ENFILE"].includes(String(inner.code));
}
