/**
 * One connection at a time to one server: opens the socket, greets, notices silence, comes back with a wait. It
 * knows nothing of rooms and reads no frame. Invariant: only the newest socket and the newest timer are listened to.
 *
 *            start            open             welcome
 *   idle ───────────▶ connecting ───▶ greeting ───────▶ ready
 *    ▲                 ▲    │            │               │
 *    │ stop (from all) │    ▼            ▼               ▼   closed with another code, silence, bad bytes
 *                      └──────────── waiting ◀──────────────
 *              time is up, probe
 *   connecting, greeting, ready ──▶ closed     closed with 4500 to 4999
 *   greeting, ready ──▶ connecting             a probe found it dead, or another identity is to be used
 *   closed ──▶ connecting                      start
 */
import { WireError } from "../wire/bytes.ts";
import { mayRetry } from "../wire/codes.ts";
import { encodeClientFrame } from "../wire/encode.ts";
import { type ClientFrame, ClientKind } from "../wire/frames.ts";
import { WIRE } from "../wire/limits.ts";
import { type ClientOptions, type ClientSocket, ClientState } from "./contract.ts";
import { Pause } from "./pause.ts";

/** From opening the socket to the welcome. */
const GREETING_MS = 15_000;
/** From a challenge to the welcome: the server waits a minute for the answer. */
const WORK_MS = 70_000;
/** After so much silence the client asks whether anybody is there. */
const SILENCE_MS = 25_000;
const PONG_MS = 10_000;
const PROBE_MS = 3_000;
/** A connection that lasted this long was a good one: waits start short again. */
const STABLE_MS = 10_000;
const BASE_MS = 500;
const CAP_MS = 30_000;
/** Longest time a server may send a client away for; also keeps timers within 31 bits. */
const LONGEST_GOODBYE_MS = 600_000;

export interface ConnectionHost {
  /** The hello frame. */
  hello(): Promise<ClientFrame>;
  /** One message of the server. May throw WireError. */
  received(bytes: Uint8Array): void;
  moved(state: ClientState, retryAt: number | null, code: number | null): void;
  failed(error: unknown): void;
}

export class Connection {
  #options: ClientOptions;
  #host: ConnectionHost;
  #state: ClientState = ClientState.idle;
  /** Grows with every socket opened or given up; callbacks of another generation do nothing. */
  #generation = 0;
  #socket: ClientSocket | null = null;
  #disarm: (() => void) | null = null;
  #failures = 0;
  #readyAt = 0;
  #heardAt = 0;
  #heard = 0;
  #silenceMs = SILENCE_MS;
  /** The server said when to come back: before that only a person's hand opens a connection. */
  readonly #pause = new Pause();
  #goodbye: { code: number; retryAfterMs: number } | null = null;

  constructor(options: ClientOptions, host: ConnectionHost) {
    this.#options = options;
    this.#host = host;
  }

  get state(): ClientState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  start(): void {
    if (this.#state === ClientState.idle || this.#state === ClientState.closed) this.#open();
  }

  stop(): void {
    this.#drop();
    if (this.#state !== ClientState.idle) this.#move(ClientState.idle);
  }

  /** The host took the welcome. */
  welcomed(idleTimeoutSeconds: number): void {
    this.#readyAt = this.#options.clock.now();
    this.#silenceMs = Math.min(SILENCE_MS, (idleTimeoutSeconds * 2000) / 3);
    this.#listen();
    this.#move(ClientState.ready);
  }

  /** The server is about to close. */
  goodbye(code: number, retryAfterMs: number): void {
    this.#goodbye = { code, retryAfterMs };
  }

  /** The server asked for work: the welcome may take longer. */
  working(): void {
    if (this.#state === ClientState.greeting) this.#arm(WORK_MS, () => this.#lost(null));
  }

  send(frame: ClientFrame): void {
    this.#socket?.send(encodeClientFrame(frame));
  }

  /** Gives the socket up and opens another one now. */
  reconnect(): void {
    this.#drop();
    this.#open();
  }

  /**
   * Something happened that makes timers and sockets untrustworthy: a wake-up, a network that came back. `byHand`: a
   * person wants it now.
   */
  probe(byHand = false): void {
    if (this.#state === ClientState.waiting) {
      const left = this.#pause.left(this.#options.clock.now());
      if (left > 0 && !byHand) this.#arm(left, () => this.#open());
      else this.#open();
    } else if (this.#state === ClientState.ready) this.#ping(PROBE_MS, () => this.reconnect());
  }

  #open(): void {
    this.#goodbye = null;
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    this.#move(ClientState.connecting);
    // The one who listens may have stopped the client.
    if (!current()) return;
    this.#arm(GREETING_MS, () => this.#lost(null));
    let socket: ClientSocket;
    try {
      socket = this.#options.open(this.#options.url, WIRE.subprotocol);
    } catch (error) {
      this.#host.failed(error);
      this.#lost(null);
      return;
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (current()) this.#greet();
    };
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (current()) this.#take(data);
    };
    socket.onclose = ({ code }: { code: number }) => {
      if (current()) this.#lost(code);
    };
    // A close follows every error. The handler stays for good: without one, `ws` ends the process.
    socket.onerror = () => undefined;
  }

  #greet(): void {
    const generation = this.#generation;
    this.#move(ClientState.greeting);
    this.#host.hello().then((hello) => {
      if (generation === this.#generation) this.send(hello);
    });
  }

  #take(data: unknown): void {
    const generation = this.#generation;
    this.#heard++;
    this.#heardAt = this.#options.clock.now();
    try {
      if (!(data instanceof ArrayBuffer)) throw new WireError("not a binary message");
      this.#host.received(new Uint8Array(data));
    } catch (error) {
      // Whatever was half done is made good by resuming from the positions.
      this.#host.failed(error);
      if (generation === this.#generation) this.#lost(null);
    }
  }

  #lost(code: number | null): void {
    const { clock, random } = this.#options;
    const goodbye = this.#goodbye;
    if (this.#state === ClientState.ready && clock.now() - this.#readyAt >= STABLE_MS) this.#failures = 0;
    this.#drop();
    if (!mayRetry(code ?? 0) || (goodbye && !mayRetry(goodbye.code))) {
      this.#move(ClientState.closed, null, mayRetry(code ?? 0) ? goodbye!.code : code);
      return;
    }
    // Full jitter: those who were cut off together come back apart. A goodbye's time is spread by the server, and
    // kept exactly.
    const jitterMs = random() * Math.min(CAP_MS, BASE_MS * 2 ** this.#failures++);
    const toldMs = Math.min(goodbye?.retryAfterMs ?? 0, LONGEST_GOODBYE_MS);
    const delayMs = toldMs || jitterMs;
    this.#pause.begin(toldMs, clock.now());
    this.#arm(delayMs, () => this.#open());
    this.#move(ClientState.waiting, clock.now() + delayMs, code);
  }

  /** Watches for silence. A clock that was set, or a sleep, looks like one and does no harm. */
  #listen(): void {
    const left = this.#heardAt + this.#silenceMs - this.#options.clock.now();
    if (left > 0 && left <= this.#silenceMs) this.#arm(left, () => this.#listen());
    else this.#ping(PONG_MS, () => this.#lost(null));
  }

  /** Any frame counts as an answer. */
  #ping(deadlineMs: number, dead: () => void): void {
    const before = this.#heard;
    this.send({ kind: ClientKind.ping, token: before });
    this.#arm(deadlineMs, () => (this.#heard === before ? dead() : this.#listen()));
  }

  /** There is one timer: the greeting's, the silence's or the wait's. */
  #arm(ms: number, run: () => void): void {
    const generation = this.#generation;
    this.#disarm?.();
    this.#disarm = this.#options.clock.after(ms, () => {
      if (generation === this.#generation) run();
    });
  }

  #drop(): void {
    this.#generation++;
    this.#disarm?.();
    this.#disarm = null;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #move(state: ClientState, retryAt: number | null = null, code: number | null = null): void {
    this.#state = state;
    this.#host.moved(state, retryAt, code);
  }
}
