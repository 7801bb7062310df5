/**
 * A storage that may be used before it is there, and may become another one. It decides nothing: main.tsx says what
 * it is, and hand-over.ts changes that. Invariant: calls take effect in their order.
 */
import type { ClientStorage, Identity, OutboxEntry } from "../src/client/contract.ts";

export class LateStorage implements ClientStorage {
  #inner: Promise<ClientStorage>;

  constructor(inner: Promise<ClientStorage>) {
    this.#inner = inner;
  }

  /** Whatever is asked for from now on is asked of `storage`. */
  become(storage: ClientStorage): void {
    this.#inner = Promise.resolve(storage);
  }

  async identity(): Promise<Identity | null> {
    return (await this.#inner).identity();
  }

  async saveIdentity(identity: Identity): Promise<void> {
    return (await this.#inner).saveIdentity(identity);
  }

  async outbox(room: string): Promise<OutboxEntry[]> {
    return (await this.#inner).outbox(room);
  }

  async outboxRooms(): Promise<string[]> {
    return (await this.#inner).outboxRooms();
  }

  async putEntry(entry: OutboxEntry): Promise<boolean> {
    return (await this.#inner).putEntry(entry);
  }

  async removeEntry(id: string): Promise<void> {
    return (await this.#inner).removeEntry(id);
  }

  async moveEntries(from: string, to: string): Promise<void> {
    return (await this.#inner).moveEntries(from, to);
  }

  async exclusive(name: string, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    return (await this.#inner).exclusive(name, signal, task);
  }

  onOutboxChange(listener: (room: string) => void): () => void {
    const stop = this.#inner.then((storage) => storage.onOutboxChange(listener));
    return () => void stop.then((end) => end());
  }
}
