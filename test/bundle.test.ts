/** What is built for browsers: small, without Node's modules, without any way to set raw HTML or to run a text. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";

const dist = resolve(import.meta.dirname, "../dist");
const MAX_FIRST_LOAD_BYTES = 18_000;
const MAX_ROOM_LINK_BYTES = 34_000;
const MAX_LATER_BYTES = 4_000;

interface Asset {
  path: string;
  file: string;
  type: string;
  hash: string;
  immutable: boolean;
  encodings: string[];
  /** Belongs to the first load, or to what comes with the first room. */
  first: boolean;
  room: boolean;
  /** Of the front page alone. */
  front: boolean;
  /** Null: it holds no words. */
  language: string | null;
  page: { kind: string; language: string; title: string } | null;
}

const assets = JSON.parse(readFileSync(join(dist, "assets.json"), "utf8")) as Asset[];
const read = (asset: Asset) => readFileSync(join(dist, asset.file), "utf8");
const scripts = assets.filter(({ type }) => type.startsWith("text/javascript"));
const languages = ["en", "ko"];
const of = (language: string) => assets.filter((asset) => (asset.language ?? language) === language);

const compressed = (some: Asset[]) =>
  some.reduce((sum, { file }) => sum + statSync(join(dist, `${file}.br`)).size, 0);

test("the first load stays within its bound, the link to a room as well, and so does each part that comes later", () => {
  for (const language of languages) {
    const first = of(language).filter(({ first }) => first);
    // The page and its script, at least.
    expect(first.length).toBeGreaterThan(2);
    expect(compressed(first)).toBeLessThanOrEqual(MAX_FIRST_LOAD_BYTES);
    // The page of a room's link holds the styles, and the way in comes behind the room.
    const link = of(language).filter(({ first, front, room, page, type }) =>
      page ? page.kind === "room" : (first && !front) || (room && !type.startsWith("text/css")),
    );
    expect(link.length).toBeGreaterThan(3);
    expect(compressed(link)).toBeLessThanOrEqual(MAX_ROOM_LINK_BYTES);
  }
  const later = assets.filter(({ path, first, room }) => !first && !room && /\.(js|css)$/.test(path));
  expect(later.length).toBeGreaterThan(20);
  for (const asset of later) expect(compressed([asset])).toBeLessThanOrEqual(MAX_LATER_BYTES);
});

test.each(languages)(
  "the first load is all that the page and its scripts ask for at once (%s)",
  (language) => {
    const first = new Set(
      of(language)
        .filter(({ first }) => first)
        .map(({ path }) => path),
    );
    const page = of(language).find(({ path }) => path === `/${language}.html`) as Asset;
    // The picture for a home screen comes when it is put there.
    const html = read(page).replace(/<link rel="apple-touch-icon"[^>]*>/, "");
    const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
    for (const path of asked) {
      const asset = assets.find((one) => one.path === path) as Asset;
      if (!asset.type.startsWith("text/javascript")) continue;
      for (const [, name] of read(asset).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g))
        asked.push(`/assets/${name}`);
    }
    expect(new Set([...asked, page.path])).toEqual(first);
  },
);

test("a part asks at once for nothing but the page's script, so that it comes in one request", () => {
  const asked = scripts.flatMap((script) => [...read(script).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)]);
  expect(asked.length).toBeGreaterThan(10);
  for (const [, name] of asked) expect(name).toMatch(/^app-/);
});

test("every file lies there compressed as well, with the same content", () => {
  for (const { file, encodings } of assets) {
    const plain = readFileSync(join(dist, file));
    expect(encodings).toEqual(["br", "gzip"]);
    expect(brotliDecompressSync(readFileSync(join(dist, `${file}.br`))).equals(plain)).toBe(true);
    expect(gunzipSync(readFileSync(join(dist, `${file}.gz`))).equals(plain)).toBe(true);
  }
});

test("names carry the content's hash exactly where they are cached for good", () => {
  for (const { path, hash, immutable } of assets) expect(path.includes(hash)).toBe(immutable);
});

test("no module of Node is in the browser's bundle", () => {
  for (const script of scripts) {
    expect(read(script)).not.toMatch(/["']node:|\brequire\(|\bprocess\./);
  }
});

test("nothing in the bundle can set raw HTML or make code of text", () => {
  const sinks =
    /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|__html|srcdoc|createContextualFragment|DOMParser|document\.write|\beval\(|new Function\(/i;
  for (const script of scripts) expect(read(script)).not.toMatch(sinks);
});

test.each(languages)(
  "what a home screen reads is in the page's language, with icons that are there (%s)",
  (language) => {
    const path = `/manifest-${language}.webmanifest`;
    expect(read(of(language).find((asset) => asset.path === `/${language}.html`) as Asset)).toContain(path);
    const manifest = JSON.parse(read(assets.find((asset) => asset.path === path) as Asset));
    expect([manifest.lang, manifest.name]).toEqual([language, language === "ko" ? "마당" : "Madang 마당"]);
    expect(manifest.icons.map(({ sizes }: { sizes: string }) => sizes)).toEqual([
      "any",
      "192x192",
      "512x512",
      "512x512",
    ]);
    for (const { src } of manifest.icons) expect(assets.map((asset) => asset.path)).toContain(src);
  },
);

const pages = assets.filter(({ page }) => page);

test("there are five pages in each language", () => {
  expect(pages.map(({ page }) => `${page?.kind} ${page?.language}`).sort()).toEqual(
    [
      "embed en",
      "embed ko",
      "front en",
      "front ko",
      "kept en",
      "kept ko",
      "missing en",
      "missing ko",
      "room en",
      "room ko",
    ].sort(),
  );
});

test.each(pages)("$path has no handler or style in a tag, and names only files that are there", (page) => {
  const html = read(page);
  const tags = html.replace(/(<script>|<style(?: id="[\w-]+")?>).*?(<\/script>|<\/style>)/gs, "$1$2");
  expect(tags).not.toMatch(/\sstyle=|\son\w+=|javascript:/i);
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  expect(named.length).toBeGreaterThan(2);
  for (const path of named) if (path !== "/") expect(assets.map((asset) => asset.path)).toContain(path);
});

test.each(languages)(
  "the service worker keeps the pages of its language and their files, nothing else (%s)",
  (language) => {
    const name = `/service-worker-${language}.js`;
    const worker = read(assets.find(({ path }) => path === name) as Asset);
    for (const { path, page, type } of assets) {
      const isKept = page
        ? page.kind === "front" || page.kind === "kept"
        : type !== "image/png" && !/^\/(service-worker|assets\/missing|embed\.js)/.test(path);
      const isOther = !of(language).some((asset) => asset.path === path);
      if (isKept && !isOther) expect(worker).toContain(JSON.stringify(path));
      else expect(worker).not.toContain(JSON.stringify(path));
    }
    expect(worker).not.toContain("/api/");
    expect(existsSync(join(dist, "public", name))).toBe(true);
  },
);
