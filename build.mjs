/**
 * The one entry for whoever works with a checkout: builds, starts, tests. Imports only `node:` modules until it has
 * made sure that the dependencies are there, so that every command works on a fresh clone.
 * Invariant: dist/ holds a complete build or none; dist/assets.json is written last and is the build's stamp.
 *
 *   dist/main.js, bench.js, torture.js, hostile.js   programs for Node; rivals/… are those that bench.js starts
 *   dist/public/…                        what browsers get: hashed files, each with .br and .gz beside it
 *   dist/types/…                         types of the headless client; made for `npm pack` alone
 *   dist/assets.json                     [{path, file, type, hash, immutable, encodings}] for the server; file from dist/
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const stamp = join(dist, "assets.json");
/** What the front page needs to be there, and the page of a link to a room, which has the room's part with it. */
const maxFirstLoadBytes = 18_000;
const maxWithRoomBytes = 34_000;
/** Each script and style that comes later still. */
const maxLaterBytes = 4_000;
const languages = ["en", "ko"];
/** What comes with the first room. */
const roomPart = "web/room-part.ts";
/** What the front page has besides its script; in a room it comes later. */
const frontPart = "web/components/gate.tsx";

/** Programs for Node: entry and output. Those whose entry is missing are left out. */
const programs = {
  "src/madang.ts": "main.js",
  "src/tortured.ts": "tortured.js",
  "src/client/client.ts": "client/client.js",
  "src/client/memory-storage.ts": "client/memory-storage.js",
  "bench/main.ts": "bench.js",
  "bench/rivals/ws.ts": "rivals/ws.js",
  "bench/rivals/socket-io.ts": "rivals/socket-io.js",
  "bench/rivals/uws.ts": "rivals/uws.js",
  "bench/rivals/bun.ts": "rivals/bun.js",
  "bench/rivals/deno.ts": "rivals/deno.js",
  "bench/torture/main.ts": "torture.js",
  "bench/hostile/main.ts": "hostile.js",
};

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/** The lock file of what is installed must agree with ours; optional packages may be missing on this platform. */
function isInstalled() {
  const installedPath = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedPath)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === "") return true;
    const there = installed[path];
    return there ? there.version === version && there.integrity === integrity : optional === true;
  });
}

function ensureInstalled() {
  if (isInstalled()) return;
  console.log("Installing dependencies (once) …");
  // Scripts are not needed: every native dependency ships a prebuilt binary. See allowScripts in package.json.
  const options = ["--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = (args, stdio) =>
    spawnSync("npm", [...args, ...options], { cwd: root, stdio, shell: process.platform === "win32" })
      .status === 0;
  // `ci` refuses a lock file that lacks optional packages of other platforms, which a registry's mirror may not have;
  // `install` takes the versions and hashes that are locked all the same, and writes nothing back.
  if (!npm(["ci"], "ignore") && !npm(["install", "--no-save"], "inherit"))
    fail("npm could not install; see above.");
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function newestChange(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestChange(join(path, name))),
    stat.mtimeMs,
  );
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const sources = ["src", "web", "bench", "build.mjs", "package-lock.json", "package.json"];
  const newest = Math.max(...sources.map((name) => newestChange(join(root, name))));
  return newest <= statSync(stamp).mtimeMs;
}

function commit() {
  const git = spawnSync("git", ["rev-parse", "--short=10", "HEAD"], { cwd: root, encoding: "utf8" });
  return git.status === 0 ? git.stdout.trim() : "unknown";
}

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("base64url").slice(0, 8);

async function buildPrograms(esbuild, define) {
  for (const [entry, out] of Object.entries(programs)) {
    if (!existsSync(join(root, entry))) continue;
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: join(dist, out),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      sourcemap: "linked",
      banner: { js: "#!/usr/bin/env node" },
      define,
      logLevel: "warning",
    });
    chmodSync(join(dist, out), 0o755);
  }
}

async function buildClient(esbuild, define, quick) {
  const { bundlePage } = await import("./web/bundle.mjs");
  const { preactCut } = await import("./web/preact-cut.mjs");
  const web = join(root, "web");
  const files = [];
  const add = (path, bytes, more = {}) => {
    const { immutable = false, first = true, front = false, room = false, hash, language, page } = more;
    const there = files.find((one) => one.path === path);
    if (there) {
      // A file is named by its content: what holds no words is the same in both languages.
      there.language = null;
      return path;
    }
    const file = path.slice(1);
    const target = join(dist, "public", file);
    mkdirSync(dirname(target), { recursive: true });
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: quick ? 5 : 11 } };
    const encoded = { br: brotliCompressSync(bytes, quality), gz: gzipSync(bytes, { level: 9 }) };
    writeFileSync(target, bytes);
    writeFileSync(`${target}.br`, encoded.br);
    writeFileSync(`${target}.gz`, encoded.gz);
    const type = types[extname(file)];
    files.push({
      path,
      file: `public/${file}`,
      type,
      // The bundler's own hash where it named the file: it covers what the file imports as well.
      hash: hash ?? hashOf(bytes),
      immutable,
      encodings: ["br", "gzip"],
      first,
      front,
      room,
      language: language ?? null,
      page: page ?? null,
      raw: bytes.length,
      br: encoded.br.length,
      gz: encoded.gz.length,
    });
    return path;
  };
  const hashed = (name, bytes, more = {}) =>
    add(`/assets/${basename(name, extname(name))}-${hashOf(bytes)}${extname(name)}`, bytes, {
      immutable: true,
      ...more,
    });
  const bundle = async (entry, { plugins = [], ...more }) => {
    const result = await esbuild.build({
      absWorkingDir: root,
      entryPoints: [entry],
      outdir: join(dist, "public"),
      write: false,
      bundle: true,
      minify: true,
      format: "esm",
      target: ["es2022", "chrome105", "firefox115", "safari16"],
      jsx: "automatic",
      jsxImportSource: "preact",
      legalComments: "none",
      charset: "utf8",
      plugins: [preactCut(esbuild, root), ...plugins],
      logLevel: "warning",
      ...more,
    });
    for (const { text } of result.outputFiles) {
      if (/innerHTML|outerHTML|insertAdjacentHTML|document\.write|__html/i.test(text))
        fail(`${entry}: the bundle contains a way to set raw HTML.`);
    }
    return result;
  };
  const transform = (code, more) => esbuild.transform(code, { charset: "utf8", target: "es2022", ...more });
  const bundleOne = async (entry, more) => Buffer.from((await bundle(entry, more)).outputFiles[0].contents);
  const addScripts = (language, scripts) => {
    for (const { name, text, hash, isFirst, entry } of scripts) {
      const [room, front] = [entry === roomPart, entry === frontPart];
      const first = isFirst || front;
      add(`/assets/${name}`, Buffer.from(text), { immutable: true, first, front, room, hash, language });
    }
    const pathOf = (is) => `/assets/${scripts.find(is).name}`;
    const part = scripts.find(({ entry }) => entry === roomPart);
    // What a preloaded script imports is not preloaded with it.
    const isImported = ({ name, isFirst }) =>
      !isFirst && part.text.match(/(?<=(?:from|import)\s*"\.\/)[^"]+/g)?.includes(name);
    const imported = scripts.filter(isImported);
    const parts = [part, ...imported].map(({ name }) => `/assets/${name}`);
    const gate = pathOf(({ entry }) => entry === frontPart);
    return { script: pathOf(({ isFirst }) => isFirst), gate, parts };
  };

  const icon = hashed("icon.svg", readFileSync(join(web, "icon.svg")));
  // What a page needs for its first paint stands in the page: asked for, it would cost another round trip.
  const style = (await bundleOne("web/styles/app.css", {})).toString().trim();
  const frontStyleBytes = await bundleOne("web/styles/front.css", {});
  const frontStyle = hashed("front.css", frontStyleBytes, { first: false });
  const roomStyleBytes = await bundleOne("web/styles/room.css", {});
  const roomStyle = hashed("room.css", roomStyleBytes, { first: false, room: true });
  const early = (await bundleOne("web/early.ts", { format: "iife" })).toString().trim();
  const laterStyle = hashed("later.css", await bundleOne("web/styles/later.css", {}), { first: false });
  const missingStyle = hashed("missing.css", await bundleOne("web/styles/missing.css", {}), { first: false });
  const images = { icon };
  for (const name of readdirSync(join(web, "images"))) {
    const bytes = readFileSync(join(web, "images", name));
    images[basename(name, ".png")] = hashed(name, bytes, { first: false });
  }
  const source = (name) => readFileSync(join(web, name), "utf8").replace(/\n\s*/g, "");
  const embed = (await bundleOne("web/embed.ts", { format: "iife" })).toString().trim();
  const embedStyle =
    themed(await bundleOne("web/styles/themes.css", {})) + (await bundleOne("web/styles/embed.css", {}));
  const embedding = add("/embed.js", await bundleOne("web/embedding.ts", { format: "iife" }), {
    first: false,
  });
  const embedPage = source("embed.html");
  const page = source("index.html");
  const missingPage = source("missing.html");
  const manifest = source("manifest.webmanifest");
  const { pageWords, paths } = await readPageWords(esbuild);
  const frame = source("frame.html");
  const names = {};
  const styles = Object.fromEntries(
    Object.entries({ FRONT_STYLE: frontStyle, ROOM_STYLE: roomStyle, LATER_STYLE: laterStyle }).map(
      ([name, path]) => [name, JSON.stringify(path)],
    ),
  );
  for (const language of languages) {
    const scripts = await bundlePage(bundle, transform, {
      names,
      root,
      language,
      define: { ...define, ...styles },
      quick,
    });
    const { script, gate, parts } = addScripts(language, scripts);
    const { title, ...words } = pageWords[language];
    const values = { ...words, language, style, missingStyle, script, sendIcon: paths.send, ...images };
    const fill = (text, more = {}) =>
      Object.entries({ ...values, ...more }).reduce(
        (filled, [name, value]) => filled.replaceAll(`{{${name}}}`, () => value),
        text,
      );
    const manifestBytes = Buffer.from(fill(manifest, { title }));
    add(`/manifest-${language}.webmanifest`, manifestBytes, { language });
    const addPage = (kind, path, html, first) =>
      add(path, Buffer.from(html), { first, language, page: { kind, language, title } });
    const ofPage = `/${language}.html`;
    const scriptTag = `<script type="module" src="${script}"></script>`;
    const preloaded = (paths) => paths.map((path) => `<link rel="modulepreload" href="${path}">`).join("");
    const ofFront = {
      scripts: scriptTag + preloaded([gate]),
      style: style + frontStyleBytes.toString().trim(),
      later: "",
      roomStyle: "",
      frame: "",
      early: "",
    };
    addPage("front", ofPage, fill(page, ofFront), true);
    // Whoever opens a room's link needs the room as well, and need not wait for the page's script to find that out.
    const ofRoom = {
      scripts: scriptTag + preloaded(parts),
      later: "",
      roomStyle: `<style id="room-style">${roomStyleBytes.toString().trim()}</style>`,
      frame: fill(frame),
      early: `<script>${early}</script>`,
    };
    addPage("room", `/${language}-room.html`, fill(page, ofRoom), false);
    // Who has the scripts already need not begin them before the first frame; see web/early.ts.
    const ofKept = `/${language}-kept.html`;
    addPage("kept", ofKept, fill(page, { ...ofRoom, scripts: "", later: ` data-script="${script}"` }), false);
    const ofEmbed = {
      ...ofRoom,
      frame: "",
      embedStyle: embedStyle.trim(),
      early: `<script>${embed}</script>`,
    };
    addPage("embed", `/${language}-embed.html`, fill(embedPage, ofEmbed), false);
    addPage("missing", `/${language}-missing.html`, fill(missingPage), false);
    const shell = files.filter(
      ({ path, page, type, ...file }) =>
        (file.language ?? language) === language &&
        type !== types[".png"] &&
        path !== missingStyle &&
        path !== embedding &&
        (!page || path === ofPage || path === ofKept),
    );
    const workerDefine = {
      SHELL: JSON.stringify(shell.map(({ path }) => path)),
      SHELL_VERSION: JSON.stringify(hashOf(Buffer.from(shell.map(({ hash }) => hash).join()))),
      PAGE: JSON.stringify(ofPage),
      ROOM_PAGE: JSON.stringify(ofKept),
    };
    const worker = await bundleOne("web/service-worker.ts", { define: workerDefine, format: "iife" });
    add(`/service-worker-${language}.js`, worker, { first: false, language });
  }
  return files;
}

/** Colours that go by the system, as colours by what `data-theme` of the page says: those of a frame are its host's. */
function themed(css) {
  const dark = /@media ?\(prefers-color-scheme: ?dark\)\{((?::root\{[^}]*\})+)\}/g;
  const text = css.toString();
  const as = (rules, theme) => rules.replaceAll(":root{", `:root[data-theme=${theme}]{`);
  const light = as(text.replace(dark, ""), "light");
  const night = as([...text.matchAll(dark)].map(([, rules]) => rules).join(""), "dark");
  if (night === "" || /prefers-color-scheme/.test(light)) fail("The colours by night were not found.");
  return `${light}${night}`.trim();
}

async function readPageWords(esbuild) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    stdin: {
      contents: 'export * from "./texts/page-words.ts"; export { paths } from "./components/icons.tsx";',
      resolveDir: join(root, "web"),
      loader: "ts",
    },
    jsx: "automatic",
    jsxImportSource: "preact",
    bundle: true,
    format: "esm",
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** The page of a room's link holds the styles of the room. */
const isOfRoomLink = ({ first, front, room, page, path }) =>
  page ? page.kind === "room" : (first && !front) || (room && !path.endsWith(".css"));

function reportSizes(files) {
  const line = (name, raw, gz, br) =>
    console.log(`  ${name.padEnd(34)}${[raw, gz, br].map((n) => String(n).padStart(8)).join("")}`);
  line("client, bytes", "raw", "gzip", "brotli");
  for (const { path, raw, gz, br, first } of files) line(first ? path : `${path} (later)`, raw, gz, br);
  for (const language of languages) {
    const keys = ["raw", "gz", "br"];
    const check = (what, isPartOf, most) => {
      const parts = files.filter((file) => (file.language ?? language) === language && isPartOf(file));
      const totals = keys.map((key) => parts.reduce((sum, file) => sum + file[key], 0));
      line(`${what} (${language})`, ...totals);
      keepWithin(`${what} (${language})`, totals.at(-1), most);
    };
    check("first load", ({ first }) => first, maxFirstLoadBytes);
    check("the link to a room", isOfRoomLink, maxWithRoomBytes);
  }
  for (const { path, first, room, br } of files)
    if (!first && !room && /\.(?:js|css)$/.test(path)) keepWithin(path, br, maxLaterBytes);
}

function keepWithin(what, bytes, most) {
  if (bytes > most) fail(`${what}: ${bytes} bytes; the limit is ${most}.`);
}

async function build({ quick = false } = {}) {
  const esbuild = await import("esbuild");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const define = { MADANG_VERSION: JSON.stringify(version), MADANG_COMMIT: JSON.stringify(commit()) };
  rmSync(stamp, { force: true });
  rmSync(join(dist, "public"), { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await buildPrograms(esbuild, define);
  const files = existsSync(join(root, "web/main.tsx")) ? await buildClient(esbuild, define, quick) : [];
  if (!quick) reportSizes(files);
  const assets = files.map(
    ({ path, file, type, hash, immutable, encodings, first, front, room, language, page }) => ({
      path,
      file,
      type,
      hash,
      immutable,
      encodings,
      first,
      front,
      room,
      language,
      page,
    }),
  );
  writeFileSync(stamp, `${JSON.stringify(assets, null, 1)}\n`);
}

/** What TypeScript knows of the headless client, for those who install the package. */
function buildTypes() {
  const out = join(dist, "types");
  rmSync(out, { recursive: true, force: true });
  const entries = Object.keys(programs).filter((entry) => entry.startsWith("src/client/"));
  const how = { noEmit: false, emitDeclarationOnly: true, declaration: true };
  const compilerOptions = { ...how, rewriteRelativeImportExtensions: true, rootDir: root, outDir: out };
  const files = entries.map((entry) => join(root, entry));
  const config = join(dist, "types.json");
  const settings = { extends: join(root, "tsconfig.json"), compilerOptions, include: [], files };
  writeFileSync(config, JSON.stringify(settings));
  const tsc = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", config], { stdio: "inherit" });
  rmSync(config);
  if (tsc.status !== 0) fail("The types of the client could not be made; see above.");
}

async function buildIfStale() {
  if (isFresh()) return;
  console.log("Building …");
  await build();
}

/** Runs a built program in this process, as if it had been started itself. */
async function run(program, args) {
  const path = join(dist, program);
  if (!existsSync(path)) fail(`${program} is not part of this build.`);
  process.argv = [process.argv[0], path, ...args];
  await import(pathToFileURL(path).href);
}

async function develop(args) {
  let server = null;
  let timer;
  const rebuild = async () => {
    try {
      await build({ quick: true });
    } catch {
      // esbuild has printed what is wrong; the last good server goes on until the next change.
      return;
    }
    if (server) {
      const stopped = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await stopped;
    }
    server = spawn(process.execPath, ["--enable-source-maps", join(dist, "main.js"), ...args], {
      stdio: "inherit",
    });
  };
  let turn = rebuild();
  for (const folder of ["src", "web"]) {
    watch(join(root, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        turn = turn.then(rebuild);
      }, 80);
    });
  }
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      server?.kill(signal);
      process.exit(0);
    });
  }
}

const [command = "build", ...args] = process.argv.slice(2);
const commands = {
  build: () => build(),
  /** What `npm pack` needs besides. */
  package: async () => {
    await buildIfStale();
    buildTypes();
  },
  start: async () => {
    await buildIfStale();
    await run("main.js", args);
  },
  dev: () => develop(args),
  test: async () => {
    await build();
    const { runTests } = await import("./test/run.mjs");
    process.exitCode = await runTests(root, args);
  },
  "test:engines": async () => {
    await buildIfStale();
    const { runEngines } = await import("./test/run.mjs");
    process.exitCode = await runEngines(root, args);
  },
  bench: async () => {
    await buildIfStale();
    await run("bench.js", args);
  },
  torture: async () => {
    await buildIfStale();
    await run("torture.js", args);
  },
  hostile: async () => {
    await buildIfStale();
    await run("hostile.js", args);
  },
  icons: async () => {
    const { drawIcons } = await import("./test/icons.mjs");
    await drawIcons(root);
  },
  screenshots: async () => {
    await buildIfStale();
    const { takeScreenshots } = await import("./test/screenshots.mjs");
    await takeScreenshots(root, args);
  },
};
if (!Object.hasOwn(commands, command))
  fail(`Unknown command "${command}". There are: ${Object.keys(commands).join(", ")}.`);
ensureInstalled();
await commands[command]();
