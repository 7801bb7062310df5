/**
 * What the headless client keeps, in IndexedDB: the identity and the outbox, shared by all tabs of this browser.
 * Tabs take turns, see turns.ts, and hear of each other by a BroadcastChannel. A tab that has a turn says so to whoever
 * asks. Invariant: no tab whose turn began before one was taken by force stores a number any more: it may not have heard
 * of it yet.
 */
import type { ClientStorage, Identity, OutboxEntry } from "../src/client/contract.ts";
import type { Database } from "./database.ts";
import type { Turns } from "./turns.ts";

/** Where the turns that were taken by force are counted, beside the identity. */
export const TAKEN = "taken";

export class BrowserStorage implements ClientStorage {
  readonly #db: Database;
  readonly #channel = new BroadcastChannel("madang.outbox");
  readonly #turns: Turns;

  constructor(db: Database) {
    this.#db = db;
    const [among, held] = [new BroadcastChannel("madang.turns"), new Map()];
    this.#turns = { db, among, held };
    among.onmessage = ({ data: [name, isAnswer] }) => {
      if (!isAnswer && held.has(name)) among.postMessage([name, true]);
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
    const turn = this.#turns.held.get(`send/${entry.author}/${entry.room}`);
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
    // Whoever takes turns is in a room, and has its part.
    return (await import("./room-part.ts")).takeTurn(this.#turns, name, signal, task);
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
