/**
 * The pages that people open: the front page, that of a room's link, and the one for an address where nothing is. The
 * build makes each once per language and leaves open what only the server knows: the title, the room's name, and the
 * origin for messengers, which want a picture's whole address. Invariants: whatever comes from the address is escaped;
 * what stands in a page itself of scripts and styles is the build's, and its policy allows that by hash and nothing else.
 */
import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { backNameOf, frontNameOf } from "../wire/back-name.ts";
import { checkRoomName } from "../wire/names.ts";
import { titleOf } from "../wire/room-title.ts";
import { askedLanguage, chooseLanguage, type PageLanguage, rememberLanguage } from "./language.ts";
import { accepts, decodePart, matches } from "./negotiation.ts";
import { type Answer, policyOf, type Status } from "./respond.ts";

export type PageKind = "front" | "room" | "kept" | "embed" | "missing";

/** What of a request decides about the page. Everything is bounded by the caller. */
export interface PageRequest {
  path: string;
  query: string;
  host: string;
  /** As X-Forwarded-Proto says, which anyone may send: only the address of a picture follows it. Empty without it. */
  scheme: string;
  cookie: string;
  acceptLanguage: string;
  acceptEncoding: string;
  ifNoneMatch: string;
}

export interface PageTemplate {
  /** With `{{title}}`, `{{room}}` and `{{origin}}` in it. */
  html: string;
  title: string;
}

/** Where the pages of one language lie, for a service worker, which keeps them whatever is chosen later. */
const KEPT_PAGE = /^\/(en|ko)(-kept)?\.html$/;
const ROOM_LINK = /^\/r\/([^/]+?)(\/back)?\/?$/;
/** The only pages that may stand in another site's. */
const EMBEDDED = /^\/embed(?=\/r\/)/;
/** A page is about five kilobytes then, in half a millisecond: a better compression would cost more than it saves. */
const BROTLI_QUALITY = 5;

/** Pages that are kept as they were sent. Whoever makes up rooms' names only makes them be made anew. */
const MOST_KEPT = 64;

interface Made {
  etag: string;
  body: string | Uint8Array;
}

export class Pages {
  readonly #templates: ReadonlyMap<string, PageTemplate & { policy: string }>;
  readonly #publicUrl: string;
  readonly #kept = new Map<string, Made>();

  /**
   * `templates`: by kind and language, for example `room-ko`. `publicUrl`: empty when it is not known. `frameAncestors`:
   * the sites in whose pages a room may stand.
   */
  constructor(
    templates: ReadonlyMap<string, PageTemplate>,
    publicUrl: string,
    frameAncestors: readonly string[],
  ) {
    const policyOfPage = (name: string, { html }: PageTemplate) =>
      policyFor(html, name.startsWith("embed-") ? frameAncestors : []);
    this.#templates = new Map(
      [...templates].map(([name, template]) => [name, { ...template, policy: policyOfPage(name, template) }]),
    );
    this.#publicUrl = publicUrl === "" ? "" : new URL(publicUrl).origin;
  }

  has(path: string): boolean {
    return path === "/" || KEPT_PAGE.test(path) || roomOf(withoutFrame(path)) !== null;
  }

  get(request: PageRequest): Answer {
    const { path, query, cookie, acceptLanguage } = request;
    const [, kept, isOfRoom] = KEPT_PAGE.exec(path) ?? [];
    const language = (kept as PageLanguage) ?? chooseLanguage(query, cookie, acceptLanguage);
    const room = roomOf(withoutFrame(path));
    const ofRoom = EMBEDDED.test(path) ? "embed" : "room";
    const kind = isOfRoom ? "kept" : room !== null ? ofRoom : kept || path === "/" ? "front" : "missing";
    return this.#answer(kind, language, room, request);
  }

  #answer(kind: PageKind, language: PageLanguage, room: string | null, request: PageRequest): Answer {
    const name = `${kind}-${language}`;
    const template = this.#templates.get(name);
    if (!template) throw new Error(`the build has no page ${name}`);
    const scheme = request.scheme === "https" ? "https" : "http";
    const origin = this.#publicUrl || `${scheme}://${request.host}`;
    const coding = ["br", "gzip"].find((one) => accepts(request.acceptEncoding, one)) ?? "";
    const key = JSON.stringify([name, room, origin, coding]);
    let made = this.#kept.get(key);
    if (!made) {
      made = make(template, room, origin, coding);
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(key, made);
    }
    const { policy } = template;
    return { ...answer(kind === "missing" ? 404 : 200, made, coding, language, request), policy };
  }
}

function make(template: PageTemplate, room: string | null, origin: string, coding: string): Made {
  // What no room can be called is not told on: it may be long, or turn what stands beside it around.
  const front = room === null ? null : frontNameOf(room);
  const name = room === null ? null : checkRoomName(front ?? room);
  const called = name?.ok ? titleOf(name.name) : "";
  // All of the name is there for the script in the page, which goes by it.
  const rest = name?.ok ? name.name.slice(called.length) + (front === null ? "" : backNameOf("")) : "";
  const values: Record<string, string> = {
    origin: escapeHtml(origin),
    title: escapeHtml(name?.ok ? `${called} · 마당` : template.title),
    room: escapeHtml(called) + (rest && `<span hidden>${escapeHtml(rest)}</span>`),
  };
  const html = template.html.replace(/\{\{(origin|title|room)\}\}/g, (_, key) => values[key]!);
  const etag = `"${createHash("sha256").update(html).digest("base64url").slice(0, 12)}"`;
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  const body =
    coding === "br" ? brotliCompressSync(html, { params }) : coding === "gzip" ? gzipSync(html) : html;
  return { etag, body };
}

/** Of every browser's policy, the hash is that of the text between the tags (CSP3, section 6.7.2.3). */
function policyFor(html: string, ancestors: readonly string[]): string {
  const inside = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}(?: id="[\\w-]+")?>(.*?)</${tag}>`, "gs"))].map(
      ([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
    );
  return policyOf(inside("script"), inside("style"), ancestors);
}

function answer(
  status: Status,
  { etag, body }: Made,
  coding: string,
  language: PageLanguage,
  request: PageRequest,
): Answer {
  const headers: [string, string][] = [
    ["Content-Type", "text/html; charset=utf-8"],
    ["Content-Language", language],
    ["Cache-Control", "no-cache"],
    ["ETag", etag],
    ["Vary", "Accept-Encoding, Accept-Language, Cookie"],
  ];
  const asked = askedLanguage(request.query);
  if (asked) headers.push(rememberLanguage(asked) as [string, string]);
  if (status === 200 && matches(request.ifNoneMatch, etag)) return { status: 304, headers, body: "" };
  if (coding !== "") headers.push(["Content-Encoding", coding]);
  return { status, headers, body };
}

const withoutFrame = (path: string): string => path.replace(EMBEDDED, "");

/** The name in a room's link; null when the path is none, or its name is not well encoded. */
function roomOf(path: string): string | null {
  const [, encoded = "", back = ""] = ROOM_LINK.exec(path) ?? [];
  const name = decodePart(encoded)?.trim();
  return name ? name + back : null;
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign]!);
}
