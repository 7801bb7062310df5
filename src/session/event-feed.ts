/**
 * What a stream of events says of one room: every record from a position on, in order, each as an event whose id is its
 * number. Invariant: the numbers that were told of, as records or as gaps, follow each other without one missing; and
 * nothing is told once the room may not be read any more.
 */
import type { Room } from "../room/room.ts";
import type { StoredBlock } from "../room/tail.ts";
import { decodeBlock } from "../wire/block.ts";
import type { Payer } from "./budget.ts";
import { messageJson, recordJson } from "./http-room.ts";
import type { House } from "./session.ts";

/** About so many bytes are written at once; one record may be on top. */
const PIECE_BYTES = 32 * 1024;
const READ_BYTES = 64 * 1024;

/** What to do next: write a text, wait for the room, wait so long, or say why it is over. */
export type Said = { text: string } | { waitMs: number } | { over: "room_closed" | "room_damaged" } | null;

/** As events, up to number `last`. */
interface Encoded {
  text: string;
  last: number;
}

/** Encodes blocks; those who are told of the same one after each other share it. */
export class EventEncoder {
  #newest: { bytes: Uint8Array; from: number; encoded: Encoded } | null = null;

  encode(block: StoredBlock, from: number): Encoded {
    if (this.#newest?.bytes === block.bytes && this.#newest.from === from) return this.#newest.encoded;
    const encoded = encodeEvents(block, from);
    this.#newest = { bytes: block.bytes, from, encoded };
    return encoded;
  }

  /** Nobody is told anything for now. */
  letGo(): void {
    this.#newest = null;
  }
}

export interface EventFeedOptions {
  house: House;
  room: Room;
  /** The last number that is known already. */
  after: number;
  payer: Payer;
  encoder: EventEncoder;
  /** Asked before anything is told. */
  mayRead: () => boolean;
}

export class EventFeed {
  #options: EventFeedOptions;
  #position: number;
  /** It was at the head once: what comes from then on is told as to everybody else in the room. */
  #isLive = false;
  #page: StoredBlock[] = [];

  constructor(options: EventFeedOptions) {
    this.#options = options;
    this.#position = options.after;
  }

  /** The first event: from where on the others come. A position that the room never had is not gone on from. */
  begin(): string {
    const { name, epoch, first, head } = this.#options.room;
    const isKnown = this.#position <= head;
    const asked = this.#position;
    if (!isKnown) this.#position = head;
    const told = { room: name, epoch, first, head, after: this.#position };
    const reset = isKnown ? "" : event("reset", head, { asked, head });
    return reset + event("position", this.#position, told);
  }

  next(): Said | Promise<Said> {
    const { house, room } = this.#options;
    if (this.#isOver()) return { over: "room_closed" };
    if (this.#position >= room.head) {
      this.#isLive = true;
      return null;
    }
    const from = this.#position + 1;
    if (from < room.first) return this.#gap(room.first - 1);
    const inTail = room.tail.at(room.tail.indexOf(from));
    if (inTail && this.#isLive) return this.#tell(inTail);
    const waitMs = house.budget.may(this.#options.payer, "byte", 0);
    if (waitMs > 0) return { waitMs };
    if (inTail) {
      house.budget.owe(this.#options.payer, "byte", inTail.bytes.length);
      return this.#tell(inTail);
    }
    while (this.#page.length > 0 && this.#page[0]!.seq + this.#page[0]!.count <= from) this.#page.shift();
    return this.#page[0] ? this.#tell(this.#page[0]) : this.#read(from);
  }

  /** Keeps nothing that was read, as it may be another by the time it can be told. */
  letGo(): void {
    this.#page = [];
  }

  #isOver(): boolean {
    const { house, room, mayRead } = this.#options;
    return !house.rooms.isOpen(room) || !mayRead();
  }

  async #read(from: number): Promise<Said> {
    const { house, room, payer } = this.#options;
    const options = { maxBytes: READ_BYTES, maxRecords: house.rooms.limits.maxPageRecords };
    const blocks = await house.rooms.history.readForward(room, from, options);
    if (this.#isOver()) return { over: "room_closed" };
    if (blocks === null) return { over: "room_damaged" };
    const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
    house.budget.owe(payer, "byte", bytes);
    house.budget.owe(payer, "diskRead", 1);
    const [first] = blocks;
    // Retention was faster.
    if (!first) return from < room.first ? this.#gap(room.first - 1) : { over: "room_damaged" };
    this.#page = blocks;
    return first.seq > from ? this.#gap(first.seq - 1) : this.#tell(first);
  }

  #gap(to: number): Said {
    const from = this.#position + 1;
    this.#position = to;
    return { text: gap(from, to, "not_kept") };
  }

  #tell(block: StoredBlock): Said {
    const { text, last } = this.#options.encoder.encode(block, this.#position + 1);
    this.#position = last;
    return { text };
  }
}

/** One event of the format of server-sent events (HTML, section 9.2.6). */
export function event(name: string, id: number | null, data: object): string {
  const type = name === "message" ? "" : `event: ${name}\n`;
  // JSON has no line breaks in it.
  return `${type}${id === null ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

const gap = (from: number, to: number, why: "not_kept" | "lost" | "unknown_kind"): string =>
  event("gap", to, { from, to, why });

function encodeEvents({ bytes }: StoredBlock, from: number): Encoded {
  const { seq: first, count, records, acts, lost } = decodeBlock(bytes);
  const told = new Map<number, () => string>();
  for (const record of records) told.set(record.seq, () => event("message", record.seq, messageJson(record)));
  for (const act of acts) told.set(act.seq, () => event("message", act.seq, recordJson(act)));
  const isLost = (seq: number) => lost.some((range) => seq >= range.from && seq <= range.to);
  let text = "";
  let seq = from;
  for (; seq < first + count && text.length < PIECE_BYTES; seq++)
    text += told.get(seq)?.() ?? gap(seq, seq, isLost(seq) ? "lost" : "unknown_kind");
  return { text, last: seq - 1 };
}
