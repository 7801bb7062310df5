/**
 * Distributions of delay, one ridge for each server over a common logarithmic axis: where it is high, many messages
 * took that long. The median and the slowest hundredth are marked and written.
 */
import { amount } from "../figures.ts";
import { type Buckets, bucketUs, percentileMs } from "../generator/histogram.ts";
import { classOf, frame, round, text, WIDTH } from "./svg.ts";

export interface Ridge {
  id: string;
  name: string;
  latency: Buckets;
}

const LEFT = 132;
const RIGHT = 176;
const TOP = 70;
const ROW = 58;
const BINS = 120;

export function drawRidges(title: string, subtitle: string, ridges: Ridge[]): string {
  const filled = ridges.filter(({ latency }) => latency.length > 0);
  if (filled.length === 0) return "";
  const p = (share: number) => filled.map(({ latency }) => percentileMs(latency, share));
  const low = Math.log10(Math.min(...p(0.001))) - 0.15;
  const high = Math.log10(Math.max(...p(0.995))) + 0.15;
  const x = (ms: number) => LEFT + ((Math.log10(ms) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);

  const rows = filled.map(({ id, name, latency }, row) => {
    const base = TOP + (row + 1) * ROW;
    const strong = id === "madang" ? "strong" : "";
    const [p50, p99] = [percentileMs(latency, 0.5), percentileMs(latency, 0.99)];
    const marks = [p50, p99].map((ms) => {
      const at = round(x(Math.min(ms, 10 ** high)));
      return `<line class="mark s-${classOf(id)}" x1="${at}" x2="${at}" y1="${base}" y2="${base - 12}"/>`;
    });
    return (
      `<path class="ridge s-${classOf(id)}" d="${outline(latency, low, high, base)}"/>${marks.join("")}` +
      text(LEFT - 10, base - 4, name, strong, "end") +
      text(WIDTH - RIGHT + 12, base - 18, `p50 ${amount(p50)} ms`, strong) +
      text(WIDTH - RIGHT + 12, base - 3, `p99 ${amount(p99)} ms`, "small")
    );
  });
  const bottom = TOP + filled.length * ROW + 4;
  const grid = ticksBetween(low, high)
    .map((ms) => {
      const at = round(x(ms));
      const line = `<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${bottom}"/>`;
      return line + text(at, bottom + 17, `${amount(ms)} ms`, "small", "middle");
    })
    .join("");
  return frame(title, subtitle, bottom + 34, grid + rows.join(""));
}

/** The closed outline of one ridge: bins over the axis, smoothed a little, the highest as high as a row allows. */
function outline(latency: Buckets, low: number, high: number, base: number): string {
  const bins = new Float64Array(BINS);
  for (const [bucket, count] of latency) {
    const at = ((Math.log10(bucketUs(bucket) / 1000) - low) / (high - low)) * BINS;
    if (at >= 0 && at < BINS) bins[Math.floor(at)]! += count;
  }
  const smooth = Array.from(bins, (_, i) =>
    [1, 2, 3, 2, 1].reduce((sum, weight, k) => sum + weight * (bins[i + k - 2] ?? 0), 0),
  );
  const highest = Math.max(...smooth, 1);
  const step = (WIDTH - LEFT - RIGHT) / BINS;
  const points = smooth.map(
    (value, i) => `L${round(LEFT + (i + 0.5) * step)} ${round(base - (value / highest) * (ROW - 14))}`,
  );
  return `M${LEFT} ${base}${points.join("")}L${WIDTH - RIGHT} ${base}Z`;
}

/** 1, 2 and 5 of every decade while there is space for them, else powers of ten. */
function ticksBetween(low: number, high: number): number[] {
  const parts = high - low > 1.6 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade++) {
    for (const part of parts) {
      const at = decade + Math.log10(part);
      if (at >= low && at <= high) ticks.push(part * 10 ** decade);
    }
  }
  return ticks;
}
