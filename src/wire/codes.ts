/**
 * The stable codes of the protocol. A refusal answers one request and the connection lives; a close ends the
 * connection, and its range says whether to come back. Text is never sent for a program to read.
 * Invariant: a number once given keeps its meaning; a new meaning gets a new number.
 */

/** Answers to one request. The connection stays as it was. */
export const Refusal = {
  /** The text has no visible character. */
  emptyText: 1,
  /** The text is longer than the stated limit. */
  textTooLong: 2,
  /** The text is not well-formed UTF-8 or holds a NUL. */
  badText: 3,
  /** More than the connection, the identity, the visitor or the server may do: retry after the stated time. */
  tooFast: 4,
  /** The room has more unflushed messages than it may hold: retry after the stated time. */
  roomBusy: 5,
  /** This connection has not entered that room. */
  notInRoom: 6,
  /** The nonce is lower than one already used here and was never stored: send again with a higher one. */
  staleNonce: 7,
  /** The nickname is empty, too long or has a character that is not allowed. */
  badName: 8,
  /** Somebody in the room has this name or one that looks like it. The detail suggests a free one. */
  nameTaken: 9,
  /** The room name is empty, too long or has a character that is not allowed. */
  badRoomName: 10,
  /** This connection is in as many rooms as it may be. */
  tooManyRooms: 11,
  /** The server holds as many rooms as it may. */
  serverFull: 12,
  /** An earlier message of this connection in this room has to be sent again first. */
  outOfOrder: 13,
  /** What was asked for is damaged on the server's disk. */
  damaged: 14,
  /** Whether this message was stored cannot be told any more: it was neither sent nor acknowledged by this answer. */
  cannotTell: 15,
  /** The nonce lies too far above the last one of this author in this room. */
  nonceTooHigh: 16,
  /** The room is flooded, and this person or address has used its share of it: retry after the stated time. */
  slowMode: 17,
  /** The log, or its disk, has no place for more. */
  logFull: 18,
  /** The room holds as many bytes as a room may. */
  roomStorageFull: 19,
  /** This visitor wrote as many bytes as a visitor may in a day: retry after the stated time. */
  dayFull: 20,
  /** The server knows no such kind of record, or nobody may say it. */
  unknownKind: 21,
  /** The body of an act is not one of its kind, or has bytes left over. */
  badBody: 22,
  /** There is no record of that number yet. */
  noSuchMessage: 23,
  /** What had that number is not kept any more, or is lost. */
  notKept: 24,
  /** What has that number is no message. */
  notAMessage: 25,
  /** The message was removed. */
  removed: 26,
  /** The message is somebody else's. */
  notYours: 27,
  /** The message was edited as often as one may, or all of the room were. */
  tooManyEdits: 28,
  /** The message has as many different signs as one may, or the room as many of people as a room may. */
  tooManyReactions: 29,
  /** It is so already: the sign is on the message, or is not there to be taken back. */
  noChange: 30,
  /** This person reported the message already. */
  alreadyReported: 31,
  /** The room's slow mode holds this person: retry after the stated time. */
  tooSoon: 32,
  /** Those who look after the room let only people speak who have a role. */
  notASpeaker: 33,
  /** The room is locked, and this person has no role in it and never wrote there. */
  locked: 34,
  /** Whoever operates the server closed the room, for a reason that the detail may tell; or its name stays closed. */
  roomClosed: 35,
  /** This person is kept out of the room: until the stated time is over, or without an end. */
  banned: 36,
  /** This person is kept silent in the room: until the stated time is over, or without an end. */
  muted: 37,
  /** A time in it is one that this may not name: an end that has passed, or a beginning that lies too far back. */
  badTime: 38,
  /** There is a room of that name already, and it is not this person's. */
  roomExists: 40,
  /** The name is that of an unlisted room, or of one that is to be closed, and there is none. */
  noSuchRoom: 41,
  /** The room belongs to nobody, so nobody may do this in it. */
  openRoom: 42,
  /** This needs a role in the room that this person does not have, or concerns somebody whose role is as high. */
  notAllowed: 43,
  /** The room would have no owner any more. */
  lastOwner: 44,
  /** The room has as many of these as it may have. */
  tooManyKept: 45,
  /** This is a back room: what is to be done is done in the room that it belongs to. */
  backRoom: 46,
  /** The room has a password, and none came with the request. */
  passwordNeeded: 47,
  /** No room of that name opens with that password; whether there is one of that name is not told. */
  wrongPassword: 48,
  /** The phrase is wrong, used, given up or too old: all alike. */
  badPhrase: 49,
  /** Never sent by a server: a client gives back what was written under an identity that is not here any more. */
  movedAway: 50,
  /** That is not the operator's key. */
  wrongKey: 51,
  /** Whoever operates the server keeps this name: of a room that is not there, or of a person. */
  reservedName: 52,
} as const;
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

/** Why a connection ended. 4000 to 4499: come back, after a wait. 4500 to 4999: do not, something must change. */
export const Close = {
  /** The server is stopping or restarting. */
  goingAway: 4000,
  /** No hello within the time allowed. */
  helloTimeout: 4001,
  /** The connection took nothing of what was sent to it for too long. */
  stalled: 4002,
  /** This connection did nothing and made place for a newcomer: come back after the time that GOODBYE says. */
  full: 4003,
  /** The server met an error of its own while serving this connection. */
  internal: 4004,
  /**
   * The client went on asking in spite of the times it was given, or too many newcomers came: GOODBYE says when to come
   * back.
   */
  tooMuch: 4005,
  /** A frame could not be read. */
  badFrame: 4500,
  /** A frame came that is not allowed in this state. */
  unexpectedFrame: 4501,
  /** The client speaks a version this server does not. */
  badVersion: 4502,
  /** No longer sent: `tooMuch` is, with a time. */
  flood: 4503,
  /** A text frame came where only binary ones are spoken. */
  notBinary: 4504,
  /** The operator denied this address. */
  denied: 4505,
  /** Newcomers have to show work just now, and this client does not know how to or showed none. */
  workNeeded: 4506,
  /** The token that was shown is ended: the identity moved, or signed out everywhere else. */
  tokenEnded: 4507,
} as const;
export type Close = (typeof Close)[keyof typeof Close];

/** Whether a client should try again after this close code. Codes outside 4500 to 4999 say yes. */
export function mayRetry(code: number): boolean {
  return code < 4500 || code > 4999;
}

/** How a join answers the position a client came with. */
export const Resume = {
  /** No position was given: the last page follows. */
  fresh: 0,
  /** What follows continues the client's position exactly. */
  continued: 1,
  /** History no longer reaches back to the position: what follows begins later. */
  gap: 2,
  /** The position belongs to another life of the log, or lies beyond its end: what the client holds is void. */
  reset: 3,
} as const;
export type Resume = (typeof Resume)[keyof typeof Resume];

/** What happened to one person in a room. */
export const Presence = { enter: 1, leave: 2, rename: 3 } as const;
export type Presence = (typeof Presence)[keyof typeof Presence];
