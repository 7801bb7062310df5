/** Rooms that nobody was in before, founded as fast as it goes, and left again to make place for more. */
import { ClientKind, ServerKind } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";

const PEOPLE = 8;
const A_BATCH = 10;

export const foundRooms: Attack = {
  name: "found-rooms",
  what: "founding rooms as fast as it goes",
  run: (arena) => {
    let next = 0;
    return arena.abreast(PEOPLE, () =>
      arena.persistent(
        () => arena.greeted(),
        async (peer) => {
          let under = 0;
          peer.onFrame = (frame) => {
            if (frame.kind !== ServerKind.entered && frame.kind !== ServerKind.refused) return;
            under--;
            if (frame.kind !== ServerKind.entered) return;
            arena.count("rooms founded");
            peer.send({ kind: ClientKind.leave, room: frame.room });
          };
          await arena.repeat(2, () => {
            if (!peer.isOpen) return false;
            if (under > A_BATCH) return true;
            under += A_BATCH;
            for (let i = 0; i < A_BATCH; i++)
              peer.send({
                ...{ kind: ClientKind.enter, request: 1, anyName: true, history: 0, position: null },
                room: `hostile-${next++}`,
              });
            return true;
          });
          peer.leave();
        },
      ),
    );
  },
};
