/**
 * A server reduced to what a client must be able to rely on: one room, one log, idempotent sends, resume. The wires
 * between are first in, first out, as TCP is, but break at any moment, and blocks to a reader may be lost, doubled
 * or late, as they are for one that was too slow. Everything happens when the test says so.
 */
import type { ClientSocket } from "../src/client/contract.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { Close, Refusal, Resume } from "../src/wire/codes.ts";
import { decodeClientFrame } from "../src/wire/decode.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import {
  type ClientFrame,
  ClientKind,
  Direction,
  type EnterFrame,
  type HistoryFrame,
  type SendFrame,
  type ServerFrame,
  ServerKind,
} from "../src/wire/frames.ts";
import { DEFAULT_LIMITS, type StatedLimits } from "../src/wire/limits.ts";

const EPOCH = "00000000000000aa";
const ROOM = 3;

interface Line {
  author: number;
  nonce: number;
  text: string;
}

export interface ModelOptions {
  /** False: a repeated send is stored again. The control: with it the test must fail. */
  dedupe: boolean;
  random: () => number;
  limits?: Partial<StatedLimits>;
  /** What holds messages back besides the faults: a code and a time for the next one of this author, or null. */
  judge?: (author: number) => [Refusal, number] | null;
}

/** Refusals in a row after which a connection is taken for a flood. */
const FLOOD = 500;

/** One connection: the client's socket, and what is under way in both directions. */
export class Wire implements ClientSocket {
  binaryType = "arraybuffer";
  bufferedAmount = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  opened = false;
  /** Neither side hears the other any more; what the client had sent may still arrive. */
  cut = false;
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  author = 0;
  inRoom = false;
  /** Nonce of a refused message that has to come again before any later one. */
  barrier = 0;
  /** Messages refused since the last one that was taken. */
  refusedInARow = 0;

  send(bytes: Uint8Array): void {
    if (!this.cut) this.up.push(bytes.slice());
  }

  close(): void {
    this.cut = true;
    this.down.length = 0;
  }

  /** The connection breaks; the client learns of it. */
  break(code = 1006): void {
    if (this.cut) return;
    this.close();
    this.onclose?.({ code } as never);
  }
}

export class ModelServer {
  readonly log: Line[] = [];
  readonly wires: Wire[] = [];
  /** How often something happened, so that a test can tell that it tried anything. */
  readonly counts = { acks: 0, refusals: 0, lost: 0, doubled: 0, late: 0, pages: 0, stale: 0 };
  faults = true;
  #options: ModelOptions;
  #pending: Line[] = [];
  /** Sizes of the stored blocks: they are sent as they were written. */
  #blocks: { seq: number; bytes: Uint8Array; count: number }[] = [];
  #authors = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  connect(): Wire {
    const wire = new Wire();
    this.wires.push(wire);
    return wire;
  }

  /** One message up, or one down, on that connection. False: nothing is under way there. */
  move(wire: Wire, up: boolean): boolean {
    if (!wire.opened && !wire.cut) {
      wire.opened = true;
      wire.onopen?.({} as never);
      return true;
    }
    const bytes = (up ? wire.up : wire.down).shift();
    if (!bytes) {
      if (wire.cut && up && this.wires.includes(wire)) this.wires.splice(this.wires.indexOf(wire), 1);
      return false;
    }
    if (up) this.#take(wire, decodeClientFrame(bytes));
    else if (!wire.cut) wire.onmessage?.({ data: bytes.slice().buffer } as never);
    return true;
  }

  /** Writes what is pending as one block, then sends it to everybody. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const seq = this.log.length + 1;
    const writer = new BlockWriter();
    for (const { author, nonce, text } of this.#pending) {
      writer.text(author, nonce, 1_000, encodeText(`n${author}`), encodeText(text));
    }
    const block = { seq, count: this.#pending.length, bytes: writer.seal(ROOM, seq) };
    this.log.push(...this.#pending);
    this.#pending = [];
    this.#blocks.push(block);
    for (const wire of this.wires) if (wire.inRoom && !wire.cut) this.#publish(wire, block.bytes);
  }

  /** The process is killed and started again: what was not written is gone. */
  restart(): void {
    this.#pending = [];
    for (const wire of this.wires) {
      wire.up.length = 0;
      wire.inRoom = false;
      wire.break();
    }
    this.wires.length = 0;
  }

  #publish(wire: Wire, bytes: Uint8Array): void {
    const dice = this.faults ? this.#options.random() : 1;
    if (dice < 0.1) {
      this.counts.lost++;
      return;
    }
    wire.down.push(bytes);
    if (dice < 0.15) {
      this.counts.doubled++;
      wire.down.push(bytes);
    } else if (dice < 0.25) {
      const place = Math.floor(this.#options.random() * wire.down.length);
      const kind = wire.down[place]?.[0];
      // Late or early, but only among blocks: answers keep their place.
      if (kind === 0x42) {
        this.counts.late++;
        wire.down.pop();
        wire.down.splice(place, 0, bytes);
      }
    }
  }

  #take(wire: Wire, frame: ClientFrame): void {
    switch (frame.kind) {
      case ClientKind.hello: {
        wire.author = frame.token[0] ?? ++this.#authors;
        const welcome = { version: 1, capabilities: 1, name: `n${wire.author}`, epoch: EPOCH, time: 0 };
        const limits = {
          ...DEFAULT_LIMITS,
          messagesPerSecond: 0,
          maxPageRecords: 7,
          ...this.#options.limits,
        };
        this.#give(wire, {
          kind: ServerKind.welcome,
          author: wire.author,
          token: new Uint8Array([wire.author]),
          limits,
          ...welcome,
        });
        break;
      }
      case ClientKind.enter:
        this.#enter(wire, frame);
        break;
      case ClientKind.send:
        this.#send(wire, frame);
        break;
      case ClientKind.history:
        this.#history(wire, frame);
        break;
      case ClientKind.ping:
        this.#give(wire, { kind: ServerKind.pong, token: frame.token, time: 0 });
        break;
    }
  }

  #enter(wire: Wire, { request, room, history, position }: EnterFrame): void {
    const head = this.log.length;
    const start = position?.seq ?? Math.max(0, head - history);
    const own = this.log.filter((line) => line.author === wire.author).map((line) => line.nonce);
    this.#give(wire, {
      kind: ServerKind.entered,
      request,
      room: ROOM,
      name: room,
      ownName: `n${wire.author}`,
      epoch: EPOCH,
      resume: position ? Resume.continued : Resume.fresh,
      first: 1,
      head,
      start,
      nonce: Math.max(0, ...own),
    });
    for (const block of this.#blocks) {
      if (block.seq + block.count - 1 > start) wire.down.push(block.bytes);
    }
    this.#give(wire, { kind: ServerKind.live, room: ROOM, head });
    wire.inRoom = !wire.cut;
    wire.barrier = 0;
  }

  #send(wire: Wire, { nonce, text }: SendFrame): void {
    const { author } = wire;
    const refuse = (code: Refusal, retryAfterMs: number) => {
      this.counts.refusals++;
      if (++wire.refusedInARow > FLOOD) return wire.break(Close.flood);
      const refusal = { refused: ClientKind.send, request: nonce, room: ROOM, suggestion: "" } as const;
      this.#give(wire, { kind: ServerKind.refused, code, retryAfterMs, ...refusal });
    };
    const same = (line: Line) => line.author === author && line.nonce === nonce;
    if (this.#options.dedupe) {
      const at = this.log.findIndex(same);
      if (at >= 0) {
        this.counts.acks++;
        this.#give(wire, { kind: ServerKind.ack, room: ROOM, nonce, seq: at + 1 });
        return;
      }
      if (this.#pending.some(same)) return;
      const all = [...this.log, ...this.#pending].filter((line) => line.author === author);
      if (all.some((line) => line.nonce > nonce)) {
        this.counts.stale++;
        refuse(Refusal.staleNonce, 0);
        return;
      }
    }
    if (wire.barrier > 0 && nonce > wire.barrier) {
      refuse(Refusal.outOfOrder, 0);
      return;
    }
    if (this.faults && this.#options.random() < 0.1) {
      wire.barrier = nonce;
      refuse(this.#options.random() < 0.5 ? Refusal.tooFast : Refusal.roomBusy, 200);
      return;
    }
    const judged = this.#options.judge?.(author);
    if (judged) {
      wire.barrier = nonce;
      refuse(...judged);
      return;
    }
    wire.barrier = 0;
    wire.refusedInARow = 0;
    this.#pending.push({ author, nonce, text: new TextDecoder().decode(text) });
  }

  #history(wire: Wire, { request, direction, seq, limit }: HistoryFrame): void {
    this.counts.pages++;
    const after = direction === Direction.after;
    const fitting = this.#blocks.filter((block) =>
      after ? block.seq + block.count - 1 > seq : block.seq < seq,
    );
    if (!after) fitting.reverse();
    const blocks: Uint8Array[] = [];
    let records = 0;
    for (const block of fitting) {
      if (records >= limit) break;
      records += block.count;
      blocks.push(block.bytes);
    }
    if (!after) blocks.reverse();
    const more = blocks.length < fitting.length;
    this.#give(wire, { kind: ServerKind.page, request, room: ROOM, first: 1, more, blocks });
  }

  #give(wire: Wire, frame: ServerFrame): void {
    if (!wire.cut) wire.down.push(encodeServerFrame(frame));
  }
}
