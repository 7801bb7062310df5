/** Requests one behind the other on connections that read no answer: what is not sent has to lie somewhere. */
import type { Attack } from "../attack.ts";

const CONNECTIONS = 8;
const A_BATCH = 100;
const MOST_UNSENT = 256 * 1024;

export const pipelineUnread: Attack = {
  name: "pipeline-unread",
  what: "pipelined requests whose answers are never read",
  run: (arena) =>
    arena.abreast(CONNECTIONS, async () => {
      const batch = Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(A_BATCH));
      let socket = arena.socket().pause();
      await arena.repeat(20, () => {
        if (socket.destroyed) socket = arena.socket().pause();
        if (socket.writableLength > MOST_UNSENT) return;
        socket.write(batch);
        arena.tally.bytesOut += batch.length;
      });
    }),
};
