/**
 * Runs everything that can be red: check, then all tests, and when it is asked to the three engines; gets a browser, a
 * Python, two proxies, promtool, openssl and curl first when there are none, and says so. Imports only `node:` modules. Invariant: the
 * last line is "N passed, N failed", the only one of its kind, and the exit code is 0 only if nothing failed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engines, findEngines } from "./engines/find-engines.mjs";
import { ensureBrowser, ensurePython, ensureSurroundings, findBrowser } from "./programs.mjs";

/** How long a test waits for what has to come, ms: only a test that fails takes it, so a busy machine may be slow. */
const patience = ["--expect.poll.timeout=20000", "--testTimeout=30000", "--hookTimeout=30000"];

/** Those that start programs, browsers among them, have the machine to themselves; of the others two run at once. */
const ALONE = [
  "browser-",
  "bench",
  "chat",
  "hostile",
  "level-log-crashes",
  "main",
  "package",
  "slow-readers",
  "torture",
];
const alone = ALONE.map((name) => `test/${name}`);
const beside = ["--maxWorkers=2", ...alone.flatMap((path) => ["--exclude", `${path}*`])];

function show(command, args, root, env = process.env) {
  const shell = process.platform === "win32";
  return spawnSync(command, args, { cwd: root, stdio: "inherit", env, shell }).status ?? 1;
}

/** Counts of vitest's JSON report. A file that could not be loaded, or a crash between tests, is one failure. */
function countResults(reportPath, status) {
  if (!existsSync(reportPath)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(reportPath, "utf8"));
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numFailedTests + broken.length;
  return { passed: report.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
}

function vitest(root, args, env, reporter = "default") {
  const folder = mkdtempSync(join(tmpdir(), "madang-test-"));
  const report = join(folder, "report.json");
  const program = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = [`--reporter=${reporter}`, "--reporter=json", `--outputFile.json=${report}`];
  const status = show(process.execPath, [program, "run", ...reporters, ...args], root, env);
  const counts = countResults(report, status);
  rmSync(folder, { recursive: true, force: true });
  return counts;
}

const sumOf = (one, other) => ({ passed: one.passed + other.passed, failed: one.failed + other.failed });

/** All tests, or those whose files are asked for. */
function runAll(root, args, env) {
  const some = [...patience, ...args];
  if (args.some((arg) => !arg.startsWith("-"))) return vitest(root, some, env);
  return sumOf(vitest(root, [...some, ...beside], env), vitest(root, [...some, ...alone], env));
}

/** Takes a flag of ours out of the arguments, the rest of which is vitest's. */
function takeFlag(args, flag) {
  const at = args.indexOf(flag);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}

/** One failure for each engine that is not there: what was not tried is not green. */
function runInEngines(root, args) {
  const install = takeFlag(args, "--install");
  const chosen = Object.keys(engines).filter((name) => takeFlag(args, name));
  const { found, missing } = findEngines(chosen.length > 0 ? chosen : Object.keys(engines), { install });
  for (const sentence of missing) console.error(sentence);
  let counts = { passed: 0, failed: missing.length };
  if (Object.keys(found).length > 0) {
    const env = { ...process.env, MADANG_ENGINES: JSON.stringify(found) };
    const config = ["--config", "test/engines/vitest.config.mjs"];
    counts = sumOf(counts, vitest(root, [...config, ...args], env, "verbose"));
    // Above stands what the other engines did by now.
    for (const sentence of missing) console.error(sentence);
  }
  return counts;
}

function finish({ passed, failed }) {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/**
 * @returns the exit code. `args` go to vitest, for example a part of a file's name; `--engines` goes on in all engines.
 */
export async function runTests(root, args) {
  const inEngines = takeFlag(args, "--engines");
  const engineArgs = inEngines && takeFlag(args, "--install") ? ["--install"] : [];
  const browser = await ensureBrowser();
  if (!browser) console.error("No Chromium could be found or installed; the browser tests will fail.");
  if (!ensurePython())
    console.error("No Python 3 (python3) could be found or installed; its tests of PROTOCOL.md will fail.");
  if (!ensureSurroundings())
    console.error(
      "nginx, Caddy, promtool, openssl or curl could not be found or installed; tests of deploy/ and the README will fail.",
    );
  const env = { ...process.env, CHROMIUM_PATH: browser ?? "" };

  const checkFailed = show("npm", ["run", "--silent", "check"], root, env) === 0 ? 0 : 1;
  let counts = runAll(root, args, env);
  if (checkFailed) console.error("`npm run check` found something; see above.");
  counts.failed += checkFailed;
  if (inEngines) {
    // With its windows, as people have it.
    const whole = await findBrowser();
    if (whole) process.env.CHROMIUM_PATH = whole;
    counts = sumOf(counts, runInEngines(root, engineArgs));
  }
  return finish(counts);
}

/** @returns the exit code. Of `args`, `--install` and names of engines are ours, the rest goes to vitest. */
export async function runEngines(root, args) {
  return finish(runInEngines(root, args));
}
