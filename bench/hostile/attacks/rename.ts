/** Somebody in as many rooms as one may be in changes the name, over and over. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { ClientKind } from "../../../src/wire/frames.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";

const PEOPLE = 3;
const ROOMS = 32;
const A_BATCH = 20;

export const rename: Attack = {
  name: "rename",
  what: "renaming at full rate, with many rooms",
  run: (arena) =>
    arena.abreast(PEOPLE, (n) =>
      arena.persistent(
        async () => {
          const peer = await arena.greeted();
          await peer?.enter(arena.order.goodRoom);
          for (let i = 0; peer?.isOpen && i < ROOMS - 1 && !arena.over; i++)
            if (!(await peer.enter(`hostile-${n}-${i}`))) break;
          return peer;
        },
        (peer) => {
          let names = 0;
          return arena.flood(peer, () => {
            const frames = Array.from({ length: A_BATCH }, () =>
              encodeClientFrame({ kind: ClientKind.rename, request: 3, name: `Eve ${n} ${names++ % 50}` }),
            );
            return Buffer.concat(frames.map((frame) => wsFrame(frame)));
          });
        },
      ),
    ),
};
