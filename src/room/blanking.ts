/**
 * Takes removed texts out of the log: reads the block that holds one, and puts it back without. One block at a time for
 * the whole server, all that is to go from it at once, room after room. It decides nothing: what has to go the room's
 * amendments say. Invariant: a number is asked for until the log has shown it blank, or has it no more; what a kill
 * interrupts is asked for again by the next load of the room.
 */
import type { Log } from "../log/log.ts";
import { blankRecords } from "../wire/blank.ts";
import type { Projections } from "./projections.ts";

/** What a room is to this. */
export interface Blanked {
  readonly number: number;
  readonly projections: Pick<Projections, "amendments">;
}

export class Blanking {
  readonly #log: Log;
  readonly #guard: (work: Promise<void>) => Promise<unknown>;
  /** The end of the queue. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #queued = new Set<Blanked>();

  /** `guard` reports what went wrong. */
  constructor(log: Log, guard: (work: Promise<void>) => Promise<unknown>) {
    this.#log = log;
    this.#guard = guard;
  }

  /** Resolves when nothing is under way. */
  async drained(): Promise<void> {
    for (let last: unknown = null; last !== this.#last; ) {
      last = this.#last;
      await this.#last;
    }
  }

  /** Blanks what the room has to be blanked now. Resolves when that is done. */
  blank(room: Blanked): Promise<unknown> {
    if (this.#queued.has(room)) return this.#last;
    this.#queued.add(room);
    this.#last = this.#last.then(() => {
      this.#queued.delete(room);
      return this.#guard(this.#run(room));
    });
    return this.#last;
  }

  async #run(room: Blanked): Promise<void> {
    const { amendments } = room.projections;
    // What comes meanwhile has a turn of its own, behind the rooms that wait.
    for (const number of [...amendments.toBlank]) {
      if (!amendments.toBlank.has(number)) continue;
      const [block] = await this.#log.readForward(room.number, number, { maxBytes: 1, maxRecords: 1 });
      const isHere = block !== undefined && block.seq <= number && number < block.seq + block.count;
      const bytes = isHere ? blankRecords(block.bytes, amendments.toBlank) : null;
      if (bytes !== null && bytes !== block!.bytes) await this.#log.replace(room.number, block!.seq, bytes);
      // The log has shown it blank by now; else retention, or damage, was faster, and there is no text any more.
      amendments.lose(number, number);
    }
  }
}
