/**
 * Sockets and topics without a network, as uWebSockets.js behaves: over its limit a socket drops; the first drop of
 * a turn takes the rest of what is published in that turn with it, silently; drops and drains are acted on in the
 * next turn. What a reader took stands in `frames` and `blocks`.
 */
import type { Fanout } from "../src/room/fanout.ts";
import type { Loop } from "../src/room/loop.ts";
import type { Session } from "../src/session/session.ts";
import type { SessionSocket } from "../src/session/socket.ts";
import { BLOCK, decodeBlock, readBlockHeader, type TextRecord } from "../src/wire/block.ts";
import { Reader } from "../src/wire/bytes.ts";
import type { Close } from "../src/wire/codes.ts";
import { decodeServerFrame } from "../src/wire/decode.ts";
import { encodeClientFrame } from "../src/wire/encode.ts";
import { type ClientFrame, type ServerFrame, ServerKind } from "../src/wire/frames.ts";

export class FakeTransport implements Fanout {
  readonly sockets = new Set<FakeSocket>();
  readonly published: { room: number; frame: Uint8Array }[] = [];
  readonly loop: Loop;
  /** Off: what a socket drops is nobody's business, as if the session were never told. */
  tellLapses = true;

  constructor(loop: Loop) {
    this.loop = loop;
  }

  publish(room: number, frame: Uint8Array): void {
    this.published.push({ room, frame: frame.slice() });
    for (const socket of this.sockets) if (socket.topics.has(room)) socket.takePublished(frame);
  }

  subscribers(room: number): number {
    return [...this.sockets].filter(({ topics }) => topics.has(room)).length;
  }
}

export class FakeSocket implements SessionSocket {
  readonly topics = new Set<number>();
  readonly frames: ServerFrame[] = [];
  /** First numbers and lengths of blocks in the order they came in, then their records. */
  readonly blocks: { room: number; seq: number; records: TextRecord[] }[] = [];
  session!: Session;
  watching = false;
  closedWith: Close | null = null;
  /** A client of its own on the other side. */
  heard: (frame: Uint8Array) => void = () => undefined;
  /** Not reading: frames stay in the buffer. */
  stalled = false;
  drops = 0;
  /** The most that ever stood in the buffer. */
  mostBuffered = 0;
  #transport: FakeTransport;
  #limit: number;
  #queue: Uint8Array[] = [];
  #buffered = 0;
  #batchLost = false;
  #lapsed: Map<number, number | null> | null = null;

  constructor(transport: FakeTransport, limit: number) {
    this.#transport = transport;
    this.#limit = limit;
    transport.sockets.add(this);
  }

  get buffered(): number {
    return this.#buffered;
  }

  send(frame: Uint8Array): boolean {
    if (this.closedWith !== null) throw new Error("a call on a closed socket");
    if (this.#buffered > this.#limit) {
      this.#drop(frame);
      return false;
    }
    this.#take(frame.slice());
    return true;
  }

  takePublished(frame: Uint8Array): void {
    if (this.#batchLost) return;
    if (this.#buffered <= this.#limit) {
      this.#take(frame.slice());
      return;
    }
    this.#batchLost = true;
    this.#transport.loop.soon(() => {
      this.#batchLost = false;
    });
    this.#drop(frame);
  }

  subscribe(room: number): void {
    this.topics.add(room);
  }

  unsubscribe(room: number): void {
    this.topics.delete(room);
  }

  watchRooms(on: boolean): void {
    this.watching = on;
  }

  end(code: Close): void {
    this.closedWith = code;
    this.#transport.sockets.delete(this);
    this.session.closed();
  }

  cork(sends: () => void): void {
    sends();
  }

  /** The network goes away under it. */
  cut(): void {
    this.#transport.sockets.delete(this);
    this.session.closed();
  }

  /** The reader takes about so many bytes of what waits. */
  read(bytes = Number.POSITIVE_INFINITY): void {
    if (this.#queue.length === 0) return;
    for (let left = bytes; left > 0 && this.#queue.length > 0; ) {
      const frame = this.#queue.shift()!;
      left -= frame.length;
      this.#buffered -= frame.length;
      this.#receive(frame);
    }
    this.#transport.loop.soon(() => this.session.drained());
  }

  /** As the client on the other side. */
  write(frame: ClientFrame): void {
    this.session.receive(encodeClientFrame(frame).slice());
  }

  /** The frames of one kind that came so far. */
  all<K extends ServerFrame["kind"]>(kind: K): Extract<ServerFrame, { kind: K }>[] {
    return this.frames.filter((frame): frame is Extract<ServerFrame, { kind: K }> => frame.kind === kind);
  }

  last<K extends ServerFrame["kind"]>(kind: K): Extract<ServerFrame, { kind: K }> {
    const frame = this.all(kind).at(-1);
    if (!frame) throw new Error(`no frame of kind ${kind} came`);
    return frame;
  }

  /** Texts of all blocks of a room, doubled ones too. */
  texts(room: number): string[] {
    return this.blocks
      .filter((block) => block.room === room)
      .flatMap(({ records }) => records.map((r) => r.text));
  }

  #take(frame: Uint8Array): void {
    if (!this.stalled && this.#queue.length === 0) {
      this.#receive(frame);
      return;
    }
    this.#queue.push(frame);
    this.#buffered += frame.length;
    this.mostBuffered = Math.max(this.mostBuffered, this.#buffered);
  }

  #receive(frame: Uint8Array): void {
    if (frame[0] === BLOCK) {
      const { room, seq, records } = decodeBlock(frame);
      this.blocks.push({ room, seq, records });
    } else this.frames.push(decodeServerFrame(frame));
    this.heard(frame);
  }

  #drop(frame: Uint8Array): void {
    this.drops++;
    if (!this.#transport.tellLapses) return;
    const kind = frame[0];
    let room: number;
    let seq: number | null = null;
    if (kind === BLOCK) ({ room, seq } = readBlockHeader(frame));
    else if (kind === ServerKind.presence || kind === ServerKind.people || kind === ServerKind.typing) {
      room = new Reader(frame, 1).varint();
    } else return;
    if (this.#lapsed) {
      if (!this.#lapsed.has(room)) this.#lapsed.set(room, seq);
      return;
    }
    this.#lapsed = new Map([[room, seq]]);
    this.#transport.loop.soon(() => {
      const lapsed = this.#lapsed!;
      this.#lapsed = null;
      for (const each of this.session.liveRooms()) this.session.lapsed(each, lapsed.get(each) ?? null);
    });
  }
}
