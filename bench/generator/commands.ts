/**
 * What the bench asks of the generator and what it gets: one request at a time over the channel between the two
 * processes. Types only. Times are milliseconds unless they say otherwise.
 */
import type { Buckets } from "./histogram.ts";

export type ProtocolName = "madang" | "plain" | "socket.io";

export interface OpenCommand {
  do: "open";
  protocol: ProtocolName;
  port: number;
  /** Process id of the server, for its processor time. */
  pid: number;
  people: number;
  rooms: number;
  history: number;
  /** Connections that are being made at once. */
  atOnce: number;
}

export interface LoadCommand {
  do: "load";
  /** Messages a second in all rooms together. Ignored with `outstanding`. */
  rate: number;
  /** Not 0: everybody keeps so many messages under way instead, as fast as they come back. */
  outstanding: number;
  /** A message at a time, in rooms picked by chance, as writing.ts says [false: many in few rooms at once]. */
  asPeopleDo?: boolean;
  warmUpMs: number;
  measureMs: number;
  /** Messages that are later than this end the sending: the server cannot keep up. */
  giveUpMs: number;
  /** So many people stop reading now and then, each for 0.1 s to `stallMs`. Their delays are not sampled [0]. */
  stalled?: number;
  stallMs?: number;
  /** What has not come although nothing came for so long counts as missing [8,000]. */
  quietMs?: number;
  /** After so long what has not come is not waited for, and counts as `abandoned`, not as missing [no limit]. */
  drainMs?: number;
}

export interface PagesCommand {
  do: "pages";
  /** Requests under way on each connection. */
  outstanding: number;
  pageRecords: number;
  measureMs: number;
}

export interface HttpCommand {
  do: "http";
  method: "GET" | "POST";
  path: string;
  token: string;
  connections: number;
  measureMs: number;
}

export type Command = OpenCommand | LoadCommand | PagesCommand | HttpCommand;

/** What is wrong with what arrived; all 0 when nothing is. */
export interface Faults {
  /** Deliveries that never came. */
  missing: number;
  gaps: number;
  repeats: number;
  troubles: string[];
}

export interface OpenResult extends Faults {
  /** Until the last one was live. */
  seconds: number;
  generatorCpu: number;
  serverCpuMs: number;
}

export interface LoadResult extends Faults {
  /** Messages a second that were to be sent. */
  rate: number;
  measureSeconds: number;
  /** Messages received in the measured time, summed over all receivers. */
  delivered: number;
  deliveriesPerSecond: number;
  refused: number;
  gaveUp: boolean;
  /** Something was still under way when nobody waited for it any more: this crowd is of no further use. */
  abandoned: boolean;
  /** From the intended send time to the receiver, of messages that were to be sent in the measured time. */
  latency: Buckets;
  p50Ms: number;
  p99Ms: number;
  /** Share of one core that each took in the measured time; the server may be above 1. */
  generatorCpu: number;
  serverCpu: number;
}

export interface PagesResult extends Faults {
  pagesPerSecond: number;
  generatorCpu: number;
  serverCpu: number;
}

export interface HttpResult extends Faults {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  errors: number;
  /** Posts that were answered with 201, and the least that any subscriber received. */
  answered: number;
  received: number;
  generatorCpu: number;
  serverCpu: number;
}
