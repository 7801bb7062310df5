/** Everything comes and goes: connections, hellos, rooms, names, sockets without a word, each for a moment. */
import { ClientKind } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";

const AT_ONCE = 40;
const ADDRESSES = 20;

export const flapping: Attack = {
  name: "flapping",
  what: "everything comes and goes at once",
  run: (arena) =>
    arena.abreast(AT_ONCE, async (n) => {
      const { random } = arena;
      await arena.repeat(5, async () => {
        if (random.chance(0.1)) {
          const socket = arena.socket(n % ADDRESSES);
          await arena.pause(random.between(0, 50));
          socket.destroy();
          return;
        }
        const peer = arena.peer(n % ADDRESSES);
        const end = random.between(0, 5);
        if (await peer.opened) {
          if (end > 0 && (await peer.greet())) {
            const entered = end > 1 ? await peer.enter(arena.order.goodRoom, 50) : null;
            if (end > 2) peer.send({ kind: ClientKind.watchRooms, on: true });
            if (end > 3 && entered) peer.send(arena.message(entered.room, 1));
            if (end > 4)
              peer.send({ kind: ClientKind.rename, request: 2, name: `Eve ${random.between(1, 99)}` });
          }
          await arena.pause(random.between(0, 30));
        } else await arena.pause(20);
        peer.leave();
      });
    }),
};
