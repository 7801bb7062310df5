/**
 * Runs everything that can be red: check, then all tests; gets a browser and a Python first when there is none. Imports
 * only `node:` modules. Invariant: the last line is "N passed, N failed", and the exit code is 0 only if nothing failed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const browserNames = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "microsoft-edge",
];
const browserPlaces = [
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** How long a test waits for what has to come, ms: only a test that fails takes it, so a busy machine may be slow. */
const patience = ["--expect.poll.timeout=20000", "--testTimeout=30000", "--hookTimeout=30000"];

/** Whether the program is there and is more than a stub that asks to install something else. */
function runs(path) {
  if (!existsSync(path)) return false;
  if (process.platform === "win32") return true;
  return spawnSync(path, ["--version"], { timeout: 20_000 }).status === 0;
}

async function playwrightBrowser() {
  const { chromium } = await import("playwright-core");
  return chromium.executablePath();
}

export async function findBrowser() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const inPath = browserNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  const places = [process.env.CHROMIUM_PATH ?? "", ...inPath, ...browserPlaces, await playwrightBrowser()];
  return places.find((path) => path !== "" && runs(path)) ?? null;
}

function show(command, args, root, env = process.env) {
  const shell = process.platform === "win32";
  return spawnSync(command, args, { cwd: root, stdio: "inherit", env, shell }).status ?? 1;
}

function isDebian() {
  if (!existsSync("/etc/os-release")) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
}

/** The path of a Chromium, installing one if need be. */
async function ensureBrowser(root) {
  const there = await findBrowser();
  if (there) return there;
  console.log("Getting a browser for the browser tests (once) …");
  const isRoot = process.getuid?.() === 0;
  if (isRoot && isDebian()) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const packages = ["chromium", "fonts-noto-cjk", "fonts-noto-color-emoji"];
    show("apt-get", ["update", "-qq"], root, env);
    show("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], root, env);
    // Ubuntu's package of that name is a stub for a snap, so what was installed may not run.
    const installed = await findBrowser();
    if (installed) return installed;
  }
  show("npx", ["playwright-core", "install", ...(isRoot ? ["--with-deps"] : []), "chromium"], root);
  return findBrowser();
}

function hasPython() {
  return spawnSync("python3", ["--version"], { timeout: 20_000 }).status === 0;
}

/** Whether there is a Python for the client that is written in it, installing one if need be. */
function ensurePython(root) {
  if (hasPython()) return true;
  if (process.getuid?.() !== 0 || !isDebian()) return false;
  console.log("Getting Python 3 for the test of PROTOCOL.md (once) …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  show("apt-get", ["update", "-qq"], root, env);
  show("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "python3"], root, env);
  return hasPython();
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

/** @returns the exit code. `args` go to vitest, for example a part of a file's name. */
export async function runTests(root, args) {
  const browser = await ensureBrowser(root);
  if (!browser) console.error("No Chromium could be found or installed; the browser tests will fail.");
  if (!ensurePython(root))
    console.error("No Python 3 (python3) could be found or installed; its tests of PROTOCOL.md will fail.");
  const env = { ...process.env, CHROMIUM_PATH: browser ?? "" };

  const checkFailed = show("npm", ["run", "--silent", "check"], root, env) === 0 ? 0 : 1;
  const folder = mkdtempSync(join(tmpdir(), "madang-test-"));
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const status = show(process.execPath, [vitest, "run", ...reporters, ...patience, ...args], root, env);
  const { passed, failed } = countResults(report, status);
  rmSync(folder, { recursive: true, force: true });

  const allFailed = failed + checkFailed;
  if (checkFailed) console.error("`npm run check` found something; see above.");
  console.log(`${passed} passed, ${allFailed} failed`);
  return allFailed === 0 ? 0 : 1;
}
