/**
 * The client as its user sees it: one identity, one connection, any number of rooms. It knows no DOM; what it
 * needs from around it stands in contract.ts.
 *
 * A bot that answers (Node 20, socket from the package `ws`):
 *
 *     import { WebSocket } from "ws";
 *     const client = new Client({
 *       url: "ws://localhost:3000/ws", open: (url, protocol) => new WebSocket(url, protocol),
 *       clock: { now: Date.now, after: (ms, run) => { const t = setTimeout(run, ms); return () => clearTimeout(t); } },
 *       random: Math.random, storage: new MemoryStorage(), language: Language.en, listener: {},
 *     });
 *     const room = client.enter("lobby", { history: 0, listener: {
 *       appended: (records) => { for (const { text } of records) if (text === "ping") room.send("pong"); },
 *     } });
 *     client.start();
 */
import type { Edited, Reacted } from "../wire/about.ts";
import type { Moved, MoveWords, Moving } from "../wire/moving.ts";
import { KINDS } from "../wire/records/registry.ts";
import { versionsOf, whoReacted } from "./about.ts";
import { ClientCore } from "./client-core.ts";
import { ClientRoom } from "./client-room.ts";
import type { ClientOptions, ClientStorage } from "./contract.ts";
import { solveChallenge } from "./hashcash.ts";
import { makeRoom, setPassword } from "./make-room.ts";
import { moveIn, moveOut, newAttempt, renew } from "./move.ts";
import { reportMessage } from "./report.ts";

/** What a page has as `became`. */
export { readTold } from "../wire/became.ts";
export { MoveWords } from "../wire/moving.ts";
/** For whoever has the operator's key. */
export { decodeReserved, Order, Sort } from "../wire/orders.ts";
/** What `ClientRoom.act` takes: for bots, who have this bundle and nothing else. */
export { kinds } from "../wire/records/registry.ts";
/** What is handed in, listened to and given back. */
export type { ClientRoom } from "./client-room.ts";
export type * from "./contract.ts";
export { ClientState, RoomState } from "./contract.ts";
export { operate, operateAs } from "./operate.ts";
export { RefusedError } from "./refused-error.ts";
export { StandingFold } from "./standing.ts";

export class Client extends ClientCore {
  readonly #storage: ClientStorage;

  constructor(options: ClientOptions) {
    const { clock, storage } = options;
    const work: ClientOptions["work"] = (challenge, bits, isOver) =>
      solveChallenge(challenge, bits, clock, isOver);
    super({ work, ...options }, (host, name, entering) => new ClientRoom(host, name, entering, KINDS));
    this.#storage = storage;
  }

  /**
   * Makes a room that belongs to this person; it is to be entered by the name that the promise gives. An unlisted one
   * gets a link that nobody guesses; asked for over a lost connection it may be made twice. @throws RefusedError
   */
  makeRoom(raw: string, unlisted: boolean, password = ""): Promise<string> {
    return makeRoom(this, raw, unlisted, password);
  }

  /** Of a room that this person owns; empty: it has none from now on. Whether it has one then. @throws RefusedError */
  setPassword(room: string, password: string): Promise<boolean> {
    return setPassword(this, room, password);
  }

  /** The signs on a message of a room one is in, and who put them. @throws RefusedError */
  whoReacted(room: ClientRoom, seq: number): Promise<Reacted> {
    return whoReacted(this, room, seq);
  }

  /** How a message of a room one is in read, from its first text on. @throws RefusedError */
  versionsOf(room: ClientRoom, seq: number): Promise<Edited> {
    return versionsOf(this, room, seq);
  }

  /**
   * Tells those who look after a room that belongs to somebody of a message in it, and why: up to 200 letters, or none.
   * @throws RefusedError
   */
  report(room: ClientRoom, seq: number, reason = ""): Promise<void> {
    return reportMessage(this, room, seq, reason);
  }

  /** A phrase by which another client becomes this identity, once and within minutes. @throws RefusedError */
  moveOut(words: MoveWords, baggage: Uint8Array = new Uint8Array(0)): Promise<Moving> {
    return moveOut(this, words, baggage);
  }

  /** Becomes whom a phrase stands for; the client that was so is ended. Only while `settled`. @throws RefusedError */
  async moveIn(phrase: string): Promise<Moved> {
    const moved = await moveIn(this, phrase, newAttempt());
    await this.#become(moved);
    return moved;
  }

  /** Has the server end every other token of this identity, and all connections that showed one. @throws RefusedError */
  async renew(): Promise<void> {
    await this.#become(await renew(this));
  }

  /** What was sent is asked about by the new connection, where it is of the same author. */
  async #become({ author, token, name }: Moved): Promise<void> {
    if (author !== this.me?.author && !this.settled) throw new Error("messages are on their way");
    this.stop();
    try {
      await this.#storage.saveIdentity({ author, token, name });
    } finally {
      this.start();
    }
  }
}
