/**
 * One connection's state machine: greets, enters and leaves rooms, passes messages on, and holds the limits. It
 * knows frames and rooms, not the transport. Invariant: a bad or excessive frame ends this connection and nothing else.
 *
 *   greeting ──hello──▶ ready ──▶ closed
 *       └────────bad frame, time────▲
 */
import { generateName } from "../room/generated-names.ts";
import { checkNickname } from "../room/names.ts";
import type { PersonHere } from "../room/people.ts";
import type { Room } from "../room/room.ts";
import type { Rooms } from "../room/rooms.ts";
import { type Reader, WireError } from "../wire/bytes.ts";
import { Close, Refusal } from "../wire/codes.ts";
import { decodeClientFrame } from "../wire/decode.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import {
  type ClientFrame,
  ClientKind,
  type HelloFrame,
  Language,
  type RefusedFrame,
  ServerKind,
} from "../wire/frames.ts";
import { LimitId, type StatedLimit, type StatedLimits, WIRE } from "../wire/limits.ts";
import { Bucket } from "./bucket.ts";
import { enterRoom, type Seat, sendMessage, sendPage } from "./seat.ts";
import type { Identities, SessionSocket } from "./socket.ts";

export const SessionState = { greeting: "greeting", ready: "ready", closed: "closed" } as const;
export type SessionState = (typeof SessionState)[keyof typeof SessionState];

/** What all sessions of a server share. */
export interface House {
  rooms: Rooms;
  identities: Identities;
  random: () => number;
  /** For the hot path: one reader for all sessions, used only within one call. */
  reader: Reader;
  /** For the front page: the current list of rooms as a frame. */
  roomListFrame: () => Uint8Array;
}

/** Refused messages in a row after which a connection is taken for a flood. */
const MAX_REFUSALS_IN_A_ROW = 500;
/** Frames kept for a socket that takes nothing at the moment; pages and blocks are not among them. */
const MAX_HELD_FRAMES = 64;
/** Requests of one connection that wait for the disk at the same time. */
const MAX_WORKING_REQUESTS = 4;
/** Requests of one connection that wait for their turn. */
const MAX_QUEUED_REQUESTS = 256;

export class Session {
  readonly house: House;
  readonly socket: SessionSocket;
  /** Rooms this connection is in: few, so that a list is smaller and as fast as a map. */
  seats: Seat[] = [];
  /** Rooms that are being entered, so that the limit holds while the disk is asked. */
  entering = 0;
  person: PersonHere | null = null;
  #state: SessionState = SessionState.greeting;
  // Made when first needed: most connections only read, and there are many of them.
  #messages: Bucket | null = null;
  #frames: Bucket | null = null;
  #refusals = 0;
  #waiting = 0;
  #held: Uint8Array[] | null = null;
  #queued: (() => Promise<void>)[] | null = null;
  #cancelTimeout: (() => void) | null;
  #watching = false;

  constructor(house: House, socket: SessionSocket) {
    this.house = house;
    this.socket = socket;
    const { limits, loop } = house.rooms;
    this.#cancelTimeout = loop.after(limits.helloTimeoutMs, () => {
      if (this.#state === SessionState.greeting) this.close(Close.helloTimeout);
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** One binary message of the client. The bytes may be gone after this returns: nothing keeps them. */
  receive(bytes: Uint8Array): void {
    if (this.#state === SessionState.closed) return;
    try {
      const r = this.house.reader.reset(bytes);
      // Messages come by the thousand, so they are read without making an object of each.
      if (this.#state === SessionState.ready && bytes.length > 0 && r.u8() === ClientKind.send) {
        const room = r.varint();
        const nonce = r.varint();
        if (nonce === 0) throw new WireError("nonce is zero");
        sendMessage(this, room, nonce, r.rest());
        return;
      }
      this.#dispatch(decodeClientFrame(bytes));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.close(Close.badFrame);
    }
  }

  /** The socket took what was buffered, or part of it. */
  drained(): void {
    if (this.#state === SessionState.closed) return;
    const held = this.#held;
    while (held && held.length > 0 && this.socket.send(held[0]!)) held.shift();
    if (held && held.length > 0) return;
    this.#held = null;
    for (const seat of this.seats) seat.feed.pump();
  }

  /** The transport dropped a frame that was published to a room. Not from inside the transport's handlers. */
  lapsed(room: number, seq: number | null): void {
    const feed = this.seat(room)?.feed;
    if (feed) feed.lapse(seq ?? feed.safeSeq);
  }

  seat(room: number): Seat | undefined {
    const { seats } = this;
    for (let i = 0; i < seats.length; i++) if (seats[i]!.room.number === room) return seats[i];
    return undefined;
  }

  /** Rooms whose topic this connection is on. */
  *liveRooms(): Iterable<number> {
    for (const seat of this.seats) if (seat.feed.isLive) yield seat.room.number;
  }

  /** Records this connection is behind in all its rooms. */
  get lag(): number {
    let records = 0;
    for (const seat of this.seats) records += seat.feed.lag;
    return records;
  }

  /** The connection is gone: nothing is sent any more, and what it held is let go. */
  closed(): void {
    if (this.#state === SessionState.closed) return;
    this.#leaveState();
    for (const seat of this.seats) seat.feed.abandon();
    this.#unseat(false);
  }

  /** Ends the connection from this side. */
  close(code: Close): void {
    if (this.#state === SessionState.closed) return;
    this.#leaveState();
    for (const seat of this.seats) seat.feed.end();
    this.#unseat(false);
    this.socket.end(code);
  }

  /** Sends a frame, or holds it while the socket is over its limit. */
  send(frame: Uint8Array): void {
    if (this.#state === SessionState.closed) return;
    if (this.#held === null && this.socket.send(frame)) return;
    this.#held ??= [];
    this.#held.push(frame);
    if (this.#held.length > MAX_HELD_FRAMES) this.close(Close.stalled);
  }

  // What a feed needs of the connection; once it is closed, none of it does anything.

  get buffered(): number {
    // What is held goes first: order on the socket is order of calls.
    return this.#held === null ? this.socket.buffered : Number.POSITIVE_INFINITY;
  }

  subscribe(room: number): void {
    this.socket.subscribe(room);
  }

  unsubscribe(room: number): void {
    this.socket.unsubscribe(room);
  }

  cork(sends: () => void): void {
    this.socket.cork(sends);
  }

  damaged(room: Room): void {
    this.refuse(ClientKind.enter, 0, Refusal.damaged, { room: room.number });
  }

  refuse(
    refused: ClientKind,
    request: number,
    code: Refusal,
    more: Partial<Pick<RefusedFrame, "room" | "retryAfterMs" | "suggestion">> = {},
  ): void {
    this.house.rooms.counters.refusals++;
    const { room = 0, retryAfterMs = 0, suggestion = "" } = more;
    this.send(
      encodeServerFrame({ kind: ServerKind.refused, refused, request, room, code, retryAfterMs, suggestion }),
    );
    if (refused !== ClientKind.send) return;
    // Many refused messages can stand in one read of the socket: it is closed at once, they are not skipped.
    if (++this.#refusals > MAX_REFUSALS_IN_A_ROW) this.close(Close.flood);
  }

  /** A message was stored or had been: no flood goes on. */
  settled(): void {
    this.#refusals = 0;
  }

  /** Takes a token for a message. @returns 0, or milliseconds to wait. */
  takeMessageToken(): number {
    const { limits, loop } = this.house.rooms;
    let wait = 0;
    if (limits.messagesPerSecond > 0) {
      const now = loop.monotonic();
      this.#messages ??= new Bucket(limits.messageBurst, now);
      wait = this.#messages.take(limits.messagesPerSecond, limits.messageBurst, now);
    }
    // Only those in a row count, with a rate or without one.
    if (wait === 0) this.#refusals = 0;
    return wait;
  }

  /**
   * Runs work that waits for the disk, some of it at a time and the rest in order; a connection that asks for much
   * more than a client that comes back to all its rooms is sent away for a while.
   */
  wait(work: () => Promise<void>): void {
    if (this.#waiting < MAX_WORKING_REQUESTS) {
      void this.#work(work);
      return;
    }
    this.#queued ??= [];
    if (this.#queued.push(work) > MAX_QUEUED_REQUESTS) this.close(Close.tooMuch);
  }

  /** Whether one more request that waits for the disk may be too much. */
  get isBusy(): boolean {
    return this.#queued !== null && this.#queued.length >= MAX_QUEUED_REQUESTS / 2;
  }

  /** What is queued runs even when the connection is closed meanwhile, in order to let go of what it holds. */
  async #work(first: () => Promise<void>): Promise<void> {
    this.#waiting++;
    for (let work: (() => Promise<void>) | undefined = first; work; work = this.#queued?.shift())
      await work();
    this.#waiting--;
  }

  #dispatch(frame: ClientFrame): void {
    if (frame.kind === ClientKind.hello) {
      if (this.#state !== SessionState.greeting || this.#waiting > 0) this.close(Close.unexpectedFrame);
      else this.#greet(frame);
      return;
    }
    if (this.#state !== SessionState.ready || !this.person) {
      this.close(Close.unexpectedFrame);
      return;
    }
    const { limits, loop } = this.house.rooms;
    const now = loop.monotonic();
    this.#frames ??= new Bucket(limits.frameBurst, now);
    if (this.#frames.take(limits.framesPerSecond, limits.frameBurst, now) > 0) {
      this.close(Close.tooMuch);
      return;
    }
    switch (frame.kind) {
      case ClientKind.enter:
        enterRoom(this, this.person, frame);
        break;
      case ClientKind.leave:
        this.#leave(frame.room);
        break;
      case ClientKind.history:
        sendPage(this, frame);
        break;
      case ClientKind.rename:
        this.#rename(this.person, frame.request, frame.name);
        break;
      case ClientKind.watchRooms:
        this.#watch(frame.on);
        break;
      case ClientKind.typing:
        this.#typing(frame.room, frame.on);
        break;
      case ClientKind.ping: {
        const time = loop.now();
        this.send(encodeServerFrame({ kind: ServerKind.pong, token: frame.token, time }));
        break;
      }
    }
  }

  #greet(hello: HelloFrame): void {
    if (hello.version !== WIRE.version) {
      this.close(Close.badVersion);
      return;
    }
    // The token is a view on bytes that are gone after an await.
    const token = hello.token.slice();
    const known = token.length > 0 ? this.house.identities.verify(token) : null;
    const identity = known === null ? this.house.identities.issue() : { author: known, token };
    if (identity) this.#welcome(identity, hello);
    else {
      this.wait(async () => {
        await this.house.identities.ready();
        if (this.#state === SessionState.greeting) this.socket.cork(() => this.#greet({ ...hello, token }));
      });
    }
  }

  #welcome(identity: { author: number; token: Uint8Array }, hello: HelloFrame): void {
    const { rooms, random } = this.house;
    const wanted = checkNickname(hello.name);
    const language = hello.language === Language.ko ? "ko" : "en";
    const inUse = rooms.people.get(identity.author)?.name;
    const name = wanted.ok ? wanted.name : (inUse ?? generateName(language, random));
    this.person = rooms.people.connect(identity.author, name);
    this.#state = SessionState.ready;
    this.#cancelTimeout?.();
    this.#cancelTimeout = null;
    rooms.onListChanged();
    const limits = {} as StatedLimits;
    for (const limit of Object.keys(LimitId) as StatedLimit[]) limits[limit] = rooms.limits[limit];
    this.send(
      encodeServerFrame({
        kind: ServerKind.welcome,
        version: WIRE.version,
        capabilities: 0,
        author: identity.author,
        token: identity.token,
        name: this.person.name,
        epoch: rooms.log.epoch,
        time: rooms.loop.now(),
        limits,
      }),
    );
  }

  #leave(room: number): void {
    const seat = this.seat(room);
    if (!seat || !this.person) return;
    seat.feed.end();
    this.seats.splice(this.seats.indexOf(seat), 1);
    this.house.rooms.leave(seat.room, this.person, seat.member, true);
  }

  #rename(person: PersonHere, request: number, raw: string): void {
    const checked = checkNickname(raw);
    if (!checked.ok) {
      this.refuse(ClientKind.rename, request, Refusal.badName);
      return;
    }
    const taken = this.house.rooms.rename(person, checked.name);
    if (taken) {
      this.refuse(ClientKind.rename, request, Refusal.nameTaken, taken);
      return;
    }
    this.send(encodeServerFrame({ kind: ServerKind.renamed, request, name: checked.name }));
  }

  #watch(on: boolean): void {
    if (on !== this.#watching) this.socket.watchRooms(on);
    this.#watching = on;
    if (on) this.send(this.house.roomListFrame());
  }

  #typing(number: number, on: boolean): void {
    const seat = this.seat(number);
    const { rooms } = this.house;
    // Under load a mark is dropped; it comes again while somebody writes. That it ended is kept.
    if (on && rooms.flusher.isBusy) return;
    if (seat?.room.presence.typing(seat.member.author, on, rooms.loop.monotonic()))
      rooms.flusher.people(seat.room);
  }

  #leaveState(): void {
    this.#state = SessionState.closed;
    this.#cancelTimeout?.();
    this.#cancelTimeout = null;
    this.#held = null;
  }

  #unseat(now: boolean): void {
    const { person } = this;
    if (!person) return;
    for (const seat of this.seats) this.house.rooms.leave(seat.room, person, seat.member, now);
    this.seats = [];
    this.house.rooms.people.disconnect(person);
    this.house.rooms.onListChanged();
    this.person = null;
  }
}
