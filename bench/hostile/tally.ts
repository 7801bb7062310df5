/** What attackers got, counted by themselves. */

export interface Tally {
  /** Connections that were let in, turned away, and the most that were held at once. */
  connections: number;
  turnedAway: number;
  held: number;
  /** Bytes that came from the server, and that were given to the network for it. */
  bytesIn: number;
  bytesOut: number;
  /** Messages of attackers that a reader of theirs saw. */
  stored: number;
  /** Requests over HTTP that were answered, by status. */
  answers: Record<string, number>;
  /** How connections ended that the attacker did not end: by close code; 1006: without one. */
  closes: Record<string, number>;
  /** Refusals by their code. */
  refusals: Record<string, number>;
  /** What an attack counts besides, by its name. */
  more: Record<string, number>;
  /** Where an attack asks for an answer and knows the right one. */
  checks: Check[];
}

export interface Check {
  name: string;
  /** What the standard asks for. */
  expected: string;
  got: string;
  /** Why another answer is known here; empty where it is not. */
  known: string;
  ok: boolean;
}

export function emptyTally(): Tally {
  const counts = { connections: 0, turnedAway: 0, held: 0, bytesIn: 0, bytesOut: 0, stored: 0 };
  return { ...counts, answers: {}, closes: {}, refusals: {}, more: {}, checks: [] };
}

export function count(counts: Record<string, number>, key: string | number, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}
