/**
 * The programs that tests need beside Node: where they are, and how they come onto this machine. Imports only `node:`
 * modules. Invariant: nothing is installed before it has been said, with the very commands, and how to do without.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A mirror that is slow must not keep a run for ever. */
const INSTALL_MS = 20 * 60_000;

/** What tests need to know of the machine, and what they do to it. */
export const machine = {
  isRoot: process.getuid?.() === 0,
  hasSystemd: existsSync("/run/systemd/system"),
  isDebian:
    existsSync("/etc/os-release") &&
    /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8")),
  say: (line) => console.log(line),
  /** @returns whether it went well */
  run(command, args) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const shell = process.platform === "win32";
    return spawnSync(command, args, { stdio: "inherit", env, shell, timeout: INSTALL_MS }).status === 0;
  },
};

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether it is more than a stub that asks to install something else. */
function saysItsVersion(path) {
  if (process.platform === "win32") return true;
  return spawnSync(path, ["--version"], { timeout: 60_000 }).status === 0;
}

/** Every path that a pattern stands for, in which `*` is some letters of the name of a file or folder. */
function spread(pattern) {
  if (!pattern.includes("*")) return [pattern];
  const names = pattern.split("/");
  const at = names.findIndex((name) => name.includes("*"));
  const parent = names.slice(0, at).join("/");
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return [];
  const [start, end] = names[at].split("*");
  return readdirSync(parent)
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .flatMap((name) => spread([parent, name, ...names.slice(at + 1)].join("/")));
}

/**
 * Where a program is. When its variable is set, there and nowhere else; otherwise by its names in PATH, or in these
 * places.
 * @returns the path or null
 */
export function findProgram({ variable, names = [], places = [], hasVersion = true }, env = process.env) {
  const isIt = (path) => isProgram(path) && (!hasVersion || saysItsVersion(path));
  const named = variable && env[variable];
  if (named) return isIt(named) ? named : null;
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const inPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...inPath, ...places.flatMap(spread)].find(isIt) ?? null;
}

export function installCommands(packages) {
  return [
    ["apt-get", ["-o", "Acquire::Retries=3", "update", "-qq"]],
    ["apt-get", ["-o", "Acquire::Retries=3", "install", "-y", "-qq", "--no-install-recommends", ...packages]],
  ];
}

/**
 * Installs packages of the system where that can be done, saying so first. `services`: what they would start, now and
 * with the machine, and is only wanted as a program. @returns whether it was done
 */
export function installPackages(packages, { why, instead, services = [] }, on = machine) {
  if (!on.isRoot || !on.isDebian) return false;
  const commands = installCommands(packages);
  if (on.hasSystemd && services.length > 0) commands.push(["systemctl", ["disable", "--now", ...services]]);
  on.say(`${why} Installing packages of this system:`);
  for (const [command, args] of commands) on.say(`  ${command} ${args.join(" ")}`);
  on.say(`  ${instead}`);
  return commands.every(([command, args]) => on.run(command, args));
}

export const chromium = {
  variable: "CHROMIUM_PATH",
  names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"],
  places: [
    "/snap/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ],
};

/** Chromium without windows: the same engine, and a page opens in two fifths of the time. */
const shell = { variable: chromium.variable, names: ["chromium-headless-shell", "chrome-headless-shell"] };

const python = { names: ["python3"] };

export async function findBrowser() {
  const playwright = await import("playwright-core");
  const ours = playwright.chromium.executablePath();
  return findProgram({ ...chromium, places: [...chromium.places, ours] });
}

/** The one that tests take. */
export const findTestBrowser = async (env = process.env, other = findBrowser) =>
  findProgram(shell, env) ?? other();

/** The path of a Chromium, installing one if need be. */
export async function ensureBrowser(on = machine, find = findTestBrowser, env = process.env) {
  const there = await find();
  if (there) return there;
  const why = "There is no Chromium for the browser tests.";
  const instead = "To take one of your own, stop this and set CHROMIUM_PATH.";
  if (env.CHROMIUM_PATH) {
    on.say(`CHROMIUM_PATH is ${env.CHROMIUM_PATH}, which is no browser that starts.`);
    return null;
  }
  if (
    installPackages(
      ["chromium-headless-shell", "fonts-noto-cjk", "fonts-noto-color-emoji"],
      { why, instead },
      on,
    )
  ) {
    const installed = await find();
    if (installed) return installed;
  }
  const args = ["playwright-core", "install", ...(on.isRoot ? ["--with-deps"] : []), "chromium"];
  const also = on.isRoot ? ", and installing the packages of this system that it needs" : "";
  on.say(`${why} Downloading one into this user's cache${also}:`);
  on.say(`  npx ${args.join(" ")}`);
  on.say(`  ${instead}`);
  on.run("npx", args);
  return find();
}

/** Whether there is a Python for the client that is written in it, installing one if need be. */
export function ensurePython(on = machine, has = () => findProgram(python) !== null) {
  if (has()) return true;
  const why = "There is no Python 3 for the test of PROTOCOL.md.";
  const instead = "To install it yourself, stop this.";
  return installPackages(["python3"], { why, instead }, on) && has();
}

/**
 * What operators put around it, by the package, with the service that comes along; nginx is not in everybody's PATH,
 * openssl makes the certificate that the proxies show, and curl asks as the README says.
 */
const surroundings = {
  "nginx-light": { names: ["nginx"], places: ["/usr/sbin/nginx"], hasVersion: false, service: "nginx" },
  // Of Debian 12 it knows no --version.
  caddy: { names: ["caddy"], hasVersion: false, service: "caddy" },
  prometheus: { names: ["promtool"], service: "prometheus" },
  openssl: { names: ["openssl"], hasVersion: false },
  curl: { names: ["curl"], hasVersion: false },
};

/** Whether the programs are there that the tests of deploy/ start, installing them if need be. */
export function ensureSurroundings(on = machine, has = (program) => findProgram(program) !== null) {
  const missing = () => Object.keys(surroundings).filter((name) => !has(surroundings[name]));
  const packages = missing();
  if (packages.length === 0) return true;
  const why =
    "The tests of the files in deploy/ and of the README need nginx, Caddy, promtool, openssl and curl; not all are there.";
  const instead = "To install them yourself, stop this.";
  const services = packages.flatMap((name) => surroundings[name].service ?? []);
  return installPackages(packages, { why, instead, services }, on) && missing().length === 0;
}
