/** WebSockets that never say hello, opened anew as soon as they are closed. */
import type { Attack } from "../attack.ts";

const AT_ONCE = 300;

export const noHello: Attack = {
  name: "no-hello",
  what: "300 WebSockets that never say hello, again and again",
  run: (arena) =>
    arena.abreast(AT_ONCE, () =>
      arena.persistent(
        async () => {
          const peer = arena.peer();
          return (await peer.opened) ? peer : null;
        },
        (peer) => peer.ended,
      ),
    ),
};
