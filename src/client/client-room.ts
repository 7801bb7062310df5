/**
 * One room as its user sees it: enters it on every connection, puts intake and outbox together, tells the listener.
 * It reads no bytes. Invariant: an answer to any but the newest attempt to enter changes nothing here.
 *
 *   entering ──entered──▶ catchingUp ──live, no hole──▶ live        entering ──refused for good──▶ refused
 *      ▲                   │   ▲  ▲                      │          any ──leave──▶ left
 *      │ connection lost   │   │  └── entered again ─────┤
 *      └───────────────────┴───┼─────────────────────────┤
 *                              └──────── hole ───────────┘                  any ──put out──▶ refused
 */
import type { ActRecord, TextRecord } from "../wire/block.ts";
import { encodeText } from "../wire/bytes.ts";
import { Presence, Refusal } from "../wire/codes.ts";
import {
  type ClientFrame,
  ClientKind,
  type Direction,
  type EnteredFrame,
  type PageFrame,
  type Person,
  type RefusedFrame,
  ServerCapability,
  type ServerFrame,
  ServerKind,
} from "../wire/frames.ts";
import { STATED_DEFAULTS, type StatedLimits } from "../wire/limits.ts";
import type { RecordKind } from "../wire/records/kind.ts";
import {
  type ClientOptions,
  type EnterOptions,
  type OutboxEntry,
  type RecordPage,
  type RoomListener,
  RoomState,
} from "./contract.ts";
import { Intake } from "./intake.ts";
import { Outbox } from "./outbox.ts";
import { Pacer } from "./pacer.ts";
import { Pause } from "./pause.ts";
import { RefusedError } from "./refused-error.ts";

/** How long entering waits for the right to send, so that the answer tells the highest nonce in time. */
const LOCK_MS = 25;

export interface RoomHost {
  readonly options: ClientOptions;
  /** Of all rooms, made with the first one. */
  pacer: Pacer | null;
  readonly me: Person | null;
  readonly limits: StatedLimits;
  /** What this connection's server knows: bits of `ServerCapability`. */
  readonly capabilities: number;
  /** Another number for each connection; 0 without one. */
  readonly connection: number;
  tell(frame: ClientFrame): void;
  /** Sends a request; `answer` gets the frame that answers it unless the connection ends before. */
  ask(build: (request: number) => ClientFrame, answer: (frame: ServerFrame) => void): void;
  /** The room got its number on this connection, and its canonical name in place of `asked`. */
  numbered(room: ClientRoom, number: number, asked: string): void;
  /** It was entered, or lost, refused or left. */
  moved(room: ClientRoom): void;
  /** Nothing is to be routed to the room any more, which has its number still. */
  left(room: ClientRoom): void;
  failed(error: unknown): void;
}

export class ClientRoom {
  #host: RoomHost;
  #options: EnterOptions;
  #listener: RoomListener;
  #name: string;
  #state: RoomState = RoomState.entering;
  #refusal: RefusedError | null = null;
  /** By which the server knows it, on this connection; 0 while it is not in there. For those who ask something of it. */
  number = 0;
  /** Grows with each enter sent or given up. */
  #attempt = 0;
  #asking = false;
  /** While it lasts the server is not asked to let this room in. */
  readonly #pause = new Pause();
  #ownName = "";
  #intake: Intake;
  #outbox: Outbox;

  /** Rooms are made by `Client.enter`. */
  constructor(host: RoomHost, name: string, options: EnterOptions, kinds: readonly RecordKind[]) {
    this.#host = host;
    this.#name = name;
    this.#options = options;
    this.#listener = options.listener;
    this.#intake = this.#makeIntake(kinds);
    this.#outbox = this.#makeOutbox();
  }

  get name(): string {
    return this.#name;
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Why the state is `refused`. */
  get refusal(): RefusedError | null {
    return this.#refusal;
  }

  /** Null until the room was entered for the first time. */
  get position(): { epoch: string; seq: number } | null {
    const { epoch, seq } = this.#intake;
    return epoch === "" ? null : { epoch, seq };
  }

  /** Lowest number told without a hole up to the position; position + 1 when there is none. */
  get oldest(): number {
    return this.#intake.oldest;
  }

  /** Lowest number the server can still give, as far as known. */
  get first(): number {
    return this.#intake.first;
  }

  /** Own entries that are not in the log yet, in order. */
  get pending(): readonly OutboxEntry[] {
    return this.#outbox.entries;
  }

  /** Puts a message into the outbox; it goes out when it can, after a restart if need be. */
  send(text: string): OutboxEntry {
    return this.#outbox.write(text);
  }

  /** As `send`, for a record of another kind: those of src/wire/records. */
  act<Body extends object>(kind: RecordKind<Body>, body: Body): OutboxEntry {
    return this.#outbox.write((body as { text?: string }).text ?? "", {
      kind: kind.kind,
      body: kind.write(body),
    });
  }

  /** Sends a refused message again, changed or not, after all others. */
  retry(id: string, text?: string): void {
    this.#outbox.retry(id, text);
  }

  /** Forgets a message that is refused or was never sent. False: it may be in the log already. */
  discard(id: string): boolean {
    return this.#outbox.discard(id);
  }

  /**
   * Records from anywhere in the room: the newest ones below number `seq`, or the oldest ones above it. Both together
   * are what stands around a number. About `limit` of them, at most what the server gives at once. Waits for a
   * connection if need be; rejects when the server cannot give them.
   */
  async page(direction: Direction, seq: number, limit: number): Promise<RecordPage> {
    const page = await this.#intake.page(direction, seq, limit);
    this.#outbox.seen(page.records, page.acts, this.#intake.seq);
    return page;
  }

  typing(on: boolean): void {
    if (this.number) this.#host.tell({ kind: ClientKind.typing, room: this.number, on });
  }

  /** Forgets what is unsent; what may be in the log all the same is asked about when the room is entered again. */
  giveUp(): void {
    this.#outbox.giveUp();
  }

  /** For good. What is unsent stays in the storage until the room is entered again. */
  leave(): void {
    if (this.#state === RoomState.left) return;
    if (this.number) this.#host.tell({ kind: ClientKind.leave, room: this.number });
    this.retire();
  }

  /** Ends the room without telling the server. */
  retire(): void {
    this.#attempt++;
    this.#intake.end();
    this.#outbox.lost();
    this.#host.left(this);
    this.number = 0;
    this.#move(RoomState.left);
  }

  /** Whose outbox it is; 0 while the server has not said. */
  identify(author: number): void {
    this.#outbox.open(author, this.#name);
  }

  /** Shows what the storage has. */
  reload(): Promise<void> {
    return this.#outbox.load();
  }

  /** A connection is coming: the lock can be had while it greets. */
  prepare(): void {
    if (this.#state === RoomState.entering) this.#outbox.acquire();
  }

  /** The connection is there. */
  enter(): void {
    if (this.#state !== RoomState.entering || this.#asking) return;
    const attempt = ++this.#attempt;
    this.#asking = true;
    const ask = () => attempt === this.#attempt && this.#ask();
    const { clock } = this.#host.options;
    const wait = this.#pause.left(clock.now());
    if (wait > 0) {
      clock.after(wait, ask);
      this.#outbox.acquire();
    } else if (this.#outbox.grant) ask();
    else {
      this.#outbox.acquire().then(ask);
      clock.after(LOCK_MS, ask);
    }
  }

  /** For good, by the server or because no server could take it. */
  refuse(refusal: RefusedError): void {
    this.#asking = false;
    this.#refusal = refusal;
    this.#outbox.lost();
    this.#move(RoomState.refused);
  }

  lost(): void {
    this.#attempt++;
    this.#asking = false;
    this.number = 0;
    this.#intake.lost();
    this.#outbox.lost();
    if (this.#state === RoomState.catchingUp || this.#state === RoomState.live)
      this.#move(RoomState.entering);
  }

  /** @throws WireError */
  block(bytes: Uint8Array): void {
    this.#intake.take(bytes);
  }

  /** A frame that names this room and answers no request. */
  frame(frame: ServerFrame): void {
    switch (frame.kind) {
      case ServerKind.live:
        this.#intake.live(frame.head);
        break;
      case ServerKind.ack:
        this.#outbox.acknowledged(frame.nonce, frame.seq, this.#intake.seq);
        break;
      case ServerKind.refused:
        if (frame.refused === ClientKind.enter) this.#refused(frame, this.#attempt);
        else this.#outbox.refused(frame);
        break;
      case ServerKind.people:
        this.#listener.people?.(frame.people, frame.count, frame.listed);
        break;
      case ServerKind.presence:
        for (const { author, change, name } of frame.events) {
          if (author === this.#host.me?.author && change === Presence.rename) this.#setOwnName(name);
        }
        this.#listener.presence?.(frame.events, frame.count);
        break;
      case ServerKind.typing:
        this.#listener.typing?.(frame.authors);
        break;
      case ServerKind.standing:
        this.#listener.standing?.(frame);
        break;
      case ServerKind.putOut:
        this.#attempt++;
        this.number = 0;
        this.#intake.end();
        this.refuse(new RefusedError({ code: Refusal.notInRoom }, frame));
        break;
    }
  }

  #ask(): void {
    const attempt = ++this.#attempt;
    const grant = this.#outbox.grant;
    const asked = this.#name;
    this.#asking = true;
    this.#host.ask(
      (request) => ({
        kind: ClientKind.enter,
        request,
        anyName: this.#options.anyName ?? false,
        room: asked,
        history: this.#options.history ?? this.#host.limits.pageRecords,
        position: this.position,
        password: this.#options.password,
      }),
      (frame) => {
        if (attempt !== this.#attempt) {
          // Left in the meantime. If it is on its way in again, it stays.
          if (frame.kind === ServerKind.entered) this.#host.numbered(this, frame.room, asked);
          return;
        }
        if (frame.kind === ServerKind.entered) this.#entered(frame, asked, grant);
        else if (frame.kind === ServerKind.refused) this.#refused(frame, attempt);
      },
    );
  }

  #entered(frame: EnteredFrame, asked: string, grant: number): void {
    this.#asking = false;
    this.number = frame.room;
    this.#name = frame.name;
    this.#host.numbered(this, frame.room, asked);
    this.#setOwnName(frame.ownName);
    this.#move(RoomState.catchingUp);
    this.#intake.entered(frame);
    if (frame.name !== asked) {
      this.identify(this.#host.me!.author);
      this.#outbox.acquire();
    }
    this.#outbox.entered(this.#host.connection, frame.nonce, grant);
  }

  #refused(frame: RefusedFrame, attempt: number): void {
    if (frame.retryAfterMs === 0 || frame.code === Refusal.banned) {
      this.refuse(new RefusedError(frame));
      return;
    }
    const { clock } = this.#host.options;
    const again = () => attempt === this.#attempt && this.#ask();
    this.#pause.begin(frame.retryAfterMs, clock.now());
    clock.after(this.#pause.left(clock.now()), again);
  }

  #setOwnName(name: string): void {
    const before = this.#ownName || this.#host.me?.name;
    this.#ownName = name;
    if (name !== before) this.#listener.ownName?.(name);
  }

  #move(state: RoomState): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state !== RoomState.live) this.#host.moved(this);
    this.#listener.state?.(state);
  }

  #makeIntake(kinds: readonly RecordKind[]): Intake {
    const host = this.#host;
    return new Intake(
      {
        history: (direction, seq, most, answer, told) => {
          const limit = Math.min(most, host.limits.maxPageRecords);
          const became = !!told && (host.capabilities & ServerCapability.tellsBecame) > 0;
          host.ask(
            (request) => ({
              ...{ kind: ClientKind.history, request, room: this.number },
              ...{ direction, seq, limit, became },
            }),
            (frame) =>
              frame.kind === ServerKind.became ? told?.(frame) : answer(frame as PageFrame | RefusedFrame),
          );
        },
        now: () => host.options.clock.now(),
        after: (ms, run) => host.options.clock.after(ms, run),
        kinds,
        appended: (records, acts) => this.#appended(records, acts),
        gap: (from, to, lost) => {
          if (lost) this.#outbox.lose(from, to);
          this.#listener.gap?.(from, to, lost);
        },
        reset: () => {
          this.#outbox.reset();
          this.#listener.reset?.();
        },
        changed: () => {
          if (this.number) this.#move(this.#intake.complete ? RoomState.live : RoomState.catchingUp);
        },
      },
      this.#options.position,
    );
  }

  #appended(records: TextRecord[], acts: ActRecord[]): void {
    const own = this.#outbox.seen(records, acts, this.#intake.seq);
    if (records.length) this.#listener.appended?.(records, own);
    if (acts.length) this.#listener.acted?.(acts, own);
  }

  #makeOutbox(): Outbox {
    const host = this.#host;
    if (!host.pacer) {
      host.pacer = new Pacer();
      // Before the first welcome they are not the server's.
      if (host.limits !== STATED_DEFAULTS) host.pacer.begin(host.limits, host.options.clock.now());
    }
    return new Outbox(host, host.pacer, {
      send: ({ nonce, text, act }) => {
        const to = { room: this.number, nonce };
        this.#host.tell(
          act
            ? { kind: ClientKind.act, ...to, act: act.kind, body: act.body }
            : { kind: ClientKind.send, ...to, text: encodeText(text) },
        );
      },
      reenter: () => {
        if (!this.#asking) this.#ask();
      },
      changed: (entries) => this.#listener.pending?.(entries),
      slowed: (code, ms) => this.#listener.slowed?.(code, this.#host.options.clock.now() + ms),
    });
  }
}
