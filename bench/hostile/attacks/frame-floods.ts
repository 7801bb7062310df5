/** One cheap frame at full rate, over and over: what a server does for it, it does as often as it is told. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import { type ClientFrame, ClientKind } from "../../../src/wire/frames.ts";
import type { Arena } from "../arena.ts";
import type { Attack } from "../attack.ts";
import { Opcode, wsFrame } from "../frame-stream.ts";

const PEOPLE = 4;
const A_BATCH = 100;

/** `frames` gives a batch for somebody in a room; `where` names the room. */
function attack(
  name: string,
  what: string,
  where: (arena: Arena) => string,
  frames: (room: number, arena: Arena) => Buffer[],
): Attack {
  return {
    name,
    what,
    run: (arena) =>
      arena.abreast(PEOPLE, () =>
        arena.persistent(
          () => arena.seated(where(arena)),
          ({ peer, room }) => arena.flood(peer, () => Buffer.concat(frames(room, arena))),
        ),
      ),
  };
}

const goodRoom = (arena: Arena) => arena.order.goodRoom;
const ownRoom = () => "hostile-own";
const batch = (...frames: ClientFrame[]) =>
  Array.from({ length: A_BATCH / frames.length }, () =>
    frames.map((frame) => wsFrame(encodeClientFrame(frame))),
  ).flat();

export const pingFlood = attack("ping-flood", "pings of both kinds at full rate", ownRoom, () => [
  ...batch({ kind: ClientKind.ping, token: 1 }),
  ...Array.from({ length: A_BATCH }, () => wsFrame(Buffer.from("hostile"), { opcode: Opcode.ping })),
]);

export const roomList = attack("room-list", "the list of rooms, asked for at full rate", ownRoom, () =>
  batch({ kind: ClientKind.watchRooms, on: true }, { kind: ClientKind.watchRooms, on: false }),
);

export const typingFlood = attack("typing-flood", "typing marks in the good ones' room", goodRoom, (room) =>
  batch({ kind: ClientKind.typing, room, on: true }, { kind: ClientKind.typing, room, on: false }),
);

export const repeats = attack("repeats", "one message, repeated at full rate", goodRoom, (room, arena) =>
  batch(arena.message(room, 1)),
);

export const refusals = attack("refusals", "messages that are refused, without end", goodRoom, () =>
  batch({ kind: ClientKind.send, room: 999_999, nonce: 1, text: Buffer.from("hostile") }),
);

export const emptyTexts = attack("empty-texts", "empty texts, refused without end", goodRoom, (room) =>
  batch({ kind: ClientKind.send, room, nonce: 1, text: Buffer.from(" ") }),
);

export const flapRooms = attack(
  "flap-rooms",
  "entering and leaving the good ones' room",
  goodRoom,
  (room, arena) =>
    batch(
      { kind: ClientKind.leave, room },
      {
        ...{ kind: ClientKind.enter, request: 2, anyName: true, history: 100, position: null },
        room: arena.order.goodRoom,
      },
    ),
);

/** Each asks for a hash, of a room or of none. */
export const passwordGuesses = attack(
  "password-guesses",
  "passwords of rooms, guessed at full rate",
  ownRoom,
  (_, arena) =>
    batch({
      ...{ kind: ClientKind.enter, request: 3, anyName: true, history: 0, position: null },
      room: "hostile-closed",
      password: Buffer.from(`guess ${arena.random.between(1, 1e9)}`),
    }),
);
