/**
 * What the headless client keeps, in IndexedDB: the identity and the outbox, shared by all tabs of this browser.
 * Tabs take turns by Web Locks and hear of each other by a BroadcastChannel. Pages on an address without https have
 * no Web Locks; what stands in for them comes only there, see tab-turns.ts. A tab that has a turn says so to whoever
 * asks, and one that does not answer loses it, see take-over.ts.
 * Invariant: each turn that is taken by force is counted in the storage before it begins, and no tab whose turn began
 * before that stores a number any more: it may not have heard of it yet.
 */
import type { ClientStorage, Identity, OutboxEntry } from "../src/client/contract.ts";
import type { Database } from "./database.ts";
import type { TabTurns } from "./tab-turns.ts";

/** Where it is counted, beside the identity. */
const TAKEN = "taken";
/** Whoever waits longer looks whether the one who has the turn still lives. */
const LOOK_AFTER_MS = 300;

export class BrowserStorage implements ClientStorage {
  readonly #db: Database;
  readonly #channel = new BroadcastChannel("madang.outbox");
  readonly #among = new BroadcastChannel("madang.turns");
  #turns: Promise<TabTurns> | undefined;
  /** The turns of this tab, and how many had been taken by force when each began. */
  readonly #held = new Map<string, { taken: number }>();

  constructor(db: Database) {
    this.#db = db;
    this.#among.onmessage = ({ data: [name, isAnswer] }) => {
      if (!isAnswer && this.#held.has(name)) this.#among.postMessage([name, true]);
    };
  }

  async identity(): Promise<Identity | null> {
    return (await this.#db.read<Identity | undefined>("identity", (store) => store.get("self"))) ?? null;
  }

  async saveIdentity(identity: Identity): Promise<void> {
    await this.#db.write("identity", true, (store) => store.put(identity, "self"));
    this.#channel.postMessage("");
  }

  async outbox(room: string): Promise<OutboxEntry[]> {
    return (await this.#entries()).filter((entry) => entry.room === room);
  }

  async outboxRooms(): Promise<string[]> {
    return [...new Set((await this.#entries()).map(({ room }) => room))];
  }

  async putEntry(entry: OutboxEntry): Promise<boolean> {
    const turn = this.#held.get(`send/${entry.author}/${entry.room}`);
    let isStored = true;
    const put = (outbox: IDBObjectStore, identity: IDBObjectStore) => {
      if (!turn || entry.nonce === 0) {
        outbox.put(entry);
        return;
      }
      const request: IDBRequest<number | undefined> = identity.get(TAKEN);
      request.onsuccess = () => {
        isStored = (request.result ?? 0) === turn.taken;
        if (isStored) outbox.put(entry);
      };
    };
    await this.#db.write("outbox", true, put, "identity");
    if (isStored) this.#channel.postMessage(entry.room);
    return isStored;
  }

  async removeEntry(id: string): Promise<void> {
    let removed: OutboxEntry | undefined;
    await this.#db.write("outbox", false, (store) => {
      const request: IDBRequest<OutboxEntry | undefined> = store.get(id);
      request.onsuccess = () => {
        removed = request.result;
        store.delete(id);
      };
    });
    if (removed) this.#channel.postMessage(removed.room);
  }

  async moveEntries(from: string, to: string): Promise<void> {
    await this.#db.write("outbox", true, (store) => {
      const request: IDBRequest<OutboxEntry[]> = store.getAll();
      request.onsuccess = () => {
        for (const entry of request.result) if (entry.room === from) store.put({ ...entry, room: to });
      };
    });
    this.#channel.postMessage(to);
  }

  async exclusive(name: string, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    let isOver = false;
    const run = async (isForced?: unknown) => {
      // It had the turn by force before it came to it in the queue.
      if (isOver) return;
      isOver = true;
      const turn = { taken: await this.#count(isForced === true ? 1 : 0) };
      this.#held.set(name, turn);
      try {
        await task();
      } finally {
        // By now it may have the next one of that name.
        if (this.#held.get(name) === turn) this.#held.delete(name);
      }
    };
    const { locks } = navigator;
    if (!locks) {
      this.#turns ??= import("./tab-turns.ts").then(({ startTurns }) => startTurns(this.#among));
      return (await this.#turns).take(name, signal, run);
    }
    const lock = `madang.${name}`;
    const queued = locks.request(lock, { signal }, run);
    const forced = new Promise<void>((resolve) => {
      setTimeout(async () => {
        const isDone = () => isOver || signal.aborted;
        if (isDone() || !(await (await import("./take-over.ts")).isSilent(this.#among, name, isDone))) return;
        resolve(locks.request(lock, { steal: true }, () => run(true)));
      }, LOOK_AFTER_MS);
    });
    return Promise.race([queued, forced]);
  }

  onOutboxChange(listener: (room: string) => void): () => void {
    const hear = ({ data }: MessageEvent<string>) => listener(data);
    this.#channel.addEventListener("message", hear);
    return () => this.#channel.removeEventListener("message", hear);
  }

  /** Of all rooms: there are never many, so nothing is indexed. */
  #entries(): Promise<OutboxEntry[]> {
    return this.#db.read("outbox", (store) => store.getAll());
  }

  /** How many turns were taken by force, with `more` now. */
  async #count(more: number): Promise<number> {
    let taken = 0;
    await this.#db.write("identity", false, (store) => {
      const request: IDBRequest<number | undefined> = store.get(TAKEN);
      request.onsuccess = () => {
        taken = (request.result ?? 0) + more;
        if (more) store.put(taken, TAKEN);
      };
    });
    return taken;
  }
}
