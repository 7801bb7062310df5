/**
 * Everything that is answered over plain HTTP: the client, the small JSON interface, health. Every path and method gets
 * an answer; a body is read only where one belongs.
 */
import type { HttpResponse } from "uWebSockets.js";
import type { CostName } from "../session/costs.ts";
import type { Apps } from "./apps.ts";
import type { Answering, Ask, Desk } from "./ask.ts";
import type { DiskWatch } from "./disk-watch.ts";
import type { Door } from "./door.ts";
import { health, readiness, type Vitals } from "./health.ts";
import { type Life, respond, respondLater, watch } from "./http-outlet.ts";
import openapi from "./openapi.json" with { type: "json" };
import type { PageRequest } from "./pages.ts";
import { post } from "./posting.ts";
import { readEvents, readPage } from "./reading.ts";
import { RequestHead } from "./request-head.ts";
import type { RequestLog } from "./request-log.ts";
import { type Answer, json, problem } from "./respond.ts";
import { hook } from "./slack.ts";
import type { StaticFiles } from "./static-files.ts";
import { Turn } from "./turn.ts";
import { notAnUpgrade, SOCKET_PATH } from "./upgrade.ts";

/** Rooms in the answer of /api/rooms. */
const MAX_LISTED_ROOMS = 1_000;

/** Parts of the JSON interface that can be switched off. */
export const API_PARTS = ["stats", "rooms", "messages"] as const;
export type ApiPart = (typeof API_PARTS)[number];

export interface RoutesOptions extends Desk {
  door: Door;
  files: StaticFiles | null;
  /** What of the JSON interface there is. */
  api: ReadonlySet<ApiPart>;
  diskWatch: DiskWatch;
  /** Null: requests are not told of. */
  requests: RequestLog | null;
  onError: (error: unknown) => void;
}

interface Route {
  /** With at most one name in braces, which stands for a part of it. */
  path: string;
  /** Of the interface that it belongs to; "any": of each; null: it is always there. */
  part: ApiPart | "any" | null;
  /** What GET costs, by the work it makes. */
  cost: CostName;
  get?: (options: RoutesOptions, ask: Ask) => Answering;
  post?: (options: RoutesOptions, ask: Ask) => Answering;
  /** A stream has no answer whose head could be had alone. */
  hasNoHead?: true;
}

export const ROUTES: readonly Route[] = [
  {
    path: "/healthz",
    part: null,
    cost: "httpSmall",
    get: (options, ask) => health(vitalsOf(options), wantsJson(ask.head)),
  },
  {
    path: "/readyz",
    part: null,
    cost: "httpSmall",
    get: (options, ask) => readiness(vitalsOf(options), wantsJson(ask.head)),
  },
  { path: SOCKET_PATH, part: null, cost: "httpSmall", get: notAnUpgrade },
  { path: "/api/openapi.json", part: "any", cost: "httpSmall", get: () => json(200, openapi) },
  { path: "/api/stats", part: "stats", cost: "httpSmall", get: ({ house }) => stats(house) },
  {
    path: "/api/rooms",
    part: "rooms",
    cost: "httpList",
    get: ({ house }) => json(200, house.rooms.list(MAX_LISTED_ROOMS)),
  },
  {
    path: "/api/rooms/{room}/messages",
    part: "messages",
    cost: "httpPage",
    get: (options, ask) => readPage(ask, options),
    post: (options, ask) => post(ask, options),
  },
  {
    path: "/api/rooms/{room}/events",
    part: "messages",
    cost: "httpPage",
    get: (options, ask) => readEvents(ask, options),
    hasNoHead: true,
  },
  {
    path: "/api/hooks/{token}",
    part: "messages",
    cost: "httpSmall",
    post: (options, ask) => hook(ask, options),
  },
];

const PATTERNS = ROUTES.map(({ path }) => new RegExp(`^${path.replace(/\{\w+\}/, "([^/]+)")}$`));

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
    const found = routeOf(head, options);
    const who = options.door.admit(res, head);
    const refusal = "status" in who ? who : options.door.charge(who, costOf(head, found));
    if (refusal || "status" in who) {
      const why = refusal ?? (who as Answer);
      respond(res, why, head.isHead, true);
      requests?.answered(head, who, why, since);
      return;
    }
    const told = requests && ((answer: Answer) => requests.answered(head, who, answer, since));
    const life: Life = { gone: false };
    const ask: Ask = { res, life, head, who, part: found?.part ?? "" };
    const answerNow = () => answerTo(found, ask, options);
    // A post waits for its body in any case, and has to ask for it now.
    const now = turn.take() || head.method === "POST";
    const answer = now ? tryAnswer(answerNow, options) : turn.next().then(answerNow);
    if (answer instanceof Promise) answerLater(ask, answer, options.onError, told);
    else if (answer !== null) {
      respond(res, answer, head.isHead);
      told?.(answer);
    }
  }
}

/** An exception in the transport's handler would leave the request without an answer, and end the process for that. */
function tryAnswer(answerNow: () => Answering, options: RoutesOptions): Answering {
  try {
    return answerNow();
  } catch (error) {
    return failed(error, options.onError);
  }
}

function failed(error: unknown, onError: (error: unknown) => void): Answer {
  onError(error);
  return problem(500, "internal", "The server met an error of its own.");
}

interface Found {
  route: Route;
  part: string;
}

function routeOf({ path }: RequestHead, { api }: RoutesOptions): Found | null {
  for (const [i, route] of ROUTES.entries()) {
    const match = PATTERNS[i]!.exec(path);
    const isThere =
      route.part === null || (route.part === "any" ? api.size > 0 : api.has(route.part as ApiPart));
    if (match) return isThere ? { route, part: match[1] ?? "" } : null;
  }
  return null;
}

function answerTo(found: Found | null, ask: Ask, options: RoutesOptions): Answering {
  const { head } = ask;
  const { method } = head;
  const route = found?.route ?? null;
  const isGet = method === "GET" || (head.isHead && !route?.hasNoHead);
  if (route?.post && method === "POST") return route.post(options, ask);
  if (route?.get && isGet) return route.get(options, ask);
  const isFile = options.files?.has(head.path) === true;
  if (!route && !isFile) return nothingHere(head, options, isGet);
  const allowed = route ? allowedBy(route) : "GET, HEAD, OPTIONS";
  if (method === "OPTIONS") return { status: 204, headers: [["Allow", allowed]], body: "" };
  if (!isGet) return problem(405, "method_not_allowed", `Allowed here: ${allowed}.`, [["Allow", allowed]]);
  return options.files!.get(pageRequest(head))!;
}

const allowedBy = ({ get, post, hasNoHead }: Route): string =>
  [get && "GET", get && !hasNoHead && "HEAD", "OPTIONS", post && "POST"].filter(Boolean).join(", ");

/** What a request costs, by the work it makes. */
function costOf({ method }: RequestHead, found: Found | null): CostName {
  // Whoever may post has shown a token by then; whoever has not is slowed by the guard.
  return method === "POST" || !found ? "httpSmall" : found.route.cost;
}

function stats({ rooms }: Desk["house"]): Answer {
  return json(200, {
    rooms: rooms.count,
    people: rooms.people.count,
    messages: rooms.messageCount,
    uptimeSeconds: Math.round(process.uptime()),
  });
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

function answerLater(
  { res, life, head }: Ask,
  work: Promise<Answer | null>,
  onError: (error: unknown) => void,
  told: ((answer: Answer) => void) | null,
): void {
  watch(res, life);
  void work
    .catch((error: unknown) => failed(error, onError))
    .then((answer) => {
      if (answer) respondLater(res, answer, head.isHead, life);
      // A stream is told of when it begins.
      told?.(answer ?? STREAM);
    });
}

const STREAM: Answer = { status: 200, headers: [], body: "" };
