/** New identities as fast as they are given: they are remembered, and with enough of them a tag can be had again. */
import type { Attack } from "../attack.ts";

const AT_ONCE = 40;

export const identities: Attack = {
  name: "identities",
  what: "making identities as fast as they are given",
  run: (arena) =>
    arena.abreast(AT_ONCE, () =>
      arena.persistent(
        () => arena.greeted(),
        async (peer) => {
          arena.count("identities");
          peer.leave();
        },
      ),
    ),
};
