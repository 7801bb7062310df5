/**
 * Everything a run yields, as it stands in the JSON file. All reports are made from this and nothing else.
 */
import type { Figure } from "../figures.ts";
import type { Machine } from "../machine.ts";
import type { Verdict } from "./targets.ts";

export interface Results {
  format: 1;
  startedAt: string;
  seconds: number;
  machine: Machine;
  /** Length of one full trial, seconds. */
  trialSeconds: number;
  quick: boolean;
  /** Names of contenders by id, Madang first. */
  names: Record<string, string>;
  leftOut: string[];
  figures: Figure[];
  verdicts: Verdict[];
  failures: string[];
}

export interface Group {
  scenario: string;
  metric: string;
  unit: string;
  better: "higher" | "lower";
  cases: string[];
  servers: string[];
}

/** Figures that belong in one table: the same metric of one scenario, cases by servers. */
export function groupsOf(figures: readonly Figure[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { scenario, metric, unit, better, case: name, server } of figures) {
    const key = `${scenario} ${metric}`;
    const group = groups.get(key) ?? { scenario, metric, unit, better, cases: [], servers: [] };
    groups.set(key, group);
    if (!group.cases.includes(name)) group.cases.push(name);
    if (!group.servers.includes(server)) group.servers.push(server);
  }
  return [...groups.values()];
}
