/**
 * All that is known of a room because of its records. A projection is told of a record when the log's tail has
 * reported it, so that what is known is what is stored. A snapshot is a list of what each knew; one that is missing
 * there, being newer than the snapshot, reads the records from the first one on.
 * Invariant: each is told of every record above what it knows once, in order, or that it is lost.
 *
 *   snapshot   u8 version, 3; varint n, n times: varint id, varint length, bytes of the projection
 *   with 1 or 2 as first byte all of it is the authors', and the room had no other records but texts then
 */
import { BlockReader } from "../wire/block.ts";
import { Reader, Writer } from "../wire/bytes.ts";
import { Amendments } from "./amendments.ts";
import { Authors } from "./authors.ts";
import { Ledger } from "./ledger.ts";
import { Notices } from "./notices.ts";
import type { Projection } from "./projection.ts";
import { Reactions } from "./reactions.ts";
import { Roles } from "./roles.ts";
import { Sanctions } from "./sanctions.ts";
import { RoomSettings } from "./settings.ts";

const VERSION = 3;
/** A snapshot is due after this many records, or as many as there are entries if those are more. */
const LEAST_RECORDS = 4096;

/** Of every room, one after the other. */
const READER = new BlockReader();

export class Projections {
  readonly authors: Authors;
  readonly amendments = new Amendments();
  readonly reactions = new Reactions();
  /** Null in a room that belongs to nobody. */
  roles: Roles | null = null;
  notices: Notices | null = null;
  sanctions: Sanctions | null = null;
  settings: RoomSettings | null = null;
  /** Null where there is no back room, and this is none. */
  ledger: Ledger | null = null;
  readonly #all: { projection: Projection; seq: number }[];
  #sinceSnapshot = 0;
  #wanted = false;

  constructor(authors = new Authors(), isOwned = false, isBack = false) {
    this.authors = authors;
    this.#all = [
      { projection: authors, seq: 0 },
      { projection: this.amendments, seq: 0 },
      { projection: this.reactions, seq: 0 },
    ];
    if (isOwned) this.own(0);
    if (!isBack) return;
    this.ledger = new Ledger();
    this.#has(this.ledger, 0);
  }

  /** The room is looked after: by nothing that stands up to number `seq`, which need not be read for it. */
  own(seq: number): void {
    this.roles ??= new Roles();
    this.notices ??= new Notices();
    this.sanctions ??= new Sanctions();
    this.settings ??= new RoomSettings();
    this.ledger ??= new Ledger();
    for (const projection of [this.roles, this.notices, this.sanctions, this.settings, this.ledger])
      this.#has(projection, seq);
  }

  #has(projection: Projection, seq: number): void {
    const known = this.#all.find((each) => each.projection === projection);
    if (known) known.seq = Math.max(known.seq, seq);
    else this.#all.push({ projection, seq });
  }

  /** Every one knows all up to this number. */
  get seq(): number {
    return this.#all.reduce((least, { seq }) => Math.min(least, seq), Number.POSITIVE_INFINITY);
  }

  /** About what they take in memory. */
  get bytes(): number {
    return this.#all.reduce((sum, { projection }) => sum + projection.bytes, 0);
  }

  /** Whether the last snapshot tells all that is known here. */
  get isSnapshotCurrent(): boolean {
    return this.#sinceSnapshot === 0;
  }

  get snapshotDue(): boolean {
    const since = this.#sinceSnapshot;
    return (
      this.#wanted ||
      (since >= LEAST_RECORDS && this.#all.every(({ projection }) => since >= projection.size))
    );
  }

  /** Makes a snapshot due whatever came since the last one. */
  wantSnapshot(): void {
    this.#wanted = true;
  }

  /** Tells of the records of a block that are stored; those that are known are passed over. */
  apply(block: Uint8Array): void {
    const all = this.#all;
    const reader = READER.reset(block);
    while (reader.next()) {
      const { seq } = reader;
      for (let i = 0; i < all.length; i++) {
        const each = all[i]!;
        if (seq <= each.seq) continue;
        each.projection.apply(reader);
        each.seq = seq;
      }
    }
    this.#sinceSnapshot += reader.count;
  }

  /** Nothing below this number can be read any more. */
  skipTo(first: number): void {
    for (const each of this.#all) {
      if (first <= each.seq + 1) continue;
      each.projection.lose(each.seq + 1, first - 1);
      each.seq = first - 1;
      this.#sinceSnapshot++;
    }
  }

  /** Retention moved the beginning. */
  trimmed(first: number): void {
    for (const { projection } of this.#all) projection.trimmed?.(first);
  }

  /** A snapshot, as of `seq`, of all that is known. */
  encode(): Uint8Array {
    const w = new Writer(64).u8(VERSION).varint(this.#all.length);
    for (const { projection } of this.#all) {
      const bytes = projection.encode();
      w.varint(projection.id).varint(bytes.length).bytes(bytes);
    }
    this.#sinceSnapshot = 0;
    this.#wanted = false;
    return w.view();
  }

  /**
   * Takes over a snapshot as of that number; to be called first, and once. @throws WireError when the bytes are none;
   * then this is of no use any more.
   */
  decode(bytes: Uint8Array, seq: number): void {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) {
      this.authors.decode(bytes);
      for (const each of this.#all) each.seq = seq;
      return;
    }
    for (let n = r.varint(); n > 0; n--) {
      const id = r.varint();
      const known = this.#all.find(({ projection }) => projection.id === id);
      const part = r.bytes(r.varint());
      if (!known) continue;
      known.projection.decode(part);
      known.seq = seq;
    }
    r.end();
    // Not all records are to be read again at every start.
    if (this.seq < seq) this.wantSnapshot();
  }
}
