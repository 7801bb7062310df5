/**
 * What the headless client keeps, in IndexedDB: the identity and the outbox, shared by all tabs of this browser.
 * Tabs take turns by Web Locks and hear of each other by a BroadcastChannel. Pages on an address without https have
 * no Web Locks; what stands in for them comes only there, see tab-turns.ts.
 */
import type { ClientStorage, Identity, OutboxEntry } from "../src/client/contract.ts";
import type { Database } from "./database.ts";
import type { TabTurns } from "./tab-turns.ts";

type KeptEntry = OutboxEntry & { order: number };

export class BrowserStorage implements ClientStorage {
  readonly #db: Database;
  readonly #channel = new BroadcastChannel("madang.outbox");
  #turns: Promise<TabTurns> | undefined;
  #written = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  async identity(): Promise<Identity | null> {
    return (await this.#db.read<Identity | undefined>("identity", (store) => store.get("self"))) ?? null;
  }

  saveIdentity(identity: Identity): Promise<void> {
    return this.#db.write("identity", true, (store) => store.put(identity, "self"));
  }

  async outbox(author: number, room: string): Promise<OutboxEntry[]> {
    const key = [author, room];
    const kept = await this.#db.read<KeptEntry[]>("outbox", (store) => store.index("room").getAll(key));
    kept.sort((a, b) => a.order - b.order);
    return kept.map(({ order: _, ...entry }) => entry);
  }

  async outboxRooms(author: number): Promise<string[]> {
    const range = IDBKeyRange.bound([author, ""], [author, "\uffff"]);
    const kept = await this.#db.read<KeptEntry[]>("outbox", (store) => store.index("room").getAll(range));
    return [...new Set(kept.map(({ room }) => room))];
  }

  async putEntry(entry: OutboxEntry): Promise<void> {
    await this.#db.write("outbox", true, (store) => {
      const request: IDBRequest<KeptEntry | undefined> = store.get(entry.id);
      request.onsuccess = () => {
        // Several may be written within one millisecond, so the time alone does not hold their order.
        const order = request.result?.order ?? entry.writtenAt * 1000 + (this.#written++ % 1000);
        store.put({ ...entry, order } satisfies KeptEntry);
      };
    });
    this.#channel.postMessage([entry.author, entry.room]);
  }

  async removeEntry(id: string): Promise<void> {
    let removed: KeptEntry | undefined;
    await this.#db.write("outbox", false, (store) => {
      const request: IDBRequest<KeptEntry | undefined> = store.get(id);
      request.onsuccess = () => {
        removed = request.result;
        store.delete(id);
      };
    });
    if (removed) this.#channel.postMessage([removed.author, removed.room]);
  }

  async exclusive(name: string, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    if (navigator.locks) return navigator.locks.request(`madang.${name}`, { signal }, task);
    this.#turns ??= import("./tab-turns.ts").then(
      ({ TabTurns }) => new TabTurns(new BroadcastChannel("madang.turns"), localStorage, Math.random),
    );
    return (await this.#turns).take(name, signal, task);
  }

  onOutboxChange(listener: (author: number, room: string) => void): () => void {
    const hear = ({ data: [author, room] }: MessageEvent<[number, string]>) => listener(author, room);
    this.#channel.addEventListener("message", hear);
    return () => this.#channel.removeEventListener("message", hear);
  }
}
