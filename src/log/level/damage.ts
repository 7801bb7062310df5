/**
 * Which places of the log were found lost or damaged while it is open, so that each is told of once and a reader who
 * meets it again need not look twice. It reads nothing. Invariant: what is kept is bounded, and ranges of a room lie
 * apart and in order.
 */
import type { Report } from "./report.ts";

/** Places kept at most; what lies beyond is served as lost all the same, and not told of. */
const MOST_PLACES = 10_000;

interface Range {
  from: number;
  to: number;
}

export class Damage {
  #report: Report;
  #rooms = new Map<number, Range[]>();
  #places = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  get isAny(): boolean {
    return this.#places > 0;
  }

  /** Whether all of these numbers are known to be lost. */
  isKnown(room: number, from: number, to: number): boolean {
    return (this.#rooms.get(room) ?? []).some((range) => range.from <= from && to <= range.to);
  }

  /** Numbers of a room that cannot be read; told of if they were not known. */
  note(room: number, from: number, to: number): void {
    if (this.isKnown(room, from, to)) return;
    if (this.#places === MOST_PLACES) {
      this.#places++;
      this.#report("log_damaged", "More places of the log are damaged than are told of one by one.");
    }
    if (this.#places > MOST_PLACES) return;
    this.#report("log_damaged", `Room ${room}: ${messages(from, to)} damaged on disk and shown as lost.`);
    const ranges = this.#rooms.get(room) ?? [];
    const apart = ranges.filter((range) => range.to + 1 < from || range.from > to + 1);
    const joined = ranges.filter((range) => !apart.includes(range));
    const whole = {
      from: Math.min(from, ...joined.map((range) => range.from)),
      to: Math.max(to, ...joined.map((range) => range.to)),
    };
    this.#places += 1 - joined.length;
    this.#rooms.set(
      room,
      [...apart, whole].sort((a, b) => a.from - b.from),
    );
  }

  /** Something else of a room that cannot be read. */
  say(room: number, what: string): void {
    this.#report("log_damaged", `Room ${room}: ${what}.`);
  }
}

/** "the message 7 is", "the messages 7 to 9 are". */
function messages(from: number, to: number): string {
  return from === to ? `the message ${from} is` : `the messages ${from} to ${to} are`;
}
