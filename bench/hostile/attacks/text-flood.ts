/** Messages in the good ones' room, far more than anybody can read: from one address, and from thirty. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import type { Arena } from "../arena.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";
import { oneVisitorsShare, thirtyVisitorsShare } from "../share.ts";

const PEOPLE = 30;
/** Each alone is two hundred times above what a connection may. */
const A_BATCH = 100;
const EVERY_MS = 40;
const TEXT_BYTES = 200;

function flood(arena: Arena, address: (n: number) => number): Promise<void> {
  const { goodRoom } = arena.order;
  const people = () =>
    arena.abreast(PEOPLE, (n) =>
      arena.persistent(
        () => arena.seated(goodRoom, address(n)),
        ({ peer, room }) => {
          let nonce = 0;
          const batch = () => {
            const frames = Array.from({ length: A_BATCH }, () => arena.message(room, ++nonce, TEXT_BYTES));
            return Buffer.concat(frames.map((frame) => wsFrame(encodeClientFrame(frame))));
          };
          return arena.flood(peer, batch, EVERY_MS);
        },
      ),
    );
  return arena.observed(goodRoom, people);
}

export const textFloodOne: Attack = {
  name: "text-flood-one",
  what: "30 connections from one address flood the good ones' room",
  mostStored: oneVisitorsShare,
  run: (arena) => flood(arena, () => 0),
};

export const textFloodMany: Attack = {
  name: "text-flood-many",
  what: "30 connections from 30 addresses flood the good ones' room",
  mostStored: thirtyVisitorsShare,
  run: (arena) => flood(arena, (n) => n),
};
