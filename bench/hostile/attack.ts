/** What an attack is. Each stands in a file of its own in `attacks/` and does one thing, far above every limit. */
import type { Arena } from "./arena.ts";

export interface Attack {
  name: string;
  /** What it tries, in a few words for the table. */
  what: string;
  /** For one that has so much to do: how long it may go on, seconds. */
  atLeastSeconds?: number;
  /** Where one attacker's share is the point: the most messages that may be stored for it in so many seconds. */
  mostStored?: (seconds: number) => number;
  /** Goes on until `arena.over`, or until it is through. */
  run(arena: Arena): Promise<void>;
}
