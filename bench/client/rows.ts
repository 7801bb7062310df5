/** What is measured, with the goal of each: the lines of the table. Anything else a scenario tells stands in a note. */
export interface Row {
  id: string;
  what: string;
  unit: string;
  goal: number;
}

export interface Measured {
  /** Of a row. */
  id: string;
  value: number;
  note?: string;
}

const percent = "% of frames dropped";

export const ROWS: readonly Row[] = [
  { id: "flood-frames", what: "flood of 500 messages a second", unit: percent, goal: 10 },
  { id: "flood-keys-p50", what: "flood: key to paint, p50", unit: "ms", goal: 50 },
  { id: "flood-keys-p95", what: "flood: key to paint, p95", unit: "ms", goal: 50 },
  { id: "typing", what: "typing, 191 people, 100 rooms listed", unit: "ms of main thread a key", goal: 16 },
  { id: "open-cold", what: "room link, 150 ms, 1.6 Mbit/s, cold: composer", unit: "ms", goal: 1_000 },
  { id: "open-warm", what: "the same, warm", unit: "ms", goal: 350 },
  { id: "open-slow", what: "room link, 300 ms, 750 kbit/s, cold: composer", unit: "ms", goal: 2_000 },
  { id: "open-trips", what: "round trips until one can type, cold", unit: "round trips", goal: 3 },
  { id: "scroll-frames", what: "scrolling 10,000 messages", unit: percent, goal: 10 },
  { id: "scroll-heap", what: "heap after that", unit: "MB", goal: 10 },
  { id: "first-load", what: "first load", unit: "bytes, brotli", goal: 18_000 },
  { id: "with-room", what: "first load with a room", unit: "bytes, brotli", goal: 34_000 },
  { id: "largest-part", what: "largest part on demand", unit: "bytes, brotli", goal: 4_000 },
];

export const isMet = ({ goal, id }: Row, value: number): boolean =>
  // A slope is no whole number: three round trips come out as 2.9 or 3.1.
  value <= (id === "open-trips" ? goal + 0.25 : goal);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that a share of all do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
