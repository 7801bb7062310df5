/**
 * The judge: reads journals and nothing else, and counts what must not be. It knows the promise, not the server: what
 * anyone saw is kept, everyone sees the same order, each message once, and a sender knows whether its message is in.
 */
import { type Event, LOG_JOURNAL, readJournal, readJournals, type Taken } from "./journal.ts";
import { serve } from "./roles.ts";
import { readToken } from "./tokens.ts";

export interface Verdict {
  sent: number;
  acknowledged: number;
  unknown: number;
  received: number;
  repeats: number;
  rooms: number;
  records: number;
  /** Each must be 0. */
  faults: Record<FaultName, number>;
  /** The first few of what was found. */
  examples: string[];
}

export const FAULT_NAMES = [
  "acknowledged but missing",
  "seen but missing",
  "doubled",
  "reordered",
  "gaps accepted by a client",
  "same number with different content",
  "acknowledged under another number",
  "refused",
  "gone without reason",
  "sent away for good",
  "errors met by clients",
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

const MOST_EXAMPLES = 12;

interface RoomLog {
  bySeq: Map<number, Taken>;
  byText: Map<string, number>;
  byNonce: Map<string, number>;
}

export function runChecker(): void {
  serve({ check: ({ folder }: { folder: string }) => check(folder) });
}

export function check(folder: string): Verdict {
  const faults = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Verdict["faults"];
  const verdict: Verdict = {
    ...{ sent: 0, acknowledged: 0, unknown: 0, received: 0, repeats: 0, rooms: 0, records: 0 },
    faults,
    examples: [],
  };
  const found = (name: FaultName, example: string, count = 1): void => {
    faults[name] += count;
    if (verdict.examples.length < MOST_EXAMPLES) verdict.examples.push(`${name}: ${example}`);
  };
  const rooms = new Map<string, RoomLog>();
  for (const event of readJournal(folder, LOG_JOURNAL)) {
    if (event.do !== "log") continue;
    rooms.set(event.room, readLog(event, found));
    verdict.rooms++;
    verdict.records += event.records.length;
  }
  // One at a time: a long run writes more than is good to hold at once.
  for (const [name, events] of readJournals(folder)) checkClient(name, events, rooms, verdict, found);
  return verdict;
}

type Found = (name: FaultName, example: string, count?: number) => void;

function readLog({ room, head, records }: Event & { do: "log" }, found: Found): RoomLog {
  const log: RoomLog = { bySeq: new Map(), byText: new Map(), byNonce: new Map() };
  const lastNonce = new Map<number, number>();
  const lastMessage = new Map<number, number>();
  for (const record of records) {
    const [seq, author, nonce, text] = record;
    const token = readToken(text);
    if (seq !== log.bySeq.size + 1) found("gaps accepted by a client", `the log of ${room} at ${seq}`);
    if (!token)
      found(
        "same number with different content",
        `${room} ${seq} holds what nobody wrote: ${text.slice(0, 40)}`,
      );
    if (log.byText.has(text)) found("doubled", `${room}: ${text} is ${log.byText.get(text)} and ${seq}`);
    if (log.byNonce.has(`${author}/${nonce}`))
      found("doubled", `${room}: nonce ${nonce} of ${author} at ${seq} again`);
    if (nonce <= (lastNonce.get(author) ?? 0))
      found("reordered", `${room} ${seq}: nonce ${nonce} of ${author}`);
    if (token) {
      const last = lastMessage.get(token.person);
      if (last !== undefined && token.message < last)
        found("reordered", `${room} ${seq}: ${text} after ${last}`);
      lastMessage.set(token.person, token.message);
    }
    lastNonce.set(author, nonce);
    log.bySeq.set(seq, record);
    log.byText.set(text, seq);
    log.byNonce.set(`${author}/${nonce}`, seq);
  }
  if (log.bySeq.size !== head)
    found("seen but missing", `the log of ${room} has ${log.bySeq.size} of ${head}`);
  return log;
}

function checkClient(
  name: string,
  events: readonly Event[],
  rooms: Map<string, RoomLog>,
  verdict: Verdict,
  found: Found,
): void {
  const positions = new Map<string, number>();
  const seen = new Map<string, Set<string>>();
  const nothing: RoomLog = { bySeq: new Map(), byText: new Map(), byNonce: new Map() };
  for (const event of events) {
    if (event.do === "failed") {
      found("errors met by clients", `${name}: ${event.message}`);
      continue;
    }
    if (event.do === "closed") {
      found("sent away for good", `${name} with code ${event.code}`);
      continue;
    }
    const { room } = event;
    const log = rooms.get(room) ?? nothing;
    switch (event.do) {
      case "send":
        verdict.sent++;
        break;
      case "ack":
        verdict.acknowledged++;
        if (!log.byText.has(event.text))
          found("acknowledged but missing", `${name} in ${room}: ${event.text}`);
        break;
      case "refused":
        found("refused", `${name} in ${room}: ${event.text} with code ${event.code}`);
        break;
      case "unknown":
        verdict.unknown++;
        break;
      case "repeat": {
        verdict.repeats++;
        const seq = log.byNonce.get(`${event.author}/${event.nonce}`);
        if (seq === undefined)
          found("acknowledged but missing", `${room}: nonce ${event.nonce} of ${event.author}`);
        else if (event.seq !== 0 && event.seq !== seq)
          found("acknowledged under another number", `${room}: ${event.seq} is ${seq}`);
        break;
      }
      case "reset":
        found("gone without reason", `${name} was told to forget ${room}`);
        positions.delete(room);
        seen.delete(room);
        break;
      case "gap":
        found("gone without reason", `${name} was told that ${room} lost ${event.from} to ${event.to}`);
        positions.set(room, event.to);
        break;
      case "take": {
        verdict.received += event.records.length;
        const texts = seen.get(room) ?? new Set();
        seen.set(room, texts);
        for (const record of event.records) {
          checkRecord(`${name} in ${room}`, record, positions.get(room), log, texts, found);
          positions.set(room, Math.max(record[0], positions.get(room) ?? 0));
        }
        break;
      }
    }
  }
}

function checkRecord(
  where: string,
  [seq, author, nonce, text]: Taken,
  position: number | undefined,
  log: RoomLog,
  texts: Set<string>,
  found: Found,
): void {
  if (position !== undefined && seq > position + 1)
    found("gaps accepted by a client", `${where}: ${seq} after ${position}`);
  if (position !== undefined && seq <= position) found("reordered", `${where}: ${seq} after ${position}`);
  if (texts.has(text)) found("doubled", `${where}: ${text} came twice`);
  texts.add(text);
  const kept = log.bySeq.get(seq);
  if (!kept || !log.byText.has(text)) found("seen but missing", `${where}: ${seq} ${text}`);
  if (kept && (kept[1] !== author || kept[2] !== nonce || kept[3] !== text))
    found("same number with different content", `${where}: ${seq} is ${text}, in the log ${kept[3]}`);
}
