/**
 * What one client does to its own frames: repeats what it sent, loses some of what came, as a transport over its
 * limit does, and writes down the numbers that repeats are answered with. It also plays the reader that has no check
 * for gaps. Invariant: what the client itself makes of the frames is not its business.
 */
import { BLOCK, decodeBlock, readBlockHeader } from "../../src/wire/block.ts";
import { Reader } from "../../src/wire/bytes.ts";
import { decodeServerFrame } from "../../src/wire/decode.ts";
import { encodeClientFrame } from "../../src/wire/encode.ts";
import { type ActFrame, ClientKind, type SendFrame, ServerKind } from "../../src/wire/frames.ts";
import type { Random } from "../random.ts";
import { type Journal, taken } from "./journal.ts";
import type { RawSocket, Tap } from "./socket.ts";

/** As much as a client has under way at once: a repeat of all of them leaves out none that is not settled. */
const REMEMBERED = 64;

/** What a message or an act is apart from the number of its room on a connection. */
type Sent = Omit<SendFrame, "room"> | Omit<ActFrame, "room">;

/** Faults that all clients of a workload share. */
export interface Mischief {
  /** Share of blocks that are lost on their way to a client. */
  lose: number;
  /** Whether what was sent is sent again, at once and after each reconnect. */
  repeat: boolean;
  /** The control: readers take whatever comes. */
  gapCheckOff: boolean;
}

export class WireTap implements Tap {
  #journal: Journal;
  #random: Random;
  #mischief: Mischief;
  /** Names of rooms by their number on the newest connection. */
  #names = new Map<number, string>();
  #numbers = new Map<string, number>();
  #author = 0;
  #sent = new Map<string, Sent[]>();
  #naive = new Map<string, number>();

  constructor(journal: Journal, random: Random, mischief: Mischief) {
    this.#journal = journal;
    this.#random = random;
    this.#mischief = mischief;
  }

  incoming(frame: Uint8Array, socket: RawSocket): boolean {
    if (frame[0] === BLOCK) {
      if (this.#mischief.lose > 0 && this.#random.chance(this.#mischief.lose)) return false;
      if (this.#mischief.gapCheckOff) this.#takeNaively(frame);
      return true;
    }
    if (frame[0] === ServerKind.welcome) {
      const welcome = decodeServerFrame(frame);
      if (welcome.kind !== ServerKind.welcome) return true;
      if (welcome.author !== this.#author) this.#sent.clear();
      this.#author = welcome.author;
      this.#names.clear();
    } else if (frame[0] === ServerKind.entered) this.#entered(frame, socket);
    else if (frame[0] === ServerKind.refused) this.#refused(frame, socket);
    else if (frame[0] === ServerKind.ack) {
      const ack = decodeServerFrame(frame);
      const room = ack.kind === ServerKind.ack && this.#names.get(ack.room);
      if (ack.kind === ServerKind.ack && room)
        this.#journal.note({ do: "repeat", room, author: this.#author, nonce: ack.nonce, seq: ack.seq });
    }
    return true;
  }

  outgoing(frame: Uint8Array): Uint8Array[] {
    if (frame[0] !== ClientKind.send && frame[0] !== ClientKind.act) return [frame];
    const kind = frame[0];
    const r = new Reader(frame, 1);
    const room = this.#names.get(r.varint());
    if (room === undefined) return [frame];
    const nonce = r.varint();
    // A message that goes again takes the place of its first time.
    const sent = (this.#sent.get(room) ?? []).filter((one) => one.nonce !== nonce);
    this.#sent.set(room, sent);
    // All that takes a nonce: a repeat that left out an act would let what came after it overtake it.
    if (kind === ClientKind.send) sent.push({ kind, nonce, text: r.rest().slice() });
    else sent.push({ kind, nonce, act: r.u8(), body: r.rest().slice() });
    sent.sort((a, b) => a.nonce - b.nonce);
    if (sent.length > REMEMBERED) sent.shift();
    return this.#mischief.repeat && this.#random.chance(0.3) ? [frame, frame] : [frame];
  }

  #entered(frame: Uint8Array, socket: RawSocket): void {
    const entered = decodeServerFrame(frame);
    if (entered.kind !== ServerKind.entered) return;
    this.#names.set(entered.room, entered.name);
    this.#numbers.set(entered.name, entered.room);
    if (!this.#naive.has(entered.name)) this.#naive.set(entered.name, entered.start);
    const sent = this.#sent.get(entered.name) ?? [];
    if (!this.#mischief.repeat || sent.length === 0) return;
    // In order and with all that may be under way: what a client leaves out it has given up.
    for (const each of sent) socket.transmit(encodeClientFrame({ ...each, room: entered.room }));
  }

  /** The server waits for a repeat that it refused for now, and the client knows nothing of it. */
  #refused(frame: Uint8Array, socket: RawSocket): void {
    const refused = decodeServerFrame(frame);
    if (refused.kind !== ServerKind.refused) return;
    if (refused.refused !== ClientKind.send && refused.refused !== ClientKind.act) return;
    const { room, request: nonce, retryAfterMs } = refused;
    const sent = this.#sent.get(this.#names.get(room) ?? "")?.find((one) => one.nonce === nonce);
    if (retryAfterMs === 0 || !sent) return;
    const again = encodeClientFrame({ ...sent, room });
    setTimeout(() => socket.transmit(again), retryAfterMs).unref();
  }

  #takeNaively(frame: Uint8Array): void {
    const { room: number, seq, count } = readBlockHeader(frame);
    const room = this.#names.get(number);
    if (room === undefined) return;
    const position = this.#naive.get(room) ?? 0;
    if (seq + count - 1 <= position) return;
    this.#naive.set(room, seq + count - 1);
    const { records, acts } = decodeBlock(frame);
    const all = taken(records, acts).filter(([number]) => number > position);
    this.#journal.note({ do: "take", room, records: all });
  }
}
