/**
 * A real server in this process: its own port, a log in memory unless one is given, gone with its scope.
 */

import type { Log } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Rooms } from "../src/room/rooms.ts";
import { parsePrefixes } from "../src/server/addresses.ts";
import type { Certificate } from "../src/server/certificate.ts";
import { DenyList } from "../src/server/deny-list.ts";
import { type HostOptions, Hosts } from "../src/server/hosts.ts";
import { SignedIdentities } from "../src/server/identities.ts";
import { nodeLoop } from "../src/server/loop.ts";
import { API_PARTS, type ApiPart } from "../src/server/routes.ts";
import { type RunningServer, startServer } from "../src/server/server.ts";
import type { StaticFiles } from "../src/server/static-files.ts";
import { type Allowances, DEFAULT_ALLOWANCES, NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { DEFAULT_LIMITS, type Limits } from "../src/wire/limits.ts";

export interface ServerSetting {
  limits?: Partial<Limits>;
  log?: Log;
  files?: StaticFiles;
  postToken?: string;
  /** A data folder with tokens of programs. */
  botTokens?: string;
  operatorKey?: string;
  /** Names and origins beside those that a server on a loopback address has. */
  hosts?: Partial<HostOptions>;
  api?: ApiPart[];
  port?: number;
  allowances?: Allowances;
  newcomerWorkBits?: number;
  maxSockets?: number;
  hasFiles?: () => boolean;
  trustedProxies?: string[];
  deny?: string;
  certificate?: Certificate;
}

export interface TestServer extends RunningServer, AsyncDisposable {
  log: Log;
  /** `http://127.0.0.1:…` */
  url: string;
  /** `ws://127.0.0.1:…/ws` */
  socketUrl: string;
  metricsUrl: string;
  /** What the server told its operator. */
  reports: string[];
  /** What the server called errors of its own, and what it would have ended the process for. */
  errors: unknown[];
}

export async function runServer(setting: ServerSetting = {}): Promise<TestServer> {
  const log = setting.log ?? new MemoryLog();
  const errors: unknown[] = [];
  const reports: string[] = [];
  // A test that lifts the limit of messages lifts all: one address talks for everybody.
  const lifted = setting.limits?.messagesPerSecond === 0;
  const server = await startServer({
    host: "127.0.0.1",
    port: setting.port ?? 0,
    files: setting.files ?? null,
    certificate: setting.certificate ?? null,
    hosts: new Hosts({
      listening: "127.0.0.1",
      publicUrl: "",
      allowedHosts: [],
      allowedOrigins: [],
      machineName: "",
      ...setting.hosts,
    }),
    api: new Set(setting.api ?? API_PARTS),
    postToken: setting.postToken ?? "",
    botTokens: setting.botTokens ?? "",
    operatorKey: setting.operatorKey ?? "",
    metrics: { host: "127.0.0.1", port: 0 },
    report: (_event, sentence) => reports.push(sentence),
    logging: { requests: false, wholeAddresses: false },
    random: Math.random,
    allowances: setting.allowances ?? (lifted ? NO_ALLOWANCES : DEFAULT_ALLOWANCES),
    newcomerWorkBits: setting.newcomerWorkBits ?? 0,
    hasFiles: setting.hasFiles ?? (() => true),
    maxSockets: setting.maxSockets ?? Number.POSITIVE_INFINITY,
    trustedProxies: (setting.trustedProxies ?? []).flatMap((text) => parsePrefixes(text)!),
    denied: new DenyList(setting.deny ?? ""),
    onError: (error) => errors.push(error),
    open: async (fanout) => {
      const limits = {
        ...DEFAULT_LIMITS,
        ...(lifted ? { roomMessagesPerSecond: 0 } : {}),
        ...setting.limits,
      };
      const onFatal = (error: unknown) => errors.push(error);
      const onDamage = () => undefined;
      const isOperated = Boolean(setting.operatorKey);
      const rooms = new Rooms({ log, fanout, loop: nodeLoop, limits, isOperated, onFatal, onDamage });
      await rooms.load();
      const identities = new SignedIdentities(log, Date.now, onFatal);
      await Promise.all([identities.ready(), identities.load()]);
      return { rooms, identities, secret: log.secret };
    },
  });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= server.stop();
    return stopped;
  };
  const url = `http://127.0.0.1:${server.port}`;
  return {
    ...server,
    log,
    url,
    socketUrl: `${url.replace("http", "ws")}/ws`,
    metricsUrl: `http://127.0.0.1:${server.metricsPort}/metrics`,
    errors,
    reports,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
