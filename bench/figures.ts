/**
 * What a run yields: one figure for each thing measured of one server. Everything that is printed, drawn or judged
 * is made from these; `raw` keeps all that was seen.
 */
export interface Figure {
  scenario: string;
  /** What exactly was done, for example "1,000 people". */
  case: string;
  /** Id of the contender. */
  server: string;
  metric: string;
  unit: string;
  value: number;
  better: "higher" | "lower";
  /** The generator had no time left: the server may be better than this. */
  generatorBound: boolean;
  note?: string;
  raw?: unknown;
}

/** How many times better `ours` is than `theirs`: above 1 is better, whichever way the metric goes. */
export function advantage(ours: Figure, theirs: Figure): number {
  return ours.better === "higher" ? ours.value / theirs.value : theirs.value / ours.value;
}

/** The metrics that have a ratio to rivals worth printing; the others stand beside them. */
export function find(
  figures: readonly Figure[],
  wanted: { scenario: string; case: string; metric: string; server: string },
): Figure | undefined {
  return figures.find(
    (one) =>
      one.scenario === wanted.scenario &&
      one.case === wanted.case &&
      one.metric === wanted.metric &&
      one.server === wanted.server,
  );
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** At most three digits that matter: 61.2 M, 0.231 M, 18,400, 0.42. */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1e8) return `${whole.format(value / 1e6)} M`;
  if (value >= 1e5) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (value >= 1000) return whole.format(Number(value.toPrecision(3)));
  if (value >= 100) return value.toFixed(0);
  if (value === 0) return "0";
  return value < 0.01 ? value.toPrecision(1) : String(Number(value.toPrecision(3)));
}

export const withUnit = (value: number, unit: string) =>
  unit === "" ? amount(value) : `${amount(value)}${unit.startsWith("/") ? "" : " "}${unit}`;
