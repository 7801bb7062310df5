/**
 * The parts of the bench that decide what a figure is: frames on split boundaries, percentiles, the search for the
 * highest rate, targets, charts, flags. What the generator notices is in bench-generator.test.ts.
 */
import { describe, expect, test } from "vitest";
import { parseList } from "../bench/cores.ts";
import { amount, type Figure } from "../bench/figures.ts";
import { Arena } from "../bench/generator/arena.ts";
import { FrameScanner } from "../bench/generator/frame-scanner.ts";
import { bucketUs, Histogram, percentileMs } from "../bench/generator/histogram.ts";
import { counterOf, putText, senderOf, TEXT_BYTES, timeOf } from "../bench/generator/text.ts";
import { readOptions } from "../bench/options.ts";
import { drawBars } from "../bench/report/bars.ts";
import { drawRidges } from "../bench/report/ridges.ts";
import { judge } from "../bench/report/targets.ts";
import { findHighest } from "../bench/search.ts";

/** A frame from a server, with a payload that says how long it is. */
function frame(length: number): number[] {
  const header =
    length < 126
      ? [0x82, length]
      : length < 65_536
        ? [0x82, 126, length >> 8, length & 255]
        : [0x82, 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  return [...header, ...Array.from({ length }, (_, i) => (length + i) & 255)];
}

describe("frames", () => {
  const lengths = [1, 5, 125, 126, 300, 65_535, 65_536, 2];
  const stream = Uint8Array.from(lengths.flatMap(frame));

  function scan(cuts: number, needed: number): number[] {
    const arena = new Arena(128 * 1024, stream.length);
    const seen: number[] = [];
    const scanner = new FrameScanner(arena, {
      need: (_bytes, _at, length) => Math.min(needed, length),
      frame(bytes, at, length, opcode, have) {
        expect(opcode).toBe(2);
        expect(have).toBeGreaterThanOrEqual(Math.min(needed, length));
        const there = bytes.subarray(at, at + Math.min(needed, length));
        seen.push(there.every((byte, i) => byte === ((length + i) & 255)) ? length : -1);
      },
    });
    for (let from = 0; from < stream.length; from += cuts) {
      const part = stream.subarray(from, from + cuts);
      arena.readable.set(part);
      scanner.feed(arena.start, arena.start + part.length);
    }
    expect(scanner.isBetweenFrames).toBe(true);
    return seen;
  }

  test.each([1, 2, 3, 7, 64, 129, 4_096, 65_540, 1e6])("read %i bytes at a time", (cuts) => {
    expect(scan(cuts, 48)).toEqual(lengths);
  });

  test("needed whole, in pieces", () => {
    expect(scan(1_000, Number.POSITIVE_INFINITY)).toEqual(lengths);
  });

  test("a masked or a split message is an error", () => {
    const arena = new Arena();
    const scanner = new FrameScanner(arena, { need: () => 0, frame: () => undefined });
    for (const bytes of [
      [0x82, 0x81, 0, 0],
      [0x02, 1, 1],
    ]) {
      arena.readable.set(bytes);
      expect(() => scanner.feed(arena.start, arena.start + bytes.length)).toThrow();
    }
  });
});

test("a text carries time, sender and counter in 64 ordinary characters", () => {
  const bytes = new Uint8Array(TEXT_BYTES);
  putText(bytes, 0, 12_345_678_901_234, 9_999, 87_654_321);
  expect([timeOf(bytes, 0), senderOf(bytes, 0), counterOf(bytes, 0)]).toEqual([
    12_345_678_901_234, 9_999, 87_654_321,
  ]);
  expect(new TextDecoder().decode(bytes)).toMatch(/^\d{30}[ -~]{34}$/);
});

describe("percentiles", () => {
  test("of a known row", () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms * 1_000);
    const buckets = histogram.buckets();
    for (const share of [0.01, 0.5, 0.99, 1]) {
      const exact = Math.ceil(share * 1_000);
      expect(Math.abs(percentileMs(buckets, share) / exact - 1)).toBeLessThan(0.016);
    }
  });

  test("one sample is every percentile; none is no number", () => {
    const histogram = new Histogram();
    histogram.add(40);
    expect(percentileMs(histogram.buckets(), 0.01)).toBe(0.04);
    expect(percentileMs(histogram.buckets(), 1)).toBe(0.04);
    expect(percentileMs([], 0.5)).toBeNaN();
  });

  test("buckets hold what was put into them, however large", () => {
    for (const us of [0, 63, 64, 65, 1_000, 123_456, 2 ** 30]) {
      const histogram = new Histogram();
      histogram.add(us);
      const [[bucket]] = histogram.buckets() as [[number, number]];
      expect(Math.abs(bucketUs(bucket) - us)).toBeLessThanOrEqual(us * 0.016 + 0.5);
    }
  });
});

describe("the search", () => {
  const options = { growth: 4, floor: 10, ceiling: 1e9, fullTrials: 5, precision: 1.05 };

  test.each([50, 999, 12_345, 5e6])("finds a server that sustains %i", async (limit) => {
    const trial = async (rate: number) => ({ passed: rate <= limit, hopeless: false });
    const found = await findHighest({ ...options, start: 1_000, trial });
    expect(found!.rate).toBeLessThanOrEqual(limit);
    expect(found!.rate).toBeGreaterThan(limit / 1.1);
  });

  test("one hiccup of a short trial does not end the climb", async () => {
    let hiccup = true;
    const trial = async (rate: number, full: boolean) => {
      const passed = rate <= 1e6 && !(hiccup && !full && rate > 3_000);
      if (!passed) hiccup = false;
      return { passed, hopeless: false };
    };
    const found = await findHighest({ ...options, start: 1_000, trial });
    expect(found!.rate).toBeGreaterThan(9e5);
  });

  test("a failure beyond doubt is not tried again", async () => {
    const rates: number[] = [];
    const trial = async (rate: number) => {
      rates.push(rate);
      return { passed: rate <= 5_000, hopeless: rate > 5_000 };
    };
    await findHighest({ ...options, start: 1_000, trial });
    expect(new Set(rates.filter((rate) => rate > 5_000)).size).toBe(
      rates.filter((rate) => rate > 5_000).length,
    );
  });

  test("what only short trials passed is not believed", async () => {
    const trial = async (rate: number, full: boolean) => ({
      passed: rate <= (full ? 400 : 1_000),
      hopeless: false,
    });
    const found = await findHighest({ ...options, start: 1_000, trial });
    expect(found!.rate).toBeLessThanOrEqual(400);
  });

  test("a server that sustains nothing has no figure, in bounded time", async () => {
    let trials = 0;
    const trial = async () => ({ passed: trials++ < 0, hopeless: false });
    expect(await findHighest({ ...options, start: 1_000, trial })).toBeNull();
    expect(trials).toBeLessThan(25);
  });
});

function figure(server: string, value: number, generatorBound = false): Figure {
  const place = { scenario: "broadcast", case: "1,000 people", metric: "deliveries", unit: "/s" };
  return { ...place, server, value, better: "higher", generatorBound };
}

describe("targets", () => {
  const verdict = (ours: Figure, theirs: Figure) => judge([ours, theirs]).map(({ state }) => state);

  test("a ratio is met, missed, or hidden by the generator", () => {
    expect(verdict(figure("madang", 60e6), figure("uws", 3.9e6))).toEqual(["met"]);
    expect(verdict(figure("madang", 50e6), figure("uws", 3.9e6))).toEqual(["missed"]);
    expect(verdict(figure("madang", 50e6, true), figure("uws", 3.9e6))).toEqual(["bound"]);
    expect(verdict(figure("madang", 50e6, true), figure("uws", 3.9e6, true))).toEqual(["missed"]);
  });

  test("what was not measured is not judged", () => {
    expect(judge([figure("madang", 60e6)])).toEqual([]);
  });
});

describe("charts", () => {
  const sane = (svg: string) => {
    expect(svg).toMatch(/^<svg [^>]*>.*<\/svg>$/s);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain("prefers-color-scheme:dark");
  };

  test("bars are ordered as their values, within the frame", () => {
    const values = [61e6, 3.9e6, 0.23e6, 1];
    const bars = values.map((value, i) => ({ id: `s${i}`, name: "a <b> & c", value, label: amount(value) }));
    for (const scale of ["log", "linear"] as const) {
      const svg = drawBars({ title: "t", subtitle: "s", scale, unit: "u", groups: [{ name: "g", bars }] });
      sane(svg);
      expect(svg).toContain("a &lt;b&gt; &amp; c");
      const widths = [...svg.matchAll(/class="bar [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
      expect(widths).toEqual([...widths].sort((a, b) => b - a));
      expect(Math.max(...widths)).toBeLessThan(500);
    }
  });

  test("ridges", () => {
    const histogram = new Histogram();
    for (let i = 0; i < 500; i++) histogram.add(800 + i);
    sane(drawRidges("t", "s", [{ id: "madang", name: "Madang", latency: histogram.buckets() }]));
    expect(drawRidges("t", "s", [{ id: "madang", name: "Madang", latency: [] }])).toBe("");
  });
});

test("cores are read as the system writes them", () => {
  expect(parseList("0-2,5\n")).toEqual([0, 1, 2, 5]);
  expect(parseList("")).toEqual([]);
});

test("wrong flags are refused in words", () => {
  const read = (...args: string[]) => readOptions(args, ["broadcast", "wire"], new Date(0));
  expect(read("wire", "--quick", "--rivals", "uws,bun")).toMatchObject({
    scenarios: ["wire"],
    quick: true,
    rivals: ["uws", "bun"],
  });
  expect(read("--rivals=none", "--seconds=2")).toMatchObject({ rivals: [], seconds: 2 });
  expect(read("--help")).toBeNull();
  for (const args of [["idle"], ["--rivals", "nginx"], ["--seconds", "x"], ["--json"], ["--fast"]]) {
    expect(() => read(...args)).toThrow(/^(There is no|--)/);
  }
});
