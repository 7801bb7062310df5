/**
 * The judge: reads journals and nothing else, and counts what must not be. It knows the promise, not the server: what
 * anyone saw is kept, everyone sees the same order, each message and act once, a sender knows whether its message is in,
 * what is removed is gone, and whoever was told all acts shows what the log says.
 */
import { Refusal } from "../../src/wire/codes.ts";
import { becameStates } from "./became-told.ts";
import { Conversation, type MessageState } from "./conversation.ts";
import { CourtBook } from "./court-book.ts";
import { COURT_PREFIX, type CourtEvent } from "./court-journal.ts";
import { FAULT_NAMES, type FaultName, type Found } from "./faults-found.ts";
import {
  type BecameState,
  type Event,
  LOG_JOURNAL,
  readJournal,
  readJournals,
  type Taken,
} from "./journal.ts";
import { LogBook } from "./log-book.ts";
import { serve } from "./roles.ts";
import { isBlank, readLabel } from "./tokens.ts";

export interface Verdict {
  sent: number;
  acknowledged: number;
  unknown: number;
  /** Acts that came too late: their message had been removed. */
  late: number;
  received: number;
  repeats: number;
  rooms: number;
  records: number;
  replies: number;
  edits: number;
  removals: number;
  reactions: number;
  /** Of the room that belongs to somebody, and of these those by which it was looked after. */
  owned: number;
  rulings: number;
  /** Pages that were told with what became of their messages. */
  became: number;
  /** Each must be 0. */
  faults: Record<FaultName, number>;
  /** The first few of what was found. */
  examples: string[];
}

const MOST_EXAMPLES = 12;

export function runChecker(): void {
  serve({ check: ({ folder }: { folder: string }) => check(folder) });
}

export function check(folder: string): Verdict {
  const faults = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Verdict["faults"];
  const verdict: Verdict = {
    ...{ sent: 0, acknowledged: 0, unknown: 0, late: 0, received: 0, repeats: 0, rooms: 0, records: 0 },
    ...{ replies: 0, edits: 0, removals: 0, reactions: 0, owned: 0, rulings: 0, became: 0 },
    faults,
    examples: [],
  };
  const found: Found = (name, example, count = 1) => {
    faults[name] += count;
    if (verdict.examples.length < MOST_EXAMPLES) verdict.examples.push(`${name}: ${example}`);
  };
  const books = new Map<string, LogBook>();
  let court: CourtBook | null = null;
  for (const event of readJournal(folder, LOG_JOURNAL)) {
    if (event.do === "court-log") {
      court = new CourtBook(event);
      verdict.owned = event.rows.length;
      verdict.rulings = event.rows.filter(({ kind }) => kind > 8).length;
    }
    if (event.do !== "log") continue;
    books.set(event.room, new LogBook(event));
    verdict.rooms++;
    verdict.records += event.records.length;
    for (const [, , , label] of event.records) countKind(label, verdict);
  }
  // One journal at a time, twice: a long run writes more than is good to hold at once.
  for (const [name, events] of readJournals(folder))
    for (const event of events) if ("room" in event) books.get(event.room)?.hear(name, event);
  for (const book of books.values()) book.judge(found);
  court?.judge(found);
  for (const [name, events] of readJournals(folder)) {
    checkClient(name, events, books, verdict, found);
    if (name.startsWith(COURT_PREFIX)) court?.judgePerson(name, events as CourtEvent[], found);
  }
  return verdict;
}

function countKind(label: string, verdict: Verdict): void {
  const { said } = readLabel(label);
  if (said === "reply") verdict.replies++;
  else if (said === "edit") verdict.edits++;
  else if (said === "removal") verdict.removals++;
  else if (said !== "text") verdict.reactions++;
}

function checkClient(
  name: string,
  events: readonly Event[],
  books: Map<string, LogBook>,
  verdict: Verdict,
  found: Found,
): void {
  const positions = new Map<string, number>();
  const seen = new Map<string, Set<string>>();
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
    const book =
      books.get(room) ?? new LogBook({ do: "log", room, epoch: "", first: 1, head: 0, records: [] });
    switch (event.do) {
      case "send":
        verdict.sent++;
        break;
      case "ack":
        verdict.acknowledged++;
        if (!book.has(event.text)) found("acknowledged but missing", `${name} in ${room}: ${event.text}`);
        break;
      case "refused":
        if (event.code === Refusal.removed && isTooLate(event.text, book)) verdict.late++;
        else found("refused", `${name} in ${room}: ${event.text} with code ${event.code}`);
        break;
      case "unknown":
        verdict.unknown++;
        break;
      case "repeat": {
        verdict.repeats++;
        const seq = book.numberOf(event.author, event.nonce);
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
        const labels = seen.get(room) ?? new Set();
        seen.set(room, labels);
        for (const record of event.records) {
          checkRecord(`${name} in ${room}`, record, positions.get(room), book, labels, found);
          positions.set(room, Math.max(record[0], positions.get(room) ?? 0));
        }
        break;
      }
      case "became":
        verdict.became++;
        checkBecame(`${name} in ${room}`, event, book, found);
        break;
      case "end":
        checkStates(`${name} in ${room}`, event, book, found);
        break;
    }
  }
}

/** Whether what an act is about was removed, and the act is not in the log after all. */
function isTooLate(label: string, book: LogBook): boolean {
  const { said, to } = readLabel(label);
  return said !== "text" && book.isRemoved(to) && !book.holds(label);
}

function checkRecord(
  where: string,
  record: Taken,
  position: number | undefined,
  book: LogBook,
  labels: Set<string>,
  found: Found,
): void {
  const [seq, , , label] = record;
  if (position !== undefined && seq > position + 1)
    found("gaps accepted by a client", `${where}: ${seq} after ${position}`);
  if (position !== undefined && seq <= position) found("reordered", `${where}: ${seq} after ${position}`);
  if (!isBlank(readLabel(label))) {
    if (labels.has(label)) found("doubled", `${where}: ${label} came twice`);
    labels.add(label);
  }
  for (const fault of book.faultsOf(record))
    found(fault, `${where}: ${seq} is ${label}, in the log ${book.records[seq - 1]?.[3]}`);
}

/** What a reader made of the acts it was told, beside what the log's records make of the same messages. */
function checkStates(where: string, event: Event & { do: "end" }, book: LogBook, found: Found): void {
  const log = new Conversation();
  if (event.from > 0) for (const record of book.records.slice(event.from - 1, event.to)) log.take(record);
  const expected = new Map(log.states().map((state) => [state[0], state]));
  for (const state of event.states) {
    const other = expected.get(state[0]);
    expected.delete(state[0]);
    if (!other || !isSame(state, other, book))
      found(
        "state unlike that of the log",
        `${where}: ${JSON.stringify(state)}, not ${JSON.stringify(other)}`,
      );
  }
  for (const [seq, state] of expected)
    found("state unlike that of the log", `${where}: ${seq} as it was said, not ${JSON.stringify(state)}`);
}

/** What was told with a page, beside what the log's records up to that number make of its messages. */
function checkBecame(where: string, event: Event & { do: "became" }, book: LogBook, found: Found): void {
  const log = new Conversation();
  for (const record of book.records.slice(0, event.asOf)) log.take(record);
  const expected = new Map(becameStates(log, event.from, event.to).map((state) => [state[0], state]));
  const plain = (state: BecameState | undefined) =>
    // Of one that was removed since, the log does not say any more how it read then.
    JSON.stringify(
      state && !state[2] && book.isRemoved(state[0]) && state[1] !== null ? { ...state, 1: "" } : state,
    );
  const told = new Map(event.states.map((state) => [state[0], state]));
  for (const seq of new Set([...expected.keys(), ...told.keys()]))
    if (plain(told.get(seq)) !== plain(expected.get(seq)))
      found(
        "became unlike the log",
        `${where} as of ${event.asOf}: ${JSON.stringify(told.get(seq))}, not ${JSON.stringify(expected.get(seq))}`,
      );
}

/** Of a message that was removed after a reader's end the log does not say any more how it read then. */
function isSame(a: MessageState, b: MessageState, book: LogBook): boolean {
  const sameText = a[1] === b[1] || (!a[2] && !b[2] && book.isRemoved(a[0]));
  return sameText && a[2] === b[2] && JSON.stringify(a[3]) === JSON.stringify(b[3]);
}
