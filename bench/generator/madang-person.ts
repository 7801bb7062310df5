/**
 * A person on a Madang server. Blocks are read by their headers: their numbers must continue the position, on every
 * connection. Only sampled people, and those who wait for their own messages, walk the records.
 *
 *   block   42 │ version │ crc 4 │ room varint │ seq varint │ time 6 │ count varint │ records
 */

import { Refusal } from "../../src/wire/codes.ts";
import { decodeServerFrame } from "../../src/wire/decode.ts";
import { encodeClientFrame } from "../../src/wire/encode.ts";
import { ClientKind, Direction, ServerKind } from "../../src/wire/frames.ts";
import { WIRE } from "../../src/wire/limits.ts";
import { Opcode, putHeader } from "./frame-scanner.ts";
import { Person } from "./person.ts";
import { nowUs } from "./tally.ts";
import { putText, TEXT_BYTES, timeOf } from "./text.ts";

const BLOCK = 0x42;
/** As much of a block holds its header for sure. */
const HEADER_BYTES = 48;
/** Frames that are read whole; presence and the like are stepped over. */
const ANSWERS: ReadonlySet<number> = new Set([
  ServerKind.welcome,
  ServerKind.entered,
  ServerKind.live,
  ServerKind.refused,
]);
/** Of a block's records a sampled person looks at one in so many, beginning somewhere else each time. */
const EVERY = 8;

export class MadangPerson extends Person {
  protected readonly path = "/ws";
  protected override readonly subprotocol = WIRE.subprotocol;
  /** The room's number on the wire, and the highest message number received. */
  #room = 0;
  #seq = 0;
  #author = 0;
  #nonce = 0;
  #phase = 0;
  #isLive = false;
  /** Messages that came between entering and being live. */
  #entered = 0;
  /** Where readVarint stopped. */
  #at = 0;
  #pausedUntilUs = 0;
  /** Pages are asked for as long as this is above 0. */
  pagesWanted = 0;
  pageRecords = 0;

  override get maySend(): boolean {
    return super.maySend && (this.#pausedUntilUs === 0 || this.#pausedUntilUs < nowUs());
  }

  protected opened(): void {
    const name = `p${this.index}`;
    const hello = { version: 1, capabilities: 0, language: 0, token: new Uint8Array(0), name } as const;
    this.#request(encodeClientFrame({ kind: ClientKind.hello, ...hello }));
  }

  need(bytes: Uint8Array, at: number, length: number): number {
    if (bytes[at] === ServerKind.page) return Math.min(length, HEADER_BYTES);
    if (bytes[at] !== BLOCK || this.sampled || this.closedLoop) return length;
    return Math.min(length, HEADER_BYTES);
  }

  protected payload(bytes: Uint8Array, at: number, length: number): void {
    if (bytes[at] === BLOCK) this.#block(bytes, at, at + length);
    else if (bytes[at] === ServerKind.page) this.#page();
    else if (ANSWERS.has(bytes[at]!)) this.#answer(bytes.slice(at, at + length));
  }

  protected put(out: Uint8Array, at: number, timeUs: number): number {
    const nonce = ++this.#nonce;
    putHeader(out, at, Opcode.binary, 0);
    out[at + 6] = ClientKind.send;
    let next = putVarint(out, at + 7, this.#room);
    next = putVarint(out, next, nonce);
    putText(out, next, timeUs, this.index, nonce);
    next += TEXT_BYTES;
    out[at + 1] = 0x80 | (next - at - 6);
    return next;
  }

  /** Asks for one page that begins somewhere in the room. */
  askForPage(): void {
    const seq = 1 + Math.floor(Math.random() * this.#seq);
    const range = { direction: Direction.before, seq, limit: this.pageRecords } as const;
    this.#request(encodeClientFrame({ kind: ClientKind.history, request: 1, room: this.#room, ...range }));
  }

  #block(bytes: Uint8Array, at: number, end: number): void {
    if (this.#varint(bytes, at + 6) !== this.#room) return;
    const seq = this.#varint(bytes, this.#at);
    const count = this.#varint(bytes, this.#at + 6);
    const { tally } = this.common;
    if (seq !== this.#seq + 1) {
      if (seq > this.#seq) tally.gaps++;
      else tally.repeats++;
    }
    this.#seq = seq + count - 1;
    if (!this.#isLive) {
      this.#entered += count;
      return;
    }
    this.received += count;
    tally.deliver(count);
    if (this.closedLoop) this.#findOwn(bytes, this.#at, end);
    else if (this.sampled) this.#sample(bytes, this.#at, end);
  }

  #sample(bytes: Uint8Array, at: number, end: number): void {
    const now = nowUs();
    while (at < end) {
      const length = this.#varint(bytes, at + 1);
      at = this.#at + length;
      if (++this.#phase % EVERY === 0 || length * EVERY > end - at) {
        this.common.tally.sample(timeOf(bytes, at - TEXT_BYTES), now);
      }
    }
  }

  #findOwn(bytes: Uint8Array, at: number, end: number): void {
    const now = nowUs();
    while (at < end) {
      const length = this.#varint(bytes, at + 1);
      at = this.#at + length;
      if (this.#varint(bytes, this.#at) !== this.#author) continue;
      this.common.tally.sample(timeOf(bytes, at - TEXT_BYTES), now);
      this.returned++;
    }
  }

  #page(): void {
    this.common.tally.pages++;
    if (this.pagesWanted > 0) {
      this.pagesWanted--;
      this.askForPage();
    }
  }

  #answer(bytes: Uint8Array): void {
    const frame = decodeServerFrame(bytes);
    switch (frame.kind) {
      case ServerKind.welcome: {
        this.#author = frame.author;
        const { history } = this.common;
        const enter = { request: 1, anyName: true, room: this.room.name, history, position: null };
        this.#request(encodeClientFrame({ kind: ClientKind.enter, ...enter }));
        break;
      }
      case ServerKind.entered:
        this.#room = frame.room;
        this.#seq = frame.start;
        break;
      case ServerKind.live:
        if (this.#isLive) break;
        this.#isLive = true;
        if (this.#seq !== frame.head) this.common.tally.gaps++;
        if (this.#entered < Math.min(this.common.history, frame.head)) {
          this.common.tally.trouble(
            `person ${this.index}: ${this.#entered} messages of history instead of a page`,
          );
        }
        this.live();
        break;
      case ServerKind.refused:
        this.#refused(frame.refused, frame.request, frame.code, frame.retryAfterMs);
    }
  }

  #refused(kind: number, nonce: number, code: number, retryAfterMs: number): void {
    const { tally } = this.common;
    if (kind !== ClientKind.send) {
      tally.trouble(`person ${this.index}: frame ${kind} was refused with code ${code}`);
      return;
    }
    tally.refused++;
    this.room.expected--;
    if (this.closedLoop) this.returned++;
    if (code === Refusal.outOfOrder) return;
    if (code !== Refusal.tooFast && code !== Refusal.roomBusy) {
      tally.trouble(`person ${this.index}: a message was refused with code ${code}`);
    }
    // The server takes nothing above this nonce until it comes again, with the next message that is due.
    this.#nonce = nonce - 1;
    this.#pausedUntilUs = nowUs() + retryAfterMs * 1000;
  }

  #request(frame: Uint8Array): void {
    this.transmit(Opcode.binary, frame);
  }

  #varint(bytes: Uint8Array, at: number): number {
    let byte = bytes[at++]!;
    if (byte < 0x80) {
      this.#at = at;
      return byte;
    }
    let value = byte & 0x7f;
    let scale = 128;
    do {
      byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    this.#at = at;
    return value;
  }
}

function putVarint(out: Uint8Array, at: number, value: number): number {
  while (value >= 0x80) {
    out[at++] = (value % 128) | 0x80;
    value = Math.floor(value / 128);
  }
  out[at++] = value;
  return at;
}
