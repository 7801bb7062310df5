/**
 * Everything that is answered over plain HTTP: the client, the small JSON interface, health. Every path and method gets
 * an answer; a body is read only where one belongs.
 */
import type { HttpResponse } from "uWebSockets.js";
import type { CostName } from "../session/costs.ts";
import { type HttpAnswer, postMessage, readMessages } from "../session/http-room.ts";
import type { PostKeys } from "../session/post-keys.ts";
import type { House } from "../session/session.ts";
import { visitorKey } from "./addresses.ts";
import type { Apps } from "./apps.ts";
import type { DiskWatch } from "./disk-watch.ts";
import type { Door } from "./door.ts";
import { health, readiness, type Vitals } from "./health.ts";
import { respond, respondLater, watch } from "./http-outlet.ts";
import { keyNonce, LEAST_KEY, MOST_KEY } from "./key-nonce.ts";
import { decodePart } from "./negotiation.ts";
import type { PageRequest } from "./pages.ts";
import type { PostGuard } from "./post-guard.ts";
import { RequestHead } from "./request-head.ts";
import type { RequestLog } from "./request-log.ts";
import { type Answer, json, problem, type Status, tooMany } from "./respond.ts";
import type { StaticFiles } from "./static-files.ts";
import { Turn } from "./turn.ts";
import { notAnUpgrade, SOCKET_PATH } from "./upgrade.ts";
import type { Who } from "./visitors.ts";

const MAX_BODY_BYTES = 64 * 1024;
/** Rooms in the answer of /api/rooms. */
const MAX_LISTED_ROOMS = 1_000;
const MESSAGES = /^\/api\/rooms\/([^/]+)\/messages$/;

/** Parts of the JSON interface that can be switched off. */
export const API_PARTS = ["stats", "rooms", "messages"] as const;
export type ApiPart = (typeof API_PARTS)[number];

export interface RoutesOptions {
  house: House;
  door: Door;
  files: StaticFiles | null;
  /** What of the JSON interface there is. */
  api: ReadonlySet<ApiPart>;
  /** Null: messages cannot be posted over HTTP. */
  postGuard: PostGuard | null;
  postKeys: PostKeys;
  isStopping: () => boolean;
  diskWatch: DiskWatch;
  /** Null: requests are not told of. */
  requests: RequestLog | null;
  onError: (error: unknown) => void;
}

/** What is answered at once, or work that is. */
type Answering = Answer | Promise<Answer>;

export function addRoutes(apps: Apps, options: RoutesOptions): void {
  const turn = new Turn();
  apps.any("/*", (res, req) => {
    try {
      begin(res, new RequestHead(req));
    } catch (error) {
      // Unanswered, it would end the process.
      options.onError(error);
      res.close();
    }
  });

  function begin(res: HttpResponse, head: RequestHead): void {
    const { requests } = options;
    const since = requests?.now() ?? 0;
    const who = options.door.admit(res, head);
    const refusal = "status" in who ? who : options.door.charge(who, costOf(head, options));
    if (refusal || "status" in who) {
      const why = refusal ?? (who as Answer);
      respond(res, why, head.isHead, true);
      requests?.answered(head, who, why, since);
      return;
    }
    const told = requests && ((answer: Answer) => requests.answered(head, who, answer, since));
    // A post waits for its body in any case, and has to ask for it now.
    const now = turn.take() || head.method === "POST";
    const answer = now
      ? tryAnswer(res, head, who, options)
      : turn.next().then(() => answerTo(res, head, who, options));
    if (answer instanceof Promise) answerLater(res, answer, head.isHead, options.onError, told);
    else {
      respond(res, answer, head.isHead);
      told?.(answer);
    }
  }
}

/** An exception in the transport's handler would leave the request without an answer, and end the process for that. */
function tryAnswer(res: HttpResponse, head: RequestHead, who: Who, options: RoutesOptions): Answering {
  try {
    return answerTo(res, head, who, options);
  } catch (error) {
    return failed(error, options.onError);
  }
}

function failed(error: unknown, onError: (error: unknown) => void): Answer {
  onError(error);
  return problem(500, "internal", "The server met an error of its own.");
}

function answerTo(res: HttpResponse, head: RequestHead, who: Who, options: RoutesOptions): Answering {
  const { method, path, isHead } = head;
  const room = options.api.has("messages") ? MESSAGES.exec(path)?.[1] : undefined;
  const isGet = method === "GET" || isHead;
  if (room !== undefined && method === "POST") return post(res, head, who, room, options);
  if (room !== undefined && isGet) return read(head, who, room, options);
  const allowed = room === undefined ? allowedMethods(head, options) : "GET, HEAD, OPTIONS, POST";
  if (allowed === null) return nothingHere(head, options, isGet);
  if (method === "OPTIONS") return { status: 204, headers: [["Allow", allowed]], body: "" };
  if (!isGet) return problem(405, "method_not_allowed", `Allowed here: ${allowed}.`, [["Allow", allowed]]);
  return get(head, options)!;
}

/** What a request costs, by the work it makes. */
function costOf({ method, path }: RequestHead, { api }: RoutesOptions): CostName {
  // Whoever may post has shown the operator's token by then; whoever has not is slowed by the guard.
  if (method === "POST") return "httpSmall";
  if (path === "/api/rooms" && api.has("rooms")) return "httpList";
  return MESSAGES.test(path) && api.has("messages") ? "httpPage" : "httpSmall";
}

function allowedMethods({ path }: RequestHead, { api, files }: RoutesOptions): string | null {
  const isThere =
    path === "/healthz" ||
    path === "/readyz" ||
    path === SOCKET_PATH ||
    (path === "/api/stats" && api.has("stats")) ||
    (path === "/api/rooms" && api.has("rooms")) ||
    files?.has(path) === true;
  return isThere ? "GET, HEAD, OPTIONS" : null;
}

function get(head: RequestHead, options: RoutesOptions): Answer | null {
  const { rooms } = options.house;
  switch (head.path) {
    case "/healthz":
      return health(vitalsOf(options), wantsJson(head));
    case "/readyz":
      return readiness(vitalsOf(options), wantsJson(head));
    case SOCKET_PATH:
      return notAnUpgrade();
    case "/api/stats":
      return json(200, {
        rooms: rooms.count,
        people: rooms.people.count,
        messages: rooms.messageCount,
        uptimeSeconds: Math.round(process.uptime()),
      });
    case "/api/rooms":
      return json(200, rooms.list(MAX_LISTED_ROOMS));
    default:
      return options.files?.get(pageRequest(head)) ?? null;
  }
}

/** Whoever restarts containers wants a status and nothing else. */
const wantsJson = (head: RequestHead): boolean => /\bapplication\/json\b/i.test(head.get("accept"));

const vitalsOf = ({ house, isStopping, diskWatch }: RoutesOptions): Vitals => ({
  disk: diskWatch.disk,
  committingForMs: house.rooms.flusher.committingForMs,
  isStopping: isStopping(),
});

/** People see a page. Programs ask below these two paths, or do not say that a page will do. */
function nothingHere(head: RequestHead, { files }: RoutesOptions, isGet: boolean): Answer {
  const isPage =
    isGet && !/^\/(api|assets)(\/|$)/.test(head.path) && /text\/html|\*\/\*/.test(head.get("accept", 1_024));
  if (isPage && files) return files.missing(pageRequest(head));
  return problem(404, "not_found", "There is nothing here.");
}

function pageRequest(head: RequestHead): PageRequest {
  return {
    path: head.path,
    query: head.query,
    host: head.get("host"),
    scheme: head.get("x-forwarded-proto"),
    cookie: head.get("cookie", 8_192),
    acceptLanguage: head.get("accept-language", 1_024),
    acceptEncoding: head.get("accept-encoding"),
    ifNoneMatch: head.get("if-none-match"),
  };
}

function read(head: RequestHead, { visitor }: Who, rawRoom: string, { house }: RoutesOptions): Answering {
  const name = decodePart(rawRoom);
  const query = new URLSearchParams(head.query);
  const after = numberOf(query.get("after"), null);
  const before = numberOf(query.get("before"), null);
  // Where none are shown on entering, whoever asks still gets the newest one.
  const limit = numberOf(query.get("limit"), Math.max(1, house.rooms.limits.pageRecords));
  if (name === null) return problem(400, "bad_room_name", "The room name is not well encoded.");
  if (after === undefined || before === undefined || !limit) {
    return problem(400, "bad_query", "after, before and limit are whole numbers.");
  }
  return readMessages(house, name, { after, before, limit }, visitor).then((answer) => toAnswer(answer, 200));
}

async function post(
  res: HttpResponse,
  head: RequestHead,
  who: Who,
  rawRoom: string,
  options: RoutesOptions,
): Promise<Answer> {
  const refusal = judgePost(head, who, options);
  // The body is asked for in any case: the answer to a refused one would be cut off by what is still coming.
  const body = await readBody(res, refusal === null);
  if (refusal) return refusal;
  if (body === null) return problem(413, "body_too_long", `A body has at most ${MAX_BODY_BYTES} bytes.`);
  const name = decodePart(rawRoom);
  if (name === null) return problem(400, "bad_room_name", "The room name is not well encoded.");
  const message = parseMessage(body);
  if (!("text" in message)) return message;
  const nonce = head.has("idempotency-key") ? keyNonce(head.get("idempotency-key")) : undefined;
  if (nonce === null) {
    const range = `${LEAST_KEY} to ${MOST_KEY}`;
    return problem(400, "bad_idempotency_key", `Idempotency-Key has ${range} printable characters of ASCII.`);
  }
  const key = nonce === undefined ? null : { nonce, keys: options.postKeys };
  return toAnswer(await postMessage(options.house, name, message, key), 201);
}

/** What is wrong with a post before its body was looked at. */
function judgePost(head: RequestHead, { address }: Who, options: RoutesOptions): Answer | null {
  if (!options.postGuard) {
    return problem(403, "posting_is_off", "Start the server with --post-token-file to allow this.");
  }
  const refusal = options.postGuard.judge(head.get("authorization", 1_024), () => visitorKey(address));
  if (refusal) return refusal;
  if (options.isStopping()) return problem(503, "stopping", "The server is stopping.");
  return /^application\/json *(;|$)/i.test(head.get("content-type"))
    ? null
    : problem(415, "not_json", "Send Content-Type: application/json.");
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A message out of a body, or what is wrong with it. */
function parseMessage(body: Buffer): { name: string; text: string } | Answer {
  let source: string;
  try {
    source = strictUtf8.decode(body);
  } catch {
    return badUtf8();
  }
  const { name, text } = parseObject(source);
  if (typeof name !== "string" || typeof text !== "string") {
    return problem(400, "bad_body", 'Send {"name": "…", "text": "…"}.');
  }
  // Half a pair, written as an escape: no bytes stand for it.
  return /\p{Surrogate}/u.test(name + text) ? badUtf8() : { name, text };
}

/** An object out of JSON; without anything when it is none. */
function parseObject(source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function badUtf8(): Answer {
  return problem(400, "bad_utf8", "The body is not well-formed UTF-8.");
}

/** The whole body, or null when it is too long. Chunks are copied: the transport takes them back. */
function readBody(res: HttpResponse, keep: boolean): Promise<Buffer | null> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let length = 0;
    res.onData((chunk, isLast) => {
      length += chunk.byteLength;
      if (keep && length <= MAX_BODY_BYTES) chunks.push(Buffer.from(new Uint8Array(chunk)));
      if (isLast || length > MAX_BODY_BYTES) done(length > MAX_BODY_BYTES ? null : Buffer.concat(chunks));
    });
  });
}

function answerLater(
  res: HttpResponse,
  work: Promise<Answer>,
  isHead: boolean,
  onError: (error: unknown) => void,
  told: ((answer: Answer) => void) | null,
): void {
  const life = watch(res);
  void work
    .catch((error: unknown) => failed(error, onError))
    .then((answer) => {
      respondLater(res, answer, isHead, life);
      told?.(answer);
    });
}

function toAnswer<T>(answer: HttpAnswer<T>, status: Status): Answer {
  if (answer.ok) return json(status, answer.value);
  const { retryAfterMs } = answer.refusal;
  if (retryAfterMs > 0) return tooMany(answer.refusal.message, retryAfterMs);
  return problem(answer.refusal.status as Status, answer.refusal.code, answer.refusal.message);
}

/** undefined: not a number. `missing` when the parameter is not there. */
function numberOf<T>(text: string | null, missing: T): number | T | undefined {
  if (text === null || text === "") return missing;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
