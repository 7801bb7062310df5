/** TCP connections that say nothing at all: more than the process has files, while some write and the log needs one. */
import type { Attack } from "../attack.ts";

const A_VISITOR = 400;
const VISITORS = 3;
const A_TURN = 40;
const WRITERS = 30;

export const silentSockets: Attack = {
  name: "silent-sockets",
  what: "1,200 sockets that say nothing, 400 from each of three addresses",
  atLeastSeconds: 6,
  run: async (arena) => {
    let opened = 0;
    const writing = arena.writers(WRITERS);
    await arena.repeat(10, () => {
      for (let i = 0; i < A_TURN && opened < A_VISITOR * VISITORS; i++) arena.socket(opened++ % VISITORS);
    });
    await writing;
  },
};
