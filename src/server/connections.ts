/**
 * All WebSocket connections: the upgrade, one session for each socket, the topics. The only file that calls methods
 * of a live uWebSockets.js socket. Invariants: nothing is called on a socket after its close handler ran, and topics
 * change only outside the transport's drain and dropped handlers (inside them the process would be terminated).
 */
import type { HttpRequest, HttpResponse, us_socket_context_t, WebSocket } from "uWebSockets.js";
import { type House, Session, SessionState } from "../session/session.ts";
import type { SessionSocket } from "../session/socket.ts";
import { BLOCK, readBlockHeader } from "../wire/block.ts";
import { Reader } from "../wire/bytes.ts";
import { Close } from "../wire/codes.ts";
import { encodeServerFrame } from "../wire/encode.ts";
import { ServerKind } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import type { Address } from "./addresses.ts";
import type { Apps } from "./apps.ts";
import type { Door } from "./door.ts";
import { respond } from "./http-outlet.ts";
import { RequestHead } from "./request-head.ts";
import type { RequestLog } from "./request-log.ts";
import { type Answer, problem, tooMany } from "./respond.ts";
import type { Sockets } from "./sockets.ts";
import { judgeUpgrade, SOCKET_PATH } from "./upgrade.ts";
import type { Visitor, Visitors, Who } from "./visitors.ts";

const ROOM_LIST_TOPIC = "rooms";
/** The connection ended without a close frame (RFC 6455, section 7.1.5). */
const ABNORMAL = 1006;
/** Stands for the list of rooms where rooms are noted by number. */
const NO_ROOM = 0;
/** How often sockets are looked at for progress, at least. */
const SWEEP_MS = 5_000;
/** A socket with unsent bytes that takes less than this within `stalledMs` takes nothing: a sip is no progress. */
const PROGRESS_BYTES = 16 * 1024;
/** Part of all connections that is kept for visitors who have none. */
const KEPT_SHARE = 0.1;
/** Connections that are looked at for one that can go when there is no place. */
const LOOKED_AT = 256;
/** Who made place is told to stay away for so long. */
const MAKE_PLACE_AWAY_MS = 30_000;

interface UserData {
  connection: Connection | null;
  visitor: Visitor;
  address: Address;
}

/** One socket as its session sees it. */
class Connection implements SessionSocket {
  readonly session: Session;
  readonly visitor: Visitor;
  readonly address: Address;
  #ws: WebSocket<UserData> | null;
  #owner: Connections;
  /** Rooms whose frames were dropped in this turn, each with the first number that was, or null when unknown. */
  #lapsed: Map<number, number | null> | null = null;
  #drainScheduled = false;
  /** For the sweep: bytes taken since the last progress, and when that was. */
  #taken = 0;
  #progressAt = 0;
  /** Unsent bytes when the transport last told, or was given, something. */
  #unsent = 0;

  constructor(owner: Connections, house: House, ws: WebSocket<UserData>) {
    this.#owner = owner;
    this.#ws = ws;
    const { visitor, address } = ws.getUserData();
    this.visitor = visitor;
    this.address = address;
    this.session = new Session(house, this, visitor);
  }

  get buffered(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  send(frame: Uint8Array): boolean {
    return this.#ws === null || this.#ws.send(frame, true) !== 2;
  }

  subscribe(room: number): void {
    this.#ws?.subscribe(String(room));
  }

  unsubscribe(room: number): void {
    this.#ws?.unsubscribe(String(room));
  }

  watchRooms(on: boolean): void {
    if (on) this.#ws?.subscribe(ROOM_LIST_TOPIC);
    else this.#ws?.unsubscribe(ROOM_LIST_TOPIC);
    this.#owner.watchers += on ? 1 : -1;
    this.#watching = on;
  }
  #watching = false;

  end(code: number): void {
    const ws = this.#ws;
    this.#ws = null;
    ws?.end(code);
  }

  cork(sends: () => void): void {
    if (this.#ws) this.#ws.cork(sends);
    else sends();
  }

  /** Ends a socket that takes nothing: a close frame would only join what it does not take. */
  destroy(): void {
    const ws = this.#ws;
    this.#ws = null;
    ws?.close();
  }

  gone(): void {
    this.#ws = null;
    if (this.#watching) this.#owner.watchers--;
    this.#watching = false;
    this.session.closed();
  }

  /** From the transport's `dropped` handler: remembers only, acts in the next turn. */
  dropped(frame: Uint8Array): void {
    const kind = frame[0];
    let room: number;
    let seq: number | null = null;
    if (kind === BLOCK) ({ room, seq } = readBlockHeader(frame));
    else if (kind === ServerKind.presence || kind === ServerKind.people || kind === ServerKind.typing) {
      room = new Reader(frame, 1).varint();
    } else if (kind === ServerKind.rooms) room = NO_ROOM;
    else return;
    if (this.#lapsed) {
      if (!this.#lapsed.has(room)) this.#lapsed.set(room, seq);
      return;
    }
    this.#lapsed = new Map([[room, seq]]);
    this.#owner.soon(() => {
      const lapsed = this.#lapsed!;
      this.#lapsed = null;
      // Which rooms' frames went with the rest of the batch is not told: every room of this socket starts over.
      for (const room of this.session.liveRooms()) this.session.lapsed(room, lapsed.get(room) ?? null);
    });
  }

  drained(): void {
    const unsent = this.buffered;
    // What was published meanwhile hides part of what was taken; whoever is that far behind is fed, and then it is told.
    this.#taken += unsent === 0 ? PROGRESS_BYTES : Math.max(0, this.#unsent - unsent);
    this.#unsent = unsent;
    if (this.#drainScheduled) return;
    this.#drainScheduled = true;
    this.#owner.soon(() => {
      this.#drainScheduled = false;
      if (!this.#ws) return;
      this.cork(() => this.session.drained());
      this.#unsent = this.buffered;
    });
  }

  /** Whether there are unsent bytes and next to none were taken for `stalledMs`. To be asked now and then. */
  isStalled(now: number, stalledMs: number): boolean {
    const { buffered } = this;
    this.#unsent = Math.max(this.#unsent, buffered);
    if (this.#taken >= PROGRESS_BYTES || buffered === 0 || this.#progressAt === 0) {
      this.#progressAt = now;
      this.#taken = 0;
    }
    return now - this.#progressAt >= stalledMs;
  }

  /** How well the server could do without this connection: above 0 when somebody else should have its place. */
  get spareness(): number {
    if (this.session.state === SessionState.greeting) return 3;
    return this.session.seats.length === 0 ? 2 : this.visitor.holders > 1 ? 1 : 0;
  }
}

export class Connections {
  watchers = 0;
  opened = 0;
  /** Socket bytes and messages as they came in. */
  messagesIn = 0;
  #house: House;
  #apps: Apps;
  #all = new Set<Connection>();
  readonly sockets: Sockets;
  readonly #requests: RequestLog | null;
  /** Connections at once: what was asked for, or fewer where the process may not have as many files. */
  readonly most: number;
  #mostPerVisitor: number;
  /** Where the search for a connection that can go went on to. */
  #looking: Iterator<Connection> | null = null;
  #stopping = false;
  #door: Door;
  #cancelSweep: () => void = () => undefined;
  #onError: (error: unknown) => void;
  #listTimer: (() => void) | null = null;

  constructor(
    apps: Apps,
    house: House,
    options: {
      door: Door;
      onError: (error: unknown) => void;
      sockets: Sockets;
      /** Null: upgrades are not told of. */
      requests: RequestLog | null;
      most: number;
      mostPerVisitor: number;
    },
  ) {
    this.#apps = apps;
    this.#house = house;
    this.#door = options.door;
    this.#onError = options.onError;
    this.sockets = options.sockets;
    this.#requests = options.requests;
    this.most = options.most;
    this.#mostPerVisitor = options.mostPerVisitor;
    const { limits } = house.rooms;
    apps.ws<UserData>(SOCKET_PATH, {
      compression: 0,
      maxPayloadLength: WIRE.maxClientFrameBytes,
      maxBackpressure: limits.maxBackpressureBytes,
      idleTimeout: limits.idleTimeoutSeconds,
      sendPingsAutomatically: true,
      upgrade: (res, req, context) => this.#upgrade(res, req, context),
      open: (ws) => this.#open(ws),
      message: (ws, message, isBinary) => this.#message(ws, message, isBinary),
      drain: (ws) => ws.getUserData().connection?.drained(),
      // Missing from the published types of this version, present in its binary.
      ...{
        dropped: (ws: WebSocket<UserData>, message: ArrayBuffer) =>
          ws.getUserData().connection?.dropped(new Uint8Array(message)),
      },
      // A control frame is work too, and the transport answers it without asking.
      ping: (ws) => this.#guard(() => ws.getUserData().connection?.session.pinged()),
      close: (ws, code) => {
        this.sockets.upgradedClosed(code !== ABNORMAL);
        const { connection, visitor } = ws.getUserData();
        visitor.holders--;
        if (!connection) return;
        this.#all.delete(connection);
        this.#guard(() => connection.gone());
      },
    });
    house.rooms.onListChanged = () => this.#listChanged();
    this.#sweepLater();
  }

  get count(): number {
    return this.#all.size;
  }

  get visitors(): Visitors {
    return this.#door.visitors;
  }

  /** Connections that are being fed from the log, and how many records they are behind in all. */
  lagging(): { connections: number; records: number } {
    let connections = 0;
    let records = 0;
    for (const { session } of this.#all) {
      const { lag } = session;
      if (lag > 0) connections++;
      records += lag;
    }
    return { connections, records };
  }

  soon(task: () => void): void {
    this.#house.rooms.loop.soon(() => this.#guard(task));
  }

  /** Refuses new connections from here on. */
  stop(): void {
    this.#stopping = true;
    this.#cancelSweep();
    this.#listTimer?.();
  }

  /** Tells everyone when to come back, each at another time within `windowMs`, and closes. */
  goodbye(windowMs: number): void {
    for (const connection of [...this.#all]) {
      const retryAfterMs = Math.floor(this.#house.random() * windowMs);
      const { session } = connection;
      connection.cork(() => {
        session.send(encodeServerFrame({ kind: ServerKind.goodbye, code: Close.goingAway, retryAfterMs }));
        session.close(Close.goingAway);
      });
    }
  }

  /** An exception in the transport's handler would leave the request without an answer, and end the process for that. */
  #upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    try {
      this.#judgeAndUpgrade(res, req, context);
    } catch (error) {
      this.#onError(error);
      res.close();
    }
  }

  #judgeAndUpgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    const since = this.#requests?.now() ?? 0;
    const head = new RequestHead(req);
    const who = this.#door.admit(res, head);
    const refusal = "status" in who ? who : this.#judgeUpgrade(head, who);
    if (refusal || "status" in who) {
      const why = refusal ?? (who as Answer);
      respond(res, why, head.isHead, true);
      this.#requests?.answered(head, who, why, since);
      return;
    }
    this.#requests?.upgraded(head, who, since);
    const { visitor, address } = who;
    const data: UserData = { connection: null, visitor, address };
    visitor.holders++;
    const extensions = head.get("sec-websocket-extensions");
    res.upgrade(data, head.get("sec-websocket-key"), WIRE.subprotocol, extensions, context);
  }

  #judgeUpgrade(head: RequestHead, who: Who): Answer | null {
    if (this.#stopping) return problem(503, "stopping", "The server is stopping; come back in a moment.");
    const refusal = judgeUpgrade(head);
    if (refusal) return refusal;
    if (!this.#door.hosts.allowsOrigin(head.get("origin"), head.get("host")))
      return problem(403, "wrong_origin", "Pages of another site may not connect here; see --allow-origin.");
    const { visitor, isProxied } = who;
    const waitMs = isProxied ? this.#house.budget.may({ identity: null, visitor }, "connection") : 0;
    if (waitMs > 0) return tooMany("Too many connections come from your address.", waitMs);
    return this.#hasPlace(visitor)
      ? null
      : problem(503, "full", "The server holds as many connections as it may.");
  }

  /**
   * Whether a visitor may have one connection more. Part of the places is kept for visitors who have none; when all are
   * taken, a connection that does nothing, or one of somebody who has several, makes place.
   */
  #hasPlace(visitor: Visitor): boolean {
    if (visitor.holders >= this.#mostPerVisitor) return false;
    const count = this.#all.size;
    if (count < this.most * (1 - KEPT_SHARE)) return true;
    if (visitor.holders > 0) return false;
    if (count < this.most) return true;
    return this.#makePlace();
  }

  #makePlace(): boolean {
    let spare: Connection | null = null;
    for (let n = Math.min(LOOKED_AT, this.#all.size); n > 0; n--) {
      this.#looking ??= this.#all.values();
      const { value, done } = this.#looking.next();
      if (done) this.#looking = null;
      else if (value.spareness > (spare?.spareness ?? 0)) spare = value;
    }
    if (!spare) return false;
    const { session } = spare;
    // Not from within the upgrade of another socket.
    this.soon(() => session.sendAway(Close.full, MAKE_PLACE_AWAY_MS));
    return true;
  }

  /** Ends the connections of addresses that were denied meanwhile. */
  dropDenied(): void {
    for (const connection of [...this.#all])
      if (this.#door.visitors.isDenied(connection.address)) connection.session.close(Close.denied);
  }

  #open(ws: WebSocket<UserData>): void {
    this.#guard(() => {
      const connection = new Connection(this, this.#house, ws);
      ws.getUserData().connection = connection;
      this.#all.add(connection);
      this.opened++;
    });
  }

  #message(ws: WebSocket<UserData>, message: ArrayBuffer, isBinary: boolean): void {
    const { connection } = ws.getUserData();
    if (!connection) return;
    this.messagesIn++;
    try {
      if (isBinary) connection.session.receive(new Uint8Array(message));
      else connection.session.close(Close.notBinary);
    } catch (error) {
      // The transport would leave the socket open after an exception.
      this.#onError(error);
      connection.session.close(Close.internal);
    }
  }

  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#onError(error);
    }
  }

  /** The front page's list, at most once a second and only while somebody watches. */
  #listChanged(): void {
    if (this.#listTimer || this.watchers === 0 || this.#stopping) return;
    this.#listTimer = this.#house.rooms.loop.after(1_000, () => {
      this.#listTimer = null;
      if (this.watchers > 0) this.#apps.publish(ROOM_LIST_TOPIC, this.#house.roomListFrame(), true);
    });
  }

  #sweepLater(): void {
    const { loop, limits } = this.#house.rooms;
    this.#cancelSweep = loop.after(Math.min(SWEEP_MS, limits.stalledMs / 4), () => {
      const now = loop.monotonic();
      for (const connection of [...this.#all]) {
        if (!connection.isStalled(now, limits.stalledMs)) continue;
        this.#all.delete(connection);
        connection.destroy();
      }
      this.#sweepLater();
    });
  }
}

/** Publishing to the rooms' topics. */
export function fanoutOf(apps: Apps): {
  publish(room: number, frame: Uint8Array): void;
  subscribers(room: number): number;
} {
  return {
    publish: (room, frame) => {
      apps.publish(String(room), frame, true);
    },
    subscribers: (room) => apps.numSubscribers(String(room)),
  };
}
