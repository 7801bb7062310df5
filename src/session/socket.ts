/**
 * What a session needs from the connection under it, and from the server around it.
 */
import type { Close } from "../wire/codes.ts";

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

/** Proves who operates the server. */
export interface OperatorKey {
  isRight(key: Uint8Array): boolean;
}

/** Gives and proves identities. */
export interface Identities {
  /** A new identity; null while numbers are being reserved: await `ready` and ask again. */
  issue(): { author: number; token: Uint8Array } | null;
  ready(): Promise<void>;
  /** The author a token belongs to, or null when this server never gave it. */
  verify(token: Uint8Array): number | null;
}
