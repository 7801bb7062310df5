/**
 * Runs attacks, in a process of its own that gives way to the server and the judge. Invariant: an attack ends with its
 * time, whatever it waits for.
 */
import { setPriority } from "node:os";
import { serve } from "../torture/roles.ts";
import { Arena, type ArenaOrder } from "./arena.ts";
import { ATTACKS } from "./attacks.ts";
import type { Tally } from "./tally.ts";

/** Enough to let the server and the judge go first; with more, an attack would not take place on a busy machine. */
const NICE = 5;
/** An attack that waits for an answer gets so much more time. */
const GRACE_MS = 1_000;

export function runAttacker(): void {
  setPriority(NICE);
  serve({
    attack: async ({ name, order }: { name: string; order: ArenaOrder }): Promise<Tally> => {
      const attack = ATTACKS.find((one) => one.name === name)!;
      const arena = new Arena(order, name);
      let timer: NodeJS.Timeout;
      const late = new Promise<void>((done) => {
        timer = setTimeout(done, order.seconds * 1000 + GRACE_MS);
      });
      await Promise.race([attack.run(arena), late]).finally(() => clearTimeout(timer));
      arena.close();
      return arena.tally;
    },
  });
}
