/**
 * The counters as Prometheus text (exposition format 0.0.4). Names and units are stable.
 */
import type { House } from "../session/session.ts";
import { RESOURCES, type Resource } from "../wire/allowances.ts";
import type { Connections } from "./connections.ts";

type Kind = "counter" | "gauge";

export function metricsText(house: House, connections: Connections): string {
  const { rooms } = house;
  const { counters } = rooms;
  const lagging = connections.lagging();
  const lines: string[] = [];
  const add = (name: string, kind: Kind, help: string, value: number): void => {
    lines.push(`# HELP madang_${name} ${help}`, `# TYPE madang_${name} ${kind}`, `madang_${name} ${value}`);
  };
  add("connections", "gauge", "WebSocket connections that are open.", connections.count);
  add("connections_opened_total", "counter", "WebSocket connections ever opened.", connections.opened);
  add("sockets", "gauge", "Sockets that are open, plain ones too.", connections.sockets.count);
  add(
    "sockets_cut_total",
    "counter",
    "Sockets that were cut when they were accepted.",
    connections.sockets.cut,
  );
  add("visitors", "gauge", "Addresses that are remembered.", connections.visitors.count);
  add("accounts", "gauge", "Identities whose use is remembered.", house.budget.accounts);
  add("people", "gauge", "Distinct identities that are connected or within their grace.", rooms.people.count);
  add("rooms", "gauge", "Rooms that exist.", rooms.count);
  add("frames_received_total", "counter", "Frames received from clients.", connections.messagesIn);
  add("messages_total", "counter", "Messages ever committed in this log.", rooms.messageCount);
  add("flushes_total", "counter", "Batches committed since the start.", counters.flushes);
  add("blocks_total", "counter", "Blocks committed and published since the start.", counters.blocks);
  add("records_total", "counter", "Messages committed and published since the start.", counters.records);
  add("block_bytes_total", "counter", "Bytes of blocks committed since the start.", counters.blockBytes);
  add("fanout_seconds_total", "counter", "Time spent publishing blocks.", counters.fanoutMs / 1000);
  add("presence_frames_total", "counter", "Presence frames published.", counters.presenceFrames);
  add("duplicates_total", "counter", "Repeated sends that were acknowledged again.", counters.duplicates);
  add("refusals_total", "counter", "Requests refused with a code.", counters.refusals);
  add("lapses_total", "counter", "Times a slow reader left a topic.", counters.lapses);
  add(
    "fed_blocks_total",
    "counter",
    "Blocks sent from the log to joining or slow readers.",
    counters.fedBlocks,
  );
  add("lagging_connections", "gauge", "Connections that are being fed from the log.", lagging.connections);
  add("lagging_records", "gauge", "Records those connections are behind in all.", lagging.records);
  add("window_seconds", "gauge", "The pacing window of the last block published.", counters.windowMs / 1000);
  add("resident_bytes", "gauge", "Resident memory of the process.", process.memoryUsage.rss());
  add("uptime_seconds", "gauge", "Time since the process started.", process.uptime());
  const denials = "madang_denials_total";
  lines.push(
    `# HELP ${denials} Times that somebody was told to wait, by resource.`,
    `# TYPE ${denials} counter`,
  );
  for (const resource of Object.keys(RESOURCES) as Resource[])
    lines.push(`${denials}{resource="${resource}"} ${house.budget.denials.get(resource) ?? 0}`);
  const name = "madang_commit_seconds";
  lines.push(`# HELP ${name} Time from the start of a flush to its commit.`, `# TYPE ${name} histogram`);
  counters.commitBoundsMs.forEach((ms, i) => {
    lines.push(`${name}_bucket{le="${ms / 1000}"} ${counters.commitBuckets[i]}`);
  });
  lines.push(
    `${name}_bucket{le="+Inf"} ${counters.flushes}`,
    `${name}_sum ${counters.commitMs / 1000}`,
    `${name}_count ${counters.flushes}`,
  );
  return `${lines.join("\n")}\n`;
}
