/**
 * Somebody else in the rooms of the page under test: greets, enters, speaks, and passes over all that comes. Much
 * lighter than the page's own client, so that two hundred of them leave the processor to the browser.
 */
import { WebSocket } from "ws";
import { readBlockHeader } from "../../src/wire/block.ts";
import { BLOCK } from "../../src/wire/block-room.ts";
import { decodeServerFrame, isKnownServerKind } from "../../src/wire/decode.ts";
import { encodeClientFrame } from "../../src/wire/encode.ts";
import {
  type ClientFrame,
  ClientKind,
  Language,
  type ServerFrame,
  ServerKind,
} from "../../src/wire/frames.ts";
import { WIRE } from "../../src/wire/limits.ts";

const ANSWER_WITHIN_MS = 20_000;
const encoder = new TextEncoder();

export class Person {
  readonly #socket: WebSocket;
  readonly #waiting: {
    kind: number;
    resolve: (frame: ServerFrame) => void;
    reject: (error: Error) => void;
  }[] = [];
  #request = 0;
  #nonce = 0;
  /** Number of the last message that came, whoever wrote it, of the room entered last. */
  heard = 0;
  /** Code of a message that was refused, 0 while none was. */
  refused = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (bytes: Buffer) => this.#hear(bytes));
    socket.on("close", () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error("the server closed a connection"));
    });
    socket.on("error", () => undefined);
  }

  static async come(port: number, name: string): Promise<Person> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, WIRE.subprotocol);
    await new Promise<void>((open, fail) => socket.once("open", open).once("error", fail));
    const person = new Person(socket);
    await person.#ask(ServerKind.welcome, {
      kind: ClientKind.hello,
      version: WIRE.version,
      capabilities: 0,
      language: Language.ko,
      token: new Uint8Array(0),
      name,
    });
    return person;
  }

  /** @returns the room's number on this connection */
  async enter(room: string): Promise<number> {
    const request = ++this.#request;
    const wanted = { request, anyName: true, room, history: 0, position: null };
    const frame = await this.#ask(ServerKind.entered, { kind: ClientKind.enter, ...wanted });
    if (frame.kind !== ServerKind.entered) throw new Error("another answer than was asked for");
    this.heard = frame.start;
    return frame.room;
  }

  say(room: number, text: string): void {
    this.#tell({ kind: ClientKind.send, room, nonce: ++this.#nonce, text: encoder.encode(text) });
  }

  end(): void {
    this.#socket.terminate();
  }

  #tell(frame: ClientFrame): void {
    this.#socket.send(encodeClientFrame(frame));
  }

  #ask(kind: number, frame: ClientFrame): Promise<ServerFrame> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error("the server did not answer in time")),
        ANSWER_WITHIN_MS,
      );
      const settle = (answer: ServerFrame) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#waiting.push({ kind, resolve: settle, reject });
      this.#tell(frame);
    });
  }

  #hear(bytes: Buffer): void {
    const kind = bytes[0] ?? 0;
    if (kind === BLOCK) {
      const { seq, count } = readBlockHeader(bytes);
      this.heard = seq + count - 1;
      return;
    }
    const [asked] = this.#waiting;
    if (!isKnownServerKind(kind) || (kind !== asked?.kind && kind !== ServerKind.refused)) return;
    const frame = decodeServerFrame(bytes);
    if (frame.kind !== ServerKind.refused) this.#waiting.shift()?.resolve(frame);
    else if (frame.refused === ClientKind.send) this.refused = frame.code;
    else this.#waiting.shift()?.reject(new Error(`the server refused with code ${frame.code}`));
  }
}
