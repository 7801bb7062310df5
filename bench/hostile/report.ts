/** The lines as a table, for a terminal or as Markdown. Invariant: whatever makes a line red is in the table. */
import { type Line, reasons } from "./line.ts";
import type { Tally } from "./tally.ts";

const HEADINGS = [
  "attack",
  "lost, doubled, reordered",
  "disconnected",
  "newcomers refused",
  "p99, ms (quiet)",
  "memory before, peak, after, MB",
  "CPU, %",
  "the attacker got",
  "",
];

/** A quiet machine has far less in its sockets. */
const MANY_MB = 50;

function row(line: Line, judgesTime: boolean): string[] {
  const { account, memory } = line;
  const red = reasons(line, judgesTime);
  return [
    line.attack,
    `${account.lost}, ${account.doubled}, ${account.reordered}`,
    String(account.disconnected),
    `${account.newcomersRefused} of ${account.newcomers}`,
    `${line.p99Ms.toFixed(1)} (${line.quietP99Ms.toFixed(1)})`,
    [memory.before, memory.peak, memory.after].map((mb) => mb.toFixed(0)).join(", "),
    (line.cpu * 100).toFixed(0),
    [gains(line.tally), ...besides(line)].join("; "),
    red.length === 0 ? "green" : `RED: ${red.join(", ")}`,
  ];
}

/** What is worth a look and is not judged. */
function besides({ account, socketsMb }: Line): string[] {
  const unlisted = account.unlisted > 0 ? [`${account.unlisted} good ones are told no names`] : [];
  return socketsMb < MANY_MB
    ? unlisted
    : [...unlisted, `${socketsMb.toFixed(0)} MB in sockets of the machine`];
}

/** What an attacker got, in words, without what is nothing. */
export function gains(tally: Tally): string {
  const parts: string[] = [];
  const part = (count: number, what: string) => {
    if (count > 0) parts.push(`${count.toLocaleString("en")} ${what}`);
  };
  const each = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([key, times]) => `${times.toLocaleString("en")} × ${key}`)
      .join(" ");
  part(tally.stored, "stored");
  part(tally.connections, "connections");
  part(tally.turnedAway, "turned away");
  part(tally.held, "held");
  part(megabytes(tally.bytesOut), "MB sent");
  part(megabytes(tally.bytesIn), "MB received");
  for (const [what, times] of Object.entries(tally.more)) part(times, what);
  if (Object.keys(tally.answers).length > 0) parts.push(`answers ${each(tally.answers)}`);
  if (Object.keys(tally.closes).length > 0) parts.push(`closes ${each(tally.closes)}`);
  if (Object.keys(tally.refusals).length > 0) parts.push(`refusals ${each(tally.refusals)}`);
  const { checks } = tally;
  if (checks.length > 0) {
    const known = checks.filter(({ known }) => known !== "").length;
    const wrong = checks.filter(({ ok }) => !ok).length;
    parts.push(`${checks.length - known - wrong} as they should be, ${known} known deviations, ${wrong} new`);
  }
  return parts.join("; ") || "nothing";
}

const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;

export function table(lines: readonly Line[], judgesTime: boolean, markdown: boolean): string {
  const rows = [HEADINGS, ...lines.map((line) => row(line, judgesTime))];
  if (markdown)
    return rows
      .flatMap((cells, i) => [
        `| ${cells.join(" | ")} |`,
        ...(i === 0 ? [`|${" --- |".repeat(HEADINGS.length)}`] : []),
      ])
      .join("\n");
  // The last two are too long for columns: they follow on lines of their own.
  const columns = HEADINGS.length - 2;
  const widths = HEADINGS.slice(0, columns).map((_, at) =>
    Math.max(...rows.map((cells) => cells[at]!.length)),
  );
  return rows
    .flatMap((cells, i) => [
      `  ${cells
        .slice(0, columns)
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join("  ")}  ${i === 0 ? "" : cells.at(-1)}`,
      ...(i === 0 ? [] : [`      ${cells.at(-2)}`]),
    ])
    .join("\n");
}

/** The answers that are not as the standard has them: new ones a line each, known ones by their reason. */
export function deviations(lines: readonly Line[]): string {
  const checks = lines.flatMap(({ tally }) => tally.checks);
  const wrong = checks.filter(({ ok }) => !ok);
  const known = new Map<string, string[]>();
  for (const { ok, known: why, name } of checks)
    if (ok && why !== "") known.set(why, [...(known.get(why) ?? []), name]);
  return [
    ...(wrong.length > 0 ? ["  Answers not as they should be:"] : []),
    ...wrong.map(
      ({ name, expected, got }) =>
        `    ${name}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`,
    ),
    ...(known.size > 0 ? ["  Known deviations:"] : []),
    ...[...known].map(([why, names]) => `    ${names.length} × ${why}: ${names.join("; ")}`),
  ].join("\n");
}
