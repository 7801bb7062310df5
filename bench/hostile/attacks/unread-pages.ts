/** Readers that ask for pages of a long history and do not read, but for a sip of a few bytes now and then. */
import { ClientKind, Direction } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";

const READERS = 40;
/** What a sip takes: the socket reads for so long. */
const SIP_MS = 1;

export const unreadPages: Attack = {
  name: "unread-pages",
  what: "40 readers that ask for pages and do not read, with a sip now and then",
  run: (arena) =>
    arena.abreast(READERS, (n) =>
      arena.persistent(
        () => arena.seated(arena.order.archive.room, n % 10),
        async ({ peer, room }) => {
          peer.stopReading();
          let request = 1;
          await arena.repeat(50, async () => {
            if (!peer.isOpen) return false;
            for (let i = 0; i < 4; i++)
              peer.send({
                ...{ kind: ClientKind.history, request: ++request, room, limit: 500 },
                ...{ direction: Direction.before, seq: arena.random.between(500, 20_000) },
              });
            if (!arena.random.chance(0.05)) return true;
            peer.net.resume();
            await arena.pause(SIP_MS);
            peer.stopReading();
            return true;
          });
        },
      ),
    ),
};
