/** Nothing is installed that was not announced, and an engine that is not there is told, not passed over. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { engines, findEngines } from "./engines/find-engines.mjs";
import {
  ensureBrowser,
  ensurePython,
  ensureSurroundings,
  findProgram,
  findTestBrowser,
} from "./programs.mjs";

const root = resolve(import.meta.dirname, "..");
const nowhere = { PATH: "" };

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "madang-programs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine that only writes down what it is told, as "say …" and "run …". */
function paperMachine(more = {}) {
  const lines = [];
  const on = {
    isRoot: true,
    isDebian: true,
    say: (line) => lines.push(`say ${line.trim()}`),
    run: (command, args) => {
      lines.push(`run ${command} ${args.join(" ")}`);
      return true;
    },
    ...more,
  };
  return { on, lines };
}

/** Every command that was run had been said before, word for word. */
function expectAnnounced(lines) {
  const runs = lines.filter((line) => line.startsWith("run "));
  expect(runs).not.toEqual([]);
  for (const run of runs) {
    const said = lines.indexOf(run.replace("run ", "say "));
    expect(said, run).toBeGreaterThanOrEqual(0);
    expect(said).toBeLessThan(lines.indexOf(run));
  }
}

function program(path, script = "exit 0") {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test.each([
  ["root on Debian", {}],
  ["root elsewhere", { isDebian: false }],
  ["somebody else", { isRoot: false }],
  ["a system that has none of it", { run: null }],
])("npm test says which commands it runs to get a browser, before it runs them: %s", async (_, more) => {
  const { on, lines } = paperMachine(more.run === null ? {} : more);
  if (more.run === null) on.run = (command, args) => lines.push(`run ${command} ${args.join(" ")}`) < 0;
  expect(await ensureBrowser(on, async () => null, nowhere)).toBe(null);
  expectAnnounced(lines);
  if (!on.isRoot) expect(lines.join("\n")).not.toContain("apt-get");
});

test("npm test installs no browser in place of the one that CHROMIUM_PATH names", async () => {
  const { on, lines } = paperMachine();
  expect(await ensureBrowser(on, async () => null, { CHROMIUM_PATH: "/gone" })).toBe(null);
  expect(lines).toEqual(["say CHROMIUM_PATH is /gone, which is no browser that starts."]);
});

test("npm test takes a Chromium without windows where there is one, or the one that is named", async () => {
  const windows = async () => "/chromium";
  expect(await findTestBrowser({ PATH: folder }, windows)).toBe("/chromium");
  const shell = program(join(folder, "chromium-headless-shell"));
  expect(await findTestBrowser({ PATH: folder }, windows)).toBe(shell);
  const named = program(join(folder, "own/chromium"));
  expect(await findTestBrowser({ PATH: folder, CHROMIUM_PATH: named }, windows)).toBe(named);
});

test("npm test runs nothing where the browser and Python are there", async () => {
  const { on, lines } = paperMachine();
  expect(await ensureBrowser(on, async () => "/there")).toBe("/there");
  expect(ensurePython(on, () => true)).toBe(true);
  expect(ensureSurroundings(on, () => true)).toBe(true);
  expect(lines).toEqual([]);
});

test("npm test says which commands it runs to get Python, before it runs them", () => {
  const { on, lines } = paperMachine();
  expect(ensurePython(on, () => false)).toBe(false);
  expectAnnounced(lines);
});

test("npm test says which commands it runs to get what of nginx, Caddy, Prometheus, openssl and curl is missing, before it runs them", () => {
  const { on, lines } = paperMachine();
  expect(ensureSurroundings(on, ({ names }) => names[0] === "nginx")).toBe(false);
  expectAnnounced(lines);
  expect(lines.join("\n")).toMatch(/install .* caddy prometheus openssl curl$/m);
  expect(lines.join("\n")).not.toContain("nginx-light");
});

test("npm test leaves no web server running that it installed for its files alone", () => {
  const { on, lines } = paperMachine({ hasSystemd: true });
  ensureSurroundings(on, ({ names }) => names[0] === "nginx");
  expectAnnounced(lines);
  expect(lines.at(-1)).toBe("run systemctl disable --now caddy prometheus");
  const without = paperMachine();
  ensureSurroundings(without.on, () => false);
  expect(without.lines.join("\n")).not.toContain("systemctl");
});

test("an engine that is missing is said, with what to install, and nothing is installed unasked", () => {
  const { on, lines } = paperMachine();
  const { found, missing } = findEngines(Object.keys(engines), { env: nowhere, on });
  expect(lines).toEqual([]);
  // Chromium and MiniBrowser have places outside of PATH.
  expect(found.firefox).toBe(undefined);
  expect(found.webkit).toBe(undefined);
  expect(missing.find((one) => one.startsWith("Firefox"))).toContain("apt-get install firefox-esr");
  expect(missing.find((one) => one.startsWith("WebKitGTK"))).toContain("webkit2gtk-driver xvfb");
  expect(missing.find((one) => one.startsWith("WebKitGTK"))).toContain("WebKitWebDriver");
});

test("when it is asked to install, what it runs has been said, one engine after the other", () => {
  const { on, lines } = paperMachine();
  const { missing } = findEngines(["firefox", "webkit"], { install: true, env: nowhere, on });
  expectAnnounced(lines);
  expect(
    lines.filter((line) => /^run apt-get .* install .*(firefox-esr|webkit2gtk-driver xvfb)$/.test(line)),
  ).toHaveLength(2);
  // It is not there all the same, and that is said.
  expect(missing).toHaveLength(2);
});

test("when it cannot be installed, that is said and nothing is run", () => {
  const { on, lines } = paperMachine({ isRoot: false });
  const { missing } = findEngines(["firefox"], { install: true, env: nowhere, on });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^say Firefox is missing .*Only root on Debian/);
  expect(missing).toHaveLength(1);
});

test("a program is taken from its variable alone when that is set, then from PATH, then from its places", () => {
  const inPath = program(join(folder, "bin/yard"));
  const other = program(join(folder, "lib/x86/yard-4.1/yard"));
  const stub = program(join(folder, "stub/yard"), "exit 1");
  const wanted = { variable: "YARD_PATH", names: ["yard"], places: [join(folder, "lib/*/yard-4.*/yard")] };
  expect(findProgram(wanted, { PATH: join(folder, "bin") })).toBe(inPath);
  expect(findProgram(wanted, nowhere)).toBe(other);
  expect(findProgram(wanted, { PATH: join(folder, "bin"), YARD_PATH: other })).toBe(other);
  expect(findProgram(wanted, { PATH: join(folder, "bin"), YARD_PATH: stub })).toBe(null);
  expect(findProgram({ ...wanted, places: [] }, { PATH: join(folder, "stub") })).toBe(null);
  expect(findProgram({ ...wanted, places: [join(folder, "no/*/yard")] }, nowhere)).toBe(null);
});

test("npm run test:engines fails for an engine that is not there, and counts it", () => {
  const env = { ...process.env, FIREFOX_PATH: join(folder, "none") };
  const run = `import { runEngines } from "./test/run.mjs"; process.exitCode = await runEngines(${JSON.stringify(root)}, ["firefox"]);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", run], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  expect(stderr).toContain("Firefox is missing");
  expect(stdout.trim()).toBe("0 passed, 1 failed");
  expect(status).toBe(1);
});
