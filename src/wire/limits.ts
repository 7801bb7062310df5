/**
 * Every limit of the wire and of the server, in one table. What a limit is for stands beside it; the server's
 * configuration may lower or raise those marked "configurable", and the welcome frame states what is in force.
 * Invariant: nothing elsewhere in the code holds a bound of its own on what a peer may send.
 */

import { SUBPROTOCOL } from "./subprotocol.ts";

/** Hard bounds of the format. They are part of the protocol and the same on every server. */
export const WIRE = {
  subprotocol: SUBPROTOCOL,
  /** Version stated in hello, welcome and in the header of every block. */
  version: 1,
  /** Largest integer a varint may carry: 2^53 - 1, what a JavaScript number holds exactly. */
  maxVarint: Number.MAX_SAFE_INTEGER,
  /** Longest frame a client may send, bytes. A longer one ends the connection. */
  maxClientFrameBytes: 8 * 1024,
  /** Longest block, bytes. With its header it fits a WebSocket frame with a 16-bit length (65,535). */
  maxBlockBytes: 65_000,
  /** Longest nickname, bytes of UTF-8 after NFC. */
  maxNameBytes: 96,
  /** Longest room name, bytes of UTF-8 after NFC. */
  maxRoomNameBytes: 192,
  /** Longest name that ENTER has: of a back room, with what stands behind that of its room. */
  maxEnteredNameBytes: 197,
  /** Longest identity token, bytes. */
  maxTokenBytes: 64,
  /** What somebody takes along when an identity moves, bytes. */
  maxBaggageBytes: 6 * 1024,
  /** By how much a nonce may lie above the last one of its author in the room, so that one message cannot use them up. */
  maxNonceStep: 2 ** 20,
} as const;

/** Limits that the operator may configure. All are whole numbers; the unit stands in the name. */
export interface Limits {
  /** Longest text of one message, bytes of UTF-8. */
  maxTextBytes: number;
  /** Rooms one connection may be in at once. */
  maxRoomsPerConnection: number;
  /** Time a new connection has to say hello. */
  helloTimeoutMs: number;
  /** Messages of one identity, a second in the long run. 0 means no limit. */
  messagesPerSecond: number;
  /** Messages of one identity: how many at once. */
  messageBurst: number;
  /** Every other request of one identity, weighed by its work: how many a second. 0 means no limit. */
  framesPerSecond: number;
  /** Every other request of one identity: how many at once. */
  frameBurst: number;
  /** Messages a second above which a room slows down by itself. 0: never. */
  roomMessagesPerSecond: number;
  /** Messages at once before a room slows down. */
  roomMessageBurst: number;
  /** Most records one history request may ask for. */
  maxPageRecords: number;
  /** Records a client should ask for on entering, unless it knows better. */
  pageRecords: number;
  /** Above this many people a room shows counts instead of a list of people. */
  maxListedPeople: number;
  /** How long somebody whose connection dropped still counts as present. */
  graceMs: number;
  /** Rooms held in memory at once; entering one more is refused. */
  maxRooms: number;
  /** Connections at once; one more is refused. */
  maxConnections: number;
  /** Connections of one visitor at once. */
  maxConnectionsPerVisitor: number;
  /** Bytes a socket may have unsent before it becomes a log reader. */
  maxBackpressureBytes: number;
  /** A socket whose unsent bytes have not shrunk for this long is closed. */
  stalledMs: number;
  /** Seconds without a byte from a client before its connection is closed. 8 to 960. */
  idleTimeoutSeconds: number;
  /** Bytes of unflushed messages a room may hold; more are refused with a time to retry. */
  maxPendingBytes: number;
  /** Bytes that the log may take on disk; more messages are refused. 0: no limit but the disk's. */
  maxLogBytes: number;
  /** Bytes that one room may take in the log. 0: no limit. */
  maxRoomBytes: number;
  /** Bytes of the disk that are kept free: with less, messages are refused. 0: none, and a full disk ends the process. */
  reserveBytes: number;
  /** Longest time a flush may wait for more messages in a room that is large and busy. 0 turns pacing off. */
  maxWindowMs: number;
  /** Bytes of committed blocks an active room keeps in memory for those who enter. */
  tailBytes: number;
}

/** Made by a call that can be left out: browsers need none of it, and a product of numbers would keep it in. */
export const DEFAULT_LIMITS: Limits = /* @__PURE__ */ (() => ({
  maxTextBytes: 4096,
  maxRoomsPerConnection: 32,
  helloTimeoutMs: 5_000,
  messagesPerSecond: 10,
  messageBurst: 30,
  framesPerSecond: 20,
  frameBurst: 200,
  roomMessagesPerSecond: 50,
  roomMessageBurst: 300,
  maxPageRecords: 500,
  pageRecords: 100,
  maxListedPeople: 200,
  graceMs: 5_000,
  maxRooms: 100_000,
  maxConnections: 20_000,
  maxConnectionsPerVisitor: 5_000,
  maxBackpressureBytes: 256 * 1024,
  stalledMs: 30_000,
  idleTimeoutSeconds: 60,
  maxPendingBytes: 4 * 1024 * 1024,
  maxLogBytes: 0,
  maxRoomBytes: 2 ** 30,
  reserveBytes: 64 * 1024 * 1024,
  maxWindowMs: 25,
  tailBytes: 64 * 1024,
}))();

/** Numbers under which the welcome frame states limits. An unknown number is ignored by the client. */
export const LimitId = {
  maxTextBytes: 1,
  maxRoomsPerConnection: 2,
  messagesPerSecond: 3,
  messageBurst: 4,
  maxPageRecords: 5,
  pageRecords: 6,
  maxListedPeople: 7,
  graceMs: 8,
  idleTimeoutSeconds: 9,
} as const;

export type StatedLimit = keyof typeof LimitId;
export type StatedLimits = Record<StatedLimit, number>;

/** What a welcome means that leaves one out: part of the protocol. All that a client has to know of the table above. */
export const STATED_DEFAULTS: StatedLimits = {
  maxTextBytes: 4096,
  maxRoomsPerConnection: 32,
  messagesPerSecond: 10,
  messageBurst: 30,
  maxPageRecords: 500,
  pageRecords: 100,
  maxListedPeople: 200,
  graceMs: 5_000,
  idleTimeoutSeconds: 60,
};
