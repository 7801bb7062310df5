/**
 * One room in memory: gives numbers to what is sent, keeps the pending block, the committed tail and the presence.
 * It does not write to the log and does not publish: the flusher does both. Invariant: numbers are given in order
 * without a gap, and `head` moves only when the log's tail has reported it.
 */
import type { AppendBlock, Bounds, StoredBlock } from "../log/log.ts";
import { BlockWriter, decodeBlock, MAX_RECORD_OVERHEAD } from "../wire/block.ts";
import { encodeText } from "../wire/bytes.ts";
import { type Limits, WIRE } from "../wire/limits.ts";
import { settings } from "../wire/records/settings.ts";
import { text } from "../wire/records/text.ts";
import type { Authors } from "./authors.ts";
import { KEPT_MS } from "./kept-names.ts";
import { nameSkeleton } from "./names.ts";
import { isRuling } from "./policy.ts";
import { type Member, Presence, type Surroundings } from "./presence.ts";
import type { Projections } from "./projections.ts";
import { type PutOut, putOutBy } from "./put-out.ts";
import { RoomFlag } from "./room-flags.ts";
import type { Slab } from "./slab.ts";
import { SlowMode } from "./slow-mode.ts";
import { Tail } from "./tail.ts";
import { UnderWay } from "./under-way.ts";

export interface Accepted {
  /** The number the record has, or will have once committed. */
  seq: number;
  /** Whether it stood in the log, or on the way there, before. */
  duplicate: boolean;
}

/** What is the same for all rooms. */
export interface RoomSurroundings extends Omit<Surroundings, "newestSeq"> {
  /** Texts of the room have to go from the log. Resolves when they are gone. */
  blank(room: Room): Promise<unknown>;
  /** Somebody is to be in the room no more: it is stored. */
  putOut(room: Room, put: PutOut): void;
  /** The room's settings say how long it keeps its messages: it is stored. */
  keeps(room: number, hours: number): void;
  /** Acts by which the room is looked after are stored, in this block. */
  ruled(room: Room, block: Uint8Array): void;
  /** Whether somebody operates the server. */
  isOperator(author: number): boolean;
}

export class Room {
  readonly number: number;
  readonly name: string;
  readonly createdAt: number;
  /** Bits of `RoomFlag`; that of the password comes and goes, and an open room may be taken over. */
  flags: number;
  /** The life of the log this room stands in. */
  readonly epoch: string;
  readonly presence: Presence;
  readonly tail: Tail;
  readonly projections: Projections;
  /** Whether the log knows this room. It does from its first message on. */
  durable: boolean;
  /** Oldest number that can be read. */
  first: number;
  /** Last committed number. */
  head: number;
  /** `head` as it was two flushes ago: whatever the transport dropped in this turn lies above it. */
  settledHead: number;
  #previousHead: number;
  #flush = 0;
  /** For the flusher: whether the room waits for a flush, and not before when (milliseconds of its clock). */
  dirty = false;
  dueAt = 0;
  /** Whether the room is large enough for a window of its own. */
  isPaced = false;
  /** Left out of a batch that was large enough without it: it stands first in the next. */
  isOverdue = false;
  /** Connections that were live in the room at its last flush. */
  readers = 0;
  /** For the quota: bytes this room takes in the log, about, and when that was looked up last. */
  storedBytes = 0;
  storedLookedAt = Number.NEGATIVE_INFINITY;
  /** Called when something was committed, and when the room is let go of; while there are any, that is when it ends. */
  readonly watchers = new Set<() => void>();
  /** For the flusher: whether presence waits to be told. */
  presenceDirty = false;
  presenceDueAt = 0;
  /** Acts on messages that are accepted and not stored yet; made with the first. */
  #underWay: UnderWay | null = null;
  /** Made with the first message. */
  #slowMode: SlowMode | null = null;
  #limits: Limits;
  #slab: Slab;
  #around: RoomSurroundings;
  #next: number;
  #writer = new BlockWriter();
  /** Distinguishes the blocks of this room, so that a name is written once per block. */
  #serial = 1;
  #writerSeq = 0;
  #blockTime = 0;
  /** Blocks that reached their bound before the flush. */
  #sealed: AppendBlock[] = [];
  #sealedBytes = 0;
  /** Bytes given to the log and not reported by its tail yet. */
  #inFlightBytes = 0;
  #waiting: { seq: number; done: () => void }[] = [];
  #lastRuling = 0;
  #keepGiven: number | null = null;

  constructor(
    meta: {
      number: number;
      name: string;
      createdAt: number;
      epoch: string;
      durable: boolean;
      flags?: number;
    },
    bounds: Bounds,
    projections: Projections,
    limits: Limits,
    slab: Slab,
    around: RoomSurroundings = {
      skeletonOf: nameSkeleton,
      now: () => 0,
      monotonic: () => 0,
      blank: async () => undefined,
      putOut: () => undefined,
      keeps: () => undefined,
      ruled: () => undefined,
      isOperator: () => false,
    },
  ) {
    this.number = meta.number;
    this.name = meta.name;
    this.createdAt = meta.createdAt;
    this.flags = meta.flags ?? 0;
    this.epoch = meta.epoch;
    this.durable = meta.durable;
    this.first = bounds.first;
    this.head = bounds.head;
    this.settledHead = bounds.head;
    this.#previousHead = bounds.head;
    this.projections = projections;
    this.presence = new Presence(meta.number, limits.maxListedPeople, {
      ...around,
      newestSeq: () => this.lastGiven,
    });
    this.tail = new Tail(limits.tailBytes);
    this.#limits = limits;
    this.#slab = slab;
    this.#around = around;
    this.#next = bounds.head + 1;
  }

  /**
   * Of a back room the one that it belongs to, if it is not the server's own, by whose records is decided who may be in
   * it.
   */
  get front(): Room | null {
    return null;
  }

  get authors(): Authors {
    return this.projections.authors;
  }

  /** Bytes of messages that are accepted and not committed. */
  get pendingBytes(): number {
    return this.#writer.bytes + this.#sealedBytes + this.#inFlightBytes;
  }

  /** Last number given to a message, committed or not. */
  get lastGiven(): number {
    return this.#next - 1;
  }

  get isFull(): boolean {
    return this.pendingBytes >= this.#limits.maxPendingBytes;
  }

  get underWay(): UnderWay | null {
    return this.#underWay;
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.#around.now();
  }

  /** The last number that was given to something by which the room is looked after. */
  get lastRuling(): number {
    return this.#lastRuling;
  }

  isOperator(author: number): boolean {
    return this.#around.isOperator(author);
  }

  /** Whoever operates the server looks after it from here on; it is nobody's. */
  takeOver(): void {
    this.flags |= RoomFlag.owned | RoomFlag.operated;
    this.projections.own(this.head);
  }

  /** Counts one message of somebody. @returns 0, or milliseconds to wait. */
  slowDown(author: number, visitor: object): number {
    const { roomMessagesPerSecond: perSecond, roomMessageBurst: burst } = this.#limits;
    if (perSecond === 0) return 0;
    this.#slowMode ??= new SlowMode({ perSecond, burst });
    return this.#slowMode.take(author, visitor, this.#around.monotonic());
  }

  /**
   * Gives a text its number and takes it into the pending block. Copies `body`. The nonce must not be old, the
   * room not full. `now`: milliseconds since 1970. While a block is open, a clock that runs backwards is held at the
   * block's beginning; the next block begins when it says: a clock that was wrong once must not date all that follows.
   */
  accept(member: Member, nonce: number, body: Uint8Array, now: number): Accepted {
    const last = this.authors.get(member.author);
    if (last !== undefined && last.nonce === nonce) return { seq: last.seq, duplicate: true };
    const seq = this.append(member.author, nonce, member, body, now);
    return { seq, duplicate: false };
  }

  /**
   * As `accept`, for a nonce that the caller has compared with what the author sent last here; also for authors that
   * are no members (the HTTP interface), and for other kinds. The body was judged.
   */
  append(
    author: number,
    nonce: number,
    named: {
      name: string;
      nameBytes: Uint8Array | null;
      namedInBlock: number;
      wroteSeq?: number;
      wroteAt?: number;
    },
    body: Uint8Array,
    now: number,
    kind = text.kind,
  ): number {
    named.nameBytes ??= encodeText(named.name);
    if (
      this.#writer.bytes + body.length + named.nameBytes.length + MAX_RECORD_OVERHEAD >
      WIRE.maxBlockBytes
    ) {
      this.#seal();
    }
    const writer = this.#writer;
    if (writer.count === 0) {
      this.#writerSeq = this.#next;
      this.#blockTime = now;
    }
    const seq = this.#next++;
    const isNamed = named.namedInBlock === this.#serial;
    writer.record(kind, author, nonce, now, isNamed ? null : named.nameBytes, body);
    // Records of other kinds give their name to nobody.
    if (kind === text.kind) named.namedInBlock = this.#serial;
    else {
      this.#underWay ??= new UnderWay();
      this.#underWay.give(kind, author, seq, body);
    }
    named.wroteSeq = seq;
    named.wroteAt = now;
    this.authors.give(author, nonce, seq);
    this.projections.settings?.give(kind, author, now);
    if (isRuling(kind)) this.#lastRuling = seq;
    if (kind === settings.kind) this.#keepGiven = settings.read(body).keepHours ?? this.#keepGiven;
    return seq;
  }

  /** Keeps the names of those who wrote what the tail holds, as if they had left since. */
  keepNames(): void {
    const { now, skeletonOf } = this.#around;
    const oldest = now() - KEPT_MS;
    for (let i = 0; i < this.tail.count; i++) {
      const { records, acts } = decodeBlock(this.tail.at(i)!.bytes);
      for (const { author, name, seq, time } of [...records, ...acts]) {
        // Author 0 is whoever posts over HTTP, under names of their choice.
        if (author > 0 && time > oldest) this.presence.keepName(skeletonOf(name), author, seq, time);
      }
    }
  }

  /** Hands over all pending blocks, in order. */
  take(into: AppendBlock[]): void {
    if (this.#writer.count > 0) this.#seal();
    for (const block of this.#sealed) into.push(block);
    this.#inFlightBytes += this.#sealedBytes;
    this.#sealed.length = 0;
    this.#sealedBytes = 0;
  }

  /** For how many hours its messages are kept, when that is among what is pending: goes with it. */
  takeKeep(): number | null {
    const hours = this.#keepGiven;
    this.#keepGiven = null;
    return hours;
  }

  /** The log's tail reports a block of this room, as part of the flush of that number. */
  committed(block: AppendBlock, flush: number): void {
    if (flush !== this.#flush) {
      this.#flush = flush;
      this.settledHead = this.#previousHead;
      this.#previousHead = this.head;
    }
    this.head = block.seq + block.count - 1;
    this.#inFlightBytes -= block.bytes.length;
    this.tail.push(block);
    this.projections.apply(block.bytes);
    this.#underWay?.stored(this.head);
    if (this.projections.amendments.toBlank.size > 0) void this.#around.blank(this);
    // Most blocks have no ruling in them, and need not be read once more.
    if (this.#lastRuling >= block.seq) {
      for (const put of putOutBy(block.bytes)) this.#around.putOut(this, put);
      const { settings } = this.projections;
      if (settings) this.#around.keeps(this.number, settings.now.keepHours);
      this.#around.ruled(this, block.bytes);
    }
    for (const wake of this.watchers) wake();
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { seq, done } of waiting) this.whenCommitted(seq, done);
  }

  /** The log has another block in the place of one. */
  replaced(block: StoredBlock): void {
    this.tail.replace(block);
    this.projections.amendments.seen(block.bytes);
  }

  /** Calls `done` once number `seq` is committed; at once if it is. */
  whenCommitted(seq: number, done: () => void): void {
    if (seq <= this.head) done();
    else this.#waiting.push({ seq, done });
  }

  /** Retention moved the beginning. */
  trimmed(first: number): void {
    this.first = first;
    this.tail.trim(first);
    this.projections.trimmed(first);
  }

  #seal(): void {
    const { count } = this.#writer;
    const bytes = this.#writer.seal(this.number, this.#writerSeq, this.#slab.take);
    this.#sealed.push({ room: this.number, seq: this.#writerSeq, count, time: this.#blockTime, bytes });
    this.#sealedBytes += bytes.length;
    this.#serial++;
  }
}
