/** Handshakes and frames of RFC 6455 by raw socket, each on a connection of its own, judged by the table of cases. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { decodeServerFrame } from "../../../src/wire/decode.ts";
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { ClientKind, Language, ServerKind } from "../../../src/wire/frames.ts";
import { WIRE } from "../../../src/wire/limits.ts";
import type { Arena } from "../arena.ts";
import type { Attack } from "../attack.ts";
import { FrameStream, Opcode, wsFrame } from "../frame-stream.ts";
import { handshake } from "../peer.ts";
import type { RfcCase } from "../rfc6455-case.ts";
import { frameCases } from "../rfc6455-frames.ts";
import { handshakes } from "../rfc6455-handshakes.ts";
import type { Check } from "../tally.ts";

const AT_ONCE = 6;
/** Cases of one address: few, so that no budget answers in place of the protocol. */
const AN_ADDRESS = 2;
const ANSWER_MS = 4_000;
/** The last question of a case: when it is answered, all before it was looked at. */
const PROBE = 4_242;
/** What proves that a server understood the handshake (RFC 6455, section 1.3). */
const acceptOf = (key: string) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

export const rfc6455: Attack = {
  name: "rfc6455",
  what: "handshakes and frames of RFC 6455",
  atLeastSeconds: 40,
  run: async (arena) => {
    const cases = [...handshakes(), ...frameCases()].map((one, n) => ({ one, n }));
    const checks: (Check & { n: number })[] = [];
    await arena.abreast(AT_ONCE, async () => {
      for (let next = cases.shift(); next && !arena.over; next = cases.shift()) {
        const { one, n } = next;
        const got = await ask(arena, one, Math.floor(n / AN_ADDRESS));
        const known = one.known?.got.includes(got) ? one.known.why : "";
        const { name, expected } = one;
        checks.push({ n, name, expected, got, known, ok: got === expected || known !== "" });
      }
    });
    // In the order of the table.
    arena.tally.checks = checks.sort((a, b) => a.n - b.n);
    arena.count("cases not reached", cases.length);
  },
};

/** @returns what came, in the words of the table */
async function ask(arena: Arena, { handshake: own, frames }: RfcCase, address: number): Promise<string> {
  const socket = arena.socket(address);
  const reading = new Reading(socket);
  const request = own?.join("") ?? handshake(arena.order.port);
  await write(socket, own?.map((piece) => Buffer.from(piece, "latin1")) ?? [Buffer.from(request)]);
  const head = await reading.head();
  const switched = judgeHead(request, head);
  if (own || switched !== "open") {
    socket.destroy();
    return own ? switched : `not let in: ${switched}`;
  }
  const hello = { version: WIRE.version, capabilities: 0, language: Language.en, token: new Uint8Array(0) };
  socket.write(wsFrame(encodeClientFrame({ kind: ClientKind.hello, ...hello, name: "" })));
  if (!(await reading.until("welcome"))) return "no welcome";
  reading.forget();
  await write(socket, frames!);
  socket.write(wsFrame(encodeClientFrame({ kind: ClientKind.ping, token: PROBE })));
  const end = await reading.until(`app ${PROBE}`);
  socket.destroy();
  return end ? reading.told : [reading.told, "silence"].filter(Boolean).join(", ");
}

/** Each piece in a segment of its own. */
async function write(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) await new Promise((next) => setTimeout(next, pieces.length > 10 ? 1 : 10));
    if (socket.writable) socket.write(piece);
  }
}

function judgeHead(request: string, head: string): string {
  if (head === "") return "refused";
  if (!head.startsWith("HTTP/1.1 101")) {
    const version = /^sec-websocket-version:\s*(\S+)/im.exec(head)?.[1];
    return version ? `refused version ${version}` : "refused";
  }
  const header = (name: string, of = head) => new RegExp(`^${name}:[ \\t]*(\\S*)`, "im").exec(of)?.[1];
  if (header("sec-websocket-accept") !== acceptOf(header("sec-websocket-key", request) ?? ""))
    return "open with a wrong accept";
  if (header("sec-websocket-protocol") !== WIRE.subprotocol) return "open with another subprotocol";
  return header("sec-websocket-extensions") ? "open with an extension" : "open";
}

/** What a connection tells, as words. */
class Reading {
  #head = "";
  #words: string[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    const stream = new FrameStream();
    let head = "";
    socket.on("data", (bytes) => {
      if (!head.includes("\r\n\r\n")) {
        head += bytes.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        this.#head = head;
        bytes = Buffer.from(head.slice(end + 4), "latin1");
      }
      for (const { opcode, payload } of stream.push(bytes)) this.#take(opcode, payload, socket);
      this.#wake();
    });
    socket.on("close", () => {
      if (!this.#words.some((word) => word.startsWith("close"))) this.#words.push("drop");
      this.#ended = true;
      this.#wake();
    });
  }

  /** The answer's head, empty when the connection ended without one or nothing came. */
  async head(): Promise<string> {
    await this.#when(() => this.#ended || this.#head !== "");
    return this.#head;
  }

  get told(): string {
    return this.#words.map((word) => (word === `app ${PROBE}` ? "open" : word)).join(", ");
  }

  forget(): void {
    this.#words = [];
  }

  /** Whether the word came, or the connection ended. */
  until(word: string): Promise<boolean> {
    return this.#when(() => this.#ended || this.#words.includes(word));
  }

  async #when(done: () => boolean): Promise<boolean> {
    const end = performance.now() + ANSWER_MS;
    while (!done() && performance.now() < end)
      await new Promise<void>((next) => {
        const timer = setTimeout(next, end - performance.now());
        this.#wake = () => {
          clearTimeout(timer);
          next();
        };
      });
    return done();
  }

  #take(opcode: number, payload: Buffer, socket: Socket): void {
    if (opcode === Opcode.pong) this.#words.push(`pong ${payload.toString("latin1")}`);
    else if (opcode === Opcode.close) {
      this.#words.push(payload.length < 2 ? "close empty" : `close ${payload.readUInt16BE(0)}`);
      socket.end();
    } else if (opcode === Opcode.binary) {
      const frame = decodeServerFrame(payload);
      if (frame.kind === ServerKind.welcome) this.#words.push("welcome");
      else if (frame.kind === ServerKind.pong) this.#words.push(`app ${frame.token}`);
      else if (frame.kind === ServerKind.refused) this.#words.push(`refused ${frame.code}`);
    } else this.#words.push(`opcode ${opcode}`);
  }
}
