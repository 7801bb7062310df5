/**
 * Who is kept out of a room that belongs to somebody, and who is kept silent in it: the newest word on each counts, until
 * it ends by itself. Records are trusted: they were judged before they were stored. What has ended by the time of a
 * record is forgotten when there is much; until then it says nothing.
 *
 *   snapshot   u8 version, 1; twice, of bans and of mutes: varint n, n times: varint author, varint until
 */
import type { BlockReader } from "../wire/block.ts";
import { Reader, WireError, Writer } from "../wire/bytes.ts";
import { isLasting, Sanction, sanction } from "../wire/records/sanction.ts";
import type { SanctionHeld } from "../wire/standing.ts";
import { AddressBans } from "./address-bans.ts";
import type { Projection } from "./projection.ts";

/** Bans and mutes of one room. */
export const MAX_SANCTIONS = 10_000;
const VERSION = 1;
/** Of a person in a map. */
const ENTRY_BYTES = 50;

/** By author, when it ends; 0: it has no end. */
type Ends = Map<number, number>;

const isOver = (until: number, now: number): boolean => until !== 0 && until <= now;

export class Sanctions implements Projection {
  readonly id = 7;
  /** Not from the records, which say only that there are some. */
  readonly addresses = new AddressBans();
  readonly #bans: Ends = new Map();
  readonly #mutes: Ends = new Map();

  get size(): number {
    return this.#bans.size + this.#mutes.size;
  }

  get bytes(): number {
    return this.size * ENTRY_BYTES;
  }

  /** When the ban of a person ends: 0: never; null: there is none. */
  banOf(author: number, now: number): number | null {
    return endOf(this.#bans, author, now);
  }

  /** As `banOf`, of a mute. */
  muteOf(author: number, now: number): number | null {
    return endOf(this.#mutes, author, now);
  }

  /** Whether there are as many in force as a room may have. */
  isFull(now: number): boolean {
    if (this.size < MAX_SANCTIONS) return false;
    let inForce = 0;
    for (const ends of [this.#bans, this.#mutes])
      for (const until of ends.values()) if (!isOver(until, now)) inForce++;
    return inForce >= MAX_SANCTIONS;
  }

  /**
   * Of those in force the newest: bans, then mutes, of each the oldest first. Neither takes the place of all of the
   * other.
   */
  held(now: number, most: number): SanctionHeld[] {
    const newest = (what: SanctionHeld["what"], ends: Ends): SanctionHeld[] => {
      const inForce: number[] = [];
      for (const [who, until] of ends) if (!isOver(until, now)) inForce.push(who);
      return inForce.slice(-most).map((who) => ({ who, what, until: ends.get(who) ?? 0, name: "" }));
    };
    const mutes = newest(Sanction.mute, this.#mutes);
    const bans = newest(Sanction.ban, this.#bans).slice(-Math.max(most - mutes.length, Math.ceil(most / 2)));
    return [...bans, ...mutes.slice(Math.max(0, mutes.length + bans.length - most))];
  }

  apply(record: BlockReader): void {
    if (record.kind !== sanction.kind) return;
    if (this.size >= MAX_SANCTIONS) this.#forgetOver(record.time);
    const { who, what, until } = sanction.read(record.body);
    if (what < Sanction.ban || what > Sanction.unmute) return;
    const ends = what === Sanction.ban || what === Sanction.unban ? this.#bans : this.#mutes;
    // The newest word stands last.
    ends.delete(who);
    if (isLasting(what)) ends.set(who, until);
  }

  lose(): void {
    // Whoever was banned by what is lost, or let in again, is as they were before.
  }

  encode(): Uint8Array {
    const w = new Writer(16).u8(VERSION);
    for (const ends of [this.#bans, this.#mutes]) {
      w.varint(ends.size);
      for (const [author, until] of ends) w.varint(author).varint(until);
    }
    return w.view();
  }

  decode(bytes: Uint8Array): void {
    const r = new Reader(bytes);
    if (r.u8() !== VERSION) throw new WireError("sanctions of another version");
    for (const ends of [this.#bans, this.#mutes])
      for (let n = r.varint(); n > 0; n--) ends.set(r.varint(), r.varint());
    r.end();
  }

  #forgetOver(now: number): void {
    for (const ends of [this.#bans, this.#mutes])
      for (const [author, until] of ends) if (isOver(until, now)) ends.delete(author);
  }
}

function endOf(ends: Ends, author: number, now: number): number | null {
  const until = ends.get(author);
  return until === undefined || isOver(until, now) ? null : until;
}
