/** One path over HTTP, at full rate, on connections that are kept. */
import type { Socket } from "node:net";
import type { Arena } from "../arena.ts";
import type { Attack } from "../attack.ts";
import { count } from "../tally.ts";

const CONNECTIONS = 8;
/** Requests under way on one connection; one where the answer is not made at once, or the transport would end it. */
const AHEAD = 8;

/** Sends `request` as long as answers come. */
async function flood(arena: Arena, request: Buffer, ahead: number): Promise<void> {
  await arena.abreast(CONNECTIONS, async () => {
    let socket: Socket | null = null;
    const open = () => {
      const made = arena.socket();
      // Answers are counted by their first line: nothing else of them matters.
      made.on("data", (bytes) => {
        const statuses = bytes.toString("latin1").match(/HTTP\/1\.1 \d{3}/g) ?? [];
        for (const status of statuses) {
          count(arena.tally.answers, status.slice(9));
          arena.tally.bytesOut += request.length;
          if (!arena.over && made.writable) made.write(request);
        }
      });
      made.on("connect", () => {
        for (let i = 0; i < ahead; i++) made.write(request);
      });
      socket = made;
    };
    await arena.repeat(20, () => {
      if (!socket || socket.destroyed || socket.readableEnded) open();
    });
  });
}

function attack(name: string, what: string, path: string, headers = "", ahead = AHEAD): Attack {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`);
  return { name, what, run: (arena) => flood(arena, request, ahead) };
}

export const metricsFlood = attack("metrics-flood", "/metrics at full rate", "/metrics");
export const roomsFlood = attack("rooms-flood", "/api/rooms at full rate", "/api/rooms");
export const pageFlood = attack("page-flood", "the page at full rate", "/", "Accept-Encoding: br\r\n");
export const messagesFlood = attack(
  "messages-flood",
  "messages over HTTP at full rate",
  "/api/rooms/archive/messages?limit=500&before=9000",
  "",
  1,
);
