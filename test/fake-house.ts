/**
 * Rooms and sessions on a log in memory, with time, sockets and identities under the test's hand.
 */

import type { Log } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { PersonConnection } from "../src/room/people.ts";
import { Rooms } from "../src/room/rooms.ts";
import { Account } from "../src/session/account.ts";
import { Budget } from "../src/session/budget.ts";
import { type House, Session } from "../src/session/session.ts";
import type { Identities, NewcomerWork } from "../src/session/socket.ts";
import { type Allowances, NO_ALLOWANCES } from "../src/wire/allowances.ts";
import { decodeText, encodeText, Reader } from "../src/wire/bytes.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import {
  ClientKind,
  type EnteredFrame,
  type EnterFrame,
  type HelloFrame,
  Language,
  ServerKind,
} from "../src/wire/frames.ts";
import { DEFAULT_LIMITS, type Limits } from "../src/wire/limits.ts";
import { FakeLoop } from "./fake-loop.ts";
import { FakeSocket, FakeTransport } from "./fake-transport.ts";

/** The token of an author is its number in one byte. */
export class FakeIdentities implements Identities {
  next = 1;
  /** Off: numbers are being reserved. */
  isReady = true;
  #waiting: (() => void)[] = [];

  issue(): { author: number; token: Uint8Array } | null {
    if (!this.isReady) return null;
    const author = this.next++;
    return { author, token: Uint8Array.of(author) };
  }

  ready(): Promise<void> {
    return this.isReady ? Promise.resolve() : new Promise((done) => this.#waiting.push(done));
  }

  becomeReady(): void {
    this.isReady = true;
    for (const done of this.#waiting.splice(0)) done();
  }

  verify(token: Uint8Array): number | null {
    return token.length === 1 && token[0]! < this.next ? token[0]! : null;
  }
}

/** A connection that rooms know, and that hears nothing. */
export const fakeTab = (): PersonConnection => ({
  putOut: () => undefined,
  stand: () => undefined,
  send: () => undefined,
});

export interface HouseOptions {
  /** Rooms do not slow down unless a test wants it. */
  limits?: Partial<Limits>;
  /** None unless a test wants some. */
  allowances?: Allowances;
  /** No newcomer has to show any unless a test wants it. */
  work?: NewcomerWork;
  /** Empty: nobody operates the server. */
  operatorKey?: string;
  log?: Log;
  loop?: FakeLoop;
}

export class FakeHouse {
  readonly loop: FakeLoop;
  readonly transport: FakeTransport;
  readonly log: Log;
  readonly limits: Limits;
  readonly rooms: Rooms;
  readonly house: House;
  readonly identities = new FakeIdentities();
  readonly fatals: unknown[] = [];
  readonly damages: string[] = [];
  readonly reports: string[] = [];
  #unguessed = 0;

  constructor(options: HouseOptions = {}) {
    this.loop = options.loop ?? new FakeLoop();
    this.transport = new FakeTransport(this.loop);
    this.log = options.log ?? new MemoryLog();
    this.limits = { ...DEFAULT_LIMITS, roomMessagesPerSecond: 0, ...options.limits };
    this.rooms = new Rooms({
      log: this.log,
      fanout: this.transport,
      loop: this.loop,
      limits: this.limits,
      onFatal: (error) => this.fatals.push(error),
      onDamage: (message) => this.damages.push(message),
    });
    this.house = {
      rooms: this.rooms,
      identities: this.identities,
      budget: new Budget(this.loop, this.limits, options.allowances ?? NO_ALLOWANCES),
      work: options.work ?? { demand: () => null, isDone: () => false },
      operatorKey: options.operatorKey ? { isRight: (key) => decodeText(key) === options.operatorKey } : null,
      report: (sentence) => this.reports.push(sentence),
      random: () => 0.5,
      reader: new Reader(new Uint8Array(0)),
      unguessable: () => encodeText(`bits ${String(this.#unguessed++).padStart(3, "0")}`),
      roomListFrame: () => encodeServerFrame({ kind: ServerKind.rooms, ...this.rooms.list(100) }),
    };
  }

  /** The same log and clock in a new process: what was in memory is gone. */
  async restart(options: HouseOptions = {}): Promise<FakeHouse> {
    const next = new FakeHouse({ log: this.log, loop: this.loop, limits: this.limits, ...options });
    next.identities.next = this.identities.next;
    await next.rooms.load();
    return next;
  }

  /** A connection that has said nothing yet, by default from an address of its own. */
  connect(visitor = new Account()): FakeSocket {
    const socket = new FakeSocket(this.transport, this.limits.maxBackpressureBytes);
    socket.session = new Session(this.house, socket, visitor);
    return socket;
  }

  /** A connection that was welcomed. */
  greet(hello: Partial<HelloFrame> = {}): FakeSocket {
    const socket = this.connect();
    socket.write({ ...HELLO, ...hello });
    return socket;
  }

  /** Enters and waits until that was answered. */
  async enter(socket: FakeSocket, room: string, more: Partial<EnterFrame> = {}): Promise<EnteredFrame> {
    socket.write({ ...ENTER, room, ...more });
    await this.loop.settle();
    return socket.last(ServerKind.entered);
  }

  /** A person who is in a room. */
  async seated(room: string, name = ""): Promise<{ socket: FakeSocket; author: number; room: number }> {
    const socket = this.greet({ name });
    const { room: number } = await this.enter(socket, room);
    return { socket, author: socket.last(ServerKind.welcome).author, room: number };
  }
}

export const HELLO: HelloFrame = {
  kind: ClientKind.hello,
  version: 1,
  capabilities: 0,
  language: Language.en,
  token: new Uint8Array(0),
  name: "",
};

export const ENTER: EnterFrame = {
  kind: ClientKind.enter,
  request: 1,
  anyName: false,
  room: "yard",
  history: 100,
  position: null,
};

export function send(socket: FakeSocket, room: number, nonce: number, text = `message ${nonce}`): void {
  socket.write({ kind: ClientKind.send, room, nonce, text: encodeText(text) });
}
