/**
 * What an attack has to work with: where the server is, addresses, people and sockets, and how long it may go on.
 * Invariant: when `close` is called, nothing of the attack is left, and no loop of an attack goes on after `over`.
 */
import { connect, type Socket } from "node:net";
import { encodeText } from "../../src/wire/bytes.ts";
import { ClientKind, type SendFrame } from "../../src/wire/frames.ts";
import { Random } from "../random.ts";
import { attackerAddress } from "./addresses.ts";
import { Peer } from "./peer.ts";
import type { Archive } from "./prepare.ts";
import { count, emptyTally, type Tally } from "./tally.ts";

/** What texts of attackers begin with. */
export const ATTACKER_TEXT = "hostile";
/** How long somebody who was sent away waits before coming again. */
const AGAIN_MS = 2;
const OBSERVER = 29_999;
const ON_ITS_WAY_MS = 300;
const WRITERS_FROM = 30_000;
const LONG_TEXT = 4_000;
/** What a connection may write at once, before its rate counts. */
const BURST = 25;

export interface ArenaOrder {
  port: number;
  pid: number;
  /** The attack's place in the table: it chooses the addresses. */
  place: number;
  seed: number;
  seconds: number;
  connections: number;
  mutations: number;
  /** A room in which good ones talk. */
  goodRoom: string;
  archive: Archive;
}

export class Arena {
  readonly order: ArenaOrder;
  readonly random: Random;
  readonly tally: Tally = emptyTally();
  #until: number;
  #closed = false;
  #sockets = new Set<Socket>();
  #held = 0;
  #wakers = new Set<() => void>();

  constructor(order: ArenaOrder, name: string) {
    this.order = order;
    this.random = new Random(order.seed, name);
    this.#until = performance.now() + order.seconds * 1000;
  }

  get over(): boolean {
    return this.#closed || performance.now() >= this.#until;
  }

  /** The n-th address of the attack. Those who come from one use 0. */
  address(n = 0): string {
    return attackerAddress(this.order.place, n);
  }

  /** Waits, but not beyond the end. */
  pause(ms: number): Promise<void> {
    const left = Math.max(0, Math.min(ms, this.#until - performance.now()));
    if (this.#closed) return Promise.resolve();
    return new Promise((next) => {
      const wake = () => {
        this.#wakers.delete(wake);
        clearTimeout(timer);
        next();
      };
      const timer = setTimeout(wake, left);
      this.#wakers.add(wake);
    });
  }

  /** Does something again and again, until the end or until it says false. */
  async repeat(everyMs: number, step: () => unknown): Promise<void> {
    while (!this.over && (await step()) !== false) await this.pause(everyMs);
  }

  /** Runs `many` of something side by side. */
  async abreast(many: number, one: (n: number) => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: many }, (_, n) => one(n)));
  }

  /** A plain TCP connection, which hears nothing unless somebody listens. */
  socket(n = 0): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.order.port, localAddress: this.address(n) });
    // A close follows every error.
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      this.tally.bytesIn += bytes.length;
    });
    this.#hold(socket);
    return socket;
  }

  /** A WebSocket; `counts` makes it a reader that counts what attackers got stored. */
  peer(n = 0, counts = ""): Peer {
    const { port } = this.order;
    const peer = new Peer({ port, address: this.address(n), tally: this.tally, counts });
    this.#hold(peer.net);
    return peer;
  }

  /** A peer that was welcomed; null when it was not. */
  async greeted(n = 0, name = ""): Promise<Peer | null> {
    const peer = this.peer(n);
    if ((await peer.opened) && (await peer.greet(name))) return peer;
    peer.leave();
    return null;
  }

  /** A peer in a room, with the room's number; null when it could not enter. */
  async seated(room: string, n = 0): Promise<{ peer: Peer; room: number } | null> {
    const peer = await this.greeted(n);
    const entered = await peer?.enter(room);
    if (peer && entered) return { peer, room: entered.room };
    peer?.leave();
    return null;
  }

  /** Somebody who comes again, with a new connection, whenever work ended before the attack did. */
  async persistent<T>(come: () => Promise<T | null>, work: (given: T) => Promise<void>): Promise<void> {
    while (!this.over) {
      const given = await come();
      if (given === null) {
        await this.pause(AGAIN_MS * 10);
        continue;
      }
      await work(given);
      await this.pause(AGAIN_MS);
    }
  }

  /** Sends a batch every few milliseconds while the peer is there: far above every limit, and not all of a core. */
  async flood(peer: Peer, batch: () => Uint8Array, everyMs = 10): Promise<void> {
    while (!this.over && peer.isOpen) {
      if (peer.takesMore) peer.raw(batch());
      await this.pause(everyMs);
    }
    peer.leave();
  }

  /** Counts, from an address of its own, what attackers get stored in a room while they do what they do. */
  async observed(room: string, attack: () => Promise<void>): Promise<void> {
    const peer = this.peer(OBSERVER, ATTACKER_TEXT);
    if ((await peer.opened) && (await peer.greet())) await peer.enter(room);
    await attack();
    // What is on its way to the observer counts.
    await new Promise((next) => setTimeout(next, ON_ITS_WAY_MS));
  }

  /** People from addresses of their own who write as much as they may, so that the log needs new files meanwhile. */
  async writers(many: number): Promise<void> {
    await this.abreast(many, (n) =>
      this.persistent(
        () => this.seated("hostile-writers", WRITERS_FROM + n),
        async ({ peer, room }) => {
          let nonce = 0;
          while (!this.over && peer.isOpen) {
            if (peer.takesMore) peer.send(this.message(room, ++nonce, LONG_TEXT));
            await this.pause(nonce < BURST ? 10 : 110);
          }
          peer.leave();
        },
      ),
    );
  }

  message(room: number, nonce: number, bytes = 60): SendFrame {
    const text = `${ATTACKER_TEXT} ${nonce} `.padEnd(bytes, "x");
    return { kind: ClientKind.send, room, nonce, text: encodeText(text) };
  }

  count(what: string, by = 1): void {
    count(this.tally.more, what, by);
  }

  close(): void {
    this.#closed = true;
    for (const wake of [...this.#wakers]) wake();
    for (const socket of this.#sockets) socket.destroy();
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("connect", () => {
      this.#held++;
      this.tally.held = Math.max(this.tally.held, this.#held);
      socket.once("close", () => this.#held--);
    });
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
