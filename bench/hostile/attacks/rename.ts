/**
 * People who share as many rooms as one may be in change their names, over and over, to what another has: in each of
 * the rooms it has to be looked at who is there, and a free name to be found.
 */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { ClientKind } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";

const PEOPLE = 6;
const NAMES = 4;
const ROOMS = 32;
const A_BATCH = 20;

export const rename: Attack = {
  name: "rename",
  what: "renaming at full rate, with many rooms",
  run: (arena) =>
    arena.abreast(PEOPLE, () =>
      arena.persistent(
        async () => {
          const peer = await arena.greeted();
          const rooms = Array.from({ length: ROOMS - 2 }, (_, i) => `hostile-${i}`);
          peer?.send(
            ...rooms.map((room) => ({
              ...({ kind: ClientKind.enter, request: 1, anyName: true, history: 0, position: null } as const),
              room,
            })),
          );
          await peer?.enter(arena.order.goodRoom);
          return peer;
        },
        (peer) =>
          arena.flood(peer, () => {
            const frames = Array.from({ length: A_BATCH }, () => {
              const name = `Eve ${arena.random.between(1, NAMES)}`;
              return encodeClientFrame({ kind: ClientKind.rename, request: 3, name });
            });
            return Buffer.concat(frames.map((frame) => wsFrame(frame)));
          }),
      ),
    ),
};
