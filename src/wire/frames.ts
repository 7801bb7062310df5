/**
 * The shapes of all frames but the block. One WebSocket message is one frame; its first byte is the kind: below
 * 0x40 from the client, 0x42 the block, from 0x80 from the server. Layouts are drawn in encode.ts; PROTOCOL.md
 * describes them for writers of other clients. Pure types and numbers.
 */
import type { Presence, Refusal, Resume } from "./codes.ts";
import type { StatedLimits } from "./limits.ts";

export const ClientKind = {
  hello: 0x01,
  enter: 0x02,
  leave: 0x03,
  send: 0x04,
  history: 0x05,
  rename: 0x06,
  watchRooms: 0x07,
  typing: 0x08,
  ping: 0x09,
  work: 0x0a,
  act: 0x0b,
  makeRoom: 0x0c,
  who: 0x0d,
  edits: 0x0e,
  report: 0x0f,
  setPassword: 0x10,
  moveOut: 0x11,
  moveIn: 0x12,
  renew: 0x13,
  operateAs: 0x14,
  operate: 0x15,
} as const;
export type ClientKind = (typeof ClientKind)[keyof typeof ClientKind];

/** Without a hole from the first to the last: see `isKnownServerKind`. */
export const ServerKind = {
  welcome: 0x81,
  entered: 0x82,
  live: 0x83,
  page: 0x84,
  ack: 0x85,
  refused: 0x86,
  presence: 0x87,
  people: 0x88,
  rooms: 0x89,
  pong: 0x8a,
  goodbye: 0x8b,
  renamed: 0x8c,
  typing: 0x8d,
  challenge: 0x8e,
  made: 0x8f,
  became: 0x90,
  reacted: 0x91,
  edited: 0x92,
  standing: 0x93,
  putOut: 0x94,
  reported: 0x95,
  passwordSet: 0x96,
  moving: 0x97,
  moved: 0x98,
  operating: 0x99,
  announced: 0x9a,
} as const;
export type ServerKind = (typeof ServerKind)[keyof typeof ServerKind];

export const Language = { en: 0, ko: 1 } as const;
export type Language = (typeof Language)[keyof typeof Language];

/** Bits of `capabilities` in a hello. */
export const Capability = { answersChallenge: 1 } as const;

/** Bits of `capabilities` in a welcome. */
export const ServerCapability = {
  takesActs: 1,
  makesRooms: 2,
  tellsBecame: 4,
  hasBackRooms: 8,
  takesPasswords: 16,
  moves: 32,
  isOperated: 64,
  tellsWho: 128,
} as const;

/** Where a reader stands in a room: everything up to and with `seq` of that life of the log is known. */
export interface Position {
  /** 16 hexadecimal digits. */
  epoch: string;
  /** 0 when nothing is known yet. */
  seq: number;
}

export interface HelloFrame {
  kind: typeof ClientKind.hello;
  version: number;
  /** Bits of `Capability`; unknown ones are ignored. */
  capabilities: number;
  language: Language;
  /** What an earlier welcome gave; empty for a newcomer. */
  token: Uint8Array;
  /** Empty: let the server choose. */
  name: string;
}

export interface EnterFrame {
  kind: typeof ClientKind.enter;
  request: number;
  /** Take the suggested name in this room when the own one is taken there, instead of a refusal. */
  anyName: boolean;
  room: string;
  /** Records wanted when no position is given, or when the position cannot be continued. 0: none. */
  history: number;
  position: Position | null;
  /** Of a room that has one. A view on the bytes that were decoded. What is wrong with it opens nothing. */
  password?: Uint8Array | undefined;
}

export interface LeaveFrame {
  kind: typeof ClientKind.leave;
  room: number;
}

export interface SendFrame {
  kind: typeof ClientKind.send;
  room: number;
  /** At least 1: 0 stands for "none stored yet" in the entered frame. */
  nonce: number;
  /** A view on the bytes that were decoded. Not checked for UTF-8: bad text is refused, not a broken frame. */
  text: Uint8Array;
}

/** A record of any kind: SEND is the short form for a plain text. */
export interface ActFrame {
  kind: typeof ClientKind.act;
  room: number;
  /** As for a send, and of the same row. */
  nonce: number;
  /** Number of the record's kind. */
  act: number;
  /** As in the record, behind the name. A view on the bytes that were decoded; what is wrong with it is refused. */
  body: Uint8Array;
}

/** Direction of a history request. `before`: the newest records below seq. `after`: the oldest above it. */
export const Direction = { before: 0, after: 1 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

export interface HistoryFrame {
  kind: typeof ClientKind.history;
  request: number;
  room: number;
  direction: Direction;
  seq: number;
  /** Records wanted; the page ends at a block's end and may hold more. */
  limit: number;
  /** Tell also what became of the messages; only to a server of that capability. Absent: no. */
  became?: boolean;
}

export interface RenameFrame {
  kind: typeof ClientKind.rename;
  request: number;
  name: string;
}

export interface WatchRoomsFrame {
  kind: typeof ClientKind.watchRooms;
  on: boolean;
}

export interface TypingFrame {
  kind: typeof ClientKind.typing;
  room: number;
  on: boolean;
}

export interface PingFrame {
  kind: typeof ClientKind.ping;
  token: number;
}

/** The answer to a challenge. */
export interface WorkFrame {
  kind: typeof ClientKind.work;
  answer: number;
}

/** Makes a room that belongs to this person; it is not entered by that. */
export interface MakeRoomFrame {
  kind: typeof ClientKind.makeRoom;
  request: number;
  /** In no list, and with a name that the server completes by 64 random bits. */
  unlisted: boolean;
  /** May be empty for an unlisted one. */
  room: string;
  /** A view on the bytes that were decoded. Not checked: what is wrong with it is refused. Absent: the room has none. */
  password?: Uint8Array | undefined;
}

/** An owner gives a room a password, another one, or none; it need not be entered for that. */
export interface SetPasswordFrame {
  kind: typeof ClientKind.setPassword;
  request: number;
  room: string;
  /** As for `MakeRoomFrame`; empty: none. */
  password: Uint8Array;
}

/** Asks who put which signs on a message; only a server of that capability, as the next one. */
export interface WhoFrame {
  kind: typeof ClientKind.who;
  request: number;
  room: number;
  seq: number;
}

/** Asks how a message that was edited read before. */
export interface EditsFrame {
  kind: typeof ClientKind.edits;
  request: number;
  room: number;
  seq: number;
}

/** Tells those who look after a room of a message in it. */
export interface ReportFrame {
  kind: typeof ClientKind.report;
  request: number;
  room: number;
  seq: number;
  /** Why; may be empty. A view on the bytes that were decoded; what is wrong with it is refused. */
  reason: Uint8Array;
}

/** About moves of the identity; see moving.ts. */
export interface MoveFrame {
  kind: typeof ClientKind.moveOut | typeof ClientKind.moveIn | typeof ClientKind.renew;
  request: number;
  /** A view on the bytes that were decoded. */
  body: Uint8Array;
}

/**
 * Shows the operator's key: this person operates the server until the connection ends. Only to a server of that
 * capability.
 */
export interface OperateAsFrame {
  kind: typeof ClientKind.operateAs;
  request: number;
  /** UTF-8 of the key. A view on the bytes that were decoded. */
  body: Uint8Array;
}

/** What whoever operates the server wants of all of it. */
export interface OperateFrame {
  kind: typeof ClientKind.operate;
  request: number;
  /** As orders.ts reads it. A view on the bytes that were decoded. */
  body: Uint8Array;
}

export type ClientFrame =
  | HelloFrame
  | EnterFrame
  | LeaveFrame
  | SendFrame
  | HistoryFrame
  | RenameFrame
  | WatchRoomsFrame
  | TypingFrame
  | PingFrame
  | WorkFrame
  | ActFrame
  | MakeRoomFrame
  | WhoFrame
  | EditsFrame
  | ReportFrame
  | SetPasswordFrame
  | MoveFrame
  | OperateAsFrame
  | OperateFrame;

export interface WelcomeFrame {
  kind: typeof ServerKind.welcome;
  version: number;
  /** Bits of `ServerCapability`; unknown ones are ignored. */
  capabilities: number;
  /** The connection's identity: a number that others see. */
  author: number;
  /** The secret that proves it; to be kept and shown to nobody. */
  token: Uint8Array;
  name: string;
  epoch: string;
  /** The server's clock, milliseconds since 1970. */
  time: number;
  limits: StatedLimits;
}

export interface EnteredFrame {
  kind: typeof ServerKind.entered;
  request: number;
  room: number;
  /** The room's name in canonical form. */
  name: string;
  /** The person's own name in this room. */
  ownName: string;
  epoch: string;
  resume: Resume;
  /** Number of the oldest record that can still be read; head + 1 when there is none. */
  first: number;
  /** The position of the room now. */
  head: number;
  /** Everything after this number follows by itself. */
  start: number;
  /** Highest nonce of this author stored in this room; 0 when there is none. */
  nonce: number;
}

/** From here on blocks come as they are committed. */
export interface LiveFrame {
  kind: typeof ServerKind.live;
  room: number;
  head: number;
}

export interface PageFrame {
  kind: typeof ServerKind.page;
  request: number;
  room: number;
  /** Number of the oldest record that can still be read. */
  first: number;
  /** Whether more follows in the direction asked for. */
  more: boolean;
  /** Whole blocks in ascending order, views on the bytes that were decoded. */
  blocks: Uint8Array[];
}

/** Comes before the page that was asked for with it. */
export interface BecameFrame {
  kind: typeof ServerKind.became;
  request: number;
  room: number;
  /** It tells of messages of these numbers, and the page ends with them too. */
  from: number;
  to: number;
  /** See became.ts. A view on the bytes that were decoded. */
  told: Uint8Array;
}

/** Answers a send whose (author, nonce) was in the log already, as record `seq`. */
export interface AckFrame {
  kind: typeof ServerKind.ack;
  room: number;
  nonce: number;
  seq: number;
}

export interface RefusedFrame {
  kind: typeof ServerKind.refused;
  /** Kind of the frame that is refused. */
  refused: ClientKind;
  /** Its request number, or its nonce for a send. */
  request: number;
  /** Its room number, 0 when it has none. */
  room: number;
  code: Refusal;
  /** Not 0: the same may be sent again after this time. 0: no waiting helps; the code says what does. */
  retryAfterMs: number;
  /** For a taken name: a free one that is close. For a room that was closed: the reason. Otherwise empty. */
  suggestion: string;
}

export interface PresenceEvent {
  change: Presence;
  author: number;
  /** The new name; empty for leave. */
  name: string;
}

/** What changed among the people of a room since the last such frame. */
export interface PresenceFrame {
  kind: typeof ServerKind.presence;
  room: number;
  /** People in the room now. */
  count: number;
  /** Empty in a large room, where only the count is told. */
  events: PresenceEvent[];
}

export interface Person {
  author: number;
  name: string;
}

/** Who is in the room now; replaces what was known. */
export interface PeopleFrame {
  kind: typeof ServerKind.people;
  room: number;
  count: number;
  /** False in a large room: `people` are some who wrote lately, and presence frames carry counts only. */
  listed: boolean;
  people: Person[];
}

export interface RoomSummary {
  name: string;
  people: number;
}

/** The rooms with most people; sent on watching, and again when it changed, at most about once a second. */
export interface RoomsFrame {
  kind: typeof ServerKind.rooms;
  /** Rooms and people on the whole server. */
  roomCount: number;
  peopleCount: number;
  rooms: RoomSummary[];
}

export interface PongFrame {
  kind: typeof ServerKind.pong;
  token: number;
  time: number;
}

/** The server is about to close this connection; come back after the stated time. */
export interface GoodbyeFrame {
  kind: typeof ServerKind.goodbye;
  code: number;
  retryAfterMs: number;
}

export interface RenamedFrame {
  kind: typeof ServerKind.renamed;
  request: number;
  name: string;
}

/** Who is writing in the room now; replaces what was known. */
export interface TypingNowFrame {
  kind: typeof ServerKind.typing;
  room: number;
  authors: number[];
}

/**
 * A newcomer has to show work (hashcash) before it is welcomed: a number whose eight bytes, big-endian, behind the
 * challenge have a SHA-256 (FIPS 180-4) that begins with so many zero bits.
 */
export interface ChallengeFrame {
  kind: typeof ServerKind.challenge;
  bits: number;
  challenge: Uint8Array;
}

/** Answers MAKE_ROOM: the room is there, for good. */
export interface MadeFrame {
  kind: typeof ServerKind.made;
  request: number;
  /** Its name, in canonical form. */
  room: string;
}

/** How a room that belongs to somebody stands, as of a number: what its records up to there come to. */
export interface StandingFrame {
  kind: typeof ServerKind.standing;
  room: number;
  /** Records above it change what is told here; those up to it are in it. */
  asOf: number;
  /** As standing.ts reads them. A view on the bytes that were decoded. */
  parts: Uint8Array;
}

/** Why somebody is put out. The first two are numbers of `Sanction`. */
export const PutOutWhy = { kick: 1, ban: 2, roleLost: 3 } as const;
export type PutOutWhy = (typeof PutOutWhy)[keyof typeof PutOutWhy];

/** This person is in the room no more, on any connection, because somebody who looks after it said so. */
export interface PutOutFrame {
  kind: typeof ServerKind.putOut;
  room: number;
  what: PutOutWhy;
  /** Until when the room is closed to this person; 0: without an end, or not at all. */
  until: number;
  /** Name of who said so. */
  by: string;
  /** May be empty. */
  reason: string;
}

/** Answers WHO. */
export interface ReactedFrame {
  kind: typeof ServerKind.reacted;
  request: number;
  /** See about.ts. A view on the bytes that were decoded. */
  told: Uint8Array;
}

/** Answers EDITS. */
export interface EditedFrame {
  kind: typeof ServerKind.edited;
  request: number;
  /** See about.ts. A view on the bytes that were decoded. */
  told: Uint8Array;
}

/** Answers REPORT: it stands in the back room. */
export interface ReportedFrame {
  kind: typeof ServerKind.reported;
  request: number;
  room: number;
  seq: number;
}

/** Answers one about moves; see moving.ts. */
export interface MovedFrame {
  kind: typeof ServerKind.moving | typeof ServerKind.moved;
  request: number;
  /** A view on the bytes that were decoded. */
  told: Uint8Array;
}

/** Answers SET_PASSWORD: it is stored. */
export interface PasswordSetFrame {
  kind: typeof ServerKind.passwordSet;
  request: number;
  /** Whether the room has one now. */
  on: boolean;
}

/** It is done: answers OPERATE_AS and OPERATE. */
export interface OperatingFrame {
  kind: typeof ServerKind.operating;
  request: number;
  /** What was asked for, as orders.ts reads it; otherwise empty. A view on the bytes that were decoded. */
  told: Uint8Array;
}

/** What whoever operates the server says to everybody; it takes the place of what was said before. */
export interface AnnouncedFrame {
  kind: typeof ServerKind.announced;
  /** When it was said, milliseconds since 1970. */
  at: number;
  /** Until when it holds; 0: without an end. */
  until: number;
  /** UTF-8. Empty: what was said does not hold any more. A view on the bytes that were decoded. */
  text: Uint8Array;
}

export type ServerFrame =
  | WelcomeFrame
  | EnteredFrame
  | LiveFrame
  | PageFrame
  | AckFrame
  | RefusedFrame
  | PresenceFrame
  | PeopleFrame
  | RoomsFrame
  | PongFrame
  | GoodbyeFrame
  | RenamedFrame
  | TypingNowFrame
  | ChallengeFrame
  | MadeFrame
  | BecameFrame
  | ReactedFrame
  | EditedFrame
  | StandingFrame
  | PutOutFrame
  | ReportedFrame
  | PasswordSetFrame
  | MovedFrame
  | OperatingFrame
  | AnnouncedFrame;
