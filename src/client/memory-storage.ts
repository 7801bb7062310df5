/**
 * A storage that lives as long as the process: for bots and tests. Several made from one another behave like tabs
 * of one browser. Invariant: an entry handed out is a copy and never changes.
 */
import type { ClientStorage, Identity, OutboxEntry } from "./contract.ts";

type OutboxListener = (room: string) => void;

interface Shared {
  identity: Identity | null;
  entries: Map<string, OutboxEntry>;
  listeners: Set<{ owner: MemoryStorage; listener: OutboxListener }>;
  /** The end of the queue for each name. */
  locks: Map<string, Promise<void>>;
}

export class MemoryStorage implements ClientStorage {
  #shared: Shared;

  /** `other`: shares everything with it, as a second tab does. */
  constructor(other?: MemoryStorage) {
    this.#shared = other
      ? other.#shared
      : { identity: null, entries: new Map(), listeners: new Set(), locks: new Map() };
  }

  async identity(): Promise<Identity | null> {
    return this.#shared.identity;
  }

  async saveIdentity(identity: Identity): Promise<void> {
    this.#shared.identity = identity;
    this.#tell("");
  }

  async outbox(room: string): Promise<OutboxEntry[]> {
    return [...this.#shared.entries.values()]
      .filter((entry) => entry.room === room)
      .sort((a, b) => a.writtenAt - b.writtenAt);
  }

  async outboxRooms(): Promise<string[]> {
    return [...new Set([...this.#shared.entries.values()].map(({ room }) => room))];
  }

  async putEntry(entry: OutboxEntry): Promise<boolean> {
    this.#shared.entries.set(entry.id, { ...entry });
    this.#tell(entry.room);
    return true;
  }

  async removeEntry(id: string): Promise<void> {
    const entry = this.#shared.entries.get(id);
    if (!entry) return;
    this.#shared.entries.delete(id);
    this.#tell(entry.room);
  }

  async moveEntries(from: string, to: string): Promise<void> {
    const { entries } = this.#shared;
    for (const [id, entry] of entries) if (entry.room === from) entries.set(id, { ...entry, room: to });
    this.#tell(to);
  }

  async exclusive(name: string, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    const { locks } = this.#shared;
    const before = locks.get(name) ?? Promise.resolve();
    const run = before.then(() => (signal.aborted ? undefined : task()));
    // Whoever comes next waits for this one, however it ends.
    const end = run.then(
      () => undefined,
      () => undefined,
    );
    locks.set(name, end);
    await run;
    if (locks.get(name) === end) locks.delete(name);
  }

  onOutboxChange(listener: OutboxListener): () => void {
    const entry = { owner: this, listener };
    this.#shared.listeners.add(entry);
    return () => this.#shared.listeners.delete(entry);
  }

  #tell(room: string): void {
    for (const { owner, listener } of this.#shared.listeners) if (owner !== this) listener(room);
  }
}
