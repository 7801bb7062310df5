/** The figures of a run as a table and as an exit code. Invariant: whatever is not as it must be is in the table. */
import { cpus, release } from "node:os";
import type { Verdict } from "./checker.ts";
import type { DamageResult } from "./damage.ts";
import { FAULT_NAMES } from "./faults-found.ts";
import type { Options } from "./options.ts";
import type { SmallDiskResult } from "./small-disk.ts";
import type { SyncProof } from "./sync-order.ts";
import type { Rest } from "./workload.ts";

export interface Outcome {
  seed: number;
  /** Disk errors came from strace rather than from the log's own seam. */
  strace: boolean;
  verdict: Verdict;
  rest: Rest;
  restarts: number;
  lapses: number;
  troubles: string[];
  serveAgainMs: { p50: number; p99: number };
  damage: DamageResult[];
  /** Null where no small disk could be had. */
  smallDisk: SmallDiskResult | null;
  /** What the clients wrote down, when it is worth a look. */
  folder: string | null;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

/** What must be 0, by name. */
export function mustBeZero(outcome: Outcome): [string, number][] {
  const { damage, smallDisk } = outcome;
  const both = smallDisk ? [outcome, smallDisk] : [outcome];
  const sum = (of: (one: SmallDiskResult) => number) => both.reduce((total, one) => total + of(one), 0);
  return [
    ...FAULT_NAMES.map((name): [string, number] => [name, sum(({ verdict }) => verdict.faults[name])]),
    ["still unsettled at the end", sum(({ rest }) => rest.unsettled)],
    ["readers not at the end", sum(({ rest }) => rest.behind)],
    ["endings not as they must be", sum(({ troubles }) => troubles.length)],
    ["damage not told", damage.filter(({ lie }) => lie !== null).length],
  ];
}

export function isGreen(outcome: Outcome): boolean {
  // A run in which nothing happened proves nothing.
  return outcome.verdict.acknowledged > 0 && mustBeZero(outcome).every(([, count]) => count === 0);
}

export function machine(): string {
  const { model = "unknown processor" } = cpus()[0] ?? {};
  return `${cpus().length} × ${model.trim()}, ${process.platform} ${release()}, Node ${process.version}`;
}

export function table(outcome: Outcome, options: Options): string {
  const { verdict, restarts, lapses, serveAgainMs, damage, smallDisk } = outcome;
  const rows: [string, string | number][] = [
    ["restarts", restarts],
    ["sent", verdict.sent],
    ["acknowledged", verdict.acknowledged],
    ["unknown", verdict.unknown],
    ["acts on what was removed meanwhile", verdict.late],
    ["received", verdict.received],
    ["repeats answered", verdict.repeats],
    ["records in the log", verdict.records],
    ["of these replies", verdict.replies],
    ["edits", verdict.edits],
    ["removals", verdict.removals],
    ["reactions", verdict.reactions],
    ["records of the owned room", verdict.owned],
    ["of these acts that look after it", verdict.rulings],
    ["pages told with what became of them", verdict.became],
    ["slow readers fed from the log", lapses],
    ["time to serve again p50", `${serveAgainMs.p50.toFixed(0)} ms`],
    ["time to serve again p99", `${serveAgainMs.p99.toFixed(0)} ms`],
    ...mustBeZero(outcome),
  ];
  if (smallDisk) rows.push(["acknowledged on a disk that became full", smallDisk.verdict.acknowledged]);
  if (damage.length > 0) rows.push(...damageRows(damage));
  const width = Math.max(...rows.map(([name]) => name.length));
  const green = isGreen(outcome);
  return [
    "",
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${String(value).padStart(10)}`),
    "",
    ...[outcome, ...(smallDisk ? [smallDisk] : [])].flatMap((one) =>
      [...one.verdict.examples, ...one.troubles].map((line) => `  ${line}`),
    ),
    ...damage.flatMap(({ what, lie }) => (lie ? [`  ${what}: ${lie}`] : [])),
    `  ${machine()}`,
    `  seed ${outcome.seed}${options.control ? `, control ${options.control}` : ""}`,
    green ? "  Nothing was lost." : "  The promise was broken.",
    ...(outcome.folder ? [`  journals and data: ${outcome.folder}`] : []),
    "",
  ].join("\n");
}

function damageRows(damage: readonly DamageResult[]): [string, string][] {
  const kindOf = ({ kind, older }: DamageResult) => `${kind}, ${older ? "an older file" : "the newest file"}`;
  return [...new Set(damage.map(kindOf))].sort().map((kind) => {
    const tried = damage.filter((one) => kindOf(one) === kind);
    const count = (told: DamageResult["told"]) => tried.filter((one) => one.told === told).length;
    return [
      `${kind} (${tried.length})`,
      `${count("repaired")} refused and repaired, ${count("new epoch")} new epoch, ${count("lost")} lost, ` +
        `${count("refused to read")} unreadable, ${count("harmless")} harmless; ` +
        `at most ${Math.max(...tried.map(({ gone }) => gone))} messages gone`,
    ];
  });
}

/** @returns the table and whether all is as it must be */
export function proofTable(proof: SyncProof | null): { text: string; green: boolean; figures: object } {
  const nothing = "  strace is not there or may not trace: nothing is proved on this machine.\n";
  if (!proof) return { text: nothing, green: false, figures: {} };
  const { examples, ...figures } = proof;
  const { tooEarly, syncs, messages, blocks, acknowledgements } = figures;
  const green = tooEarly === 0 && Math.min(syncs, messages, blocks, acknowledgements) > 0;
  const rows: [string, number][] = [
    ["messages written and synced", messages],
    ["syncs", syncs],
    ["messages in blocks that left", blocks],
    ["messages in pages that left", figures.pages],
    ["acknowledgements that left", acknowledgements],
    ["heads that left", figures.heads],
    ["left before the sync was over", tooEarly],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(30)}${String(value).padStart(10)}`);
  const end = green ? "  Nothing left before it was synced." : "  The promise was broken.";
  return {
    text: ["", ...lines, "", ...examples.map((one) => `  ${one}`), end, ""].join("\n"),
    green,
    figures,
  };
}
