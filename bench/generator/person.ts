/**
 * One person of the crowd: a socket, its frames, and what is checked of them. Subclasses speak the protocol of one
 * server; this class knows WebSocket only. Invariant: nothing is allocated for a frame that arrives.
 */
import { connect, type Socket } from "node:net";
import type { Arena } from "./arena.ts";
import { FrameScanner, type FrameTaker, Opcode } from "./frame-scanner.ts";
import type { Outbox } from "./outbox.ts";
import { nowUs, type Tally } from "./tally.ts";

/** A room of the crowd. `expected` is what each of its people must have received when all has arrived. */
export interface CrowdRoom {
  name: string;
  expected: number;
}

/** What all people share. */
export interface Common {
  host: string;
  port: number;
  arena: Arena;
  outbox: Outbox;
  tally: Tally;
  /** How many people the crowd has. */
  people: number;
  /** Messages of history wanted on entering; Madang only. */
  history: number;
}

/** A fixed key is allowed by RFC 6455 as far as the server can tell; it only has to be 16 bytes. */
const KEY = Buffer.from("madang bench key").toString("base64");

export abstract class Person implements FrameTaker {
  readonly index: number;
  readonly room: CrowdRoom;
  /** Messages of the bench that arrived. */
  received = 0;
  /** Looks into messages for their time, not only at their number. */
  sampled = false;
  /** Looks for own messages and keeps as many under way as at the start. */
  closedLoop = false;
  /** Own messages that came back and are to be replaced by new ones. */
  protected returned = 0;
  protected counter = 0;
  protected readonly common: Common;
  protected readonly scanner: FrameScanner;
  protected socket!: Socket;
  #head = "";
  #upgraded = false;
  #leaving = false;
  #whenLive!: () => void;
  #whenFailed!: (error: Error) => void;

  constructor(common: Common, index: number, room: CrowdRoom) {
    this.common = common;
    this.index = index;
    this.room = room;
    this.scanner = new FrameScanner(common.arena, this);
  }

  protected abstract readonly path: string;
  protected readonly subprotocol: string = "";
  /** The connection is upgraded. */
  protected abstract opened(): void;
  abstract need(bytes: Uint8Array, at: number, length: number, opcode: number): number;
  protected abstract payload(bytes: Uint8Array, at: number, length: number, opcode: number): void;
  /** Writes one framed message; returns where it ends. */
  protected abstract put(out: Uint8Array, at: number, timeUs: number): number;
  /** Whether the server lets this person send now. */
  get maySend(): boolean {
    return !this.#leaving;
  }

  /** Whether everything that is due has arrived. */
  get isComplete(): boolean {
    return this.received === this.room.expected && this.scanner.isBetweenFrames;
  }

  /** Resolves when the person is in the room and gets what is sent there. */
  connect(localAddress: string | undefined): Promise<void> {
    const { arena, host, port } = this.common;
    return new Promise((resolve, reject) => {
      this.#whenLive = resolve;
      this.#whenFailed = reject;
      const socket = connect({
        host,
        port,
        ...(localAddress === undefined ? {} : { localAddress }),
        noDelay: true,
        onread: {
          buffer: arena.readable,
          callback: (length) => {
            this.#read(length);
            return true;
          },
        },
      });
      this.socket = socket;
      const protocol = this.subprotocol ? `Sec-WebSocket-Protocol: ${this.subprotocol}\r\n` : "";
      socket.write(
        `GET ${this.path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n${protocol}\r\n`,
      );
      socket.on("error", (error) => this.#lost(error));
      socket.on("close", () => this.#lost(new Error("the server closed the connection")));
    });
  }

  /** Stops to read, or goes on: what comes meanwhile stays in the socket, then on the server. */
  stall(on: boolean): void {
    if (on) this.socket.pause();
    else this.socket.resume();
  }

  leave(): void {
    this.#leaving = true;
    this.socket.destroy();
  }

  /** Sends messages that were to be sent at `timeUs` and every `stepUs` after it. */
  send(count: number, timeUs: number, stepUs: number): void {
    const { outbox } = this.common;
    let at = 0;
    for (let i = 0; i < count; i++) at = this.put(outbox.bytes, at, Math.floor(timeUs + i * stepUs));
    this.room.expected += count;
    outbox.flush(this.socket, at);
  }

  frame(bytes: Uint8Array, at: number, length: number, opcode: number): void {
    if (opcode <= Opcode.binary) this.payload(bytes, at, length, opcode);
    else if (opcode === Opcode.ping) this.transmit(Opcode.pong, bytes.slice(at, at + length));
    else if (opcode === Opcode.close) {
      const code = length >= 2 ? (bytes[at]! << 8) | bytes[at + 1]! : 1005;
      this.#lost(new Error(`the server closed the connection with ${code}`));
    }
  }

  /** A frame outside the hot path. */
  protected transmit(opcode: number, payload: Uint8Array): void {
    const header =
      payload.length < 126 ? [payload.length | 0x80] : [254, payload.length >> 8, payload.length & 255];
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...header, 0, 0, 0, 0]), payload]));
  }

  protected live(): void {
    this.#whenLive();
  }

  #read(length: number): void {
    const { start } = this.common.arena;
    try {
      if (this.#upgraded) this.scanner.feed(start, start + length);
      else this.#upgrade(length);
    } catch (error) {
      this.#lost(error as Error);
      this.leave();
      return;
    }
    if (this.returned > 0 && this.closedLoop && this.maySend) {
      const count = this.returned;
      this.returned = 0;
      this.send(count, nowUs(), 0);
    }
  }

  #upgrade(length: number): void {
    const { bytes, start } = this.common.arena;
    const before = this.#head.length;
    this.#head += Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    if (!this.#head.startsWith("HTTP/1.1 101")) throw new Error(`no upgrade: ${this.#head.split("\r\n")[0]}`);
    this.#upgraded = true;
    this.#head = "";
    this.opened();
    this.scanner.feed(start + end + 4 - before, start + length);
  }

  #lost(error: Error): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.common.tally.trouble(`person ${this.index}: ${error.message}`);
    this.#whenFailed(error);
  }
}
