/**
 * A WebSocket over a plain socket, so that the torture needs no package and can do what a polite one cannot: vanish
 * without a word, look at every frame, come from another address. Knows just enough of RFC 6455 for this server.
 */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { ClientSocket } from "../../src/client/contract.ts";

const Opcode = { binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** A server that does not answer a close is left alone after this. */
const CLOSE_MS = 1_000;

/** Sees what passes. `incoming` says whether the frame is handed on; `outgoing` what is really sent. */
export interface Tap {
  incoming(frame: Uint8Array, socket: RawSocket): boolean;
  outgoing(frame: Uint8Array, socket: RawSocket): Uint8Array[];
}

export class RawSocket implements ClientSocket {
  binaryType = "arraybuffer";
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  #net: Socket;
  #tap: Tap | null;
  #held: Buffer = Buffer.alloc(0);
  #open = false;
  #closed = false;
  /** This side has hung up: what still comes is for nobody. */
  #left = false;
  #code = 1006;

  constructor(url: string, protocol: string, tap: Tap | null = null, localAddress?: string) {
    const { hostname, port, pathname } = new URL(url);
    this.#tap = tap;
    this.#net = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      ...(localAddress && { localAddress }),
    });
    const key = randomBytes(16).toString("base64");
    const lines = [
      `GET ${pathname} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${key}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
    ];
    this.#net.on("connect", () => this.#net.write(`${lines.join("\r\n")}\r\n\r\n`));
    this.#net.on("data", (bytes) => this.#take(bytes));
    // A close follows every error.
    this.#net.on("error", () => undefined);
    this.#net.on("close", () => this.#end());
  }

  get bufferedAmount(): number {
    return this.#net.writableLength;
  }

  send(frame: Uint8Array): void {
    if (!this.#open || this.#closed) return;
    const frames = this.#tap ? this.#tap.outgoing(frame, this) : [frame];
    for (const each of frames) this.transmit(each);
  }

  /** Sends past the tap. */
  transmit(frame: Uint8Array, opcode: number = Opcode.binary): void {
    if (!this.#net.writable) return;
    const length = frame.length;
    // The mask is zero: it changes nothing, and what is sent can be read in a trace.
    const head = Buffer.alloc(length < 126 ? 6 : 8);
    head[0] = 0x80 | opcode;
    if (length < 126) head[1] = 0x80 | length;
    else {
      head[1] = 0x80 | 126;
      head.writeUInt16BE(length, 2);
    }
    this.#net.write(Buffer.concat([head, frame]));
  }

  close(): void {
    if (this.#closed || this.#left) return;
    this.#left = true;
    if (this.#open) this.transmit(Uint8Array.of(0x03, 0xe8), Opcode.close);
    this.#net.end();
    setTimeout(() => this.#net.destroy(), CLOSE_MS).unref();
  }

  /** What a machine does that loses its power. */
  vanish(): void {
    this.#left = true;
    this.#net.resetAndDestroy();
  }

  pause(): void {
    this.#net.pause();
  }

  resume(): void {
    this.#net.resume();
  }

  #take(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    if (!this.#open) {
      const end = this.#held.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.#held.subarray(0, end).toString("latin1").startsWith("HTTP/1.1 101")) {
        this.#net.destroy();
        return;
      }
      this.#held = this.#held.subarray(end + 4);
      this.#open = true;
      this.onopen?.({} as never);
    }
    for (let length = this.#frame(); length > 0 && !this.#closed; length = this.#frame())
      this.#held = this.#held.subarray(length);
  }

  /** Handles the frame at the front. @returns its length, 0 while it is not complete */
  #frame(): number {
    const held = this.#held;
    if (held.length < 2) return 0;
    const short = held[1]! & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (held.length < head) return 0;
    const length =
      short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
    if (held.length < head + length) return 0;
    const opcode = held[0]! & 0xf;
    // Bytes of its own: they outlive what else came with them.
    const payload = new Uint8Array(held.subarray(head, head + length));
    if (opcode === Opcode.binary && !this.#left) {
      if (!this.#tap || this.#tap.incoming(payload, this))
        this.onmessage?.({ data: payload.buffer } as never);
    } else if (opcode === Opcode.ping) this.transmit(payload, Opcode.pong);
    else if (opcode === Opcode.close) {
      if (payload.length >= 2) this.#code = (payload[0]! << 8) | payload[1]!;
      this.#net.end();
    }
    return head + length;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.({ code: this.#code } as never);
  }
}
