/**
 * From which addresses a room that belongs to somebody takes no newcomers, as marks from which no address can be read: of
 * those who were banned with their address, and in memory of those who are or lately were here. Whether a ban is in
 * force is known elsewhere. Marks stand in a named value of the log, and never in a record.
 *
 *   value   u8 version, 1; varint n, n times: varint author, varint until, u8 m, m times: str8 mark
 *
 * Invariant: of nobody are more marks known than `MAX_MARKS`, and of no more people than there is place for.
 */
import type { Log } from "../log/log.ts";
import { Reader, Writer } from "../wire/bytes.ts";
import type { DurableRoom } from "./durable-rooms.ts";
import type { Room } from "./room.ts";
import { RoomStates } from "./room-states.ts";

export const ADDRESS_STATES = "address/";
/** People banned with their address in one room: what a named value has place for. */
export const MAX_ADDRESS_BANS = 300;
/** Addresses of one person. */
export const MAX_MARKS = 4;
/** People who are or were in the room, and how long those are remembered who left. */
export const MAX_SEEN = 2_000;
const LATELY_MS = 24 * 60 * 60_000;
const VERSION = 1;

interface Held {
  until: number;
  marks: readonly string[];
}

export class AddressBans {
  /** Those who were banned. */
  readonly #held = new Map<number, Held>();
  /** Those who entered, the latest last. `at`: of a clock that runs on. */
  readonly #seen = new Map<number, { marks: readonly string[]; at: number }>();

  /** People. */
  get size(): number {
    return this.#held.size;
  }

  /** Somebody entered. */
  seen(author: number, mark: string | null, at: number): void {
    if (mark === null) return;
    const marks = (this.#seen.get(author)?.marks ?? []).filter((one) => one !== mark);
    this.#seen.delete(author);
    this.#seen.set(author, { marks: [...marks, mark].slice(-MAX_MARKS), at });
    for (const [first] of this.#seen) {
      if (this.#seen.size <= MAX_SEEN) break;
      this.#seen.delete(first);
    }
  }

  /** None: nobody knows any. `isHere`: however long ago they entered. */
  marksOf(author: number, isHere: boolean, at: number): readonly string[] {
    const known = this.#seen.get(author);
    if (known && (isHere || at - known.at <= LATELY_MS)) return known.marks;
    return this.#held.get(author)?.marks ?? [];
  }

  /** Whether there is place for one more, or they are there already. */
  hasPlace(author: number, now: number): boolean {
    for (const [other, { until }] of this.#held) if (until !== 0 && until <= now) this.#held.delete(other);
    return this.#held.size < MAX_ADDRESS_BANS || this.#held.has(author);
  }

  ban(author: number, held: Held): void {
    this.#held.set(author, held);
  }

  /** Whether there was anything. */
  lift(author: number): boolean {
    return this.#held.delete(author);
  }

  /** When the last ban ends that this is a mark of: 0: never; null: there is none. `endOf`: as of the records. */
  banOf(mark: string | null, endOf: (author: number) => number | null): number | null {
    let last: number | null = null;
    for (const [author, { marks }] of this.#held) {
      const end = mark !== null && marks.includes(mark) ? endOf(author) : null;
      if (end === 0) return 0;
      if (end !== null) last = Math.max(last ?? 0, end);
    }
    return last;
  }

  /** Null: there is nothing. What has ended is left out. */
  encode(now: number): Uint8Array | null {
    const held = [...this.#held].filter(([, { until }]) => until === 0 || until > now);
    if (held.length === 0) return null;
    const w = new Writer(256).u8(VERSION).varint(held.length);
    for (const [author, { until, marks }] of held) {
      w.varint(author).varint(until).u8(marks.length);
      for (const mark of marks) w.str8(mark);
    }
    return w.take();
  }

  /** Takes over what `encode` gave; nothing of another version. @throws WireError */
  decode(bytes: Uint8Array): this {
    const r = new Reader(bytes);
    if (bytes.length === 0 || r.u8() !== VERSION) return this;
    for (let n = r.varint(); n > 0; n--) {
      const author = r.varint();
      const until = r.varint();
      this.#held.set(author, { until, marks: Array.from({ length: r.u8() }, () => r.str8()) });
    }
    r.end();
    return this;
  }
}

/** Where they are kept. */
export class StoredAddresses {
  readonly #states: RoomStates;
  readonly #guard: <T>(work: Promise<T>) => Promise<T | null>;

  constructor(
    log: Pick<Log, "state" | "setState" | "states">,
    guard: <T>(work: Promise<T>) => Promise<T | null>,
  ) {
    this.#states = new RoomStates(log, ADDRESS_STATES);
    this.#guard = guard;
  }

  /** As they are when it is written. */
  async write({ number, projections: { sanctions } }: Room, now: () => number): Promise<void> {
    if (sanctions) await this.#guard(this.#states.put(number, () => sanctions.addresses.encode(now())));
  }

  async forget(room: number): Promise<void> {
    await this.#guard(this.#states.put(room, () => null));
  }

  /** What has ended goes, and what belongs to no room. */
  async sweep(durable: readonly DurableRoom[], now: number): Promise<void> {
    let numbers: Set<number> | null = null;
    await this.#states.sweep((room, bytes) => {
      numbers ??= new Set(durable.map(({ number }) => number));
      const left = numbers.has(room) ? new AddressBans().decode(bytes).encode(now) : null;
      return left?.length === bytes.length ? bytes : left;
    });
  }
}
