/**
 * Horizontal bars in groups, on a linear or a logarithmic scale. Every bar carries its name and its figure, so that
 * nothing depends on telling colours apart.
 */
import { amount } from "../figures.ts";
import { classOf, frame, round, text, WIDTH } from "./svg.ts";

export interface Bar {
  /** Contender's id, for the colour. */
  id: string;
  name: string;
  value: number;
  /** What is written at its end. */
  label: string;
}

export interface BarChart {
  title: string;
  subtitle: string;
  scale: "log" | "linear";
  unit: string;
  groups: { name: string; bars: Bar[] }[];
}

const LEFT = 132;
const RIGHT = 176;
const TOP = 74;
const ROW = 21;
const GAP = 30;

export function drawBars(chart: BarChart): string {
  const values = chart.groups
    .flatMap(({ bars }) => bars.map(({ value }) => value))
    .filter((value) => value > 0);
  if (values.length === 0) return "";
  const ticks = chart.scale === "log" ? decades(values) : steps(Math.max(...values));
  const [from, to] = [ticks[0]!, ticks[ticks.length - 1]!];
  const along = (value: number) =>
    chart.scale === "log" ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  const x = (value: number) => LEFT + Math.min(1, Math.max(0.004, along(value))) * (WIDTH - LEFT - RIGHT);

  let y = TOP;
  let body = "";
  for (const { name, bars } of chart.groups) {
    body += text(20, y + 4, name, "group halo");
    y += 14;
    for (const { id, name: label, value, label: words } of bars) {
      const strong = id === "madang" ? "strong" : "";
      body += text(LEFT - 10, y + 14, label, strong, "end");
      const width = round(x(value) - LEFT);
      body += `<rect class="bar s-${classOf(id)}" x="${LEFT}" y="${y + 3}" width="${width}" height="${ROW - 6}" rx="3"/>`;
      body += text(LEFT + width + 7, y + 14, words, `halo ${strong}`);
      y += ROW;
    }
    y += GAP;
  }
  const bottom = y - GAP + 4;
  const grid = ticks
    .map((tick) => {
      const at = round(LEFT + along(tick) * (WIDTH - LEFT - RIGHT));
      const line = `<line class="grid" x1="${at}" x2="${at}" y1="${TOP + 10}" y2="${bottom}"/>`;
      return line + text(at, bottom + 17, amount(tick), "small", "middle");
    })
    .join("");
  const unit = text(WIDTH - 20, bottom + 17, chart.unit, "small", "end");
  return frame(chart.title, chart.subtitle, bottom + 34, grid + unit + body);
}

/** The powers of ten around all values. */
function decades(values: number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)) + 1e-9);
  const from = low === Math.log10(Math.min(...values)) ? low - 1 : low;
  return Array.from({ length: high - from + 1 }, (_, i) => 10 ** (from + i));
}

/** Zero and a few round numbers above it. */
function steps(highest: number): number[] {
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [0.2, 0.5, 1, 2].map((part) => part * power).find((one) => highest / one <= 5) ?? power * 2;
  return Array.from({ length: Math.ceil(highest / step - 1e-9) + 1 }, (_, i) => i * step);
}
