/**
 * Whether a room that somebody made holds a message, which nobody needs to load it for: what it was set to, who looks
 * after it, and messages that were removed are none. It reads each room once, and again from where it found one when
 * something was written since. What it cannot read, or does not know, it takes for a message.
 * Invariant: a room is silent only if all of its numbers up to the last one were looked at.
 */
import type { Log } from "../log/log.ts";
import { BlockReader } from "../wire/block.ts";
import { kindOf } from "../wire/records/registry.ts";
import type { DurableRoom } from "./durable-rooms.ts";
import type { Loop } from "./loop.ts";
import { isOwned } from "./room-flags.ts";

/** Read at once. */
const PAGE = { maxBytes: 64 * 1024, maxRecords: 10_000 };

interface Source {
  readonly log: Pick<Log, "bounds" | "readForward">;
  readonly loop: Pick<Loop, "soon">;
  /** Gives null for work that met damage, and reports it. */
  guard<T>(work: Promise<T>): Promise<T | null>;
}

interface Seen {
  /** The last number when it was looked into. */
  head: number;
  /** Number of a message; 0: there was none. */
  message: number;
}

export class Silence {
  readonly #source: Source;
  readonly #seen = new WeakMap<DurableRoom, Seen>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** Whether it is not known. Of open rooms, which nobody made, it is never asked. */
  isDue(room: DurableRoom): boolean {
    return isOwned(room.flags) && this.#seen.get(room)?.head !== headOf(room);
  }

  isIn(room: DurableRoom): boolean {
    const seen = this.#seen.get(room);
    return seen !== undefined && seen.message === 0 && seen.head === headOf(room);
  }

  async look(room: DurableRoom): Promise<void> {
    const from = this.#seen.get(room)?.message ?? 0;
    const seen = await this.#source.guard(this.#read(room.number, from));
    if (!seen) return;
    this.#seen.set(room, seen);
    room.head = seen.head;
  }

  async #read(room: number, from: number): Promise<Seen> {
    const { log, loop } = this.#source;
    const { first, head } = await log.bounds(room);
    for (let next = Math.max(first, from); next <= head; ) {
      const blocks = await log.readForward(room, next, PAGE);
      const last = blocks.at(-1);
      // Retention was faster.
      if (!last) break;
      for (const { bytes } of blocks) {
        const r = new BlockReader(bytes);
        while (r.next()) if (r.seq <= head && isMessage(r)) return { head, message: r.seq };
      }
      next = last.seq + last.count;
      await new Promise<void>((turn) => loop.soon(turn));
    }
    return { head, message: 0 };
  }
}

const headOf = ({ room, head }: DurableRoom): number => (room ? room.lastGiven : head);

function isMessage({ kind, body }: BlockReader): boolean {
  const known = kindOf(kind);
  // Also what is lost, of which nobody knows what it was.
  if (!known) return true;
  return known.isMessage && (known.read(body) as { text?: string }).text !== "";
}
