/**
 * Goes through the steps of the Dockerfile in clean roots made by debootstrap, for machines without Docker: builds as it
 * says, starts what comes out as the user it names, asks for its health and for a page, and stops it. Needs root, npm's
 * registry and Debian's packages. Not a container: nothing is fenced in, and the network is this machine's.
 * Imports only `node:` modules. Invariant: an instruction it does not know ends it, so that none is passed over.
 */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const mirror = "http://deb.debian.org/debian";
/** What the base image of that name has: a Debian, Node and npm, and a user called node. */
const BASE = /^node:(\d+)-(\w+)-slim$/;
const STEP_MS = 10 * 60_000;
const START_MS = 30_000;
/** Says nothing of how an image is built, only of how it is run. */
const ABOUT_RUNNING = new Set(["VOLUME", "EXPOSE"]);

/** Instructions with what stands behind them, lines joined, comments gone. */
export function readSteps(text) {
  const lines = text.replaceAll(/\\\n/g, " ").split("\n");
  return lines
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line);
      return { name, rest };
    });
}

const run = (command, args, options = {}) =>
  execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"], timeout: STEP_MS, ...options });

function makeBase(folder, image) {
  const [, version, suite] = BASE.exec(image) ?? [];
  if (suite === undefined) throw new Error(`${image} is not known here`);
  const has = process.versions.node.split(".")[0];
  if (version !== has) throw new Error(`${image} has Node ${version}, this machine ${has}`);
  run("debootstrap", ["--variant=minbase", suite, folder, mirror]);
  const place = dirname(dirname(realpathSync(process.execPath)));
  cpSync(realpathSync(process.execPath), join(folder, "usr/local/bin/node"));
  const npm = ["lib/node_modules/npm", "share/nodejs/npm"].map((path) => join(place, path)).find(existsSync);
  if (!npm) throw new Error("npm lies beside Node nowhere that is known");
  cpSync(npm, join(folder, "usr/local/lib/node_modules/npm"), { recursive: true, dereference: true });
  run("chroot", [folder, "ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm"]);
  // Where packages come by a way of its own, that is the way from inside too.
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  if (certificates) cpSync(certificates, join(folder, certificates), { dereference: true });
  run("chroot", [folder, "useradd", "--create-home", "--uid", "1000", "node"]);
}

/** A stage: its root, and what holds for the instructions to come. */
class Stage {
  env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };
  user = "root";
  workdir = "/";
  entry = [];
  health = [];

  constructor(folder) {
    this.folder = folder;
  }

  /** The command line that runs something inside. */
  inside(args) {
    return [
      "chroot",
      [`--userspec=${this.user}`, this.folder, "sh", "-c", `cd ${this.workdir} && exec "$@"`, "sh", ...args],
    ];
  }

  run(args) {
    const [command, rest] = this.inside(args);
    const { NODE_EXTRA_CA_CERTS } = process.env;
    run(command, rest, { env: { ...this.env, ...(NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS }) } });
  }
}

function apply(stage, { name, rest }, stages) {
  if (name === "WORKDIR") {
    stage.workdir = rest;
    mkdirSync(join(stage.folder, rest), { recursive: true });
  } else if (name === "ENV") {
    const [key, value] = rest.split("=");
    stage.env[key] = value;
  } else if (name === "USER") stage.user = rest;
  else if (name === "RUN") stage.run(["sh", "-c", rest]);
  else if (name === "ENTRYPOINT") stage.entry = JSON.parse(rest);
  else if (name === "HEALTHCHECK") stage.health = JSON.parse(rest.slice(rest.indexOf("CMD ") + 4));
  else if (name === "COPY") copy(stage, rest.split(/\s+/), stages);
  else if (!ABOUT_RUNNING.has(name)) throw new Error(`${name} is not known here`);
}

function copy(stage, words, stages) {
  const from = words[0].startsWith("--from=") ? stages.get(words.shift().slice(7)).folder : null;
  const to = words.pop();
  const ignored = readFileSync(join(root, ".dockerignore"), "utf8").split("\n").filter(Boolean);
  for (const word of words) {
    const target = resolve(
      join(stage.folder, stage.workdir),
      to.startsWith("/") ? join(stage.folder, to) : to,
    );
    const source = join(from ?? root, word);
    const filter = (path) => from !== null || !ignored.includes(path.slice(root.length + 1));
    const isFile = /\.json$/.test(word) && !/\.json$/.test(to);
    cpSync(source, isFile ? join(target, word) : target, { recursive: true, filter });
  }
}

async function tryOut(stage, port) {
  const env = { ...stage.env, MADANG_HOST: "127.0.0.1", MADANG_PORT: String(port) };
  const [command, args] = stage.inside(stage.entry);
  const child = spawn(command, args, { env, stdio: ["ignore", "inherit", "inherit"] });
  const exited = new Promise((done) => child.once("exit", (code, signal) => done(code ?? signal)));
  try {
    const url = `http://127.0.0.1:${port}`;
    const end = performance.now() + START_MS;
    while (
      !(await fetch(`${url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      ))
    ) {
      if (performance.now() > end || child.exitCode !== null) throw new Error("it is not healthy in time");
      await new Promise((next) => setTimeout(next, 100));
    }
    const health = stage.health.map((arg) => arg.replace(":3000", `:${port}`));
    stage.run(health);
    const page = await fetch(`${url}/r/yard`);
    if (!page.ok || !(await page.text()).includes("<html")) throw new Error("it serves no page");
  } finally {
    child.kill("SIGTERM");
  }
  const code = await exited;
  if (code !== 0) throw new Error(`it ended with ${code}`);
}

const folder = mkdtempSync(join(tmpdir(), "madang-image-"));
try {
  const stages = new Map();
  const bases = new Map();
  let stage = null;
  for (const step of readSteps(readFileSync(join(root, "Dockerfile"), "utf8"))) {
    console.log(`${step.name} ${step.rest}`);
    if (step.name === "FROM") {
      const [image, , name = "last"] = step.rest.split(/\s+/);
      if (!bases.has(image)) {
        bases.set(image, join(folder, "base"));
        makeBase(bases.get(image), image);
      }
      stage = new Stage(join(folder, name));
      run("cp", ["-a", bases.get(image), stage.folder]);
      stages.set(name, stage);
    } else apply(stage, step, stages);
  }
  const size = (path) => execFileSync("du", ["-sm", path], { encoding: "utf8" }).split("\t")[0];
  console.log(`${size(join(stage.folder, "madang"))} MB on top of the base image`);
  await tryOut(stage, 3917);
  console.log("It was built, was healthy, served a page and ended cleanly.");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
