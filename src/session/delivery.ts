/**
 * One connection's way through one room's numbers. Whoever joins, and whoever did not keep up, is fed from the log
 * in bounded pages; at the end of it the connection goes onto the room's topic in the same turn. It decides nothing
 * about presence. Invariant: what is sent continues what was sent, and the step onto the topic has no await in it; how
 * an owned room stands is told before what changes it, and again when numbers were passed over.
 *
 *   feeding ──at the head──▶ live ──a block was dropped──▶ feeding ──…──▶ ended (left, or damage on disk)
 */
import type { Room } from "../room/room.ts";
import type { Rooms } from "../room/rooms.ts";
import { standingOf } from "../room/standing.ts";
import type { StoredBlock } from "../room/tail.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ServerKind } from "../wire/frames.ts";

/** The connection that is fed. */
export interface DeliveryReader {
  /** Bytes sent and not yet taken by the network. */
  readonly buffered: number;
  send(frame: Uint8Array): void;
  subscribe(room: number): void;
  unsubscribe(room: number): void;
  /** Runs several sends as one write. */
  cork(sends: () => void): void;
  /** Whether a page may be read now: 0, or milliseconds to wait. */
  mayRead(): number;
  /** Bytes that were read for this reader. */
  didRead(bytes: number): void;
  /** What comes next is damaged on disk: the delivery goes no further. */
  damaged(room: Room): void;
}

const DeliveryState = { feeding: "feeding", live: "live", ended: "ended" } as const;
type DeliveryState = (typeof DeliveryState)[keyof typeof DeliveryState];

/** A page is read, and the next block sent, when less than this is buffered: a slow socket holds about two pages. */
const PAGE_BYTES = 64 * 1024;
const PAGE = { maxBytes: PAGE_BYTES, maxRecords: 100_000 };

export class Delivery {
  readonly room: Room;
  #rooms: Rooms;
  #reader: DeliveryReader;
  #author: number;
  #state: DeliveryState = DeliveryState.feeding;
  /** The next number to send. */
  #next: number;
  #reading = false;
  /**
   * What the reader knows of how the room stands does not go with the next number; "anew": they may have been told
   * before.
   */
  #mustTell: boolean | "anew" = true;

  /** `author`: whose connection it is. */
  constructor(rooms: Rooms, room: Room, reader: DeliveryReader, start: number, author = 0) {
    this.#rooms = rooms;
    this.room = room;
    this.#reader = reader;
    this.#author = author;
    this.#next = start + 1;
  }

  get isLive(): boolean {
    return this.#state === DeliveryState.live;
  }

  /** How many records the reader is behind; 0 when it is live. */
  get lag(): number {
    return this.#state === DeliveryState.feeding ? Math.max(0, this.room.head + 1 - this.#next) : 0;
  }

  /** Sends what fits now, and goes live at the head. To be called again whenever the socket drained. */
  pump(): void {
    while (this.#state === DeliveryState.feeding && !this.#reading) {
      if (!this.#hasPlace) return;
      if (this.#tellStanding()) continue;
      if (this.#next > this.room.head) {
        this.#goLive();
        return;
      }
      const index = this.room.tail.indexOf(this.#next);
      if (index < 0) {
        void this.#read();
        return;
      }
      for (let i = index; this.#hasPlace; i++) {
        const block = this.room.tail.at(i);
        if (!block) break;
        this.#send(block);
      }
    }
  }

  /**
   * The transport dropped a frame meant for this reader: it is off the topic from here, and continues from the log
   * with number `seq`. Not to be called from inside the transport's own handlers.
   */
  lapse(seq: number): void {
    if (this.#state !== DeliveryState.live) return;
    this.#reader.unsubscribe(this.room.number);
    this.#state = DeliveryState.feeding;
    this.#next = Math.max(1, Math.min(seq, this.room.head + 1));
    this.#rooms.counters.lapses++;
    this.pump();
  }

  /** How the room stands is another for this reader, and no record says so: it is told before all that follows. */
  stand(): void {
    this.#mustTell = "anew";
    this.lapse(this.safeSeq);
  }

  /** Where to continue from when the dropped frame had no number: what went before may be repeated. */
  get safeSeq(): number {
    return this.room.settledHead + 1;
  }

  end(): void {
    if (this.#state === DeliveryState.live) this.#reader.unsubscribe(this.room.number);
    this.#state = DeliveryState.ended;
  }

  /** The connection is gone; nothing may be called on the socket any more. */
  abandon(): void {
    this.#state = DeliveryState.ended;
  }

  /** Below the transport's own limit, so that it never drops what a delivery sends. */
  get #hasPlace(): boolean {
    return this.#reader.buffered <= Math.min(PAGE_BYTES, this.#rooms.limits.maxBackpressureBytes / 2);
  }

  #goLive(): void {
    this.#state = DeliveryState.live;
    this.#reader.subscribe(this.room.number);
    const { number: room, head } = this.room;
    this.#reader.send(encodeServerFrame({ kind: ServerKind.live, room, head }));
    this.#reader.send(this.room.presence.people());
  }

  /** Whether there was something to tell: it may be large, so that there is no place for more. */
  #tellStanding(): boolean {
    const isAnew = this.#mustTell === "anew";
    const { keepHours } = this.#rooms;
    const standing = this.#mustTell ? standingOf(this.room, this.#author, keepHours, isAnew) : null;
    this.#mustTell = false;
    if (standing) this.#reader.send(standing);
    return standing !== null;
  }

  #send(block: StoredBlock): void {
    if (block.seq > this.#next) this.#mustTell ||= true;
    this.#reader.send(block.bytes);
    this.#next = block.seq + block.count;
    this.#rooms.counters.fedBlocks++;
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const wait = this.#reader.mayRead();
    if (wait > 0) {
      this.#rooms.loop.after(wait, () => {
        this.#reading = false;
        this.#reader.cork(() => this.pump());
      });
      return;
    }
    const blocks = await this.#rooms.history.readForward(this.room, this.#next, PAGE);
    this.#reading = false;
    if (this.#state !== DeliveryState.feeding) return;
    if (blocks === null) {
      this.#state = DeliveryState.ended;
      this.#reader.damaged(this.room);
      return;
    }
    // Retention overtook the reader: it goes on where history begins, and sees by the numbers that it did.
    if (blocks.length === 0) {
      this.#next = Math.max(this.room.first, this.#next + 1);
      this.#mustTell ||= true;
    }
    for (const block of blocks) this.#reader.didRead(block.bytes.length);
    this.#reader.cork(() => {
      for (const block of blocks) {
        // Others used the socket while this was read. What does not fit is read again after the next drain.
        if (!this.#hasPlace) return;
        this.#send(block);
      }
      this.pump();
    });
  }
}
