/**
 * How tabs of a browser take turns: by Web Locks. Pages on an address without https have none; what stands in for them
 * comes only there, see tab-turns.ts. A tab that has a turn and does not answer loses it, see take-over.ts.
 * Invariant: each turn that is taken by force is counted in the storage before it begins.
 */
import type { Database } from "./database.ts";
import { TAKEN } from "./storage.ts";
import type { TabTurns } from "./tab-turns.ts";

/** Whoever waits longer looks whether the one who has the turn still lives. */
const LOOK_AFTER_MS = 300;

/** Of one tab. */
export interface Turns {
  readonly db: Database;
  /** On which tabs ask each other. */
  readonly among: BroadcastChannel;
  /** The turns of this tab, and how many had been taken by force when each began. */
  readonly held: Map<string, { taken: number }>;
  /** What stands in for Web Locks. */
  instead?: Promise<TabTurns>;
}

/** See `exclusive` of ClientStorage. */
export async function takeTurn(
  turns: Turns,
  name: string,
  signal: AbortSignal,
  task: () => Promise<void>,
): Promise<void> {
  const { among, held, db } = turns;
  let isOver = false;
  const run = async (isForced?: unknown) => {
    // It had the turn by force before it came to it in the queue.
    if (isOver) return;
    isOver = true;
    const turn = { taken: await count(db, isForced === true ? 1 : 0) };
    held.set(name, turn);
    try {
      await task();
    } finally {
      // By now it may have the next one of that name.
      if (held.get(name) === turn) held.delete(name);
    }
  };
  const { locks } = navigator;
  if (!locks) {
    turns.instead ??= import("./tab-turns.ts").then(({ startTurns }) => startTurns(among));
    return (await turns.instead).take(name, signal, run);
  }
  const lock = `madang.${name}`;
  const queued = locks.request(lock, { signal }, run);
  const forced = new Promise<void>((resolve) => {
    setTimeout(async () => {
      const isDone = () => isOver || signal.aborted;
      if (isDone() || !(await (await import("./take-over.ts")).isSilent(among, name, isDone))) return;
      resolve(locks.request(lock, { steal: true }, () => run(true)));
    }, LOOK_AFTER_MS);
  });
  return Promise.race([queued, forced]);
}

/** How many turns were taken by force, with `more` now. */
async function count(db: Database, more: number): Promise<number> {
  let taken = 0;
  await db.write("identity", false, (store) => {
    const request: IDBRequest<number | undefined> = store.get(TAKEN);
    request.onsuccess = () => {
      taken = (request.result ?? 0) + more;
      if (more) store.put(taken, TAKEN);
    };
  });
  return taken;
}
