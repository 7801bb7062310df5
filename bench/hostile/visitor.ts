/** A client as a browser has it, but from an address of one's own. */
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { WebSocket } from "ws";
import { Client } from "../../src/client/client.ts";
import type { ClientListener } from "../../src/client/contract.ts";
import { MemoryStorage } from "../../src/client/memory-storage.ts";
import { Language } from "../../src/wire/frames.ts";
import { machineClock } from "../clock.ts";

export function visitor(port: number, localAddress: string, listener: ClientListener): Client {
  return new Client({
    url: `ws://127.0.0.1:${port}/ws`,
    open: (url, protocol) => new WebSocket(url, protocol, { perMessageDeflate: false, localAddress }),
    clock: machineClock,
    random: Math.random,
    storage: new MemoryStorage(),
    language: Language.en,
    listener,
  });
}

/** @returns the status of a page, 0 when there was none in time */
export function loadPage(port: number, localAddress: string, path: string, ms: number): Promise<number> {
  return new Promise((done) => {
    const options = { host: "127.0.0.1", port, path, localAddress, agent: false, timeout: ms };
    const asked = request(options, (answer: IncomingMessage) => {
      answer.resume();
      answer.once("end", () => done(answer.statusCode ?? 0));
      answer.once("error", () => done(0));
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => done(0));
    asked.end();
  });
}
