/**
 * What is told to Prometheus: well-formed for its own tool, without names of rooms and people, and with everything that
 * the alerts and the dashboard in deploy/ ask for. Each alert is set off by `promtool` with test/alerts.yml.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Counters } from "../src/room/counters.ts";
import { Histogram } from "../src/room/histogram.ts";
import { health, readiness } from "../src/server/health.ts";
import { Refusal } from "../src/wire/codes.ts";
import { RawClient } from "./raw-client.ts";
import { runServer, type TestServer } from "./running-server.ts";

const deploy = (file: string) => readFileSync(join(import.meta.dirname, "../deploy", file), "utf8");
const ask = async (server: TestServer) => (await fetch(server.metricsUrl)).text();

/** The value behind a name and its labels, as it is written. */
const seriesOf = (text: string, series: string): number => {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  if (!line) throw new Error(`there is no ${series}`);
  return Number(line.slice(series.length + 1));
};

test("Prometheus's own tool finds nothing to say about them", async () => {
  await using server = await runServer();
  const said = execFileSync("promtool", ["check", "metrics"], { input: await ask(server), encoding: "utf8" });
  expect(said).toBe("");
});

test("they tell what happened, and name nobody", async () => {
  await using server = await runServer();
  using one = await RawClient.greeted(server.socketUrl, "secret-name");
  using other = await RawClient.greeted(server.socketUrl, "Other");
  const { room } = await one.enter("secret-room");
  await other.enter("secret-room");
  one.say(room, 1, "hello");
  await other.until(() => other.records.length > 0, "the message");
  one.say(room, 2, " ");
  await one.until(() => one.frames.some((frame) => "code" in frame), "a refusal");
  const text = await ask(server);
  expect(seriesOf(text, "madang_connections")).toBe(2);
  expect(seriesOf(text, "madang_records_total")).toBe(1);
  expect(seriesOf(text, "madang_deliveries_total")).toBe(2);
  expect(seriesOf(text, 'madang_refusals_total{code="emptyText"}')).toBe(1);
  expect(seriesOf(text, 'madang_refusals_total{code="tooFast"}')).toBe(0);
  expect(seriesOf(text, 'madang_commit_seconds_bucket{le="+Inf"}')).toBe(1);
  expect(seriesOf(text, "madang_commit_seconds_count")).toBe(1);
  expect(seriesOf(text, 'madang_block_bytes_bucket{le="512"}')).toBe(1);
  expect(seriesOf(text, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(text).not.toContain("secret");
  // Asked again, what only rises has not.
  expect(seriesOf(await ask(server), "madang_records_total")).toBe(1);
});

test("every alert and every panel asks for what there is", async () => {
  await using server = await runServer();
  const text = await ask(server);
  const names = new Set(text.match(/^# TYPE (\w+)/gm)!.map((line) => line.slice("# TYPE ".length)));
  const asked = (expressions: string) => expressions.match(/\b(madang|process|nodejs)_\w+/g) ?? [];
  const alerts = asked(
    deploy("alerts.yml")
      .match(/^ +expr: .*$/gm)!
      .join("\n"),
  );
  const { panels } = JSON.parse(deploy("grafana.json")) as { panels: { targets: { expr: string }[] }[] };
  const shown = asked(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n"));
  expect(alerts.length).toBeGreaterThan(8);
  expect(shown.length).toBeGreaterThan(12);
  const missing = [...alerts, ...shown].filter((name) => !names.has(name.replace(/_bucket$/, "")));
  expect(missing).toEqual([]);
  const codes = deploy("alerts.yml")
    .match(/code=~"([^"]+)"/g)!
    .flatMap((one) => one.slice(7, -1).split("|"));
  expect(codes.filter((code) => !(code in Refusal))).toEqual([]);
});

test("each alert goes off, and none for a server that is well", () => {
  const rules = join(import.meta.dirname, "alerts.yml");
  const said = execFileSync("promtool", ["test", "rules", rules], { encoding: "utf8" });
  expect(said).toContain("SUCCESS");
  const alerts = deploy("alerts.yml")
    .match(/alert: \w+/g)!
    .map((one) => one.slice(7));
  const tried = readFileSync(rules, "utf8");
  // Once with nothing to tell, and once going off.
  for (const alert of alerts) expect(tried.split(alert).length - 1, alert).toBeGreaterThanOrEqual(2);
});

test("a histogram counts each value once, at its bound", () => {
  const histogram = new Histogram([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1000]) histogram.add(value);
  expect(histogram.counts).toEqual([2, 2, 2]);
  expect(histogram.count).toBe(6);
  expect(histogram.sum).toBe(1023.5);
  const counters = new Counters();
  counters.refused(Refusal.tooFast);
  counters.refused(Refusal.tooFast);
  expect(counters.refusalsByCode.get(Refusal.tooFast)).toBe(2);
});

test("a server whose commits hang is not well, and one that stops is well but not ready", async () => {
  const disk = { usedPercent: 97, freeBytes: 1_000, warning: 90, isFull: true };
  const well = { committingForMs: 0, isStopping: false, disk };
  expect([health(well).status, readiness(well).status]).toEqual([200, 200]);
  const slow = { ...well, committingForMs: 9_000 };
  expect([health(slow).status, readiness(slow).status]).toEqual([200, 200]);
  const stopping = { ...well, isStopping: true };
  expect([health(stopping).status, readiness(stopping).status]).toEqual([200, 503]);
  const hanging = { ...well, committingForMs: 12_000 };
  expect([health(hanging).status, readiness(hanging).status]).toEqual([503, 503]);
  expect(String(health(hanging).body)).toContain("commits_hang");

  expect(JSON.parse(String(health(well, true).body))).toEqual({ status: "ok", committingForMs: 0, disk });

  await using server = await runServer();
  const status = async (path: string) => (await fetch(server.url + path)).status;
  expect([await status("/healthz"), await status("/readyz")]).toEqual([200, 200]);
  Object.defineProperty(server.house.rooms.flusher, "committingForMs", { value: 60_000 });
  expect([await status("/healthz"), await status("/readyz")]).toEqual([503, 503]);
});
