/**
 * One room, block by block: that every block is whole, that its numbers go on without a gap from its first to its head,
 * that nobody's nonce stands there twice, and that its snapshot says what its records say. It is handed what is stored
 * and tells what is wrong, a clause each. Invariant: nothing is called wrong that a server may have left behind rightly:
 * retention, a loss that was put in order, a room that was taken over.
 */
import { isStored } from "../log/blocks.ts";
import type { Bounds, RoomMeta } from "../log/log.ts";
import { Projections } from "../room/projections.ts";
import { isBack, isOwned } from "../room/room-flags.ts";
import { BlockReader, decodeBlock } from "../wire/block.ts";
import { WireError } from "../wire/bytes.ts";
import { LOST } from "../wire/records/lost.ts";
import { differenceOf } from "./snapshot-parts.ts";

export interface RoomEntries {
  meta: RoomMeta;
  /** Null: they are missing. */
  bounds: Bounds | null;
  snapshot: { seq: number; bytes: Uint8Array } | null;
  /** From behind which number it is looked after by whoever operates the server; undefined: it is not. */
  takenOver: number | undefined;
}

interface Last {
  nonce: number;
  seq: number;
}

export class RoomCheck {
  /** Records that are known to be lost. */
  lost = 0;
  messages = 0;
  readonly #of: RoomEntries;
  readonly #tell: (clause: string) => void;
  readonly #replayed: Projections;
  readonly #authors = new Map<number, Last>();
  readonly #lostNumbers = new Set<number>();
  #next: number;
  /** Whether every record up to here could be replayed. */
  #isSound = true;
  #isCompared = false;

  constructor(of: RoomEntries, tell: (clause: string) => void) {
    this.#of = of;
    this.#tell = tell;
    const { first } = of.bounds ?? { first: 1 };
    this.#next = first;
    if (!of.bounds) tell("where it begins and ends is missing");
    this.#replayed = this.#projections();
    this.#replayed.skipTo(first);
    if (of.snapshot?.seq === first - 1) this.#compare();
  }

  block(seq: number, count: number, bytes: Uint8Array): void {
    const { meta } = this.#of;
    const after = seq + count;
    if (!this.#of.bounds && this.messages === 0) this.#next = seq;
    // Before it an earlier version may have left some.
    if (this.#of.bounds && after <= this.#of.bounds.first) return;
    if (seq < this.#next) this.#tell(`${numbers(seq, Math.min(after, this.#next) - 1)} there twice`);
    if (seq > this.#next) this.#tell(`${numbers(this.#next, seq - 1)} missing`);
    if (seq !== this.#next) this.#isSound = false;
    this.#next = Math.max(this.#next, after);
    this.messages += count;
    if (!isStored(meta.room, seq, count, bytes)) {
      this.#isSound = false;
      this.#tell(`${numbers(seq, after - 1)} damaged: a checksum does not fit`);
      return;
    }
    try {
      decodeBlock(bytes);
      this.#look(bytes);
      if (this.#isSound) this.#replayed.apply(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#isSound = false;
      this.#tell(`${numbers(seq, after - 1)} damaged: ${error.message}`);
    }
    if (this.#of.snapshot?.seq === after - 1) this.#compare();
  }

  /** After the last block. */
  end(): void {
    const { bounds, snapshot } = this.#of;
    const head = this.#next - 1;
    if (bounds && head < bounds.head) this.#tell(`${numbers(this.#next, bounds.head)} missing`);
    if (bounds && head > bounds.head)
      this.#tell(`it goes on to ${head}, while its end was noted at ${bounds.head}`);
    // One beyond the end was made of records that are lost, and nobody reads it.
    if (snapshot && !this.#isCompared && snapshot.seq <= head && this.#isSound)
      this.#tell(`its snapshot is as of number ${snapshot.seq}, where no block ends`);
  }

  #look(bytes: Uint8Array): void {
    const r = new BlockReader(bytes);
    while (r.next()) {
      if (r.kind === LOST) {
        this.lost++;
        this.#lostNumbers.add(r.seq);
        continue;
      }
      const last = this.#authors.get(r.author);
      if (last && r.author !== 0 && r.nonce <= last.nonce)
        this.#tell(`number ${r.seq} repeats number ${last.seq}`);
      this.#authors.set(r.author, { nonce: r.nonce, seq: r.seq });
    }
  }

  #projections(): Projections {
    const { meta, bounds, takenOver } = this.#of;
    const made = new Projections(undefined, isOwned(meta.flags), isBack(meta.flags));
    if (takenOver !== undefined) made.own(Math.min(takenOver, bounds?.head ?? takenOver));
    return made;
  }

  /** Now that all records up to the snapshot's number were replayed. */
  #compare(): void {
    const { snapshot, bounds } = this.#of;
    this.#isCompared = true;
    const said = this.#projections();
    try {
      said.decode(snapshot!.bytes, snapshot!.seq);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#tell(`its snapshot, as of number ${snapshot!.seq}, is damaged: ${error.message}`);
      return;
    }
    if (!this.#isSound) return;
    const isAll = bounds?.first === 1 && this.lost === 0;
    const what = isAll ? differenceOf(snapshot!.bytes, said, this.#replayed) : this.#differsInAuthors(said);
    if (what)
      this.#tell(`its snapshot, as of number ${snapshot!.seq}, says otherwise than its records: ${what}`);
  }

  /** Where records are gone, a snapshot knows more than those that are left; of these it has to know all. */
  #differsInAuthors(said: Projections): string | null {
    for (const [author, { nonce, seq }] of this.#authors) {
      const last = said.authors.get(author);
      if (last?.seq === seq && last.nonce === nonce) continue;
      if (last && last.seq > seq && this.#lostNumbers.has(last.seq)) continue;
      return `the last of author ${author} is number ${seq}`;
    }
    return null;
  }
}

const numbers = (from: number, to: number): string =>
  from === to ? `number ${from} is` : `numbers ${from} to ${to} are`;
