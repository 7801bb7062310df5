/** A new connection for each burst of messages, so that each has a fresh budget of its own. */
import type { Attack } from "../attack.ts";
import { oneVisitorsShare } from "../share.ts";

const AT_ONCE = 20;
const A_BURST = 30;
const TEXT_BYTES = 4_000;
/** Long enough for the burst to be taken. */
const STAY_MS = 50;

export const reconnectBursts: Attack = {
  name: "reconnect-bursts",
  what: "a new connection for each burst of long messages",
  mostStored: oneVisitorsShare,
  run: (arena) => {
    const room = "hostile-bursts";
    const people = () =>
      arena.abreast(AT_ONCE, () =>
        arena.persistent(
          () => arena.seated(room),
          async ({ peer, room: number }) => {
            peer.send(...Array.from({ length: A_BURST }, (_, i) => arena.message(number, i + 1, TEXT_BYTES)));
            await arena.pause(STAY_MS);
            peer.leave();
          },
        ),
      );
    return arena.observed(room, people);
  },
};
