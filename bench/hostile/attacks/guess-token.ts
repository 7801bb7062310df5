/** Guesses of the secret for posting, at full rate. */
import type { Attack } from "../attack.ts";
import { count } from "../tally.ts";

const CONNECTIONS = 4;

export const guessToken: Attack = {
  name: "guess-token",
  what: "guesses of the secret for posting over HTTP",
  run: (arena) =>
    arena.abreast(CONNECTIONS, async () => {
      const body = '{"name":"x","text":"hostile"}';
      const guess = () =>
        `POST /api/rooms/yard/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
        `Authorization: Bearer ${arena.random.next()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      await arena.repeat(2, async () => {
        const socket = arena.socket();
        const answered = new Promise<void>((done) => {
          socket.once("data", (bytes) => {
            count(arena.tally.answers, bytes.toString("latin1").slice(9, 12));
            done();
          });
          socket.once("close", () => done());
        });
        socket.write(guess());
        await answered;
        socket.destroy();
      });
    }),
};
