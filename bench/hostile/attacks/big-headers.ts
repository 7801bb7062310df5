/** Headers of 60 kB, whole and in two pieces, in the places that a server looks at. */
import type { Attack } from "../attack.ts";
import { count } from "../tally.ts";

const BYTES = 60_000;
const CONNECTIONS = 4;
const NAMES = ["Origin", "Sec-WebSocket-Protocol", "X-Forwarded-For", "Cookie", "Connection", "Host"];

export const bigHeaders: Attack = {
  name: "big-headers",
  what: "headers of 60 kB, whole and split",
  run: (arena) =>
    arena.abreast(CONNECTIONS, async (n) => {
      await arena.repeat(2, async () => {
        const name = arena.random.pick(NAMES);
        const value = arena.random.pick([", upgrade", "a,", " ", "1.2.3.4, "]);
        const filled = value.repeat(Math.floor(BYTES / value.length));
        const first = arena.random.chance(0.5) ? "GET /ws HTTP/1.1" : "GET / HTTP/1.1";
        const usual =
          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: aG9zdGlsZSBidXQgZmFpcg==";
        const request = Buffer.from(`${first}\r\n${usual}\r\n${name}: ${filled}\r\n\r\n`);
        const socket = arena.socket(n);
        const end = new Promise<void>((done) => {
          socket.once("data", (bytes) => {
            count(arena.tally.answers, bytes.toString("latin1").slice(9, 12));
            done();
          });
          socket.once("close", () => done());
        });
        const cut = arena.random.chance(0.5) ? request.length : Math.floor(request.length / 2);
        socket.write(request.subarray(0, cut));
        if (cut < request.length) {
          await arena.pause(5);
          socket.write(request.subarray(cut));
        }
        arena.tally.bytesOut += request.length;
        await Promise.race([end, arena.pause(200)]);
        socket.destroy();
      });
    }),
};
