/**
 * From records, events and own pending messages to the rows of a conversation: days, groups by author, the line
 * where the unread begin, lost ranges, and events pulled together. Pure; it knows no DOM and no language.
 * Invariant: a row keeps its key for as long as it shows the same thing, a pending message through its confirmation.
 */
import type { OutboxEntry } from "../src/client/contract.ts";
import type { ActRecord, TextRecord } from "../src/wire/block.ts";
import type { PresenceEvent } from "../src/wire/frames.ts";
import { ACTS } from "./acts.ts";
import { Days, dayOf } from "./days.ts";

/** Who came, went or has another name, as it was told. It stands after record `after`, 0 when before all. */
export interface RoomEvent extends PresenceEvent {
  id: number;
  after: number;
  /** Under which name they were there until then, if they were. */
  before: string | undefined;
}

/** Numbers that are gone for good. */
export interface Gap {
  from: number;
  to: number;
  /** On the server's disk; else they were kept long enough. */
  lost: boolean;
  /** Until then at the latest they were written, by this device's clock. */
  learnedAt: number;
}

export interface MessageRow {
  kind: "message";
  key: string;
  /** Its number; 0 while it has none. */
  seq: number;
  author: number;
  name: string;
  text: string;
  /** Grows with what became of it. */
  turn?: number | undefined;
  /** Classes for how it looks because of that, each with a space before it. */
  look?: string | undefined;
  time: number;
  own: boolean;
  /** Begins a group: the author is shown. */
  first: boolean;
  /** Ends a minute or a group: the time is shown. */
  last: boolean;
  /** Set while the message is not known to be in the log. */
  entry: OutboxEntry | null;
  /** Why it was refused; 0 when it was not. */
  refusal: number;
  /** It was asked for by its number. */
  marked: boolean;
}

export interface EventRow {
  kind: "event";
  key: string;
  entered: string[];
  left: string[];
  renamed: [before: string, after: string][];
}

/** What somebody did who looks after the room; see rulings.ts. */
export interface RulingRow {
  kind: "ruling";
  key: string;
  time: number;
  whom: string | undefined;
  act: ActRecord;
}

export type Row =
  | MessageRow
  | EventRow
  | RulingRow
  | { kind: "day"; key: string; time: number }
  | { kind: "unread"; key: string }
  | { kind: "gap"; key: string; count: number; lost: boolean; since: number | null; until: number };

/** How a message reads by now. */
export type Said = Pick<MessageRow, "text" | "turn" | "look">;

/** Tells that, or null when it is as it was written; see became.ts. */
export type Fold = (record: TextRecord) => Said | null;

/**
 * The rows for what happened after record `after`, 0 when there is none, and before number `until`. It is asked in order,
 * and gives each once; see happenings.ts.
 */
export type Between = (after: number, until: number) => readonly (EventRow | RulingRow)[];

export interface TimelineInput {
  records: readonly TextRecord[];
  /** The record before the first one, when there is one: it decides whether a day and a group begin. */
  previous: TextRecord | null;
  /** In order, none within another. */
  gaps: readonly Gap[];
  /** The first number below the page; infinite where nothing is. */
  nextSeq: number;
  pending: readonly OutboxEntry[];
  /** Number of the first unread record, or null. */
  unreadFrom: number | null;
  /** Number of the record that was asked for. */
  marked?: number | null;
  me: { author: number; name: string } | null;
  /** How far the server's clock is ahead of this device's; null while that is not known. */
  serverAheadMs: number | null;
  /** Own records and the outbox entries they were. */
  entryOf: ReadonlyMap<number, string>;
  /** Without it no events are shown. */
  between?: Between | undefined;
  /** Without it messages stand there as they were written. */
  fold?: Fold | undefined;
}

const GROUP_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

export function buildRows(input: TimelineInput): Row[] {
  const rows: Row[] = [];
  const days = new Days();
  let before: TextRecord | null = input.previous;
  if (input.previous) days.begins(input.previous.time);
  let last: MessageRow | null = null;
  let after = input.previous?.seq ?? 0;

  const startDay = (time: number) => {
    if (!days.begins(time)) return;
    rows.push({ kind: "day", key: `d${dayOf(time)}`, time });
    last = null;
  };
  const addMessage = (message: Omit<MessageRow, "kind" | "first" | "last">) => {
    // Without the server's clock nobody knows whether a message that waits begins a day below others.
    if (message.entry === null || input.serverAheadMs !== null || !before) startDay(message.time);
    const joins =
      last !== null &&
      last.author === message.author &&
      last.name === message.name &&
      message.time - last.time < GROUP_MS &&
      rows.at(-1) === last;
    if (joins && last && minuteOf(last.time) === minuteOf(message.time)) last.last = false;
    last = { kind: "message", ...message, first: !joins, last: true };
    rows.push(last);
  };
  const addEvents = (until: number) => {
    for (const row of input.between?.(after, until) ?? []) {
      if (row.kind === "ruling") startDay(row.time);
      rows.push(row);
    }
    after = until;
  };

  let nextGap = 0;
  /** The lines for what is gone between the record before and number `seq`. */
  const addGaps = (seq: number, time?: number) => {
    for (let gap = input.gaps[nextGap]; gap && gap.to < seq; gap = input.gaps[++nextGap]) {
      if (gap.from <= (before?.seq ?? 0)) continue;
      const { from, to, lost } = gap;
      const until = time ?? gap.learnedAt;
      rows.push({
        kind: "gap",
        key: `g${to}`,
        count: to - from + 1,
        lost,
        since: before?.time ?? null,
        until,
      });
    }
  };

  for (const record of input.records) {
    addEvents(record.seq);
    addGaps(record.seq, record.time);
    if (record.seq === input.unreadFrom) {
      startDay(record.time);
      rows.push({ kind: "unread", key: "unread" });
    }
    const { seq, author, name, time } = record;
    const { text, turn, look }: Said = input.fold?.(record) ?? record;
    const key = input.entryOf.get(seq) ?? `m${seq}`;
    const own = author === input.me?.author;
    const marked = seq === input.marked;
    addMessage({ key, seq, author, name, text, turn, look, time, own, entry: null, refusal: 0, marked });
    before = record;
  }
  // Nothing came after it yet.
  if (input.nextSeq === Number.POSITIVE_INFINITY) addGaps(input.nextSeq);
  addEvents(input.nextSeq);
  for (const entry of input.pending) {
    const { id, author, text, writtenAt, act } = entry;
    // What is done to a message stands at that message.
    if (act && ACTS.includes(act.kind)) continue;
    // The clocks of two machines differ; a message that waits never looks older than what stands above it.
    const time = Math.max(writtenAt + (input.serverAheadMs ?? 0), before?.time ?? 0);
    addMessage({
      key: id,
      seq: 0,
      author,
      name: input.me?.name ?? "",
      text,
      time,
      own: true,
      entry,
      refusal: entry.refused?.code ?? 0,
      marked: false,
    });
  }
  return rows;
}

/** The rows, with those of before in place of the ones that show the same; all of before when nothing is different. */
export function keepSame(rows: readonly Row[], before: readonly Row[]): readonly Row[] {
  const known = new Map(before.map((row) => [row.key, row]));
  const kept = rows.map((row) => {
    const old = known.get(row.key);
    return old && isSame(old, row) ? old : row;
  });
  const isNew = kept.length !== before.length || kept.some((row, at) => row !== before[at]);
  return isNew ? kept : before;
}

/** Lists of names are compared as what they are shown as. */
function isSame(one: Row, other: Row): boolean {
  const before = one as unknown as Record<string, unknown>;
  return Object.entries(other).every(
    ([key, value]) => value === before[key] || `${value}` === `${before[key]}`,
  );
}

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE_MS);
}
