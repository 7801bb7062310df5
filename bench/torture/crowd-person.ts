/**
 * One of thousands: a reader that keeps its place by the headers of blocks, comes back when it was sent away, and
 * sometimes writes. Small, because there are so many; it follows the rules of PROTOCOL.md by itself.
 */
import { BLOCK, BlockReader, readBlockHeader } from "../../src/wire/block.ts";
import { encodeText } from "../../src/wire/bytes.ts";
import { decodeServerFrame } from "../../src/wire/decode.ts";
import { encodeClientFrame } from "../../src/wire/encode.ts";
import { ClientKind, type EnteredFrame, Language, ServerKind } from "../../src/wire/frames.ts";
import { WIRE } from "../../src/wire/limits.ts";
import { RawSocket } from "./socket.ts";

export interface CrowdTally {
  /** Connections that became live, and when (milliseconds of one clock). */
  lives: number[];
  /** Blocks that did not continue a position, or a life of the log that changed. */
  holes: number;
  resets: number;
  /** Longest time that anybody was without service. */
  longestMs: number;
  refused: number;
}

const BASE_MS = 500;
const CAP_MS = 30_000;

export class CrowdPerson {
  readonly room: string;
  seq = 0;
  live = false;
  /** Own messages that are not known to be stored: nonce and text. */
  readonly open = new Map<number, Uint8Array>();
  sent = 0;
  /** For a sampled reader: how often each message came. */
  readonly seen: Map<string, number> | null;
  #url: string;
  #source: string | undefined;
  #tally: CrowdTally;
  #socket: RawSocket | null = null;
  #token = new Uint8Array(0);
  #author = 0;
  #number = 0;
  #nonce = 0;
  #epoch = "";
  #retryAfterMs = 0;
  #failures = 0;
  #lostAt = 0;
  #over = false;

  constructor(url: string, room: string, source: string | undefined, sampled: boolean, tally: CrowdTally) {
    this.#url = url;
    this.room = room;
    this.#source = source;
    this.seen = sampled ? new Map() : null;
    this.#tally = tally;
  }

  connect(): void {
    const socket = new RawSocket(this.#url, WIRE.subprotocol, null, this.#source);
    this.#socket = socket;
    socket.onopen = () =>
      socket.send(
        encodeClientFrame({
          kind: ClientKind.hello,
          version: WIRE.version,
          capabilities: 0,
          language: Language.en,
          token: this.#token,
          name: "",
        }),
      );
    socket.onmessage = ({ data }: { data: ArrayBuffer }) => this.#take(new Uint8Array(data));
    socket.onclose = () => this.#lost();
  }

  write(text: string): void {
    const nonce = ++this.#nonce;
    const bytes = encodeText(text);
    this.open.set(nonce, bytes);
    this.sent++;
    if (this.live) this.#send(nonce, bytes);
  }

  stop(): void {
    this.#over = true;
    this.#socket?.vanish();
  }

  #take(bytes: Uint8Array): void {
    if (bytes[0] === BLOCK) {
      this.#block(bytes);
      return;
    }
    if (bytes[0] === ServerKind.presence || bytes[0] === ServerKind.people) return;
    const frame = decodeServerFrame(bytes);
    switch (frame.kind) {
      case ServerKind.welcome:
        this.#token = frame.token.slice();
        this.#author = frame.author;
        this.#enter();
        break;
      case ServerKind.entered:
        this.#entered(frame);
        break;
      case ServerKind.live:
        this.#becomeLive();
        break;
      case ServerKind.ack:
        this.open.delete(frame.nonce);
        break;
      case ServerKind.goodbye:
        this.#retryAfterMs = frame.retryAfterMs;
        break;
      case ServerKind.refused:
        this.#tally.refused++;
        break;
    }
  }

  #enter(): void {
    const position = this.#epoch === "" ? null : { epoch: this.#epoch, seq: this.seq };
    const asked = { request: 1, anyName: true, room: this.room, history: 0, position };
    this.#socket!.send(encodeClientFrame({ kind: ClientKind.enter, ...asked }));
  }

  #entered(frame: EnteredFrame): void {
    if (this.#epoch !== "" && this.#epoch !== frame.epoch) this.#tally.resets++;
    this.#number = frame.room;
    this.#epoch = frame.epoch;
    this.seq = frame.start;
    for (const [nonce, text] of this.open) this.#send(nonce, text);
  }

  #becomeLive(): void {
    if (this.live) return;
    this.live = true;
    const now = performance.now();
    this.#tally.lives.push(now);
    if (this.#lostAt > 0) this.#tally.longestMs = Math.max(this.#tally.longestMs, now - this.#lostAt);
    this.#lostAt = 0;
    this.#failures = 0;
  }

  #block(bytes: Uint8Array): void {
    const { seq, count } = readBlockHeader(bytes);
    if (seq > this.seq + 1) {
      // Entering again is one of the ways to get what is missing.
      this.#tally.holes++;
      this.#enter();
      return;
    }
    if (seq + count - 1 <= this.seq) return;
    const before = this.seq;
    this.seq = seq + count - 1;
    if (!this.seen && this.open.size === 0) return;
    const r = new BlockReader(bytes);
    while (r.next()) {
      if (r.author === this.#author) this.open.delete(r.nonce);
      if (r.seq <= before) continue;
      const key = `${r.author}/${r.nonce}`;
      this.seen?.set(key, (this.seen.get(key) ?? 0) + 1);
    }
  }

  #send(nonce: number, text: Uint8Array): void {
    this.#socket!.send(encodeClientFrame({ kind: ClientKind.send, room: this.#number, nonce, text }));
  }

  #lost(): void {
    if (this.#over) return;
    this.live = false;
    this.#lostAt ||= performance.now();
    const jitterMs = Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** this.#failures++);
    setTimeout(() => this.#over || this.connect(), this.#retryAfterMs || jitterMs);
    this.#retryAfterMs = 0;
  }
}
