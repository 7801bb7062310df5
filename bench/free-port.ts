/** Ports for servers that are to come back on the same one. */
import { createServer } from "node:net";

/**
 * Above all that browsers refuse to open (10,080 is the last one), and below where systems take the ports of outgoing
 * connections from (32,768 on Linux, 49,152 elsewhere).
 */
const LOWEST = 10_100;
const HIGHEST = 32_000;
const TRIES = 100;

/**
 * A TCP port of 127.0.0.1 that is free now, and that no outgoing connection will be given while its server is down.
 * A port that the system chose (`--port 0`) may be refused after a restart: sockets accepted there do not allow it to
 * be reused as long as the kernel remembers them.
 * @throws Error when a hundred in a row are taken
 */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free between ${LOWEST} and ${HIGHEST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });
}
