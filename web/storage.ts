/**
 * What the headless client keeps, in IndexedDB: the identity and the outbox, shared by all tabs of this browser.
 * Tabs take turns by Web Locks and hear of each other by a BroadcastChannel. Pages on an address without https have
 * no Web Locks; what stands in for them comes only there, see tab-turns.ts.
 */
import type { ClientStorage, Identity, OutboxEntry } from "../src/client/contract.ts";
import type { Database } from "./database.ts";
import type { TabTurns } from "./tab-turns.ts";

export class BrowserStorage implements ClientStorage {
  readonly #db: Database;
  readonly #channel = new BroadcastChannel("madang.outbox");
  #turns: Promise<TabTurns> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async identity(): Promise<Identity | null> {
    return (await this.#db.read<Identity | undefined>("identity", (store) => store.get("self"))) ?? null;
  }

  saveIdentity(identity: Identity): Promise<void> {
    return this.#db.write("identity", true, (store) => store.put(identity, "self"));
  }

  async outbox(room: string): Promise<OutboxEntry[]> {
    return (await this.#entries()).filter((entry) => entry.room === room);
  }

  async outboxRooms(): Promise<string[]> {
    return [...new Set((await this.#entries()).map(({ room }) => room))];
  }

  async putEntry(entry: OutboxEntry): Promise<void> {
    await this.#db.write("outbox", true, (store) => store.put(entry));
    this.#channel.postMessage(entry.room);
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
    if (navigator.locks) return navigator.locks.request(`madang.${name}`, { signal }, task);
    this.#turns ??= import("./tab-turns.ts").then(({ TabTurns }) => {
      const turns = new TabTurns(new BroadcastChannel("madang.turns"), localStorage, Math.random);
      window.addEventListener("pagehide", ({ persisted }) => persisted || turns.end());
      return turns;
    });
    return (await this.#turns).take(name, signal, task);
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
}
