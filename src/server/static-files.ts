/**
 * The browser client, held in memory with its precompressed variants. Hashed names never change and are cached for
 * good; the page and the service worker are asked for again each time and answered by ETag.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { accepts, matches } from "./negotiation.ts";
import { type PageKind, type PageRequest, Pages, type PageTemplate } from "./pages.ts";
import type { Answer } from "./respond.ts";

/** An entry of assets.json, which the build writes. */
interface AssetEntry {
  /** Where it is served, for example `/app-1a2b3c.js`. */
  path: string;
  /** Where it lies, below the folder of assets.json. */
  file: string;
  type: string;
  hash: string;
  immutable: boolean;
  encodings: string[];
  /** Set of a page: which, in what language, and what it is called. */
  page?: { kind: PageKind; language: string; title: string } | null;
}

interface Asset {
  type: string;
  etag: string;
  immutable: boolean;
  /** By content coding; `identity` is always there. */
  bodies: Map<string, Uint8Array>;
}

const SUFFIX: Record<string, string> = { br: ".br", gzip: ".gz" };
/** Content codings in the order of preference. */
const PREFERENCE = ["br", "gzip"];

/** What pages of other sites load, see web/embedding.ts. */
const EMBED_SCRIPT = "/embed.js";

export class StaticFiles {
  #assets = new Map<string, Asset>();
  #pages: Pages;

  /** `publicUrl`, `frameAncestors`: see Pages. @throws when the folder holds no complete build. */
  constructor(folder: string, publicUrl = "", frameAncestors: readonly string[] = []) {
    const templates = new Map<string, PageTemplate>();
    const entries = JSON.parse(readFileSync(join(folder, "assets.json"), "utf8")) as AssetEntry[];
    for (const entry of entries) {
      const path = join(folder, entry.file);
      const bodies = new Map<string, Uint8Array>([["identity", readFileSync(path)]]);
      for (const coding of entry.encodings) bodies.set(coding, readFileSync(path + (SUFFIX[coding] ?? "")));
      const { type, immutable, page } = entry;
      if (page) {
        templates.set(`${page.kind}-${page.language}`, {
          html: readFileSync(path, "utf8"),
          title: page.title,
        });
        continue;
      }
      this.#assets.set(entry.path, { type, etag: `"${entry.hash}"`, immutable, bodies });
    }
    this.#pages = new Pages(templates, publicUrl, frameAncestors);
  }

  has(path: string): boolean {
    return this.#assets.has(path) || this.#pages.has(path);
  }

  /** The answer for a path, or null when there is neither a file nor a page. */
  get(request: PageRequest): Answer | null {
    const { path, acceptEncoding, ifNoneMatch } = request;
    const asset = this.#assets.get(path);
    if (!asset) return this.#pages.has(path) ? this.#pages.get(request) : null;
    const { bodies, etag } = asset;
    const coding = PREFERENCE.find((one) => bodies.has(one) && accepts(acceptEncoding, one)) ?? "identity";
    const headers: [string, string][] = [
      ["Content-Type", asset.type],
      ["Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache"],
      ["ETag", etag],
      ["Vary", "Accept-Encoding"],
    ];
    const isForOthers = path === EMBED_SCRIPT;
    if (matches(ifNoneMatch, etag)) return { status: 304, headers, body: "", isForOthers };
    if (coding !== "identity") headers.push(["Content-Encoding", coding]);
    return { status: 200, headers, body: bodies.get(coding)!, isForOthers };
  }

  /** A page that says that nothing is here, and leads home. */
  missing(request: PageRequest): Answer {
    return this.#pages.get(request);
  }
}
