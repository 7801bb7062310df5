/** Nonces between two that are far apart: whether they were ever stored can be told only by reading the whole room. */
import { encodeClientFrame } from "../../../src/wire/encode.ts";
import type { Attack } from "../attack.ts";
import { wsFrame } from "../frame-stream.ts";

const A_BATCH = 20;

export const oldNonces: Attack = {
  name: "old-nonces",
  what: "old nonces that make the server read a whole room",
  run: (arena) => {
    const { room, tokens, lowNonce, highNonce } = arena.order.archive;
    return arena.abreast(tokens.length, (n) =>
      arena.persistent(
        async () => {
          const peer = arena.peer();
          const token = Uint8Array.from(Buffer.from(tokens[n]!, "base64"));
          const entered = (await peer.opened) && (await peer.greet("", token)) && (await peer.enter(room));
          return entered ? { peer, number: entered.room } : null;
        },
        ({ peer, number }) =>
          arena.flood(peer, () => {
            const nonces = Array.from({ length: A_BATCH }, () =>
              arena.random.between(lowNonce + 1, highNonce - 1),
            );
            return Buffer.concat(
              nonces.map((nonce) => wsFrame(encodeClientFrame(arena.message(number, nonce, 20)))),
            );
          }),
      ),
    );
  },
};
