/**
 * A connection of an attacker: a WebSocket over a plain socket, from any loopback address, that may stop to read, send
 * anything, and counts what it gets. Invariant: no promise of it is without an end.
 */
import { connect, type Socket } from "node:net";
import { BlockReader } from "../../src/wire/block.ts";
import { decodeServerFrame } from "../../src/wire/decode.ts";
import { encodeClientFrame } from "../../src/wire/encode.ts";
import {
  type ClientFrame,
  ClientKind,
  type EnteredFrame,
  Language,
  type ServerFrame,
  ServerKind,
  type WelcomeFrame,
} from "../../src/wire/frames.ts";
import { WIRE } from "../../src/wire/limits.ts";
import { FrameStream, Opcode, wsFrame } from "./frame-stream.ts";
import { count, type Tally } from "./tally.ts";

const BLOCK = 0x42;
/** An attacker waits no longer for one answer. */
const ANSWER_MS = 2_000;
/** An attacker that has so much to send waits for the network. */
const MOST_UNSENT = 512 * 1024;

export interface PeerOptions {
  port: number;
  address: string;
  tally: Tally;
  /** Looks into blocks: whose text begins so is counted as stored. */
  counts?: string;
}

export class Peer {
  readonly net: Socket;
  /** Whether the server switched to WebSocket and neither side has ended. */
  isOpen = false;
  /** Resolves when that is decided. */
  readonly opened: Promise<boolean>;
  readonly ended: Promise<void>;
  welcome: WelcomeFrame | null = null;
  /** Called for each frame but blocks. */
  onFrame: ((frame: ServerFrame) => void) | null = null;
  #tally: Tally;
  #counts: string;
  #stream = new FrameStream();
  #blocks = new BlockReader();
  #head = "";
  #code = 1006;
  #leaving = false;
  #waiting = new Set<(frame: ServerFrame | null) => void>();

  constructor({ port, address, tally, counts = "" }: PeerOptions) {
    this.#tally = tally;
    this.#counts = counts;
    this.net = connect({ host: "127.0.0.1", port, localAddress: address, noDelay: true });
    this.net.on("connect", () => this.raw(Buffer.from(handshake(port))));
    this.net.on("data", (bytes) => this.#take(bytes));
    // A close follows every error.
    this.net.on("error", () => undefined);
    let decide: (open: boolean) => void;
    this.opened = new Promise((done) => {
      decide = done;
    });
    this.#opens = () => {
      this.isOpen = true;
      tally.connections++;
      decide(true);
    };
    this.ended = new Promise((done) => {
      this.net.on("close", () => {
        if (this.isOpen && !this.#leaving) count(tally.closes, this.#code);
        else if (!this.isOpen && !this.#leaving) tally.turnedAway++;
        this.isOpen = false;
        decide(false);
        for (const wait of [...this.#waiting]) wait(null);
        done();
      });
    });
  }
  #opens: () => void;

  /** Says hello. @returns null when there is no welcome */
  async greet(name = "", token = new Uint8Array(0)): Promise<WelcomeFrame | null> {
    const hello = { version: WIRE.version, capabilities: 0, language: Language.en, token, name };
    this.send({ kind: ClientKind.hello, ...hello });
    const frame = await this.next((one) => one.kind === ServerKind.welcome);
    this.welcome = frame as WelcomeFrame | null;
    return this.welcome;
  }

  /** @returns null when it is refused or nothing comes */
  async enter(room: string, history = 0, position: EnterPosition = null): Promise<EnteredFrame | null> {
    this.send({ kind: ClientKind.enter, request: 1, anyName: true, room, history, position });
    const frame = await this.next(
      (one) =>
        one.kind === ServerKind.entered ||
        (one.kind === ServerKind.refused && one.refused === ClientKind.enter),
    );
    return frame?.kind === ServerKind.entered ? frame : null;
  }

  /** Whether the network takes more at the moment. */
  get takesMore(): boolean {
    return this.isOpen && this.net.writableLength < MOST_UNSENT;
  }

  send(...frames: ClientFrame[]): void {
    this.raw(Buffer.concat(frames.map((frame) => wsFrame(encodeClientFrame(frame)))));
  }

  raw(bytes: Uint8Array): void {
    if (!this.net.writable) return;
    this.#tally.bytesOut += bytes.length;
    this.net.write(bytes);
  }

  /** The first frame from now on that fits, null when none comes. */
  next(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame | null> {
    if (this.net.destroyed) return Promise.resolve(null);
    return new Promise((done) => {
      const wait = (frame: ServerFrame | null) => {
        if (frame && !fits(frame)) return;
        this.#waiting.delete(wait);
        clearTimeout(timer);
        done(frame);
      };
      const timer = setTimeout(() => wait(null), ANSWER_MS);
      this.#waiting.add(wait);
    });
  }

  stopReading(): void {
    this.net.pause();
  }

  /** Ends it without a word. */
  leave(): void {
    this.#leaving = true;
    this.net.destroy();
  }

  #take(bytes: Buffer): void {
    this.#tally.bytesIn += bytes.length;
    if (!this.isOpen) {
      this.#head += bytes.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.#head.startsWith("HTTP/1.1 101")) {
        this.net.destroy();
        return;
      }
      this.#opens();
      bytes = Buffer.from(this.#head.slice(end + 4), "latin1");
    }
    for (const { opcode, payload } of this.#stream.push(bytes)) {
      if (opcode === Opcode.ping) this.raw(wsFrame(payload, { opcode: Opcode.pong }));
      else if (opcode === Opcode.close) {
        if (payload.length >= 2) this.#code = payload.readUInt16BE(0);
        this.net.end();
      } else if (opcode === Opcode.binary) this.#frame(payload);
    }
  }

  #frame(payload: Buffer): void {
    const kind = payload[0];
    if (kind === BLOCK) {
      if (this.#counts) this.#count(payload);
    } else if (kind === ServerKind.refused || this.#waiting.size > 0 || this.onFrame) {
      const frame = decodeServerFrame(payload);
      if (frame.kind === ServerKind.refused) count(this.#tally.refusals, frame.code);
      for (const wait of [...this.#waiting]) wait(frame);
      this.onFrame?.(frame);
    }
  }

  #count(block: Buffer): void {
    const reader = this.#blocks.reset(block);
    while (reader.next())
      if (Buffer.from(reader.body).toString("latin1").startsWith(this.#counts)) this.#tally.stored++;
  }
}

type EnterPosition = { epoch: string; seq: number } | null;

export function handshake(port: number): string {
  const lines = ["GET /ws HTTP/1.1", `Host: 127.0.0.1:${port}`, "Connection: Upgrade", "Upgrade: websocket"];
  lines.push("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: aG9zdGlsZSBidXQgZmFpcg==");
  return `${lines.join("\r\n")}\r\nSec-WebSocket-Protocol: ${WIRE.subprotocol}\r\n\r\n`;
}
