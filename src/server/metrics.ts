/**
 * The counters for Prometheus, through prom-client: what there is to be asked for, each read when somebody asks. Names
 * and units are stable, and no name of a room or a person is in a label. Loaded only where metrics are served.
 */
import { readdirSync } from "node:fs";
import { Counter, Gauge, type Metric, Registry } from "prom-client";
import type { House } from "../session/session.ts";
import { RESOURCES } from "../wire/allowances.ts";
import { Refusal } from "../wire/codes.ts";
import type { Connections } from "./connections.ts";

type Read = () => number;

/** Counts by size: `counts` has one more than `bounds`, for what lies above all. */
interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A registry of what is counted elsewhere: nothing is kept here. */
class Told {
  readonly registry = new Registry();
  #registers = [this.registry];

  gauge(name: string, help: string, read: Read): void {
    new Gauge({
      name,
      help,
      registers: this.#registers,
      collect() {
        this.set(read());
      },
    });
  }

  counter(name: string, help: string, read: Read): void {
    this.counters(name, help, null, { "": read });
  }

  /** One of each key. All are always there, so that a rate can be asked for before anything happened. */
  counters(name: string, help: string, label: string | null, reads: Record<string, Read>): void {
    new Counter({
      name,
      help,
      registers: this.#registers,
      labelNames: label === null ? [] : [label],
      collect() {
        this.reset();
        for (const [key, read] of Object.entries(reads))
          this.inc(label === null ? {} : { [label]: key }, read());
      },
    });
  }

  /** `scale`: what one of the histogram's unit is in the metric's. */
  histogram(name: string, help: string, scale: number, of: Histogram): void {
    const { bounds, counts } = of;
    const get = async () => {
      let below = 0;
      const values = counts.map((count, at) => {
        below += count;
        const le = at < bounds.length ? bounds[at]! * scale : "+Inf";
        return { labels: { le }, value: below, metricName: `${name}_bucket` };
      });
      const more = { sum: of.sum * scale, count: below };
      for (const [what, value] of Object.entries(more))
        values.push({ labels: {} as never, value, metricName: `${name}_${what}` });
      return { name, help, type: "histogram", values };
    };
    this.registry.registerMetric({ name, get } as unknown as Metric);
  }
}

/** @returns the way to make the text anew, in the exposition format 0.0.4 */
export function metricsOf(house: House, connections: Connections): () => Promise<string> {
  const told = new Told();
  tellOfPeople(told, house, connections);
  tellOfMessages(told, house, connections);
  tellOfRefusals(told, house);
  tellOfProcess(told);
  return () => told.registry.metrics();
}

function tellOfPeople(told: Told, { rooms, budget }: House, connections: Connections): void {
  told.gauge("madang_connections", "WebSocket connections that are open.", () => connections.count);
  told.counter(
    "madang_connections_opened_total",
    "WebSocket connections ever opened.",
    () => connections.opened,
  );
  told.gauge("madang_connections_limit", "WebSocket connections that may be open.", () => connections.most);
  told.gauge("madang_sockets", "Sockets that are open, plain ones too.", () => connections.sockets.count);
  told.counter(
    "madang_sockets_cut_total",
    "Sockets that were cut when they were accepted.",
    () => connections.sockets.cut,
  );
  told.gauge("madang_visitors", "Addresses that are remembered.", () => connections.visitors.count);
  told.gauge("madang_accounts", "Identities whose use is remembered.", () => budget.accounts);
  told.gauge(
    "madang_people",
    "Distinct identities that are connected or within their grace.",
    () => rooms.people.count,
  );
  told.gauge("madang_rooms", "Rooms that exist.", () => rooms.count);
}

function tellOfMessages(told: Told, { rooms }: House, connections: Connections): void {
  const { counters, flusher } = rooms;
  const { commitMs, fanoutMs, blockBytes } = counters;
  told.counter("madang_frames_received_total", "Frames received from clients.", () => connections.messagesIn);
  told.counter("madang_messages_total", "Messages ever committed in this log.", () => rooms.messageCount);
  told.counter(
    "madang_records_total",
    "Messages committed and published since the start.",
    () => counters.records,
  );
  told.counter(
    "madang_deliveries_total",
    "Messages times those who were live in their room.",
    () => counters.deliveries,
  );
  told.counter("madang_flushes_total", "Batches committed since the start.", () => counters.flushes);
  told.counter(
    "madang_blocks_total",
    "Blocks committed and published since the start.",
    () => counters.blocks,
  );
  told.histogram("madang_commit_seconds", "Time from the start of a flush to its commit.", 1e-3, commitMs);
  told.gauge(
    "madang_commit_age_seconds",
    "For how long the commit under way has been; 0: none is.",
    () => flusher.committingForMs / 1000,
  );
  told.histogram("madang_fanout_seconds", "Time that publishing the blocks of a flush took.", 1e-3, fanoutMs);
  told.histogram("madang_block_bytes", "Size of blocks that were committed.", 1, blockBytes);
  told.gauge(
    "madang_window_seconds",
    "The pacing window of the last block published.",
    () => counters.windowMs / 1000,
  );
  told.counter("madang_fanout_seconds_total", "Time spent publishing blocks.", () => fanoutMs.sum / 1000);
  told.counter(
    "madang_block_bytes_total",
    "Bytes of blocks committed since the start.",
    () => blockBytes.sum,
  );
  told.gauge("madang_log_bytes", "What the log takes on its disk.", () => rooms.quota.space.logBytes);
  told.gauge("madang_disk_free_bytes", "What is left there.", () => rooms.quota.space.freeBytes);
  told.gauge(
    "madang_disk_bytes",
    "What this user may have there in all; 0: unknown.",
    () => rooms.quota.space.diskBytes,
  );
  told.gauge("madang_storage_full", "1: messages are refused, as there is no place for them.", () =>
    rooms.quota.isFull ? 1 : 0,
  );
  told.counter("madang_presence_frames_total", "Presence frames published.", () => counters.presenceFrames);
  told.counter("madang_lapses_total", "Times a slow reader left a topic.", () => counters.lapses);
  told.counter(
    "madang_fed_blocks_total",
    "Blocks sent from the log to joining or slow readers.",
    () => counters.fedBlocks,
  );
  told.gauge(
    "madang_lagging_connections",
    "Connections that are being fed from the log.",
    () => connections.lagging().connections,
  );
  told.gauge(
    "madang_lagging_records",
    "Records those connections are behind in all.",
    () => connections.lagging().records,
  );
}

function tellOfRefusals(told: Told, { rooms: { counters }, budget }: House): void {
  told.counter(
    "madang_duplicates_total",
    "Repeated sends that were acknowledged again.",
    () => counters.duplicates,
  );
  const byCode = Object.entries(Refusal).map(([name, code]) => [
    name,
    () => counters.refusalsByCode.get(code) ?? 0,
  ]);
  told.counters("madang_refusals_total", "Requests refused, by code.", "code", Object.fromEntries(byCode));
  const byResource = Object.keys(RESOURCES).map((name) => [
    name,
    () => budget.denials.get(name as keyof typeof RESOURCES) ?? 0,
  ]);
  told.counters(
    "madang_denials_total",
    "Times that somebody was told to wait, by resource.",
    "resource",
    Object.fromEntries(byResource),
  );
}

/** By the names that Prometheus's own libraries use; two by those they had here before as well. */
function tellOfProcess(told: Told): void {
  told.gauge("madang_resident_bytes", "Resident memory of the process.", () => process.memoryUsage.rss());
  told.gauge("madang_uptime_seconds", "Time since the process started.", () => process.uptime());
  const startedAt = Date.now() / 1000 - process.uptime();
  told.gauge("process_start_time_seconds", "Start of the process, seconds since 1970.", () => startedAt);
  told.counter("process_cpu_seconds_total", "Processor time of the process, user and system.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  told.gauge("process_resident_memory_bytes", "Resident memory of the process.", () =>
    process.memoryUsage.rss(),
  );
  told.gauge(
    "nodejs_heap_size_used_bytes",
    "Used part of the JavaScript heap.",
    () => process.memoryUsage().heapUsed,
  );
  if (process.platform === "linux")
    told.gauge(
      "process_open_fds",
      "Files that are open, sockets too.",
      () => readdirSync("/proc/self/fd").length,
    );
}
