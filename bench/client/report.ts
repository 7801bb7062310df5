/** The rows that were measured as a table for the terminal, in Markdown, and as a chart of shares of the goals. */
import { drawBars } from "../report/bars.ts";
import { isMet, type Measured, ROWS, type Row } from "./rows.ts";

export interface Column {
  /** "this" or "other". */
  id: string;
  name: string;
  measured: Measured[];
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const shown = (value: number) => (value >= 100 ? whole.format(value) : String(Number(value.toPrecision(3))));

const find = ({ measured }: Column, { id }: Row) => measured.find((one) => one.id === id);

/** Header and lines; of two builds the first one is judged, and how many times less it takes stands last. */
function cells(columns: readonly Column[]): string[][] {
  const [ours, other] = columns as [Column, Column | undefined];
  const header = ["", "goal", ...columns.map(({ name }) => name), "", ...(other ? ["ratio"] : [])];
  const rows = ROWS.filter((row) => columns.some((column) => find(column, row))).map((row) => {
    const mine = find(ours, row);
    const theirs = other && find(other, row);
    const values = columns.map((column) => {
      const found = find(column, row);
      return found ? shown(found.value) : "–";
    });
    const verdict = mine ? (isMet(row, mine.value) ? "met" : "MISSED") : "not measured";
    const ratio = mine && theirs ? `${(theirs.value / mine.value).toPrecision(2)}×` : "–";
    return [`${row.what}, ${row.unit}`, shown(row.goal), ...values, verdict, ...(other ? [ratio] : [])];
  });
  return [header, ...rows];
}

export function terminalTable(columns: readonly Column[]): string {
  const rows = cells(columns);
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("   "),
  );
  const notes = ROWS.flatMap((row) => {
    const note = find(columns[0]!, row)?.note;
    return note ? [`  ${row.what}: ${note}`] : [];
  });
  return `${lines.join("\n")}\n\n${notes.join("\n")}\n`;
}

export function markdownTable(columns: readonly Column[]): string {
  const [header, ...rows] = cells(columns).map((row) => `| ${row.join(" | ")} |`);
  const line = `| --- |${" ---: |".repeat(cells(columns)[0]!.length - 1)}`;
  return [header, line, ...rows].join("\n");
}

export function clientChart(columns: readonly Column[], subtitle: string): string {
  const colours = ["madang", "ws"];
  return drawBars({
    title: "The page on a slow phone",
    subtitle,
    scale: "linear",
    unit: "% of the goal; shorter is better",
    groups: ROWS.filter((row) => columns.some((column) => find(column, row))).map((row) => ({
      name: `${row.what}: ${shown(row.goal)} ${row.unit}`,
      bars: columns.flatMap((column, at) => {
        const found = find(column, row);
        if (!found) return [];
        const value = (found.value / row.goal) * 100;
        return [{ id: colours[at]!, name: column.name, value, label: `${shown(found.value)}` }];
      }),
    })),
  });
}
