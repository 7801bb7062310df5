/**
 * One connection's state machine: greets, enters and leaves rooms, passes messages on, and holds the limits. It
 * knows frames and rooms, not the transport. Invariant: a bad or excessive frame ends this connection and nothing else.
 *
 *   greeting ──hello──▶ ready ──▶ closed
 *       └────────bad frame, time────▲
 */
import { generateName } from "../room/generated-names.ts";
import type { PersonConnection, PersonHere } from "../room/people.ts";
import { mayRename, maySpeak } from "../room/policy.ts";
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
  ServerCapability,
  ServerKind,
} from "../wire/frames.ts";
import { LimitId, type StatedLimit, type StatedLimits, WIRE } from "../wire/limits.ts";
import { checkNickname } from "../wire/names.ts";
import { text } from "../wire/records/text.ts";
import { tellEdits, tellWho } from "./about.ts";
import type { Account } from "./account.ts";
import { noteAddress } from "./address-rulings.ts";
import type { Budget, Payer } from "./budget.ts";
import type { CostName } from "./costs.ts";
import { enterRoom, NOTHING_ASKED } from "./enter.ts";
import { Greeting, LEAST_AWAY_MS } from "./greeting.ts";
import { sendPage } from "./history.ts";
import { makeRoom } from "./make-room.ts";
import { move } from "./move.ts";
import type { Moves } from "./moves.ts";
import type { OneATurn } from "./one-a-turn.ts";
import { announcementFrame, operate, operateAs, operatesNoMore } from "./operate.ts";
import { Outlet } from "./outlet.ts";
import type { Passwords } from "./passwords.ts";
import { reportMessage } from "./report.ts";
import type { Asked, Connection, RefusalDetail, Seat } from "./seat.ts";
import { say } from "./send.ts";
import { setPassword } from "./set-password.ts";
import type { Identities, MarkOf, NewcomerWork, OperatorKey, SessionSocket } from "./socket.ts";

export const SessionState = { greeting: "greeting", ready: "ready", closed: "closed" } as const;
export type SessionState = (typeof SessionState)[keyof typeof SessionState];

/** What all sessions of a server share. */
export interface House {
  rooms: Rooms;
  identities: Identities;
  moves: Moves;
  /** Asked before anything that costs. */
  budget: Budget;
  /** Pages that are read over HTTP and made JSON of. */
  pages: OneATurn;
  passwords: Passwords;
  work: NewcomerWork;
  random: () => number;
  /** For the hot path: one reader for all sessions, used only within one call. */
  reader: Reader;
  /** For the front page: the current list of rooms as a frame. */
  roomListFrame: () => Uint8Array;
  /** Null: nobody operates the server from inside. */
  operatorKey: OperatorKey | null;
  /** Told sentences for the operator. */
  report: (event: "operator", sentence: string) => void;
  /** 64 bits that nobody can guess. */
  unguessable: () => Uint8Array;
  markOf: MarkOf;
}

const CAPABILITIES =
  ServerCapability.takesActs |
  ServerCapability.makesRooms |
  ServerCapability.tellsBecame |
  ServerCapability.hasBackRooms |
  ServerCapability.takesPasswords |
  ServerCapability.moves |
  ServerCapability.tellsWho;

/** Who has used this much of its own refusals has gone on: more than a client that waits ever has under way. */
const GONE_ON_SHARE = 0.25;
/** What a reader who is gone is told to wait. */
const CLOSED_WAIT_MS = 60_000;
/** Requests of one connection that wait for the disk at the same time. */
const MAX_WORKING_REQUESTS = 4;
/** Requests of one connection that wait for their turn. */
const MAX_QUEUED_REQUESTS = 256;

export class Session implements Connection, Payer, PersonConnection {
  readonly house: House;
  /** The account of the address it came from. */
  readonly visitor: Account;
  /** The account of its identity; null before HELLO. */
  identity: Account | null = null;
  readonly socket: SessionSocket;
  seats: Seat[] = [];
  entering: readonly Asked[] = NOTHING_ASKED;
  person: PersonHere | null = null;
  operates = false;
  #state: SessionState = SessionState.greeting;
  /** Made when something has to wait: most sockets take whatever they are sent. */
  #outlet: Outlet | null = null;
  #waiting = 0;
  #queued: (() => Promise<void>)[] | null = null;
  /** Null once it is over. */
  #greeting: Greeting | null;
  #watching = false;

  constructor(house: House, socket: SessionSocket, visitor: Account) {
    this.house = house;
    this.socket = socket;
    this.visitor = visitor;
    this.#greeting = new Greeting(this, house.rooms.limits.helloTimeoutMs);
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
      const kind = this.#state === SessionState.ready && bytes.length > 0 ? r.u8() : 0;
      if (kind === ClientKind.send || kind === ClientKind.act) {
        const room = r.varint();
        const nonce = r.varint();
        if (nonce === 0) throw new WireError("nonce is zero");
        say(this, room, nonce, kind, kind === ClientKind.send ? text.kind : r.u8(), r.rest());
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
    if (this.#outlet?.drained() === false) return;
    for (const seat of this.seats) seat.delivery.pump();
  }

  /** The transport dropped a frame that was published to a room. Not from inside the transport's handlers. */
  lapsed(room: number, seq: number | null): void {
    const delivery = this.seat(room)?.delivery;
    if (delivery) delivery.lapse(seq ?? delivery.safeSeq);
  }

  seat(room: number): Seat | undefined {
    const { seats } = this;
    for (let i = 0; i < seats.length; i++) if (seats[i]!.room.number === room) return seats[i];
    return undefined;
  }

  /** Rooms whose topic this connection is on. */
  *liveRooms(): Iterable<number> {
    for (const seat of this.seats) if (seat.delivery.isLive) yield seat.room.number;
  }

  /** Records this connection is behind in all its rooms. */
  get lag(): number {
    let records = 0;
    for (const seat of this.seats) records += seat.delivery.lag;
    return records;
  }

  /** The connection is gone: nothing is sent any more, and what it held is let go. */
  closed(): void {
    if (this.#state === SessionState.closed) return;
    this.#leaveState();
    for (const seat of this.seats) seat.delivery.abandon();
    this.#unseat(false);
  }

  /** Ends the connection from this side. */
  close(code: Close): void {
    if (this.#state === SessionState.closed) return;
    this.#leaveState();
    for (const seat of this.seats) seat.delivery.end();
    this.#unseat(false);
    this.socket.end(code);
  }

  /** Sends a frame, or holds it while the socket is over its limit. */
  send(frame: Uint8Array): void {
    if (this.#state === SessionState.closed) return;
    if (this.#outlet === null && this.socket.send(frame)) return;
    this.#outlet ??= this.#makeOutlet();
    if (!this.#outlet.send(frame)) this.close(Close.stalled);
  }

  /** Takes what something costs. @returns 0, or milliseconds to wait. */
  may(cost: CostName, times = 1): number {
    return this.house.budget.may(this, cost, times);
  }

  /** Takes what something has cost: known only now. */
  owe(cost: CostName, times: number): void {
    this.house.budget.owe(this, cost, times);
  }

  /** Counts a message in a room that may be flooded. @returns 0, or milliseconds to wait. */
  slowDown(room: Room): number {
    return room.slowDown(this.person!.author, this.visitor);
  }

  // What a delivery needs of the connection; once it is closed, none of it does anything.

  get buffered(): number {
    return this.#outlet === null ? this.socket.buffered : this.#outlet.buffered;
  }

  mayRead(): number {
    // Nobody waits for what would be read.
    if (this.#state === SessionState.closed) return CLOSED_WAIT_MS;
    return this.may("byte", 0);
  }

  didRead(bytes: number): void {
    this.owe("byte", bytes);
    this.owe("diskRead", 1);
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

  refuse(refused: ClientKind, request: number, code: Refusal, more: RefusalDetail = {}): void {
    this.house.rooms.counters.refused(code);
    const { room = 0, retryAfterMs = 0, suggestion = "" } = more;
    this.send(
      encodeServerFrame({ kind: ServerKind.refused, refused, request, room, code, retryAfterMs, suggestion }),
    );
    // Whoever goes on in spite of the times it is given is sent away, with a time to come back; and nobody for what
    // others behind the same address do.
    const wait = this.may("refusal");
    if (wait > 0 && this.house.budget.oweAlone(this, "refusal") >= GONE_ON_SHARE)
      this.sendAway(Close.tooMuch, Math.max(wait, LEAST_AWAY_MS));
  }

  /** Ends the connection and says when to come back. */
  sendAway(code: Close, retryAfterMs: number): void {
    this.send(encodeServerFrame({ kind: ServerKind.goodbye, code, retryAfterMs }));
    this.close(code);
  }

  /** The transport answered a control frame. */
  pinged(): void {
    const retryAfterMs = this.may("frame");
    if (retryAfterMs > 0) this.refuse(ClientKind.ping, 0, Refusal.tooFast, { retryAfterMs });
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
    if (this.#queued.push(work) > MAX_QUEUED_REQUESTS) this.sendAway(Close.tooMuch, LEAST_AWAY_MS);
  }

  /** As `wait`, for work that makes a large answer: one at a time, and when there is place for it. */
  page(work: () => Promise<void>): void {
    this.#outlet ??= this.#makeOutlet();
    const outlet = this.#outlet;
    this.wait(() => outlet.turn(work));
  }

  #makeOutlet(): Outlet {
    return new Outlet(this.socket, this.house.rooms.limits.maxBackpressureBytes);
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
      if (this.#greeting) this.#greeting.hello(frame);
      else this.close(Close.unexpectedFrame);
      return;
    }
    if (frame.kind === ClientKind.work) {
      if (this.#greeting) this.#greeting.work(frame.answer);
      else this.close(Close.unexpectedFrame);
      return;
    }
    if (this.#state !== SessionState.ready || !this.person) {
      this.close(Close.unexpectedFrame);
      return;
    }
    const retryAfterMs = this.may(costOf(frame));
    // Leaving a room that one is in makes less to do, so it is done in any case.
    if (retryAfterMs > 0 && !(frame.kind === ClientKind.leave && this.seat(frame.room))) {
      const request = "request" in frame ? frame.request : 0;
      this.refuse(frame.kind, request, Refusal.tooFast, { retryAfterMs });
      return;
    }
    switch (frame.kind) {
      case ClientKind.enter:
        enterRoom(this, this.person, frame);
        break;
      case ClientKind.makeRoom:
        makeRoom(this, this.person, frame);
        break;
      case ClientKind.report:
        reportMessage(this, frame);
        break;
      case ClientKind.moveOut:
      case ClientKind.moveIn:
      case ClientKind.renew:
        move(this, this.person, frame);
        break;
      case ClientKind.setPassword:
        setPassword(this, this.person, frame);
        break;
      case ClientKind.operateAs:
        operateAs(this, this.person, frame);
        break;
      case ClientKind.operate:
        operate(this, this.person, frame);
        break;
      case ClientKind.leave:
        this.#leave(frame.room);
        break;
      case ClientKind.history:
        sendPage(this, frame);
        break;
      case ClientKind.who:
        tellWho(this, frame);
        break;
      case ClientKind.edits:
        tellEdits(this, frame);
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
        const time = this.house.rooms.loop.now();
        this.send(encodeServerFrame({ kind: ServerKind.pong, token: frame.token, time }));
        break;
      }
    }
  }

  welcome(identity: { author: number; token: Uint8Array }, hello: HelloFrame): void {
    const { rooms, random, budget } = this.house;
    this.identity = budget.hold(identity.author);
    const wanted = checkNickname(hello.name);
    const isWanted = wanted.ok && !rooms.operation.reserved.nickname(wanted.name);
    const language = hello.language === Language.ko ? "ko" : "en";
    const inUse = rooms.people.get(identity.author)?.name;
    const name = isWanted ? wanted.name : (inUse ?? generateName(language, random));
    this.person = rooms.people.connect(identity.author, name, this);
    this.#state = SessionState.ready;
    this.#endGreeting();
    rooms.onListChanged();
    const limits = {} as StatedLimits;
    for (const limit of Object.keys(LimitId) as StatedLimit[]) limits[limit] = rooms.limits[limit];
    this.send(
      encodeServerFrame({
        kind: ServerKind.welcome,
        version: WIRE.version,
        capabilities: CAPABILITIES | (this.house.operatorKey ? ServerCapability.isOperated : 0),
        author: identity.author,
        token: identity.token,
        name: this.person.name,
        epoch: rooms.epoch,
        time: rooms.loop.now(),
        limits,
      }),
    );
    const announced = rooms.operation.announced(rooms.loop.now());
    if (announced.text !== "") this.send(announcementFrame(announced));
  }

  stand(room?: Room): void {
    for (const seat of [...this.seats]) {
      if (room && seat.room !== room) continue;
      // Where nobody looked after it, nobody noted it.
      noteAddress(this, seat.room);
      seat.delivery.stand();
    }
  }

  putOut({ number, name }: Room, frame: Uint8Array): void {
    this.#forgetAsked(name);
    if (!this.seat(number)) return;
    this.#leave(number);
    this.send(frame);
  }

  /** What was asked before does not lead into a room any more. */
  #forgetAsked(room: string): void {
    for (const asked of this.entering) if (asked.room === room) asked.isOver = true;
  }

  #leave(room: number): void {
    const seat = this.seat(room);
    if (!seat || !this.person) return;
    this.#forgetAsked(seat.room.name);
    seat.delivery.end();
    this.seats.splice(this.seats.indexOf(seat), 1);
    this.house.rooms.seating.leave(seat.room, this.person, seat.member, true);
  }

  #rename(person: PersonHere, request: number, raw: string): void {
    const checked = checkNickname(raw);
    if (!checked.ok) {
      this.refuse(ClientKind.rename, request, Refusal.badName);
      return;
    }
    const refused = mayRename(person.rooms, person.author);
    if (refused) {
      this.refuse(ClientKind.rename, request, refused.code, { retryAfterMs: refused.retryAfterMs });
      return;
    }
    const { operation, seating } = this.house.rooms;
    if (operation.reserved.nickname(checked.name) && !operation.operators.has(person.author)) {
      this.refuse(ClientKind.rename, request, Refusal.reservedName);
      return;
    }
    const taken = seating.rename(person, checked.name);
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
    // Whoever may say nothing is not about to.
    if (on && seat && maySpeak(seat.room, seat.member.author, text.kind)) return;
    if (seat?.room.presence.typing(seat.member.author, on, rooms.loop.monotonic()))
      rooms.presence.changed(seat.room);
  }

  #leaveState(): void {
    this.#state = SessionState.closed;
    this.#endGreeting();
    this.#outlet?.close();
  }

  #endGreeting(): void {
    this.#greeting?.end();
    this.#greeting = null;
  }

  #unseat(now: boolean): void {
    const { person } = this;
    if (!person) return;
    for (const seat of this.seats) this.house.rooms.seating.leave(seat.room, person, seat.member, now);
    this.seats = [];
    this.house.rooms.people.disconnect(person, this);
    operatesNoMore(this, person);
    if (this.identity) this.house.budget.release(this.identity);
    this.house.rooms.onListChanged();
    this.person = null;
  }
}

function costOf(frame: ClientFrame): CostName {
  switch (frame.kind) {
    case ClientKind.enter:
    case ClientKind.makeRoom:
    case ClientKind.setPassword:
      return "enter";
    case ClientKind.history:
    case ClientKind.report:
      return "page";
    case ClientKind.who:
      return "who";
    case ClientKind.edits:
      return "edits";
    case ClientKind.operate:
      return "operate";
    case ClientKind.rename:
      return "rename";
    case ClientKind.watchRooms:
      return frame.on ? "roomList" : "frame";
    case ClientKind.moveOut:
    case ClientKind.moveIn:
    case ClientKind.renew:
      return "move";
    default:
      return "frame";
  }
}
