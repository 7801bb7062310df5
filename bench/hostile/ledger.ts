/**
 * Which message of a good one reached which other good one of its room, when, and how often. It hears of sends and
 * receipts only and knows neither sockets nor time. Invariant: a message counts for those who were in its room when
 * it was sent; every one of them either got it once, or is found by `take`.
 */

export interface Message {
  room: string;
  sender: number;
  /** 1 for the first of a sender, then one more each. */
  n: number;
}

/** What was found since the last time. */
export interface Findings {
  sent: number;
  received: number;
  lost: number;
  doubled: number;
  reordered: number;
  /** From the send to the receipt by another, milliseconds, of those that were sent while times were kept. */
  timesMs: number[];
}

interface Open {
  at: number;
  timed: boolean;
  missing: Set<number>;
}

export class Ledger {
  /** Whether messages that are sent now are timed. */
  timed = false;
  #members = new Map<string, Set<number>>();
  #open = new Map<string, Open>();
  /** The newest message of a sender that a receiver had. */
  #last = new Map<string, number>();
  #findings: Findings = nothing();

  join(room: string, member: number): void {
    const members = this.#members.get(room) ?? new Set();
    this.#members.set(room, members.add(member));
  }

  sent({ room, sender, n }: Message, at: number): void {
    this.#findings.sent++;
    const missing = new Set(this.#members.get(room));
    this.#open.set(`${room}/${sender}/${n}`, { at, timed: this.timed, missing });
  }

  received({ room, sender, n }: Message, receiver: number, at: number): void {
    const findings = this.#findings;
    findings.received++;
    const open = this.#open.get(`${room}/${sender}/${n}`);
    const pair = `${room}/${sender}/${receiver}`;
    const last = this.#last.get(pair) ?? 0;
    if (!open?.missing.delete(receiver)) {
      findings.doubled++;
      return;
    }
    if (n < last) findings.reordered++;
    this.#last.set(pair, Math.max(last, n));
    // The sender's own copy is waited for like any other, but it is the others who wait.
    if (open.timed && receiver !== sender) findings.timesMs.push(at - open.at);
    if (open.missing.size === 0) this.#open.delete(`${room}/${sender}/${n}`);
  }

  /** Deliveries of what was sent by then that are still to come. */
  missing(until: number): number {
    let sum = 0;
    for (const { at, missing } of this.#open.values()) if (at <= until) sum += missing.size;
    return sum;
  }

  /**
   * What was found. What was sent by then and has not come by now is lost, and it is doubled when it comes all the
   * same; what was sent later belongs to the next time.
   */
  take(until: number): Findings {
    const findings = { ...this.#findings, lost: this.missing(until) };
    for (const [key, { at }] of this.#open) if (at <= until) this.#open.delete(key);
    this.#findings = nothing();
    return findings;
  }
}

function nothing(): Findings {
  return { sent: 0, received: 0, lost: 0, doubled: 0, reordered: 0, timesMs: [] };
}
