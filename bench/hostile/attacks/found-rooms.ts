/** Rooms that nobody was in before, founded as fast as it goes. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { ClientKind } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";

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
        (peer) => {
          let request = 1;
          return arena.flood(peer, () => {
            const frames = Array.from({ length: A_BATCH }, () => ({
              ...{ kind: ClientKind.enter, request: ++request, anyName: true, history: 0, position: null },
              room: `hostile-${next++}`,
            }));
            arena.count("rooms asked for", A_BATCH);
            return Buffer.concat(frames.map((frame) => wsFrame(encodeClientFrame(frame))));
          });
        },
      ),
    );
  },
};
