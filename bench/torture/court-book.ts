/**
 * A room that belongs to somebody as its log holds it at the end, and what its people wrote down, judged by a replay:
 * nobody did what they might not at that number, nobody was let in or read on who was put out, whatever was told of the
 * room is what its records come to, and everybody ended with that.
 */
import { Sanction } from "../../src/wire/records/sanction.ts";
import type { CourtEvent } from "./court-journal.ts";
import { type CourtRow, type CourtStanding, CourtState } from "./court-state.ts";
import type { Found } from "./faults-found.ts";

/** Ends that are nearer than this to the moment of what was told may be over there, or not yet. */
const NEAR_MS = 2_000;

export class CourtBook {
  readonly #rows: readonly CourtRow[];
  readonly #head: number;
  /** Last number of the block in which a number stands. */
  readonly #ends: readonly { seq: number; count: number }[];
  readonly #bySeq = new Map<number, CourtRow>();
  readonly #byNonce = new Map<string, CourtRow>();
  readonly #removed = new Set<number>();
  readonly #room: string;

  constructor({ room, head, rows, blocks }: CourtEvent & { do: "court-log" }) {
    this.#room = room;
    this.#head = head;
    this.#rows = rows;
    this.#ends = blocks;
    for (const row of rows) {
      this.#bySeq.set(row.seq, row);
      if (row.author > 0) this.#byNonce.set(`${row.author}/${row.nonce}`, row);
    }
    const last = this.#stateAt(head);
    for (const { seq } of rows) if (last.isRemoved(seq)) this.#removed.add(seq);
  }

  get rows(): readonly CourtRow[] {
    return this.#rows;
  }

  /** The log by itself. */
  judge(found: Found): void {
    const state = new CourtState();
    for (const [i, row] of this.#rows.entries()) {
      const where = `${this.#room} ${row.seq}`;
      if (row.seq !== i + 1) found("gaps accepted by a client", `the log of ${where} at ${i + 1}`);
      const objection = state.objection(row);
      if (objection) found("done by somebody who may not", `${where}: ${row.author} ${objection}`);
      if (row.author > 0 && this.#byNonce.get(`${row.author}/${row.nonce}`) !== row)
        found("doubled", `${where}: nonce ${row.nonce} of ${row.author}`);
      if (this.#removed.has(row.seq) && row.text)
        found("removed but still served", `${where} still says ${row.text}`);
      state.apply(row);
    }
    if (this.#rows.length !== this.#head)
      found("seen but missing", `the log of ${this.#room} has ${this.#rows.length} of ${this.#head}`);
  }

  /** What one of its people wrote down, in order. */
  judgePerson(name: string, events: readonly CourtEvent[], found: Found): void {
    let me = 0;
    /** Last number that may come on this visit; Infinity: nothing put them out since. */
    let last = Number.POSITIVE_INFINITY;
    for (const event of events) {
      const where = `${name} in ${this.#room}`;
      switch (event.do) {
        case "court-me":
          me = event.author;
          break;
        case "court-entered":
          if (this.#stateAt(event.head).isBanned(me, event.at))
            found("read by somebody who may not", `${where} was let in at ${event.head}, and is banned`);
          last = this.#putOutAfter(me, event.head);
          break;
        case "court-got":
          if (event.from > last)
            found(
              "read by somebody who may not",
              `${where} was sent ${event.from}, and is out since ${last}`,
            );
          break;
        case "court-took":
          for (const row of event.rows) this.#compare(where, row, found);
          break;
        case "court-told":
        case "court-end":
          this.#compareStanding(where, event, found);
          break;
        case "court-stored":
          if (!this.#byNonce.has(`${event.author}/${event.nonce}`))
            found("acknowledged but missing", `${where}: nonce ${event.nonce}`);
          break;
        case "court-declined":
          if (this.#rows.some(({ text }) => text === event.text))
            found("refused but stored", `${where}: ${event.text} with code ${event.code}`);
          break;
      }
    }
  }

  #stateAt(seq: number): CourtState {
    const state = new CourtState();
    for (const row of this.#rows) {
      if (row.seq > seq) break;
      state.apply(row);
    }
    return state;
  }

  /** The end of the block with the first word behind a number that puts them out: what goes out goes out whole. */
  #putOutAfter(me: number, head: number): number {
    const put = this.#rows.find(
      ({ seq, kind, who, what }) =>
        seq > head && kind === 14 && who === me && (what === Sanction.kick || what === Sanction.ban),
    );
    if (!put) return Number.POSITIVE_INFINITY;
    const block = this.#ends.find(({ seq, count }) => seq <= put.seq && put.seq < seq + count);
    return block ? block.seq + block.count - 1 : put.seq;
  }

  #compare(where: string, row: CourtRow, found: Found): void {
    const kept = this.#bySeq.get(row.seq);
    if (!kept) {
      found("seen but missing", `${where}: ${JSON.stringify(row)}`);
      return;
    }
    // Its text may have gone since, or had gone before.
    const isBlank = this.#removed.has(row.seq) && (row.text === "" || kept.text === "");
    const same = isBlank ? { ...row, text: kept.text } : row;
    if (stable(same) !== stable(kept))
      found("same number with different content", `${where}: ${stable(row)}, in the log ${stable(kept)}`);
  }

  #compareStanding(
    where: string,
    { asOf, at, told }: { asOf: number; at: number; told: CourtStanding },
    found: Found,
  ): void {
    const lasting = (standing: CourtStanding) => {
      const lasts = ([, until]: [number, number]) => until === 0 || until > at + NEAR_MS;
      return stable({ ...standing, bans: standing.bans.filter(lasts), mutes: standing.mutes.filter(lasts) });
    };
    const expected = this.#stateAt(asOf).standing;
    if (lasting(told) !== lasting(expected))
      found("room told unlike its log", `${where} at ${asOf}: ${lasting(told)}, not ${lasting(expected)}`);
  }
}

/** Without what is not there, in one order. */
function stable(value: object): string {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))), (key, one) =>
    key === "settings" ? JSON.parse(stable(one)) : one,
  );
}
