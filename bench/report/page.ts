/**
 * The page of one run: one HTML file that needs nothing else, in the reader's light.
 */
import { basename } from "node:path";
import { machineSentence } from "../machine.ts";
import { cpuChart, delayCharts, memoryChart, throughputChart } from "./charts.ts";
import { groupsOf, type Results } from "./results.ts";
import { escapeXml } from "./svg.ts";
import { type Row, tableOf, titleOf, unitOf } from "./table.ts";

const STYLE = `
:root{color-scheme:light dark;--paper:#f6f0e4;--card:#fffcf5;--line:#dccfb8;--ink:#2a251e;--faint:#665b4c;--lamp:#a8401f;--good:#2f6b4f}
@media(prefers-color-scheme:dark){:root{--paper:#111926;--card:#1a2535;--line:#2b3950;--ink:#ebe4d4;--faint:#a2a9b4;--lamp:#ffb86b;--good:#86cfae}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.25rem;margin:2.75rem 0 .75rem}
p{max-width:46rem}
.faint{color:var(--faint)}
figure{margin:1.25rem 0}
svg{width:100%;height:auto;display:block;border:1px solid var(--line);border-radius:10px}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px;margin:.75rem 0 1.5rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.92rem}
caption{text-align:start;padding:.75rem 1rem .25rem;font-weight:650}
th,td{padding:.4rem 1rem;text-align:end;white-space:nowrap;border-top:1px solid var(--line)}
tr:first-child th{border-top:0}
th:first-child,td:first-child{text-align:start}
thead th{font-weight:600;color:var(--faint)}
td:nth-child(2),thead th:nth-child(2){color:var(--lamp);font-weight:650}
.verdicts td,.verdicts th{text-align:start;white-space:normal}
.verdicts td:nth-child(2),.verdicts th:nth-child(2){color:inherit;font-weight:inherit}
.met{color:var(--good);font-weight:650}.missed{color:var(--lamp);font-weight:650}
code{font-size:.9em}`;

const row = (cells: string[], tag: "td" | "th") =>
  `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;

export function page(results: Results, jsonPath: string): string {
  const { machine, startedAt, failures, leftOut, quick, trialSeconds } = results;
  const charts = (list: string[]) =>
    list
      .filter((chart) => chart !== "")
      .map((chart) => `<figure>${chart}</figure>`)
      .join("");
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const trouble =
    failures.length === 0
      ? ""
      : `<h2>Failures</h2><ul>${failures.map((one) => `<li>${escapeXml(one)}</li>`).join("")}</ul>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Madang bench, ${escapeXml(startedAt.slice(0, 10))}</title><style>${STYLE}</style></head><body><main>
<h1>Madang beside others</h1>
<p class="faint">${escapeXml(startedAt.slice(0, 16).replace("T", " "))} UTC${quick ? ", a quick run" : ""} · ${escapeXml(machineSentence(machine))} · ${escapeXml(versions.join(", "))}</p>
${charts([throughputChart(results)])}
${verdictTable(results)}
${charts([...delayCharts(results), cpuChart(results), memoryChart(results)])}
<h2>All figures</h2>
<p class="faint">In brackets: how many times better Madang is. ≥: the generator was the bottleneck, so the truth is at least this.</p>
${figureTables(results)}
${trouble}
<h2>How this was measured</h2>
<p>Server, generator and report are separate processes; server and generator have a core each. Messages are 64 bytes of text; everybody in a room, the sender included, receives all of them. Deliveries are counted at the receivers over ${trialSeconds} s after a warm-up; a message that is missing at the end, a gap in the numbers or a message that comes twice makes the run fail. Delay is taken from the time at which a message was to be sent, so a generator or server that falls behind cannot hide it. In rooms of 1,000 the rate is the highest found at which 99 of 100 messages took less than 100 ms, in those of 10,000 and in many rooms less than 250 ms. Madang stores and syncs every message before anyone gets it; the others store nothing.</p>
<p>Every raw figure is in <code>${escapeXml(basename(jsonPath))}</code>. ${leftOut.map((one) => `${escapeXml(one)}.`).join(" ")}</p>
</main></body></html>
`;
}

/** A table for each metric that compares; what only Madang was measured in shares one. */
function figureTables(results: Results): string {
  const groups = groupsOf(results.figures);
  const alone = groups.filter(({ servers }) => servers.length === 1);
  const compared = groups
    .filter((group) => !alone.includes(group))
    .map((group) => figureTable(titleOf(group), tableOf(group, results)));
  const rows = alone.flatMap((group) =>
    tableOf(group, results)
      .slice(1)
      .map(([name, ...cells]) => [`${group.scenario}, ${name}: ${unitOf(group)}`, ...cells]),
  );
  const rest = rows.length === 0 ? "" : figureTable("Measured of Madang alone", [["", "Madang"], ...rows]);
  return compared.join("") + rest;
}

function figureTable(title: string, table: Row[]): string {
  const [header = [], ...rows] = table.map((cells) => cells.map(escapeXml));
  const body = rows.map((cells) => row(cells, "td")).join("");
  return `<div class="scroll"><table><caption>${escapeXml(title)}</caption><thead>${row(header, "th")}</thead><tbody>${body}</tbody></table></div>`;
}

function verdictTable({ verdicts }: Results): string {
  if (verdicts.length === 0) return "";
  const words = { met: "met", missed: "missed", bound: "not shown" } as const;
  const rows = verdicts.map(({ scenario, target, measured, state }) =>
    row(
      [
        escapeXml(scenario),
        escapeXml(target),
        escapeXml(measured),
        `<span class="${state}">${words[state]}</span>`,
      ],
      "td",
    ),
  );
  const header = row(["scenario", "target", "measured", ""], "th");
  return `<h2>Targets</h2><div class="scroll"><table class="verdicts"><thead>${header}</thead><tbody>${rows.join("")}</tbody></table></div>`;
}
