/**
 * As many WebSockets as there may be, so that nobody else finds a place and the log no file: from one address, and each
 * from its own. Some write meanwhile, because a log that stands still needs no file.
 */
import type { Arena } from "../arena.ts";
import type { Attack } from "../attack.ts";

const AT_ONCE = 50;
const WRITERS = 30;

async function fill(arena: Arena, address: (n: number) => number): Promise<void> {
  let next = 0;
  const writing = arena.writers(WRITERS);
  await arena.abreast(AT_ONCE, async () => {
    while (!arena.over && next < arena.order.connections) {
      const n = next++;
      const peer = arena.peer(address(n));
      // A place is worth nothing without a hello: it would be lost a moment later.
      if (await peer.opened) await peer.greet();
      else await arena.pause(10);
    }
  });
  await writing;
}

export const fillOne: Attack = {
  name: "fill-one",
  what: "as many connections as there may be, from one address",
  atLeastSeconds: 6,
  run: (arena) => fill(arena, () => 0),
};

export const fillMany: Attack = {
  name: "fill-many",
  what: "as many connections as there may be, each from an address of its own",
  atLeastSeconds: 6,
  run: (arena) => fill(arena, (n) => n),
};
