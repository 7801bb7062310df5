/**
 * The client without its rooms: one identity, one connection, the list of rooms, and who gets which frame. What makes
 * the rooms is handed in, so that a page can show its front before the code of a room has come. client.ts is the
 * client as most users want it. Invariant: every frame is handed to the one it is for, or passed over.
 */
import { BLOCK, roomOfBlock } from "../wire/block-room.ts";
import { Refusal } from "../wire/codes.ts";
import { decodeServerFrame, isKnownServerKind } from "../wire/decode.ts";
import {
  Capability,
  type ChallengeFrame,
  type ClientFrame,
  ClientKind,
  type Person,
  type RefusedFrame,
  type RenamedFrame,
  type ServerFrame,
  ServerKind,
  type WelcomeFrame,
} from "../wire/frames.ts";
import { STATED_DEFAULTS, type StatedLimits, WIRE } from "../wire/limits.ts";
import type { ClientRoom, RoomHost } from "./client-room.ts";
import { Connection } from "./connection.ts";
import {
  type ClientOptions,
  ClientState,
  type EnterOptions,
  type Identity,
  type OutboxEntry,
  RoomState,
} from "./contract.ts";
import { fittingName } from "./fitting-name.ts";
import { claimIdentity, soundIdentity } from "./identity.ts";
import { RefusedError } from "./refused-error.ts";

/** A request that is asked on each connection until it is answered. */
export interface Asked {
  /** Left out: the whole server is asked. Else it is asked once this room is entered, and not at all when it is over. */
  readonly room?: Pick<ClientRoom, "number" | "refusal">;
  build(request: number): ClientFrame;
  resolve(answer: ServerFrame): void;
  reject(error: Error): void;
}

export type MakeRoom = (host: RoomHost, name: string, options: EnterOptions) => ClientRoom;

export class ClientCore {
  #options: ClientOptions;
  #makeRoom: MakeRoom;
  #connection: Connection;
  #identity: Identity | null = null;
  /** What the server was shown on this connection; another client's may have been adopted since. */
  #shown: Identity | null = null;
  /** The identity was looked for in the storage. */
  #loaded: Promise<void> | null = null;
  #known = false;
  #limits: StatedLimits = STATED_DEFAULTS;
  /** What this connection's server knows: bits of `ServerCapability`. */
  capabilities = 0;
  #serverAheadMs: number | null = null;
  /** By name; those left are gone from here, those refused stay. */
  #rooms = new Map<string, ClientRoom>();
  /** By number, on this connection. */
  #numbered = new Map<number, ClientRoom>();
  /** Requests that wait for their answer on this connection. */
  #answers = new Map<number, (frame: ServerFrame) => void>();
  #request = 0;
  #asked = new Set<Asked>();
  #watching = false;
  #unsubscribe: (() => void) | null = null;
  #roomHost: RoomHost;

  constructor(options: ClientOptions, makeRoom: MakeRoom) {
    this.#options = options;
    this.#makeRoom = makeRoom;
    this.#connection = new Connection(options, {
      hello: () => this.#hello(),
      received: (bytes) => this.#received(bytes),
      moved: (state, retryAt, code) => this.#moved(state, retryAt, code),
      failed: (error) => this.#failed(error),
    });
    this.#roomHost = this.#makeRoomHost();
  }

  get state(): ClientState {
    return this.#connection.state;
  }

  /** Null until the storage or the server said who this is. */
  get me(): Person | null {
    return this.#identity && { author: this.#identity.author, name: this.#identity.name };
  }

  /** The server's, or the defaults before its first welcome. */
  get limits(): StatedLimits {
    return this.#limits;
  }

  /** How far the server's clock is ahead of this one; null before the first welcome. */
  get serverAheadMs(): number | null {
    return this.#serverAheadMs;
  }

  get rooms(): ReadonlyMap<string, ClientRoom> {
    return this.#rooms;
  }

  start(): void {
    this.#unsubscribe ??= this.#options.storage.onOutboxChange((name) => {
      if (name === "") void this.#rereadName();
      this.#rooms.get(name)?.reload();
    });
    this.#load();
    this.#connection.start();
  }

  /** No message is on its way: who one is may change without one of them being sent twice. */
  get settled(): boolean {
    const isAnswered = ({ nonce, refused }: OutboxEntry) => nonce === 0 || refused !== null;
    return [...this.#rooms.values()].every(({ pending }) => pending.every(isAnswered));
  }

  /** Rooms stay and are resumed by `start`, which asks the storage again who this is. */
  stop(): void {
    this.#connection.stop();
    this.#loaded = null;
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    for (const asked of this.#asked) asked.reject(new Error("stopped"));
    this.#asked.clear();
  }

  /**
   * To be called after a wake-up or when the network came back: does not trust timers, asks at once, but not before
   * the server said. `byHand`: a person asked for it.
   */
  probe(byHand = false): void {
    this.#connection.probe(byHand);
  }

  /** The name as the server took it. @throws RefusedError */
  rename(raw: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const name = fittingName(raw, WIRE.maxNameBytes);
      if (name === null) throw new RefusedError({ code: Refusal.badName });
      this.askWhenReady({
        build: (request) => ({ kind: ClientKind.rename, request, name }),
        resolve: (frame) => resolve((frame as RenamedFrame).name),
        reject,
      });
    });
  }

  askWhenReady(asked: Asked): void {
    this.#asked.add(asked);
    this.#try(asked);
  }

  /** Turns `listener.rooms` on or off. */
  watchRooms(on: boolean): void {
    if (on === this.#watching) return;
    this.#watching = on;
    if (this.state === ClientState.ready) this.#connection.send({ kind: ClientKind.watchRooms, on });
  }

  /**
   * Enters now or as soon as there is a connection. A room one is in already is returned as it is; one that was
   * refused for good is asked for anew, as another room.
   */
  enter(name: string, options: EnterOptions): ClientRoom {
    const fitting = fittingName(name, WIRE.maxEnteredNameBytes);
    const key = fitting ?? name;
    const there = this.#rooms.get(key);
    if (there && there.state !== RoomState.refused) return there;
    const room = this.#makeRoom(this.#roomHost, key, options);
    this.#rooms.set(key, room);
    if (fitting === null) {
      room.refuse(new RefusedError({ code: Refusal.badRoomName }));
      return room;
    }
    room.identify(this.#identity?.author ?? 0);
    if (this.#known) room.reload();
    if (this.state === ClientState.ready) room.enter();
    return room;
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#options.storage
      .identity()
      .catch((error) => {
        this.#failed(error);
        return null;
      })
      .then((stored) => {
        const identity = soundIdentity(stored);
        if (identity) this.#adopt(identity);
        this.#known = true;
        for (const room of this.#rooms.values()) room.reload();
      });
    return this.#loaded;
  }

  /** Another client on the same storage may have another name by now: both are the same person. */
  async #rereadName(): Promise<void> {
    const stored = soundIdentity(await this.#options.storage.identity().catch(() => null));
    const known = this.#identity;
    if (!known || !stored || stored.author !== known.author || stored.name === known.name) return;
    this.#identity = { ...known, name: stored.name };
    this.#options.listener.identity?.(this.me!, this.#limits);
  }

  async #hello(): Promise<ClientFrame> {
    await this.#load();
    // The lock on each outbox is had while the server greets; a client stopped meanwhile must not take it.
    if (this.#identity && this.state === ClientState.greeting) {
      for (const room of this.#rooms.values()) room.prepare();
    }
    this.#shown = this.#identity;
    return {
      kind: ClientKind.hello,
      version: WIRE.version,
      capabilities: this.#options.work ? Capability.answersChallenge : 0,
      language: this.#options.language,
      token: this.#shown?.token ?? new Uint8Array(0),
      name: this.#shown?.name ?? "",
    };
  }

  #received(bytes: Uint8Array): void {
    const kind = bytes[0] ?? 0;
    if (kind === BLOCK) {
      this.#numbered.get(roomOfBlock(bytes))?.block(bytes);
      return;
    }
    // An empty message is known to be wrong; a kind of a later version is not.
    if (bytes.length > 0 && !isKnownServerKind(kind)) return;
    const frame = decodeServerFrame(bytes);
    switch (frame.kind) {
      case ServerKind.welcome:
        this.#welcome(frame);
        break;
      case ServerKind.goodbye:
        this.#connection.goodbye(frame.code, frame.retryAfterMs);
        break;
      case ServerKind.rooms:
        this.#options.listener.rooms?.(frame);
        break;
      case ServerKind.refused:
        this.#refused(frame);
        break;
      case ServerKind.renamed:
        this.#renamed(frame);
        this.#answer(frame.request, frame);
        break;
      case ServerKind.announced:
        this.#options.listener.announced?.(frame);
        break;
      case ServerKind.challenge:
        this.#work(frame);
        break;
      default: {
        // Answers repeat the request, which is never 0; of the others PONG alone names no room.
        const { request, room } = frame as { request?: number; room: number };
        if (request) this.#answer(request, frame);
        else this.#numbered.get(room)?.frame(frame);
      }
    }
  }

  /** Newcomers have to show work just now. */
  #work({ challenge, bits }: ChallengeFrame): void {
    const { work } = this.#options;
    if (!work || this.state !== ClientState.greeting) return;
    const { generation } = this.#connection;
    this.#connection.working();
    const isOver = () => generation !== this.#connection.generation;
    work(challenge.slice(), bits, isOver).then(
      (answer) => {
        if (!isOver()) this.#connection.send({ kind: ClientKind.work, answer });
      },
      (error) => this.#failed(error),
    );
  }

  #refused(frame: RefusedFrame): void {
    const { refused, request, room } = frame;
    // An enter of request 0: a room one is in already ends, because what comes next in it is damaged on the server.
    const isSaying = refused === ClientKind.send || refused === ClientKind.act;
    if (isSaying || (refused === ClientKind.enter && request === 0)) this.#numbered.get(room)?.frame(frame);
    else if (refused === ClientKind.watchRooms) this.#watchAgain(frame.retryAfterMs);
    else this.#answer(request, frame);
  }

  #watchAgain(ms: number): void {
    const { generation } = this.#connection;
    if (ms === 0 || !this.#watching) return;
    this.#options.clock.after(ms, () => {
      if (generation !== this.#connection.generation || !this.#watching) return;
      this.#connection.send({ kind: ClientKind.watchRooms, on: true });
    });
  }

  #answer(request: number, frame: ServerFrame): void {
    const answer = this.#answers.get(request);
    // Behind this one comes its page.
    if (frame.kind !== ServerKind.became) this.#answers.delete(request);
    answer?.(frame);
  }

  #ask(build: (request: number) => ClientFrame, answer: (frame: ServerFrame) => void): void {
    const request = ++this.#request;
    this.#answers.set(request, answer);
    this.#connection.send(build(request));
  }

  #welcome(frame: WelcomeFrame): void {
    if (this.state !== ClientState.greeting) return;
    this.#limits = frame.limits;
    this.capabilities = frame.capabilities;
    this.#serverAheadMs = frame.time - this.#options.clock.now();
    this.#roomHost.pacer?.begin(frame.limits, this.#options.clock.now());
    const shown = this.#shown;
    const token = frame.token.length > 0 ? frame.token.slice() : (shown?.token ?? frame.token);
    const given: Identity = { token, author: frame.author, name: frame.name };
    if (this.#identity?.author === frame.author) {
      this.#save(given);
      this.#ready();
      return;
    }
    const generation = this.#connection.generation;
    this.#become(shown, given).then(() => {
      if (generation !== this.#connection.generation) return;
      // Another client on the same storage was given an identity first: both are to be one person.
      if (this.#identity !== given) this.#connection.reconnect();
      else this.#ready();
    });
  }

  #ready(): void {
    const { listener } = this.#options;
    listener.identity?.(this.me!, this.#limits);
    this.#connection.welcomed(this.#limits.idleTimeoutSeconds);
    if (this.state !== ClientState.ready) return;
    if (this.#watching) this.#connection.send({ kind: ClientKind.watchRooms, on: true });
    for (const asked of this.#asked) this.#try(asked);
    for (const room of [...this.#rooms.values()]) room.enter();
  }

  /** Was given another identity than it showed. */
  async #become(shown: Identity | null, given: Identity): Promise<void> {
    let identity = given;
    try {
      identity = await claimIdentity(this.#options.storage, shown, given);
    } catch (error) {
      this.#failed(error);
    }
    this.#adopt(identity);
  }

  #adopt(identity: Identity): void {
    this.#identity = identity;
    for (const room of this.#rooms.values()) room.identify(identity.author);
  }

  #save(identity: Identity): void {
    this.#identity = identity;
    this.#options.storage.saveIdentity(identity).catch((error) => this.#failed(error));
  }

  #try(asked: Asked): void {
    const { room } = asked;
    if (room ? room.number : this.state === ClientState.ready) this.#askAgain(asked);
    else if (room?.refusal) {
      this.#asked.delete(asked);
      asked.reject(room.refusal);
    }
  }

  #askAgain(asked: Asked): void {
    this.#ask(asked.build, (frame) => {
      this.#asked.delete(asked);
      if (frame.kind === ServerKind.refused) asked.reject(new RefusedError(frame));
      else asked.resolve(frame);
    });
  }

  #renamed(frame: RenamedFrame): void {
    if (!this.#identity) return;
    this.#save({ ...this.#identity, name: frame.name });
    this.#options.listener.identity?.(this.me!, this.#limits);
  }

  #moved(state: ClientState, retryAt: number | null, code: number | null): void {
    if (state !== ClientState.greeting && state !== ClientState.ready) {
      this.#answers.clear();
      this.#roomHost.pacer?.lost();
      this.#numbered.clear();
      for (const room of this.#rooms.values()) room.lost();
    }
    this.#options.listener.state?.(state, { retryAt, code });
  }

  #failed(error: unknown): void {
    this.#options.listener.failed?.(error instanceof Error ? error : new Error(String(error)));
  }

  #numberRoom(room: ClientRoom, number: number, asked: string): void {
    if (room.state === RoomState.left) {
      // Entered on the server though left here; unless somebody here is in it by that name again.
      if (!this.#rooms.has(asked)) this.#connection.send({ kind: ClientKind.leave, room: number });
      return;
    }
    if (room.name !== asked) {
      // Two names for one room: the one who came last has it.
      if (this.#rooms.get(asked) === room) this.#rooms.delete(asked);
      this.#rooms.get(room.name)?.retire();
      this.#rooms.set(room.name, room);
    }
    this.#numbered.set(number, room);
  }

  #makeRoomHost(): RoomHost {
    const client = this;
    return {
      options: this.#options,
      pacer: null,
      get me() {
        return client.me;
      },
      get limits() {
        return client.limits;
      },
      get capabilities() {
        return client.capabilities;
      },
      get connection() {
        return client.#connection.generation;
      },
      tell: (frame) => this.#connection.send(frame),
      ask: (build, answer) => this.#ask(build, answer),
      numbered: (room, number, asked) => this.#numberRoom(room, number, asked),
      moved: (room) => {
        for (const asked of this.#asked) if (asked.room === room) this.#try(asked);
      },
      left: (room) => {
        if (this.#rooms.get(room.name) === room) this.#rooms.delete(room.name);
        this.#numbered.delete(room.number);
      },
      failed: (error) => this.#failed(error),
    };
  }
}
