/**
 * What the headless client needs from around it, and what it tells those who use it. Types only: the browser, a
 * bot and the tests each bring their own socket, clock, randomness and storage.
 */

import type { ActRecord, TextRecord } from "../wire/block.ts";
import type { Close, Refusal } from "../wire/codes.ts";
import type {
  AnnouncedFrame,
  BecameFrame,
  Language,
  Person,
  PresenceEvent,
  RoomSummary,
  StandingFrame,
} from "../wire/frames.ts";
import type { StatedLimits } from "../wire/limits.ts";

/** The part of the WebSocket interface (WHATWG) that is used; browsers, Node 22 and the npm package `ws` have it. */
export interface ClientSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after `ms`; the result cancels it. */
  after(ms: number, run: () => void): () => void;
}

export interface Identity {
  /** Opaque, secret, from the server's welcome. */
  token: Uint8Array;
  author: number;
  /** The name last in use; empty lets the server choose. */
  name: string;
}

/** Why an entry of the outbox is not going out by itself. */
export interface EntryRefusal {
  code: Refusal;
}

/** One message or act that is not known to be in the log yet. */
export interface OutboxEntry {
  /** Unique on this device, kept over retries; what a user interface uses as its key. */
  id: string;
  /** Author number under which it was written or numbered, 0 before there was one; `nonce` is void under any other. */
  author: number;
  /** Canonical name of the room. */
  room: string;
  /** 0 until it was first about to be sent; stored before the first send. */
  nonce: number;
  text: string;
  /** Absent: a plain text. Else a record of this kind, with a body of which `text` is only what it says. */
  act?: { kind: number; body: Uint8Array };
  /** When it was written, milliseconds since 1970. */
  writtenAt: number;
  /** Set when the server refused it for good; it waits to be edited, retried or discarded. */
  refused: EntryRefusal | null;
}

/**
 * Where the client keeps what has to survive. All methods may be called at any time and take effect in the order of
 * this client's calls; a rejection means the storage is unusable and is told to the listener as `failed`; the client
 * then goes on from memory.
 */
export interface ClientStorage {
  identity(): Promise<Identity | null>;
  saveIdentity(identity: Identity): Promise<void>;
  /** Entries of one room, in any order: `nonce` and `writtenAt` say theirs. */
  outbox(room: string): Promise<OutboxEntry[]>;
  /** Rooms that have entries. */
  outboxRooms(): Promise<string[]>;
  /**
   * False, and nothing is stored: the entry has a number, and this client's right to send for its author and room was
   * taken away. Nobody is to believe in a number given without the right.
   */
  putEntry(entry: OutboxEntry): Promise<boolean>;
  removeEntry(id: string): Promise<void>;
  /** Gives all entries of one room to another, and changes nothing else in them; at once, for all clients. */
  moveEntries(from: string, to: string): Promise<void>;
  /**
   * Runs `task` while no other client on the same storage runs one for the same name (in a browser: Web Locks).
   * The signal gives the wait up. Whoever sends for (author, room) holds `send/<author>/<room>` as long as it is
   * connected, so that two tabs share one outbox without sending twice. A task that never ends must not outlive its tab.
   * Where a holder gives no sign of life, another may take its turn: then this rejects while the task still runs.
   */
  exclusive(name: string, signal: AbortSignal, task: () => Promise<void>): Promise<void>;
  /**
   * Calls `listener` when another client on the same storage changed the outbox of a room, and with an empty name when
   * it saved the identity. Returns the way to stop.
   */
  onOutboxChange(listener: (room: string) => void): () => void;
}

/** idle: not started or stopped. waiting: a pause before the next attempt. closed: ended for good by the server. */
export const ClientState = {
  idle: "idle",
  connecting: "connecting",
  greeting: "greeting",
  ready: "ready",
  waiting: "waiting",
  closed: "closed",
} as const;
export type ClientState = (typeof ClientState)[keyof typeof ClientState];

/** entering: asked, or waiting for a connection. catchingUp: history is on its way. live: new messages come. */
export const RoomState = {
  entering: "entering",
  catchingUp: "catchingUp",
  live: "live",
  refused: "refused",
  left: "left",
} as const;
export type RoomState = (typeof RoomState)[keyof typeof RoomState];

export interface ClientListener {
  /** `retryAt`: when the next attempt is made, in state waiting. `code`: the close code, when there was one. */
  state?(state: ClientState, detail: { retryAt: number | null; code: Close | number | null }): void;
  /** After every welcome and every change of the own name. */
  identity?(me: Person, limits: StatedLimits): void;
  /** What whoever operates the server says to everybody: when it is said, and after each welcome while it holds. */
  announced?(frame: AnnouncedFrame): void;
  rooms?(list: { rooms: RoomSummary[]; roomCount: number; peopleCount: number }): void;
  /** A bug or unusable storage: for the log and a quiet notice. */
  failed?(error: Error): void;
}

export interface RoomListener {
  state?(state: RoomState): void;
  /**
   * New records in order, without gap or double, after those told before. `own` are the ids of own entries among them.
   */
  appended?(records: TextRecord[], own: Map<number, string>): void;
  /** New acts (edits, removals, reactions) in order, after the messages that came with them. `own` as for `appended`. */
  acted?(acts: ActRecord[], own: Map<number, string>): void;
  /** What was told is void: another life of the log. New records follow. */
  reset?(): void;
  /**
   * Numbers `from` to `to` were skipped: retention took them. What is appended next comes after them.
   * With `lost` they are lost on the server's disk: told between the records before and after them, and those of a page
   * before it is given. A long range comes in several parts, in any order; those of a page may have been told before.
   */
  gap?(from: number, to: number, lost: boolean): void;
  people?(people: Person[], count: number, listed: boolean): void;
  presence?(events: PresenceEvent[], count: number): void;
  typing?(authors: number[]): void;
  /**
   * How a room that belongs to somebody stands: told whenever it was entered, before it is live, and never in an open
   * room. `acted` goes on from there; standing.ts folds both.
   */
  standing?(frame: StandingFrame): void;
  /** The own entries that were not seen in the log yet, in order. Called on each change. */
  pending?(entries: readonly OutboxEntry[]): void;
  /** Own messages wait until then because the server said so: with `slowMode` or `dayFull`, for example. */
  slowed?(code: Refusal, until: number): void;
  /** The own name in this room when it is not the general one. */
  ownName?(name: string): void;
}

/** A piece of a room's history: every number from `from` to `to` is here, was told as lost, or is of no kind known. */
export interface RecordPage {
  from: number;
  /** Below `from` when there is nothing. */
  to: number;
  /** Whether there is more in the direction asked for. */
  more: boolean;
  /** In order. */
  records: TextRecord[];
  /** What was done in between, in order. */
  acts: ActRecord[];
  /**
   * What became of the messages, by acts here and anywhere; to be read by became.ts. Undefined: the server tells none.
   */
  became?: BecameFrame | undefined;
}

export interface ClientOptions {
  /** For example `ws://localhost:3000/ws`. */
  url: string;
  open: (url: string, protocol: string) => ClientSocket;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  storage: ClientStorage;
  language: Language;
  listener: ClientListener;
  /** Answers a challenge (see CHALLENGE in PROTOCOL.md). Without it this client says that it cannot. */
  work?: (challenge: Uint8Array, bits: number, isOver: () => boolean) => Promise<number>;
}

export interface EnterOptions {
  /** Records of history wanted. */
  history?: number;
  /** Take a suggested name when the own one is taken there. */
  anyName?: boolean;
  /** The bytes of that of a room which has one; sent on each connection, to servers of capability 16. */
  password?: Uint8Array | undefined;
  /** Where the caller already stands, from its own storage: it holds every record it wants up to this one. */
  position?: { epoch: string; seq: number; oldest: number };
  listener: RoomListener;
}
