/** Every import of the repository against the table of layers: who may know whom. A new edge is a design change. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** What a layer may import besides itself: layers, single files, `node:`, packages. */
const MAY_IMPORT: Record<string, string[]> = {
  "src/wire": [],
  // Before the folder that it lies in: the first that fits counts.
  "src/log/level": ["node:", "classic-level", "src/log", "src/wire"],
  "src/log": ["node:", "src/wire"],
  // A package of data, read with Node's own `require`.
  "src/room/look-alikes.ts": ["node:", "src/room", "src/wire"],
  "src/room": ["src/wire", "src/log/log.ts"],
  "src/session": ["src/wire", "src/room"],
  // The operator's log; what there is to tell is known by names.
  "src/telling/events.ts": [],
  "src/telling": ["pino", "src/telling/events.ts"],
  "src/server": [
    "node:",
    "ipaddr.js",
    "prom-client",
    "uWebSockets.js",
    "src/session",
    "src/telling/events.ts",
    "src/wire",
  ],
  "src/client": ["src/wire", "@noble/hashes"],
  web: ["src/client", "src/wire", "preact", "uqr"],
  // Servers to compare with: each stands on the package it shows and knows nothing of ours.
  "bench/rivals": ["node:", "socket.io", "uWebSockets.js", "ws"],
  bench: [
    "node:",
    "src/client",
    "src/wire",
    "autocannon",
    "playwright-core",
    "socket.io",
    "socket.io-client",
    "ws",
  ],
  "src/config.ts": ["node:", "src/telling/events.ts", "src/wire"],
  // Looks at the machine; of the server it takes what is plain arithmetic.
  "src/doctor": [
    "node:",
    "src/config.ts",
    "src/log/open-files.ts",
    "src/server/addresses.ts",
    "src/server/certificate.ts",
    "src/server/sockets.ts",
    "src/wire",
  ],
  // Breaks the server from the outside, for the torture; only its entry loads it.
  "src/controls.ts": ["src/wire", "src/log", "src/room"],
  "src/tortured.ts": ["src/controls.ts", "src/main.ts"],
  // Backups, and what reads all of a log at once.
  "src/keep": ["node:", "src/client/identity-mark.ts", "src/config.ts", "src/log", "src/room", "src/wire"],
  "src/token.ts": ["node:"],
  // Files of tokens, which the server reads as well.
  "src/token-command.ts": ["src/server/bot-tokens.ts"],
  "src/main.ts": ["node:", "src"],
  "src/madang.ts": ["src/main.ts"],
};

/** Packages that exactly one layer of the product may import. */
const ONLY_IN: Record<string, string> = {
  "uWebSockets.js": "src/server",
  "classic-level": "src/log/level",
  pino: "src/telling",
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?\bfrom\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

function sourcesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

function layerOf(file: string): string {
  if (file in MAY_IMPORT) return file;
  return Object.keys(MAY_IMPORT).find((layer) => file.startsWith(`${layer}/`)) ?? file;
}

/** Imports of a source text, as `node:`, a package's name, or a path from the root. */
function importsOf(file: string, source: string): string[] {
  return [...source.matchAll(IMPORT)].map(([, from, bare, dynamic]) => {
    const name = (from ?? bare ?? dynamic) as string;
    if (name.startsWith("node:")) return "node:";
    if (name.startsWith(".")) return join(dirname(file), name).replaceAll("\\", "/");
    return name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : (name.split("/")[0] as string);
  });
}

function isAllowed(file: string, imported: string): boolean {
  const layer = layerOf(file);
  const isOwn = imported.startsWith(`${layer}/`);
  return isOwn || (MAY_IMPORT[layer] ?? []).some((may) => imported === may || imported.startsWith(`${may}/`));
}

const files = ["src", "web", "bench"].flatMap(sourcesIn);

test("there is something to look at", () => {
  expect(files.length).toBeGreaterThan(40);
  expect(
    files.flatMap((file) => importsOf(file, readFileSync(join(root, file), "utf8"))).length,
  ).toBeGreaterThan(150);
});

test.each(files)("%s knows only what its layer may know", (file) => {
  const imported = importsOf(file, readFileSync(join(root, file), "utf8"));
  expect(Object.keys(MAY_IMPORT)).toContain(layerOf(file));
  expect(imported.filter((one) => !isAllowed(file, one))).toEqual([]);
  for (const [name, layer] of Object.entries(ONLY_IN)) {
    if (layerOf(file) !== layer && !file.startsWith("bench/rivals/")) expect(imported).not.toContain(name);
  }
});

test("a forbidden import is found in every form it can take", () => {
  const source = `
    import uWS from "uWebSockets.js";
    import type { A,
      B } from "../server/server.ts";
    export { C } from "../room/room.ts";
    import "../session/session.ts";
    const later = await import("../main.ts");
    import { readFile } from "node:fs/promises";`;
  const found = importsOf("src/wire/x.ts", source);
  expect(found.filter((one) => !isAllowed("src/wire/x.ts", one))).toHaveLength(6);
});

test("only the entry of the torture knows what breaks guarantees on purpose", () => {
  const knowing = files.filter((file) =>
    importsOf(file, readFileSync(join(root, file), "utf8")).includes("src/controls.ts"),
  );
  expect(knowing).toEqual(["src/tortured.ts"]);
});

test("the flags, environment and signals of the process are read in main.ts and config.ts alone", () => {
  const readers = files.filter(
    (file) =>
      file.startsWith("src/") &&
      /process\.(argv|env|on\(|once\()/.test(readFileSync(join(root, file), "utf8")),
  );
  // The torture's entry reads the one variable that the program does not know.
  const mayRead = ["src/main.ts", "src/config.ts", "src/tortured.ts"];
  expect(readers.filter((file) => !mayRead.includes(file))).toEqual([]);
});
