/** The bench of the page runs from its beginning to its end, and what it says of a build is what the build holds. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readClientOptions } from "../bench/client/options.ts";
import { countFrames } from "../bench/client/phone.ts";
import { clientChart, markdownTable, terminalTable } from "../bench/client/report.ts";
import { isMet, median, quantile, ROWS } from "../bench/client/rows.ts";
import { chromiumPath } from "./browser-page.ts";

const dist = resolve(import.meta.dirname, "../dist");

test("each scenario runs with tiny numbers, fills its rows, and leaves nothing", {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "madang-bench-client-"));
  const json = join(folder, "figures.json");
  const args = ["client", "--tiny", "--json", json, "--svg", join(folder, "chart.svg"), "--data", folder];
  const child = spawn(process.execPath, [join(dist, "bench.js"), ...args, "--markdown"], {
    env: { ...process.env, CHROMIUM_PATH: chromiumPath },
  });
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  child.stderr.on("data", (bytes) => (said += bytes));
  const code = await new Promise((ended) => child.once("close", ended));
  try {
    expect({ code, said }).toMatchObject({ code: 0 });
    const { columns } = JSON.parse(readFileSync(json, "utf8"));
    const ids = columns[0].measured.map(({ id }: { id: string }) => id);
    expect(ids.toSorted()).toEqual(ROWS.map(({ id }) => id).toSorted());
    for (const { id, value } of columns[0].measured)
      expect({ id, is: value > 0 || id.endsWith("frames") }).toEqual({ id, is: true });
    expect(said).toContain("| first load, bytes, brotli | 18,000 |");
    expect(readFileSync(join(folder, "chart.svg"), "utf8")).toMatch(/^<svg [^>]*>.*<\/svg>$/s);
    expect(readdirSync(folder).toSorted()).toEqual(["chart.svg", "figures.json"]);
    const script = JSON.parse(readFileSync(join(dist, "assets.json"), "utf8")).filter(
      ({ first, language }: { first: boolean; language: string | null }) => first && language !== "en",
    );
    const weight = script.reduce(
      (sum: number, { file }: { file: string }) => sum + statSync(join(dist, `${file}.br`)).size,
      0,
    );
    expect(
      columns[0].measured.find(({ id }: { id: string }) => id === "first-load").value,
    ).toBeGreaterThanOrEqual(weight);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("frames that were not drawn are counted by the time they took", () => {
  const at = (...frames: number[]) => frames.map((frame) => (frame * 1000) / 60);
  expect(countFrames(at(0, 1, 2, 3))).toEqual({ expected: 3, drawn: 3 });
  expect(countFrames(at(0, 1, 5, 6))).toEqual({ expected: 6, drawn: 3 });
  expect(countFrames([])).toEqual({ expected: 0, drawn: 0 });
});

test("medians and quantiles", () => {
  expect([median([3, 1, 2]), median([1, 2]), median([])]).toEqual([2, 1.5, Number.NaN]);
  expect([quantile([1, 2, 3, 4], 0.5), quantile([5], 0.95), quantile([], 0.5)]).toEqual([2, 5, Number.NaN]);
});

describe("the report", () => {
  const [row] = ROWS;
  const column = (id: string, value: number) => ({ id, name: id, measured: [{ id: row!.id, value }] });

  test("says what is met, and compares two builds", () => {
    expect(terminalTable([column("this", row!.goal)])).toContain(" met");
    expect(terminalTable([column("this", row!.goal + 1)])).toContain("MISSED");
    expect(markdownTable([column("this", 5), column("other", 10)])).toMatch(/\| 5 \| 10 \| met \| 2\.0× \|/);
    expect(clientChart([column("this", 5)], "a <b>")).toContain("a &lt;b&gt;");
  });

  test("a part of a round trip more is none", () => {
    const trips = ROWS.find(({ id }) => id === "open-trips")!;
    expect([isMet(trips, 3.2), isMet(trips, 3.6)]).toEqual([true, false]);
  });
});

test("wrong flags are refused in words", () => {
  const read = (...args: string[]) => readClientOptions(args, ["bytes", "flood"]);
  expect(read("flood", "--quick")).toMatchObject({ only: ["flood"], quick: true, times: 1 });
  expect(read()).toMatchObject({ only: ["bytes", "flood"], quick: false, times: 3 });
  expect(read("--help")).toBeNull();
  for (const args of [["idle"], ["--times", "0"], ["--times"], ["--dist", "/nowhere"], ["--fast"]])
    expect(() => read(...args)).toThrow(/^(There is no|--|\/nowhere)/);
});
