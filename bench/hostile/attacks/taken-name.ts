/** Entering under a name that somebody in the room has already: a free one has to be found each time. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { ClientKind } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";

const NAME = "Persimmon";
const OWNERS = 20;
const PEOPLE = 4;
const A_BATCH = 20;

export const takenName: Attack = {
  name: "taken-name",
  what: "entering the good ones' room under a taken name",
  run: async (arena) => {
    const { goodRoom } = arena.order;
    const enter = (anyName: boolean) => ({
      ...{ kind: ClientKind.enter, request: 1, anyName, room: goodRoom, history: 0, position: null },
    });
    await arena.abreast(OWNERS, async (n) => {
      const owner = await arena.greeted(n + 1, NAME);
      await owner?.enter(goodRoom);
    });
    await arena.abreast(PEOPLE, () =>
      arena.persistent(
        () => arena.greeted(0, NAME),
        (peer) => {
          const frame = wsFrame(encodeClientFrame(enter(false)));
          return arena.flood(peer, () => Buffer.concat(Array.from({ length: A_BATCH }, () => frame)));
        },
      ),
    );
  },
};
