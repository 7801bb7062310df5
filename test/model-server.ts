/**
 * A server reduced to what a client must be able to rely on: one room, one log, idempotent sends, resume; and, where it
 * belongs to somebody, acts, sanctions, STANDING, PUT_OUT and BECAME by the rules of model-owned.ts. The wires
 * between are first in, first out, as TCP is, but break at any moment, and blocks to a reader may be lost, doubled
 * or late, as they are for one that was too slow. Everything happens when the test says so.
 */
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
  ServerCapability,
  type ServerFrame,
  ServerKind,
} from "../src/wire/frames.ts";
import { DEFAULT_LIMITS, type StatedLimits } from "../src/wire/limits.ts";
import { kindOf } from "../src/wire/records/registry.ts";
import { type Line, type OwnedRules, plainLine } from "./model-owned.ts";
import { Wire } from "./model-wire.ts";

const EPOCH = "00000000000000aa";
const ROOM = 3;

export interface ModelOptions {
  /** False: a repeated send is stored again. The control: with it the test must fail. */
  dedupe: boolean;
  random: () => number;
  limits?: Partial<StatedLimits>;
  /** What holds messages back besides the faults: a code and a time for the next one of this author, or null. */
  judge?: (author: number) => [Refusal, number] | null;
  /** The room belongs to its first author. */
  rules?: OwnedRules;
}

/** Refusals in a row after which a connection is taken for a flood. */
const FLOOD = 500;

export class ModelServer {
  readonly log: Line[] = [];
  readonly wires: Wire[] = [];
  /** How often something happened, so that a test can tell that it tried anything. */
  readonly counts = { acks: 0, refusals: 0, lost: 0, doubled: 0, late: 0, pages: 0, stale: 0, putOut: 0 };
  /** Texts that were refused for good: what comes behind them is not held up. */
  readonly handedBack = new Set<string>();
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

  /** All that is under way, on all connections. False: nothing was. */
  moveAll(): boolean {
    let moved = false;
    for (const wire of [...this.wires]) {
      while (this.move(wire, true)) moved = true;
      while (this.move(wire, false)) moved = true;
    }
    return moved;
  }

  /** Writes what is pending as one block, then sends it to everybody. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const seq = this.log.length + 1;
    const writer = new BlockWriter();
    for (const { author, nonce, kind, body } of this.#pending)
      writer.record(kind, author, nonce, 1_000, encodeText(`n${author}`), body);
    const block = { seq, count: this.#pending.length, bytes: writer.seal(ROOM, seq) };
    const written = this.#pending;
    this.log.push(...written);
    this.#pending = [];
    this.#blocks.push(block);
    for (const wire of this.wires) if (wire.inRoom && !wire.cut) this.#publish(wire, block.bytes);
    for (const line of written) {
      const put = this.#options.rules?.apply(line);
      if (put) this.#putOut(put, `n${line.author}`);
    }
  }

  #putOut({ who, what, text }: { who: number; what: 1 | 2; text: string }, by: string): void {
    for (const wire of this.wires) {
      if (wire.author !== who || !wire.inRoom) continue;
      wire.inRoom = false;
      this.counts.putOut++;
      this.#give(wire, { kind: ServerKind.putOut, room: ROOM, what, until: 0, by, reason: text });
    }
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
        const capabilities =
          ServerCapability.takesActs | (this.#options.rules ? ServerCapability.tellsBecame : 0);
        const welcome = { version: 1, capabilities, name: `n${wire.author}`, epoch: EPOCH, time: 0 };
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
        this.#say(wire, ClientKind.send, plainLine(wire.author, frame.nonce, frame.text));
        break;
      case ClientKind.act: {
        const { nonce, act, body } = frame;
        const { text = "" } = kindOf(act)!.read(body) as { text?: string };
        const line = { author: wire.author, nonce, kind: act, body: body.slice(), text };
        this.#say(wire, ClientKind.act, line);
        break;
      }
      case ClientKind.leave:
        wire.inRoom = false;
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
    const { rules } = this.#options;
    if (rules?.isBanned(wire.author)) {
      const refusal = { refused: ClientKind.enter, request, room: 0, suggestion: "" } as const;
      this.#give(wire, { kind: ServerKind.refused, code: Refusal.banned, retryAfterMs: 0, ...refusal });
      return;
    }
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
    if (rules) this.#give(wire, { kind: ServerKind.standing, room: ROOM, asOf: head, parts: rules.standing });
    for (const block of this.#blocks) {
      if (block.seq + block.count - 1 > start) wire.down.push(block.bytes);
    }
    this.#give(wire, { kind: ServerKind.live, room: ROOM, head });
    wire.inRoom = !wire.cut;
    wire.barrier = 0;
  }

  #say(wire: Wire, frame: typeof ClientKind.send | typeof ClientKind.act, said: Line): void {
    const { rules } = this.#options;
    const { author, nonce } = said;
    const refuse = (code: Refusal, retryAfterMs: number) => {
      this.counts.refusals++;
      if (++wire.refusedInARow > FLOOD) return wire.break(Close.flood);
      const refusal = { refused: frame, request: nonce, room: ROOM, suggestion: "" } as const;
      this.#give(wire, { kind: ServerKind.refused, code, retryAfterMs, ...refusal });
    };
    if (rules && !wire.inRoom) {
      refuse(Refusal.notInRoom, 0);
      return;
    }
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
    const code = this.#forbids(wire, said);
    if (code !== null) {
      if (wire.barrier === nonce) wire.barrier = 0;
      if (code !== Refusal.notInRoom) this.handedBack.add(said.text);
      refuse(code, 0);
      return;
    }
    wire.barrier = 0;
    wire.refusedInARow = 0;
    this.#pending.push(said);
  }

  /** What is on its way counts: it is waited for. */
  #forbids(wire: Wire, { author, kind, body }: Line): Refusal | null {
    const { rules } = this.#options;
    if (!rules) return null;
    this.flush();
    return wire.inRoom ? rules.refusal(author, kind, body) : Refusal.notInRoom;
  }

  #history(wire: Wire, { request, direction, seq, limit, became }: HistoryFrame): void {
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
    const { rules } = this.#options;
    if (rules && !wire.inRoom) {
      const refusal = { refused: ClientKind.history, request, room: ROOM, suggestion: "" } as const;
      this.#give(wire, { kind: ServerKind.refused, code: Refusal.notInRoom, retryAfterMs: 0, ...refusal });
      return;
    }
    const chosen = fitting.slice(0, blocks.length);
    if (rules && became && chosen.length > 0) {
      const from = after ? seq + 1 : Math.min(...chosen.map((block) => block.seq));
      const to = after ? Math.max(...chosen.map((block) => block.seq + block.count - 1)) : seq - 1;
      const told = rules.told(from, to);
      this.#give(wire, { kind: ServerKind.became, request, room: ROOM, from, to, told });
    }
    this.#give(wire, { kind: ServerKind.page, request, room: ROOM, first: 1, more, blocks });
  }

  #give(wire: Wire, frame: ServerFrame): void {
    if (!wire.cut) wire.down.push(encodeServerFrame(frame));
  }
}
