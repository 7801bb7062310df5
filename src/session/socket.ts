/**
 * What a session needs from the connection under it, and from the server around it.
 */
import type { Close } from "../wire/codes.ts";
import type { MoveWords } from "../wire/moving.ts";
import type { Account } from "./account.ts";

export interface SessionSocket {
  /** Bytes sent and not yet taken by the network. */
  readonly buffered: number;
  /** Sends one frame. Copies the bytes before it returns. False: it was dropped because too much is buffered. */
  send(frame: Uint8Array): boolean;
  /** From now on the connection gets what is published to the room. */
  subscribe(room: number): void;
  unsubscribe(room: number): void;
  watchRooms(on: boolean): void;
  /** Ends the connection with a close frame. The session is told by `closed` before or soon after. */
  end(code: Close): void;
  /** Runs several sends as one write. Only from outside a handler of the transport. */
  cork(sends: () => void): void;
}

/** Asks newcomers for work when too many come. */
export interface NewcomerWork {
  /**
   * What a newcomer has to show now; null: nothing. `pressure`: how much of the allowance for newcomers is used, from 0
   * to 1. The caller owns the challenge.
   */
  demand(pressure: number): { bits: number; challenge: Uint8Array } | null;
  isDone(bits: number, challenge: Uint8Array, answer: number): boolean;
}

/** ended: another one holds. holdsFirst: from now on, and the one before it no more. */
export const TokenWorth = { ended: 0, holds: 1, holdsFirst: 2 } as const;
export type TokenWorth = (typeof TokenWorth)[keyof typeof TokenWorth];

/** Proves who operates the server. */
export interface OperatorKey {
  isRight(key: Uint8Array): boolean;
}

/** Gives and proves identities. */
export interface Identities {
  /** A new identity; null while numbers are being reserved: await `ready` and ask again. */
  issue(): { author: number; token: Uint8Array } | null;
  ready(): Promise<void>;
  /** The author whose token it is or was, or null when this server never gave it. */
  verify(token: Uint8Array): number | null;
  /**
   * A token that was verified is shown. `then` is called once, within this call where what it is worth is known at once;
   * until it returns nothing changes about the tokens of that author.
   */
  show(token: Uint8Array, then: (worth: TokenWorth) => void): void;
  /**
   * Another token of the author. Nothing is ended before it is shown; until then, and for some minutes, a later one or
   * `withdraw` makes it worthless.
   */
  give(author: number): Promise<Uint8Array>;
  withdraw(author: number): void;
}

/** Makes the phrases by which an identity moves. */
export interface Phrases {
  make(words: MoveWords): string;
  /** The same for all that somebody may type for one phrase. */
  keyOf(typed: string): string;
}

/**
 * What stands for the address of a visitor in one room: the same for the same address, and for another room or log
 * another. Null: its address is not known.
 */
export type MarkOf = (visitor: Account, room: number) => string | null;
