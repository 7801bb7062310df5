/** Entering with a position at the beginning of a long room, and leaving at once: reading may go on for nobody. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { ClientKind } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";

const PEOPLE = 4;
const A_BATCH = 5;

export const oldPositions: Attack = {
  name: "old-positions",
  what: "old positions that make the server read a whole room",
  run: (arena) => {
    const { room, epoch } = arena.order.archive;
    return arena.abreast(PEOPLE, (n) =>
      arena.persistent(
        () => arena.seated(room, n % 2),
        ({ peer, room: number }) =>
          arena.flood(peer, () => {
            const enter = encodeClientFrame({
              ...{ kind: ClientKind.enter, request: 4, anyName: true, room, history: 0 },
              position: { epoch, seq: arena.random.between(0, 50) },
            });
            const leave = encodeClientFrame({ kind: ClientKind.leave, room: number });
            const frames = Array.from({ length: A_BATCH }, () => [enter, leave]).flat();
            // The last one stays, so that reading goes on, and this one reads.
            return Buffer.concat([...frames, enter].map((frame) => wsFrame(frame)));
          }),
      ),
    );
  },
};
