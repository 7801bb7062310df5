/**
 * What a client wrote down, one JSON line for each event, and all that the checker knows of a run. Invariant: a line
 * is written when the event happened to the client, and says what the client was told, not what it should have been.
 */
import { createWriteStream, readdirSync, readFileSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import type { MessageState } from "./conversation.ts";
import type { CourtEvent } from "./court-journal.ts";
import { labelOf, type ToldRecord } from "./tokens.ts";

/** [seq, author, nonce, label] */
export type Taken = [number, number, number, string];

export type Event =
  | CourtEvent
  /** Something was said, here and below by its label; it goes out when it can. */
  | { do: "send"; room: string; text: string }
  /** The client shows it as sent. */
  | { do: "ack"; room: string; text: string }
  /** The server refused it for good. */
  | { do: "refused"; room: string; text: string; code: number }
  /** The client died before it knew. */
  | { do: "unknown"; room: string; text: string }
  /** The server answered a repeat: this nonce of the own author is that number. */
  | { do: "repeat"; room: string; author: number; nonce: number; seq: number }
  /** Records came, in this order, after those that came before. */
  | { do: "take"; room: string; records: Taken[] }
  /** What came before is void. */
  | { do: "reset"; room: string }
  /** The server said that these are gone. */
  | { do: "gap"; room: string; from: number; to: number }
  /** From where to where the reader was told everything, and what became of messages by that. */
  | { do: "end"; room: string; from: number; to: number; states: MessageState[] }
  /**
   * The server told with a page, from where to where of its messages, what acts up to number `asOf` made of them:
   * signs with how many put them.
   */
  | { do: "became"; room: string; from: number; to: number; asOf: number; states: BecameState[] }
  /** A full read from the log: the lowest number the server says it has, and everything from there on. */
  | { do: "log"; room: string; epoch: string; first: number; head: number; records: Taken[] }
  /** A part of the log was refused as damaged. */
  | { do: "damaged"; room: string }
  /** Numbers of a room that the server says are lost on its disk. */
  | { do: "lost"; room: string; ranges: { from: number; to: number }[] }
  /** The server sent the client away for good. */
  | { do: "closed"; code: number }
  /** The client met an error of its own. */
  | { do: "failed"; message: string };

/** [number, text as it is now or null where it is as it was said, whether it is removed, signs with their counts] */
export type BecameState = [number, string | null, boolean, [string, number][]];

/** The journal of the newcomer who reads the log at the end. */
export const LOG_JOURNAL = "log";

/** Messages and acts, each in the order in which they were told, as one row. */
export function taken(messages: readonly ToldRecord[], acts: readonly ToldRecord[]): Taken[] {
  const row: ToldRecord[] = [];
  let next = 0;
  for (const act of acts) {
    while (next < messages.length && messages[next]!.seq < act.seq) row.push(messages[next++]!);
    row.push(act);
  }
  row.push(...messages.slice(next));
  return row.map((record) => [record.seq, record.author, record.nonce, labelOf(record)]);
}

export class Journal {
  #file: WriteStream;
  #closed = false;

  constructor(folder: string, name: string) {
    this.#file = createWriteStream(join(folder, `${name}.jsonl`));
  }

  /** What a client hears after its end is not written down. */
  note(event: Event): void {
    if (!this.#closed) this.#file.write(`${JSON.stringify(event)}\n`);
  }

  close(): Promise<void> {
    this.#closed = true;
    return new Promise((closed) => this.#file.end(closed));
  }
}

export function readJournal(folder: string, name: string): Event[] {
  const lines = readFileSync(join(folder, `${name}.jsonl`), "utf8").split("\n");
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Event);
}

/** Every journal of a folder by its name. */
export function* readJournals(folder: string): Iterable<[string, Event[]]> {
  const names = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
  for (const name of names.sort().map((file) => file.slice(0, -6))) yield [name, readJournal(folder, name)];
}
