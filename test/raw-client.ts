/**
 * A client that speaks frames and does nothing by itself, over a real WebSocket. Whatever is waited for has a bound.
 */
import { type ClientOptions, WebSocket } from "ws";
import { BLOCK, decodeBlock, type TextRecord } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { decodeServerFrame } from "../src/wire/decode.ts";
import { encodeClientFrame } from "../src/wire/encode.ts";
import {
  type ClientFrame,
  ClientKind,
  type EnteredFrame,
  type EnterFrame,
  type ServerFrame,
  ServerKind,
  type WelcomeFrame,
} from "../src/wire/frames.ts";
import { WIRE } from "../src/wire/limits.ts";
import { ENTER, HELLO } from "./fake-house.ts";

const PATIENCE_MS = 15_000;

export class RawClient implements Disposable {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  /** Records as they came, doubled ones too. */
  readonly records: TextRecord[] = [];
  /** 0 while it is open. */
  closeCode = 0;
  #checks = new Set<() => void>();

  /** Resolves when the server has accepted the connection. */
  static async open(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const client = new RawClient(
      new WebSocket(url, WIRE.subprotocol, { perMessageDeflate: false, ...options }),
    );
    await client.until(() => client.socket.readyState === WebSocket.OPEN, "an open connection");
    return client;
  }

  static async greeted(url: string, name: string, token = new Uint8Array(0)): Promise<RawClient> {
    return (await RawClient.open(url)).greet(name, token);
  }

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("open", () => this.#check());
    socket.on("message", (data: Buffer) => {
      const bytes = new Uint8Array(data);
      if (bytes[0] === BLOCK) this.records.push(...decodeBlock(bytes).records);
      else this.frames.push(decodeServerFrame(bytes));
      this.#check();
    });
    socket.on("close", (code) => {
      this.closeCode = code;
      this.#check();
    });
    socket.on("error", () => this.#check());
  }

  async greet(name: string, token = new Uint8Array(0)): Promise<this> {
    this.write({ ...HELLO, name, token });
    await this.until(() => this.frames.length > 0, "a welcome");
    return this;
  }

  get welcome(): WelcomeFrame {
    return this.last(ServerKind.welcome);
  }

  write(frame: ClientFrame): void {
    this.socket.send(encodeClientFrame(frame));
  }

  say(room: number, nonce: number, text: string): void {
    this.write({ kind: ClientKind.send, room, nonce, text: encodeText(text) });
  }

  async enter(room: string, more: Partial<EnterFrame> = {}): Promise<EnteredFrame> {
    const before = this.all(ServerKind.entered).length;
    this.write({ ...ENTER, room, anyName: true, ...more });
    await this.until(() => this.all(ServerKind.entered).length > before, `an answer about ${room}`);
    return this.last(ServerKind.entered);
  }

  all<K extends ServerFrame["kind"]>(kind: K): Extract<ServerFrame, { kind: K }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { kind: K }> => frame.kind === kind);
  }

  last<K extends ServerFrame["kind"]>(kind: K): Extract<ServerFrame, { kind: K }> {
    const frame = this.all(kind).at(-1);
    if (!frame) throw new Error(`no frame of kind ${kind} came`);
    return frame;
  }

  /** Waits until `done` says yes, looking again with each event. */
  until(done: () => boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`waited in vain for ${what}; close code ${this.closeCode}`));
      }, patienceMs);
      this.#checks.add(check);
      check();
    });
  }

  closed(): Promise<void> {
    return this.until(() => this.closeCode !== 0, "the end of the connection");
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }

  #check(): void {
    for (const check of [...this.#checks]) check();
  }
}
