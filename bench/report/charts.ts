/**
 * Which charts a run gives, made from its results: throughput, delay, processor time, memory. An empty string stands
 * for a chart whose figures were not measured.
 */
import { amount, type Figure } from "../figures.ts";
import type { LoadResult } from "../generator/commands.ts";
import { type Bar, drawBars } from "./bars.ts";
import type { Results } from "./results.ts";
import { drawRidges } from "./ridges.ts";

function barsOf(
  results: Results,
  pick: (figure: Figure) => boolean,
  label: (figure: Figure) => string,
): Bar[] {
  return results.figures.filter(pick).map((figure) => ({
    id: figure.server,
    name: results.names[figure.server] ?? figure.server,
    value: figure.value,
    label: label(figure),
  }));
}

const groupBy = (results: Results, scenario: string, metric: string, label: (figure: Figure) => string) => {
  const chosen = results.figures.filter((one) => one.scenario === scenario && one.metric === metric);
  return [...new Set(chosen.map((one) => one.case))].map((name) => ({
    name,
    bars: barsOf(results, (one) => chosen.includes(one) && one.case === name, label),
  }));
};

const bound = (figure: Figure) => (figure.generatorBound ? "≥ " : "");

export function throughputChart(results: Results): string {
  const label = (figure: Figure) => `${bound(figure)}${amount(figure.value)}/s`;
  const named = (name: string) =>
    ({ "32 people": "32 people in a room, 16 messages under way each" })[name] ?? `${name} in a room`;
  const broadcast = groupBy(results, "broadcast", "deliveries", label).map((group) => ({
    ...group,
    name: named(group.name),
  }));
  const { pinned, cpu } = results.machine;
  return drawBars({
    title: "Messages delivered per second",
    subtitle: `64-byte messages, everyone gets everything, ${pinned ? "server on one core" : "not pinned"} (${cpu}); logarithmic`,
    scale: "log",
    unit: "deliveries/s",
    groups: [...broadcast, ...groupBy(results, "rooms", "deliveries", label)],
  });
}

export function cpuChart(results: Results): string {
  return drawBars({
    title: "Processor time by rate",
    subtitle: "1,000 people in one room; share of one core that the server used. Shorter is better",
    scale: "linear",
    unit: "% of a core",
    groups: groupBy(results, "efficiency", "core", (one) => {
      return `${amount(one.value)} %${one.note ? `, ${one.note}` : ""}`;
    }),
  });
}

export function memoryChart(results: Results): string {
  return drawBars({
    title: "Memory of an idle connection",
    subtitle: "10,000 connections that have joined a room; the server's own memory. Shorter is better",
    scale: "linear",
    unit: "KiB",
    groups: groupBy(results, "idle", "memory", (one) => `${amount(one.value)} KiB`),
  });
}

export function delayCharts(results: Results): string[] {
  const charts: [string, string, string, string][] = [
    [
      "latency",
      "100 messages/s",
      "Delay in a quiet room",
      "Ten people, 100 messages a second, from sender to receiver",
    ],
    [
      "efficiency",
      "1,000 messages/s",
      "Delay in a large room",
      "1,000 people, 1,000 messages a second, from sender to receiver",
    ],
  ];
  return charts.map(([scenario, name, title, subtitle]) => {
    const ridges = results.figures
      .filter((one) => one.scenario === scenario && one.case === name && one.raw !== undefined)
      .map((one) => ({
        id: one.server,
        name: results.names[one.server] ?? one.server,
        latency: (one.raw as LoadResult).latency,
      }));
    return drawRidges(title, `${subtitle}; Madang's commit to disk included`, ridges);
  });
}
