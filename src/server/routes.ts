/**
 * Everything that is answered over plain HTTP: the client, the small JSON interface, health and metrics. Every path
 * and method gets an answer; a body is read only where one belongs.
 */
import type { HttpRequest, HttpResponse, TemplatedApp } from "uWebSockets.js";
import { type HttpAnswer, postMessage, readMessages } from "../session/http-room.ts";
import type { House } from "../session/session.ts";
import type { Connections } from "./connections.ts";
import { metricsText } from "./metrics.ts";
import { type Answer, json, problem, respond, type Status } from "./respond.ts";
import type { StaticFiles } from "./static-files.ts";

const MAX_BODY_BYTES = 64 * 1024;
/** Rooms in the answer of /api/rooms. */
const MAX_LISTED_ROOMS = 1_000;

export interface RoutesOptions {
  house: House;
  connections: Connections;
  files: StaticFiles | null;
  /** Without it messages cannot be posted over HTTP. */
  postToken: string;
  isStopping: () => boolean;
  onError: (error: unknown) => void;
}

export function addRoutes(app: TemplatedApp, options: RoutesOptions): void {
  app.any("/*", (res, req) => {
    const method = req.getMethod().toUpperCase();
    const head = method === "HEAD";
    const path = req.getUrl();
    const room = /^\/api\/rooms\/([^/]+)\/messages$/.exec(path)?.[1];
    if (room !== undefined && (method === "GET" || head || method === "POST")) {
      const work = method === "POST" ? post(res, req, room, options) : read(req, room, options);
      answerLater(res, work, head, options.onError);
      return;
    }
    const allowed = allowedMethods(path, room !== undefined, options);
    if (allowed === null) respond(res, problem(404, "not_found", "There is nothing here."), head);
    else if (method === "OPTIONS")
      respond(res, { status: 204, headers: [["Allow", allowed]], body: "" }, false);
    else if (method !== "GET" && !head) {
      const answer = problem(405, "method_not_allowed", `Allowed here: ${allowed}.`);
      respond(res, { ...answer, headers: [...answer.headers, ["Allow", allowed]] }, head);
    } else respond(res, get(path, req, options)!, head);
  });
}

function allowedMethods(path: string, isRoom: boolean, options: RoutesOptions): string | null {
  if (isRoom) return "GET, HEAD, OPTIONS, POST";
  const known = path.startsWith("/api/") ? path === "/api/stats" || path === "/api/rooms" : true;
  if (!known) return null;
  if (path === "/healthz" || path === "/metrics" || path.startsWith("/api/")) return "GET, HEAD, OPTIONS";
  return options.files?.get(path, "", "") ? "GET, HEAD, OPTIONS" : null;
}

function get(path: string, req: HttpRequest, options: RoutesOptions): Answer | null {
  const { house, connections, files } = options;
  const { rooms } = house;
  switch (path) {
    case "/healthz":
      return options.isStopping()
        ? problem(503, "stopping", "The server is stopping.")
        : { status: 200, headers: [["Content-Type", "text/plain"]], body: "ok\n" };
    case "/metrics":
      return {
        status: 200,
        headers: [["Content-Type", "text/plain; version=0.0.4; charset=utf-8"]],
        body: metricsText(house, connections),
      };
    case "/api/stats":
      return json(200, {
        rooms: rooms.count,
        people: rooms.people.count,
        messages: rooms.log.totals.records,
        uptimeSeconds: Math.round(process.uptime()),
      });
    case "/api/rooms":
      return json(200, rooms.list(MAX_LISTED_ROOMS));
    default:
      return files?.get(path, req.getHeader("accept-encoding"), req.getHeader("if-none-match")) ?? null;
  }
}

function read(req: HttpRequest, rawRoom: string, { house }: RoutesOptions): Promise<Answer> {
  const name = decodeName(rawRoom);
  const after = numberOf(req.getQuery("after"), null);
  const before = numberOf(req.getQuery("before"), null);
  const limit = numberOf(req.getQuery("limit"), house.rooms.limits.pageRecords);
  if (name === null)
    return Promise.resolve(problem(400, "bad_room_name", "The room name is not well encoded."));
  if (after === undefined || before === undefined || !limit) {
    return Promise.resolve(problem(400, "bad_query", "after, before and limit are whole numbers."));
  }
  return readMessages(house, name, { after, before, limit }).then((answer) => toAnswer(answer, 200));
}

async function post(
  res: HttpResponse,
  req: HttpRequest,
  rawRoom: string,
  options: RoutesOptions,
): Promise<Answer> {
  const authorization = req.getHeader("authorization");
  const type = req.getHeader("content-type");
  const name = decodeName(rawRoom);
  // The body is asked for in any case: what is not read would be taken for the next request.
  const body = await readBody(res);
  if (options.postToken === "")
    return problem(403, "posting_is_off", "Start the server with --post-token to allow this.");
  if (!sameSecret(authorization, `Bearer ${options.postToken}`)) {
    return problem(401, "bad_token", "Send the header Authorization: Bearer with the server's token.");
  }
  if (body === null) return problem(413, "body_too_long", `A body has at most ${MAX_BODY_BYTES} bytes.`);
  if (name === null) return problem(400, "bad_room_name", "The room name is not well encoded.");
  if (options.isStopping()) return problem(503, "stopping", "The server is stopping.");
  if (!/^application\/json\b/i.test(type))
    return problem(415, "not_json", "Send Content-Type: application/json.");
  const message = parseMessage(body);
  if (!message) return problem(400, "bad_body", 'Send {"name": "…", "text": "…"}.');
  return toAnswer(await postMessage(options.house, name, message), 201);
}

function parseMessage(body: Buffer): { name: string; text: string } | null {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value !== "object" || value === null) return null;
    const { name, text } = value as Record<string, unknown>;
    return typeof name === "string" && typeof text === "string" ? { name, text } : null;
  } catch {
    return null;
  }
}

/** The whole body, or null when it is too long. Chunks are copied: the transport takes them back. */
function readBody(res: HttpResponse): Promise<Buffer | null> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let length = 0;
    res.onData((chunk, isLast) => {
      length += chunk.byteLength;
      if (length <= MAX_BODY_BYTES) chunks.push(Buffer.from(new Uint8Array(chunk)));
      if (isLast || length > MAX_BODY_BYTES) done(length > MAX_BODY_BYTES ? null : Buffer.concat(chunks));
    });
  });
}

function answerLater(
  res: HttpResponse,
  work: Promise<Answer>,
  head: boolean,
  onError: (error: unknown) => void,
): void {
  let aborted = false;
  res.onAborted(() => {
    aborted = true;
  });
  void work
    .catch((error: unknown) => {
      onError(error);
      return problem(500, "internal", "The server met an error of its own.");
    })
    .then((answer) => {
      if (!aborted) res.cork(() => respond(res, answer, head));
    });
}

function toAnswer<T>(answer: HttpAnswer<T>, status: Status): Answer {
  if (answer.ok) return json(status, answer.value);
  return problem(answer.refusal.status as Status, answer.refusal.code, answer.refusal.message);
}

/** undefined: not a number. `missing` when the parameter is not there. */
function numberOf<T>(text: string | undefined, missing: T): number | T | undefined {
  if (text === undefined || text === "") return missing;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function decodeName(raw: string): string | null {
  try {
    return decodeURIComponent(raw);
  } catch {
    return null;
  }
}

/** Compares in time that depends on the lengths only. */
function sameSecret(given: string, wanted: string): boolean {
  let different = given.length ^ wanted.length;
  for (let i = 0; i < given.length; i++)
    different |= given.charCodeAt(i) ^ wanted.charCodeAt(i % wanted.length);
  return different === 0;
}
