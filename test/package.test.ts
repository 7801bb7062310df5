/**
 * The package that `npm pack` makes: npm installs it into an empty folder, and every command in it works there, where
 * neither sources nor what the tests need are.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRegistry } from "./registry.ts";
import { makeFolder } from "./server-process.ts";

const TIMEOUT_MS = 120_000;
const root = join(import.meta.dirname, "..");
const folder = makeFolder();
const tools = join(folder.path, "global");
const modules = join(tools, "lib/node_modules");
const madang = join(tools, "bin/madang");

/** What npm was told for the tests is not told to the npm that installs. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|MADANG_|NODE_)/i.test(name)),
);

function run(command: string, args: string[], cwd = folder.path) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env: environment, encoding: "utf8" });
  return { status, stdout, stderr };
}

function succeed(command: string, args: string[], cwd?: string): string {
  const { status, stdout, stderr } = run(command, args, cwd);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

beforeAll(async () => {
  succeed(process.execPath, ["build.mjs", "package"], root);
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder.path];
  const tarball = join(folder.path, succeed("npm", pack, root).trim());
  await using registry = await openRegistry(root);
  const where = ["--prefix", tools, "--cache", join(folder.path, "cache"), "--registry", registry.url];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  // Asynchronous: the registry answers from this process.
  const npm = spawn("npm", ["install", "-g", ...where, ...quiet, tarball], {
    ...{ cwd: folder.path, env: environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  npm.stderr.on("data", (data) => (said += data));
  const [status] = await once(npm, "exit");
  if (status !== 0) throw new Error(`npm could not install: ${said}`);
}, TIMEOUT_MS);
afterAll(() => folder[Symbol.dispose]());

test("it holds the build, and nothing of the sources", () => {
  const { prepack } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
  expect(prepack).toBe("node build.mjs package");
  const installed = join(modules, "madang");
  expect(readdirSync(installed).sort()).toEqual([
    ...["LICENSE", "PROTOCOL.md", "README.md", "dist", "node_modules", "package.json"],
  ]);
  const files = readdirSync(join(installed, "dist"), { recursive: true }).map(String);
  expect(files.filter((name) => name.endsWith(".map"))).toEqual([]);
  expect(readdirSync(join(installed, "node_modules"))).not.toContain("vitest");
});

test(
  "the server runs, and serves the page",
  async () => {
    const server = spawn(madang, ["serve", "--port", "0", "--host", "127.0.0.1"], {
      ...{ cwd: folder.path, env: environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(server, "exit");
    try {
      let said = "";
      for await (const data of server.stdout) {
        said += data;
        if (said.includes("\n")) break;
      }
      const [url] = /http:\S+/.exec(said) ?? [];
      const page = await (await fetch(`${url}/`)).text();
      const [script] = /\/assets\/[\w-]+\.js/.exec(page) ?? [];
      expect((await fetch(`${url}${script}`)).status).toBe(200);
      expect(await (await fetch(`${url}/healthz`)).text()).toBe("ok\n");
    } finally {
      server.kill("SIGTERM");
    }
    expect(await ended).toEqual([0, null]);
  },
  TIMEOUT_MS,
);

test(
  "every command of it works",
  () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(succeed(madang, ["--version"]).trim()).toBe(version);
    expect(succeed(madang, ["token"]).trim().length).toBeGreaterThanOrEqual(16);
    succeed(madang, ["doctor", "--port", "0", "--data", join(folder.path, "looked-at")]);
    expect(succeed(madang, ["repair"])).not.toBe("");
    writeFileSync(join(folder.path, "old.jsonl"), '{"name":"Ada","time":0,"text":"hi"}');
    expect(succeed(madang, ["import", "old.jsonl", "--room", "old"])).toContain("1 message");
    expect(succeed(madang, ["backup", "kept"])).toContain("1 room");
    expect(succeed(madang, ["restore", "kept", "--data", "restored"])).toContain("1 room");
    expect(succeed(madang, ["verify", "--data", "restored"])).toContain("nothing is wrong");
    expect(succeed(madang, ["export", "old", "--data", "kept", "--as", "text"])).toContain("Ada: hi");
    const torture = succeed(madang, ["torture", "--seconds", "3", "--seed", "7", "--fault", "kill,cut"]);
    expect(torture).toMatch(/lost/i);
    expect(succeed(madang, ["hostile", "--list"])).toContain("rfc6455");
    const bench = ["bench", "wire", "--quick", "--json", join(folder.path, "bench.json")];
    expect(succeed(madang, bench)).toContain("bench.json");
    // What it lacks is said, and costs nothing else.
    const http = run(madang, ["bench", "http", "--quick", "--json", join(folder.path, "bench.json")]);
    expect(http.status).toBe(0);
    expect(http.stdout).toContain("autocannon is not installed");
  },
  TIMEOUT_MS,
);

test(
  "a bot in TypeScript finds the client and its types",
  () => {
    const bot = join(folder.path, "bot");
    mkdirSync(join(bot, "node_modules"), { recursive: true });
    symlinkSync(join(modules, "madang"), join(bot, "node_modules/madang"));
    writeFileSync(join(bot, "package.json"), JSON.stringify({ type: "module" }));
    const write = (answer: string) =>
      writeFileSync(
        join(bot, "bot.ts"),
        `import { Client, type ClientRoom, ClientState } from "madang/client";
import { MemoryStorage } from "madang/client/memory-storage";

const after = (ms: number, run: () => void) => { const timer = setTimeout(run, ms); return () => clearTimeout(timer); };
const client = new Client({
  url: "ws://127.0.0.1:1/ws", open: (url, protocol) => new WebSocket(url, protocol), language: 0,
  clock: { now: Date.now, after }, random: Math.random, storage: new MemoryStorage(), listener: {},
});
const room: ClientRoom = client.enter("lobby", { history: 0, listener: {
  appended: (records) => { for (const { text } of records) if (text === "ping") room.send(${answer}); },
} });
console.log(client.state === ClientState.idle);
`,
      );
    const tsc = join(root, "node_modules/.bin/tsc");
    const strict = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", ""];
    const check = () => run(tsc, [...strict, "--lib", "es2023,dom,dom.iterable", "bot.ts"], bot);
    write('"pong"');
    expect(check()).toMatchObject({ status: 0, stdout: "" });
    write("1");
    expect(check().stdout).toContain("is not assignable");
  },
  TIMEOUT_MS,
);
