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
import { KINDS } from "../wire/records/registry.ts";
import { ClientCore } from "./client-core.ts";
import { ClientRoom } from "./client-room.ts";
import type { ClientOptions } from "./contract.ts";
import { solveChallenge } from "./hashcash.ts";
import { makeRoom } from "./make-room.ts";

/** What a page has as `became`. */
export { readTold } from "../wire/became.ts";
/** For whoever has the operator's key. */
export { decodeReserved, Order, Sort } from "../wire/orders.ts";
/** What `ClientRoom.act` takes: for bots, who have this bundle and nothing else. */
export { kinds } from "../wire/records/registry.ts";
export { operate, operateAs } from "./operate.ts";
export { StandingFold } from "./standing.ts";

export class Client extends ClientCore {
  constructor(options: ClientOptions) {
    const { clock } = options;
    const work: ClientOptions["work"] = (challenge, bits, isOver) =>
      solveChallenge(challenge, bits, clock, isOver);
    super({ work, ...options }, (host, name, entering) => new ClientRoom(host, name, entering, KINDS));
  }

  /**
   * Makes a room that belongs to this person; it is to be entered by the name that the promise gives. An unlisted one
   * gets a link that nobody guesses; asked for over a lost connection it may be made twice. @throws RefusedError
   */
  makeRoom(raw: string, unlisted: boolean): Promise<string> {
    return makeRoom(this, raw, unlisted);
  }
}
