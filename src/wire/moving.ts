/**
 * What stands in the frames of moves behind the request: MOVE_OUT, MOVE_IN and RENEW of the client, MOVING and MOVED of
 * the server. A page reads and writes it only when somebody moves, so that it is no part of decode.ts. Every byte is
 * accounted for, as there. Views (baggage, attempt, token) point into the bytes given.
 *
 *   MOVE_OUT  u8 words, baggage to the end      MOVING  u48 expiresAt, str8 phrase
 *   MOVE_IN   bytes8 attempt, str8 phrase       MOVED   varint author, bytes8 token, str8 name, baggage to the end
 *   RENEW     nothing
 */
import { Reader, WireError, Writer } from "./bytes.ts";
import { WIRE } from "./limits.ts";

/** In which words a phrase is wanted; `none` gives up what is under way. */
export const MoveWords = { none: 0, en: 1, ko: 2 } as const;
export type MoveWords = (typeof MoveWords)[keyof typeof MoveWords];

/** Asks for a phrase by which this identity can be taken over to another place, one time. */
export interface MoveOut {
  words: MoveWords;
  /** What is handed to whoever says the phrase; the server does not look into it. */
  baggage: Uint8Array;
}

/** Says such a phrase. */
export interface MoveIn {
  /** Random bytes of the client's, the same when it asks again: nobody else gets the answer a second time. */
  attempt: Uint8Array;
  /** As somebody typed it. */
  phrase: string;
}

/** Answers a MOVE_OUT: what is to be said elsewhere. */
export interface Moving {
  /** Milliseconds since 1970, by the server's clock. 0: nothing is under way any more. */
  expiresAt: number;
  /** Words with a space between them; empty when nothing is under way. */
  phrase: string;
}

/** Answers MOVE_IN and RENEW: who one may be from now on. Nothing is ended before a hello shows this token. */
export interface Moved {
  author: number;
  /** The secret that proves it. */
  token: Uint8Array;
  name: string;
  /** As MOVE_OUT gave it; of a renewal empty. */
  baggage: Uint8Array;
}

export function writeMoveOut({ words, baggage }: MoveOut): Uint8Array {
  return new Writer(64).u8(words).bytes(baggage).take();
}

/** @throws WireError */
export function readMoveOut(body: Uint8Array): MoveOut {
  const r = new Reader(body);
  const words = r.u8();
  if (words > MoveWords.ko) throw new WireError("field has a value that is not allowed");
  if (r.left > WIRE.maxBaggageBytes) throw new WireError("baggage is too large");
  return { words: words as MoveWords, baggage: r.rest() };
}

export function writeMoveIn({ attempt, phrase }: MoveIn): Uint8Array {
  return new Writer(64).bytes8(attempt).str8(phrase).take();
}

/** @throws WireError */
export function readMoveIn(body: Uint8Array): MoveIn {
  const r = new Reader(body);
  const read = { attempt: r.bytes8(WIRE.maxTokenBytes), phrase: r.str8() };
  r.end();
  return read;
}

export function writeMoving({ expiresAt, phrase }: Moving): Uint8Array {
  return new Writer(64).u48(expiresAt).str8(phrase).take();
}

/** @throws WireError */
export function readMoving(body: Uint8Array): Moving {
  const r = new Reader(body);
  const read = { expiresAt: r.u48(), phrase: r.str8() };
  r.end();
  return read;
}

export function writeMoved({ author, token, name, baggage }: Moved): Uint8Array {
  return new Writer(64).varint(author).bytes8(token).str8(name).bytes(baggage).take();
}

/** @throws WireError */
export function readMoved(body: Uint8Array): Moved {
  const r = new Reader(body);
  const author = r.varint();
  return { author, token: r.bytes8(WIRE.maxTokenBytes), name: r.str8(), baggage: r.rest() };
}
