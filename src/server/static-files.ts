/**
 * The browser client, held in memory with its precompressed variants. Hashed names never change and are cached for
 * good; the page and the service worker are asked for again each time and answered by ETag.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
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

export class StaticFiles {
  #assets = new Map<string, Asset>();

  /** @throws when the folder holds no complete build. */
  constructor(folder: string) {
    const entries = JSON.parse(readFileSync(join(folder, "assets.json"), "utf8")) as AssetEntry[];
    for (const entry of entries) {
      const path = join(folder, entry.file);
      const bodies = new Map<string, Uint8Array>([["identity", readFileSync(path)]]);
      for (const coding of entry.encodings) bodies.set(coding, readFileSync(path + (SUFFIX[coding] ?? "")));
      const { type, immutable } = entry;
      this.#assets.set(entry.path, { type, etag: `"${entry.hash}"`, immutable, bodies });
    }
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /**
   * The answer for a path, or null when there is no such file. The two headers are split, so they have to be bounded
   * by the caller.
   */
  get(path: string, acceptEncoding: string, ifNoneMatch: string): Answer | null {
    const asset = this.#find(path);
    if (!asset) return null;
    const { bodies, etag } = asset;
    const coding = PREFERENCE.find((one) => bodies.has(one) && accepts(acceptEncoding, one)) ?? "identity";
    const headers: [string, string][] = [
      ["Content-Type", asset.type],
      ["Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache"],
      ["ETag", etag],
      ["Vary", "Accept-Encoding"],
    ];
    const known = ifNoneMatch.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
    if (known) return { status: 304, headers, body: "" };
    if (coding !== "identity") headers.push(["Content-Encoding", coding]);
    return { status: 200, headers, body: bodies.get(coding)! };
  }

  /** A room's link is answered with the page. */
  #find(path: string): Asset | undefined {
    return this.#assets.get(/^\/r\/[^/]+\/?$/.test(path) ? "/" : path);
  }
}

/** Whether an Accept-Encoding header allows a content coding (RFC 9110, section 12.5.3). */
export function accepts(header: string, coding: string): boolean {
  let any = false;
  for (const part of header.toLowerCase().split(",")) {
    const [name, ...parameters] = part.split(";").map((piece) => piece.trim());
    const quality = parameters.find((one) => one.startsWith("q="));
    const allowed = quality === undefined || Number(quality.slice(2)) > 0;
    if (name === coding) return allowed;
    if (name === "*") any = allowed;
  }
  return any;
}
