/**
 * Puts transport, sessions and routes together and listens. The order of a stop: refuse newcomers, commit and publish
 * what is accepted, say goodbye to everyone, close. Invariant: after `stop` resolved nothing listens and nothing is
 * pending.
 */

import { randomBytes, randomInt } from "node:crypto";
import { Budget } from "../session/budget.ts";
import { Moves } from "../session/moves.ts";
import { OneATurn } from "../session/one-a-turn.ts";
import { Passwords } from "../session/passwords.ts";
import { PostKeys } from "../session/post-keys.ts";
import type { House } from "../session/session.ts";
import type { Tell } from "../telling/events.ts";
import type { Allowances } from "../wire/allowances.ts";
import { Reader } from "../wire/bytes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ServerKind } from "../wire/frames.ts";
import { DEFAULT_LIMITS } from "../wire/limits.ts";
import { addressMarks } from "./address-marks.ts";
import type { Prefix } from "./addresses.ts";
import { Apps } from "./apps.ts";
import { BotTokens } from "./bot-tokens.ts";
import type { Certificate } from "./certificate.ts";
import { Connections, fanoutOf } from "./connections.ts";
import type { DenyList } from "./deny-list.ts";
import { DiskWatch } from "./disk-watch.ts";
import { Door } from "./door.ts";
import { EventStreams } from "./event-streams.ts";
import type { Hosts } from "./hosts.ts";
import { type MetricsListener, serveMetrics } from "./metrics-listener.ts";
import { Hashcash } from "./newcomer-work.ts";
import { SecretOperatorKey } from "./operator-key.ts";
import { WordPhrases } from "./phrases.ts";
import { PostGuard } from "./post-guard.ts";
import { RequestLog } from "./request-log.ts";
import { type ApiPart, addRoutes } from "./routes.ts";
import { nodeScrypt } from "./scrypt.ts";
import { Sockets } from "./sockets.ts";
import type { StaticFiles } from "./static-files.ts";
import { Visitors } from "./visitors.ts";

/** What stands on the log, and its secret. */
export interface Opened extends Pick<House, "rooms" | "identities"> {
  secret: Uint8Array;
}

export interface ServerOptions {
  host: string;
  /** 0: any that is free. */
  port: number;
  /** With which it speaks TLS itself; null: not. */
  certificate: Certificate | null;
  files: StaticFiles | null;
  /** Names the server answers to, and pages that may connect. */
  hosts: Hosts;
  /** What of the JSON interface there is. */
  api: ReadonlySet<ApiPart>;
  /** The operator's, for all that is done over HTTP; empty: none. */
  postToken: string;
  /** The data folder, in which tokens of programs are; empty: there are none. */
  botTokens: string;
  /** Empty: nobody operates the server from inside. */
  operatorKey: string;
  /** Where the metrics are; null: nowhere. */
  metrics: { host: string; port: number } | null;
  /** Told what the operator is to know. */
  report: Tell;
  /** Every request over HTTP is told of, and addresses whole. */
  logging: { requests: boolean; wholeAddresses: boolean };
  /** Makes ready what stands on the log; the rooms with what the transport gives them. */
  open: (fanout: ReturnType<typeof fanoutOf>) => Promise<Opened>;
  random: () => number;
  onError: (error: unknown) => void;
  /** What may be had, by whom. */
  allowances: Allowances;
  /** Work that every newcomer shows, in bits; 0: only under a flood. */
  newcomerWorkBits: number;
  /** Sockets that the process has files for. */
  maxSockets: number;
  /** Whether the process may open another file now. */
  hasFiles: () => boolean;
  trustedProxies: readonly Prefix[];
  denied: DenyList;
}

export interface RunningServer {
  port: number;
  /** 0 without metrics. */
  metricsPort: number;
  house: House;
  sockets: Sockets;
  visitors: Visitors;
  events: EventStreams;
  /** Reads the files of the certificate now; nothing without one. */
  renewCertificate(): void;
  stop(): Promise<void>;
}

/** Rooms on the front page. */
const LISTED_ROOMS = 100;
/** Time for what is accepted to come to rest before everyone is sent away; under load it never does. */
const SETTLE_MS = 1_000;
/** Time for sockets to take their last frames, before those that are left are cut. */
const FAREWELL_MS = 200;
/** Everyone is told to come back within this time, plus what a crowd needs. */
const RETURN_MS = 500;
const RETURN_MS_PER_CONNECTION = 0.4;
const MAX_RETURN_MS = 20_000;

/** Part of all sockets that may become connections: the others are for plain HTTP. */
const CONNECTIONS_SHARE = 0.9;
/** So few connections are said at the start whether or not somebody asked for more. */
const FEW = 2_000;
/** A silent plain socket is closed by the transport after so many seconds. */
const SILENT_SECONDS = 10;

/** One visitor's sockets, silent ones too, are at most half of what the process has files for. */
function fitted(allowances: Allowances, maxSockets: number): Allowances {
  const { connections } = allowances.visitor;
  if (!connections || connections.perSecond === 0) return allowances;
  const burst = Math.min(connections.burst, Math.ceil(maxSockets / 4));
  const perSecond = Math.min(connections.perSecond, maxSockets / 4 / SILENT_SECONDS);
  return { ...allowances, visitor: { ...allowances.visitor, connections: { perSecond, burst } } };
}

/** In which everyone comes back, each at a time of its own: the more there are, the longer. */
export function returnWindowMs(connections: number): number {
  return Math.min(RETURN_MS + connections * RETURN_MS_PER_CONNECTION, MAX_RETURN_MS);
}

/** @throws ListenError
 * @throws CertificateError */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { certificate } = options;
  const apps = new Apps(certificate);
  const { rooms, identities, secret } = await options.open(fanoutOf(apps));
  const { random, files, postToken, operatorKey: key, onError, hosts, api, maxSockets, report } = options;
  const { loop, limits } = rooms;
  const budget = new Budget(loop, limits, fitted(options.allowances, maxSockets));
  const { trustedProxies, denied, logging } = options;
  const visitors = new Visitors({
    loop,
    budget,
    trustedProxies,
    denied,
    report,
    wholeAddresses: logging.wholeAddresses,
  });
  const sockets = new Sockets(apps, visitors, budget, maxSockets, options.hasFiles);
  const roomListFrame = () => encodeServerFrame({ kind: ServerKind.rooms, ...rooms.list(LISTED_ROOMS) });
  const reader = new Reader(new Uint8Array(0));
  const work = new Hashcash(options.newcomerWorkBits);
  const unguessable = () => randomBytes(8);
  const operatorKey = key === "" ? null : new SecretOperatorKey(key, loop, report);
  const moves = new Moves(loop, new WordPhrases(randomInt), identities);
  const passwords = new Passwords(nodeScrypt, loop.monotonic);
  const markOf = addressMarks(secret);
  const asked = { moves, markOf, budget, pages: new OneATurn(loop), passwords, work };
  const making = { random, reader, roomListFrame, unguessable, operatorKey, report };
  const house: House = { rooms, identities, ...asked, ...making };
  const most = Math.min(limits.maxConnections, Math.floor(maxSockets * CONNECTIONS_SHARE));
  const mostPerVisitor = Math.min(limits.maxConnectionsPerVisitor, Math.ceil(maxSockets / 2));
  // The default is what most machines hold; whoever asked for a number, or has few files, is told.
  if (most < limits.maxConnections && (limits.maxConnections !== DEFAULT_LIMITS.maxConnections || most < FEW))
    report(
      "files_few",
      `The limit of open files (ulimit -n) allows ${most} connections, not ${limits.maxConnections}.`,
    );
  const door = new Door({ hosts, visitors, budget, report });
  const requests = logging.requests ? new RequestLog(report, visitors) : null;
  const connections = new Connections(apps, house, {
    door,
    onError,
    sockets,
    requests,
    most,
    mostPerVisitor,
  });
  const events = new EventStreams(house, maxSockets, onError);
  const dropDenied = () => {
    connections.dropDenied();
    events.dropDenied((address) => denied.has(address));
  };
  const stopWatching = denied.watch(loop.after, dropDenied, report);
  const diskWatch = new DiskWatch(rooms.quota, loop, report);
  let stopping = false;
  const bots = new BotTokens(options.botTokens);
  const postGuard = new PostGuard({ token: postToken, bots, now: () => loop.monotonic(), report });
  const postKeys = new PostKeys();
  const isStopping = () => stopping;
  const desk = { house, postGuard, postKeys, events, isStopping };
  addRoutes(apps, { ...desk, door, files, api, diskWatch, requests, onError });
  const { port, metrics } = await listenBoth(apps, options, async () => {
    const { metricsOf } = await import("./metrics.ts");
    return metricsOf(house, connections);
  }).catch((error: unknown) => {
    connections.stop();
    stopWatching();
    diskWatch.stop();
    throw error;
  });
  const renewal = certificate?.watch(loop.after, () => loop.soon(apps.renew()), report);
  const pause = (ms: number) => new Promise<void>((next) => rooms.loop.after(ms, next));
  return {
    port,
    metricsPort: metrics?.port ?? 0,
    house,
    sockets,
    visitors,
    events,
    renewCertificate: () => renewal?.look(),
    async stop() {
      stopping = true;
      connections.stop();
      stopWatching();
      renewal?.stop();
      apps.stopListening();
      diskWatch.stop();
      await Promise.race([rooms.flusher.drained(), pause(SETTLE_MS)]);
      const there = connections.count + events.count;
      events.stop(returnWindowMs(there));
      connections.goodbye(returnWindowMs(there));
      if (there > 0) await pause(FAREWELL_MS);
      // What was accepted between the two is committed too, though its readers learn of it when they are back.
      await rooms.flusher.drained();
      await rooms.blanking.drained();
      apps.close();
      metrics?.close();
    },
  };
}

/** The metrics first: once the server itself listens, all of it does. */
async function listenBoth(
  apps: Apps,
  { host, port: wanted, metrics: address, onError }: ServerOptions,
  makeText: () => Promise<() => Promise<string>>,
): Promise<{ port: number; metrics: MetricsListener | null }> {
  const metrics = address && (await serveMetrics(address, await makeText(), onError));
  try {
    return { port: apps.listen(host, wanted), metrics };
  } catch (error) {
    metrics?.close();
    throw error;
  }
}
