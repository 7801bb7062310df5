/**
 * What is kept of a connection in a room, and what entering, sending and paging need of the connection. Types only.
 */

import type { PersonHere } from "../room/people.ts";
import type { Member } from "../room/presence.ts";
import type { Room } from "../room/room.ts";
import type { Close, Refusal } from "../wire/codes.ts";
import type { ClientKind, RefusedFrame } from "../wire/frames.ts";
import type { Account } from "./account.ts";
import type { CostName } from "./costs.ts";
import type { Delivery, DeliveryReader } from "./delivery.ts";
import type { House } from "./session.ts";

export interface Seat {
  readonly room: Room;
  readonly member: Member;
  readonly delivery: Delivery;
  /**
   * The nonce that was refused for now. Later ones are refused too until this one comes again: otherwise an author's
   * messages would be stored in another order than they were written. 0: none.
   */
  blockedAt: number;
  /** What came behind an act whose message is looked for on disk, in order; null: none is. */
  held: Held | null;
}

/** Waits for its turn; the bytes are its own. */
export interface Said {
  nonce: number;
  /** The frame it came in. */
  frame: SayingFrame;
  kind: number;
  body: Uint8Array;
}

export interface Held {
  said: Said[];
  bytes: number;
  /** The highest nonce among these and the act that they wait for. */
  highest: number;
}

/** Frames that bring a record. */
export type SayingFrame = typeof ClientKind.send | typeof ClientKind.act;

/** What goes with a refusal, where there is something. */
export type RefusalDetail = Partial<Pick<RefusedFrame, "room" | "retryAfterMs" | "suggestion">>;

/** A request to come into a room that waits for the disk. */
export interface Asked {
  readonly room: string;
  /** The person left the room since, or was put out of it: that counts. */
  isOver: boolean;
}

/** The connection that takes seats. Once it is closed, none of what it is asked to do does anything. */
export interface Connection extends DeliveryReader {
  readonly house: Pick<
    House,
    | "rooms"
    | "budget"
    | "identities"
    | "moves"
    | "passwords"
    | "unguessable"
    | "markOf"
    | "operatorKey"
    | "report"
  >;
  /** The account of the address it came from. */
  readonly visitor: Account;
  /** Whether the operator's key was shown on it. */
  operates: boolean;
  /** Null before the welcome, and after the end. */
  readonly person: PersonHere | null;
  /** Rooms this connection is in: few, so that a list is smaller and as fast as a map. */
  seats: Seat[];
  /** Requests to come into rooms that are not answered yet. */
  entering: readonly Asked[];
  /** Whether one more request that waits for the disk may be too much. */
  readonly isBusy: boolean;
  seat(room: number): Seat | undefined;
  /** Ends the connection from this side. */
  close(code: Close): void;
  refuse(refused: ClientKind, request: number, code: Refusal, more?: RefusalDetail): void;
  /** Takes what something costs. @returns 0, or milliseconds to wait. */
  may(cost: CostName, times?: number): number;
  /** Takes what something has cost, which is known only now, or with a number below 0 gives it back. */
  owe(cost: CostName, times: number): void;
  /** Counts a message in a room that may be flooded. @returns 0, or milliseconds to wait. */
  slowDown(room: Room): number;
  /** Runs work that waits for the disk, some of it at a time and the rest in order. */
  wait(work: () => Promise<void>): void;
  /** As `wait`, for work that makes a large answer: one at a time, and when there is place for it. */
  page(work: () => Promise<void>): void;
}
