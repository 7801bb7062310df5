/**
 * Rooms and sessions on a log in memory, with time, sockets and identities under the test's hand.
 */
import { createHash } from "node:crypto";
import type { Log } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { PersonConnection } from "../src/room/people.ts";
import { Rooms } from "../src/room/rooms.ts";
import { WORDS_OF_A_PHRASE, WordPhrases } from "../src/server/phrases.ts";
import { Account } from "../src/session/account.ts";
import { Budget } from "../src/session/budget.ts";
import { Moves } from "../src/session/moves.ts";
import { OneATurn } from "../src/session/one-a-turn.ts";
import { type KeyDerivation, Passwords } from "../src/session/passwords.ts";
import { type House, Session } from "../src/session/session.ts";
import { type Identities, type NewcomerWork, TokenWorth } from "../src/session/socket.ts";
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

  /** No token is ended here: whoever tests that brings the real ones. */
  show(_token: Uint8Array, then: (worth: TokenWorth) => void): void {
    then(TokenWorth.holds);
  }

  async give(author: number): Promise<Uint8Array> {
    return Uint8Array.of(author);
  }

  withdraw(): void {
    // Nothing that was given is told from what there is.
  }
}

/** Hashes that are made when the test says so, at once unless it holds them up. */
export class FakeHashes implements KeyDerivation {
  made = 0;
  isHeld = false;
  atOnce = 0;
  #salts = 0;
  #held: (() => void)[] = [];

  async derive(password: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
    this.made++;
    this.atOnce++;
    // The caller's bytes may be gone later.
    const hash = createHash("sha256").update(salt).update(password).digest();
    if (this.isHeld) await new Promise<void>((go) => this.#held.push(go));
    this.atOnce--;
    return hash;
  }

  random(bytes: number): Uint8Array {
    return new Uint8Array(bytes).fill(++this.#salts);
  }

  /** Lets those go that are held, the first ones first; all, and those to come, without a number. */
  letGo(most = Number.POSITIVE_INFINITY): void {
    if (most === Number.POSITIVE_INFINITY) this.isHeld = false;
    for (const go of this.#held.splice(0, most)) go();
  }
}

/** A connection that rooms know, and that hears nothing. */
export const fakeTab = (): PersonConnection => ({
  putOut: () => undefined,
  sendAway: () => undefined,
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
  /** Real ones, in place of those above. */
  identities?: Identities;
  loop?: FakeLoop;
  /** The operator keeps messages for ever unless a test wants otherwise. */
  keepMs?: number;
}

const addresses = new WeakMap<Account, number>();
let addressesMade = 0;

/** Each account is an address, also for a house that takes over another's log. */
function addressOf(visitor: Account): number {
  const address = addresses.get(visitor) ?? ++addressesMade;
  addresses.set(visitor, address);
  return address;
}

export class FakeHouse {
  readonly loop: FakeLoop;
  readonly transport: FakeTransport;
  readonly log: Log;
  readonly limits: Limits;
  readonly rooms: Rooms;
  readonly house: House;
  readonly identities = new FakeIdentities();
  readonly hashes = new FakeHashes();
  readonly fatals: unknown[] = [];
  readonly damages: string[] = [];
  readonly reports: string[] = [];
  #unguessed = 0;
  #drawn = 0;

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
      keepMs: options.keepMs ?? 0,
      isOperated: Boolean(options.operatorKey),
      onFatal: (error) => this.fatals.push(error),
      onDamage: (message) => this.damages.push(message),
    });
    const identities = options.identities ?? this.identities;
    this.house = {
      rooms: this.rooms,
      identities,
      moves: new Moves(this.loop, new WordPhrases((bound) => this.#draw(bound)), identities),
      budget: new Budget(this.loop, this.limits, options.allowances ?? NO_ALLOWANCES),
      pages: new OneATurn(this.loop),
      passwords: new Passwords(this.hashes, () => this.loop.monotonic()),
      work: options.work ?? { demand: () => null, isDone: () => false },
      operatorKey: options.operatorKey ? { isRight: (key) => decodeText(key) === options.operatorKey } : null,
      report: (_event, sentence) => this.reports.push(sentence),
      random: () => 0.5,
      reader: new Reader(new Uint8Array(0)),
      markOf: (visitor, room) => `${room} ${addressOf(visitor)}`,
      unguessable: () => encodeText(`bits ${String(this.#unguessed++).padStart(3, "0")}`),
      roomListFrame: () => encodeServerFrame({ kind: ServerKind.rooms, ...this.rooms.list(100) }),
    };
  }

  /** Another phrase each time, as counting goes. */
  #draw(bound: number): number {
    const at = this.#drawn++;
    return Math.floor(Math.floor(at / WORDS_OF_A_PHRASE) / bound ** (at % WORDS_OF_A_PHRASE)) % bound;
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
