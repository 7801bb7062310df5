/** Many readers of a room who never read, while somebody talks there as much as is allowed. */
import type { Attack } from "../attack.ts";

const READERS = 500;
const AT_ONCE = 20;
const TALKERS = 5;

export const neverRead: Attack = {
  name: "never-read",
  what: "500 readers from 50 addresses who never read a busy room",
  run: (arena) => {
    const room = "hostile-unread";
    let come = 0;
    const readers = () =>
      arena.abreast(AT_ONCE, async () => {
        while (!arena.over && come < READERS) {
          const seat = await arena.seated(room, 100 + (come++ % 50));
          seat?.peer.stopReading();
        }
      });
    const talkers = () =>
      arena.abreast(TALKERS, (n) =>
        arena.persistent(
          () => arena.seated(room, n),
          async ({ peer, room: number }) => {
            let nonce = 0;
            await arena.repeat(20, () => {
              if (peer.takesMore) peer.send(arena.message(number, ++nonce, 4_000));
              return peer.isOpen;
            });
            peer.leave();
          },
        ),
      );
    return arena.observed(room, async () => {
      await Promise.all([readers(), talkers()]);
    });
  },
};
