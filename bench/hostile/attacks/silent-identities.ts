/** A crowd that says nothing in the good ones' room, so that it is too large to list anybody. */
import type { Attack } from "../attack.ts";

const PEOPLE = 250;
const AT_ONCE = 25;

export const silentIdentities: Attack = {
  name: "silent-identities",
  what: "250 silent identities from one address in the good ones' room",
  run: async (arena) => {
    let next = 0;
    await arena.abreast(AT_ONCE, async () => {
      while (!arena.over && next < PEOPLE) {
        next++;
        if (await arena.seated(arena.order.goodRoom)) arena.count("in the room");
        else await arena.pause(20);
      }
    });
    await arena.repeat(100, () => undefined);
  },
};
