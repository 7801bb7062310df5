/**
 * Messages that a room does not keep any longer go from the page as well: from the newest ones that are here, at the time
 * at which each is too old, and so from what the device keeps of them. It comes with how a room stands. The server's
 * word counts: what is there longer, or is read back, is shown again.
 */
import type { TextRecord } from "../src/wire/block.ts";
import { hoursKept } from "../src/wire/standing.ts";
import type { RoomView } from "./room-view.ts";
import { serverNow } from "./server-now.ts";
import type { Store } from "./store.ts";

const HOUR_MS = 3_600_000;
/** Nobody notices it sooner, and a timer takes no longer time. */
const LEAST_MS = 1_000;
const MOST_MS = 2 ** 31 - 1;

/** By room, when it is looked at again, and for which time to keep. */
const waiting = new WeakMap<RoomView, { hours: number; timer: ReturnType<typeof setTimeout> }>();

export function fade(store: Store, view: RoomView): void {
  const hours = view.standing ? hoursKept(view.standing) : 0;
  const last = waiting.get(view);
  if (last?.hours === hours) return;
  clearTimeout(last?.timer);
  waiting.delete(view);
  if (hours === 0) return;
  const oldest = serverNow(store) - hours * HOUR_MS;
  const records = view.newest as TextRecord[];
  const young = records.findIndex(({ time }) => time >= oldest);
  const gone = records.splice(0, young < 0 ? records.length : young);
  const [next] = records;
  const wait = Math.max(next ? next.time - oldest : hours * HOUR_MS, LEAST_MS);
  const again = () => {
    waiting.delete(view);
    if (store.open.get(view.name) === view) fade(store, view);
  };
  waiting.set(view, { hours, timer: setTimeout(again, Math.min(wait, MOST_MS)) });
  if (gone.length > 0) view.retell();
}
