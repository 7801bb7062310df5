/** The clock of this machine, as the headless client wants it. */
import type { Clock } from "../src/client/contract.ts";

export const machineClock: Clock = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
