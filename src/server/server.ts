/**
 * Puts transport, sessions and routes together and listens. The order of a stop: refuse newcomers, commit and publish
 * what is accepted, say goodbye to everyone, close. Invariant: after `stop` resolved nothing listens and nothing is pending.
 */
import uWS from "uWebSockets.js";
import { PostKeys } from "../session/post-keys.ts";
import type { House } from "../session/session.ts";
import { Reader } from "../wire/bytes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ServerKind } from "../wire/frames.ts";
import { Connections, fanoutOf } from "./connections.ts";
import { Door } from "./door.ts";
import type { Hosts } from "./hosts.ts";
import type { SignedIdentities } from "./identities.ts";
import { type Listening, listen } from "./listen.ts";
import { metricsText } from "./metrics.ts";
import { type MetricsListener, serveMetrics } from "./metrics-listener.ts";
import { PostGuard } from "./post-guard.ts";
import { type ApiPart, addRoutes } from "./routes.ts";
import type { StaticFiles } from "./static-files.ts";

type Rooms = House["rooms"];

export interface ServerOptions {
  host: string;
  /** 0: any that is free. */
  port: number;
  files: StaticFiles | null;
  /** Names the server answers to, and pages that may connect. */
  hosts: Hosts;
  /** What of the JSON interface there is. */
  api: ReadonlySet<ApiPart>;
  /** Empty: messages cannot be posted over HTTP. */
  postToken: string;
  /** Where the metrics are; null: nowhere. */
  metrics: { host: string; port: number } | null;
  /** Told sentences for the operator. */
  report: (sentence: string) => void;
  /** Makes the rooms with what the transport gives them. */
  rooms: (fanout: ReturnType<typeof fanoutOf>) => Promise<Rooms>;
  identities: (rooms: Rooms) => Promise<SignedIdentities>;
  random: () => number;
  onError: (error: unknown) => void;
}

export interface RunningServer {
  port: number;
  /** 0 without metrics. */
  metricsPort: number;
  house: House;
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

/** In which everyone comes back, each at a time of its own: the more there are, the longer. */
export function returnWindowMs(connections: number): number {
  return Math.min(RETURN_MS + connections * RETURN_MS_PER_CONNECTION, MAX_RETURN_MS);
}

/** @throws ListenError */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const app = uWS.App();
  const rooms = await options.rooms(fanoutOf(app));
  const identities = await options.identities(rooms);
  const { random, files, postToken, onError, hosts, api, report } = options;
  const roomListFrame = () => encodeServerFrame({ kind: ServerKind.rooms, ...rooms.list(LISTED_ROOMS) });
  const house: House = { rooms, identities, random, reader: new Reader(new Uint8Array(0)), roomListFrame };
  const door = new Door({ hosts, report });
  const connections = new Connections(app, house, { door, onError });
  let stopping = false;
  const postGuard = postToken === "" ? null : new PostGuard(postToken, () => rooms.loop.monotonic());
  const postKeys = new PostKeys();
  const isStopping = () => stopping;
  addRoutes(app, { house, door, files, api, postGuard, postKeys, isStopping, onError });
  const { listening, metrics } = await listenBoth(app, options, () => metricsText(house, connections)).catch(
    (error: unknown) => {
      connections.stop();
      throw error;
    },
  );
  const pause = (ms: number) => new Promise<void>((next) => rooms.loop.after(ms, next));
  return {
    port: listening.port,
    metricsPort: metrics?.port ?? 0,
    house,
    async stop() {
      stopping = true;
      connections.stop();
      uWS.us_listen_socket_close(listening.socket);
      await Promise.race([rooms.flusher.drained(), pause(SETTLE_MS)]);
      const there = connections.count;
      connections.goodbye(returnWindowMs(there));
      if (there > 0) await pause(FAREWELL_MS);
      // What was accepted between the two is committed too, though its readers learn of it when they are back.
      await rooms.flusher.drained();
      app.close();
      metrics?.close();
    },
  };
}

/** The metrics first: once the server itself listens, all of it does. */
async function listenBoth(
  app: ReturnType<typeof uWS.App>,
  { host, port, metrics: address }: ServerOptions,
  text: () => string,
): Promise<{ listening: Listening; metrics: MetricsListener | null }> {
  const metrics = address && (await serveMetrics(address, text));
  try {
    return { listening: await listen(app, host, port), metrics };
  } catch (error) {
    metrics?.close();
    throw error;
  }
}
