/**
 * The files that operators copy, as far as they can be tried where neither systemd nor Docker runs: what they start, and
 * with what. The proxies are tried in chat-behind-proxies.test.ts, the steps of the Dockerfile by image.mjs.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCommand, settingRows } from "../src/config.ts";

const unit = join(import.meta.dirname, "../deploy/madang.service");
const text = readFileSync(unit, "utf8");
const settingOf = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "";

test("the unit starts the program with flags and variables that it has", () => {
  const [node, program, ...flags] = settingOf("ExecStart").split(" ");
  expect(node).toBe("/usr/bin/node");
  expect(program).toBe("/opt/madang/dist/main.js");
  const variables = Object.fromEntries(
    settingOf("Environment")
      .split(" ")
      .map((one) => one.split("=")),
  );
  const command = readCommand(flags, variables);
  expect(command).toMatchObject({ config: { host: "127.0.0.1", port: 3000, data: "/var/lib/madang" } });
  // DynamicUser gives it no other place to write to.
  expect(flags[1]).toBe(`/var/lib/${settingOf("StateDirectory")}`);
});

test("the unit waits for a clean stop, and leaves the log its files", () => {
  expect(Number.parseInt(settingOf("TimeoutStopSec"), 10)).toBeGreaterThan(9);
  expect(Number(settingOf("LimitNOFILE"))).toBeGreaterThan(20_000 + 1_000);
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.runIf(hasSystemd)("systemd finds little in the unit that an intruder could use", () => {
  // In tenths; a service without any of these lines has 96.
  const args = ["security", "--offline=true", "--threshold=20", "--no-pager", unit];
  const judged = spawnSync("systemd-analyze", args, { encoding: "utf8" });
  expect(judged.status, judged.stdout.split("\n").at(-2)).toBe(0);
});

test("what madang starts needs no package that an image or an install without the tools of development lacks", () => {
  const root = join(import.meta.dirname, "..");
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const programs = ["main", "tortured", "torture", "hostile"];
  const imported = programs.flatMap((name) => {
    const text = readFileSync(join(root, `dist/${name}.js`), "utf8");
    return [...text.matchAll(/^import [^"]*"([^"]+)";$|\bimport\("([^"]+)"\)/gm)].map(
      ([, one, other]) => one ?? other!,
    );
  });
  const packages = imported.filter((name) => !/^(node:|\.)/.test(name));
  const nameOf = (path: string) => /^(?:@[^/]+\/)?[^/]+/.exec(path)![0];
  expect(packages).toContain("uWebSockets.js");
  expect(packages.filter((name) => !(nameOf(name) in dependencies))).toEqual([]);
});

test("every container comes back when the machine does", () => {
  const compose = readFileSync(join(import.meta.dirname, "../deploy/compose.yaml"), "utf8");
  const services = compose.slice(compose.indexOf("\nservices:"), compose.indexOf("\nvolumes:"));
  // Docker starts what only restarts on failure no more after it was itself started anew.
  const restarts = services.match(/^ {4}restart: .*$/gm)!.map((line) => line.trim());
  expect(restarts).toEqual(services.match(/^ {2}\w+:$/gm)!.map(() => "restart: unless-stopped"));
});

test("every variable that is set for the server is one that it knows", () => {
  const root = join(import.meta.dirname, "..");
  const files = ["Dockerfile", ...readdirSync(join(root, "deploy")).map((name) => `deploy/${name}`)];
  const said = files.flatMap(
    (file) => readFileSync(join(root, file), "utf8").match(/\bMADANG_[A-Z_]+/g) ?? [],
  );
  const known = new Set(settingRows().map(({ variable }) => variable));
  // That one is for compose.yaml itself.
  expect([...new Set(said)].filter((name) => name !== "MADANG_NAME" && !known.has(name))).toEqual([]);
  expect(said.length).toBeGreaterThan(4);
});
