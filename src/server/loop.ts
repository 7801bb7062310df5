/** Node's clock and event loop as the room layer wants them. */
import type { House } from "../session/session.ts";

export type Loop = House["rooms"]["loop"];

export const nodeLoop: Loop = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  soon: (task) => {
    setImmediate(task);
  },
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
