/**
 * The figures as tables, for the terminal and as Markdown. Beside each rival's figure stands how many times better
 * Madang's is.
 */
import { advantage, amount, type Figure, find } from "../figures.ts";
import { type Group, groupsOf, type Results } from "./results.ts";

export type Row = string[];

/** "≥ 61.2 M": the generator was the bottleneck. */
const shown = (figure: Figure) =>
  `${figure.generatorBound && figure.better === "higher" ? "≥ " : ""}${amount(figure.value)}`;

/** How many times better ours is, and which way a bottleneck of the generator bends that. */
function ratio(ours: Figure, theirs: Figure): string {
  const value = advantage(ours, theirs);
  if (!Number.isFinite(value)) return "";
  const digits = value >= 100 ? value.toFixed(0) : value.toPrecision(2);
  const mark = ours.generatorBound === theirs.generatorBound ? "" : ours.generatorBound ? "≥ " : "≤ ";
  return `${mark}${Number(digits)}×`;
}

/** Header and rows of one table. */
export function tableOf(group: Group, { figures, names }: Results): Row[] {
  const { scenario, metric, cases, servers } = group;
  const header = ["", ...servers.map((server) => names[server] ?? server)];
  const rows = cases.map((name) => {
    const ours = find(figures, { scenario, metric, case: name, server: "madang" });
    const cells = servers.map((server) => {
      const figure = find(figures, { scenario, metric, case: name, server });
      if (!figure) return "–";
      if (server === "madang" || !ours) return shown(figure);
      const times = ratio(ours, figure);
      return times === "" ? shown(figure) : `${shown(figure)} (${times})`;
    });
    return [name, ...cells];
  });
  return [header, ...rows];
}

export function titleOf({ scenario, metric, unit, better }: Group): string {
  const what = unit.startsWith("/") ? `${metric} per second` : `${metric}, ${unit}`;
  return `${scenario}: ${what} (${better} is better)`;
}

export function terminalTables(results: Results): string {
  const tables = groupsOf(results.figures).map((group) => {
    const rows = tableOf(group, results);
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    const lines = rows.map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("   "),
    );
    return `${titleOf(group)}\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
  });
  return `${tables.join("\n")}\n(12×: Madang is so many times better. ≥: the generator was the bottleneck.)\n`;
}

export function terminalVerdicts({ verdicts }: Results): string {
  if (verdicts.length === 0) return "";
  const words = { met: "met", missed: "MISSED", bound: "not shown" } as const;
  const width = (key: "scenario" | "target") => Math.max(...verdicts.map((one) => one[key].length));
  const lines = verdicts.map(({ scenario, target, measured, state }) =>
    [
      `  ${scenario.padEnd(width("scenario"))}`,
      target.padEnd(width("target")),
      words[state].padEnd(9),
      measured,
    ].join("   "),
  );
  return `Targets\n${lines.join("\n")}\n`;
}

export const unitOf = ({ metric, unit }: Group) =>
  unit.startsWith("/") ? `${metric}${unit}` : `${metric}, ${unit}`;

/** Two tables for the README: the figures beside rivals, and those of Madang alone. */
export function markdown(results: Results): string {
  const groups = groupsOf(results.figures).filter(({ metric }) => MAIN_METRICS.has(metric));
  const compared = groups.filter(({ servers }) => servers.length > 1 && !servers.includes("json"));
  const servers = Object.keys(results.names).filter((id) => compared.some((one) => one.servers.includes(id)));
  const labelled = (group: Group, rows: Row[]): Row[] =>
    rows.slice(1).map(([name, ...cells]) => [`${group.scenario}, ${name}: ${unitOf(group)}`, ...cells]);
  const names = servers.map((id) => results.names[id] ?? id);
  const beside = compared.flatMap((group) => labelled(group, tableOf({ ...group, servers }, results)));
  const alone = groups
    .filter((group) => !compared.includes(group))
    .flatMap((group) => labelled(group, tableOf({ ...group, servers: ["madang"] }, results)));
  return [markdownTable(["", ...names], beside), markdownTable(["", "Madang"], alone)]
    .filter((table) => table !== "")
    .join("\n\n");
}

function markdownTable(header: Row, rows: Row[]): string {
  if (rows.length === 0) return "";
  const line = ["---", ...header.slice(1).map(() => "---:")];
  return [header, line, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const MAIN_METRICS: ReadonlySet<string> = new Set([
  "deliveries",
  "CPU per delivery",
  "p50",
  "memory",
  "people",
  "pages",
  "requests",
  "first connection",
  "overhead",
]);
