/**
 * A storage as a browser's: what was asked for takes effect in the order of one tab's calls, but some time later;
 * what two tabs asked for, in any order; and other tabs hear of a change later still.
 */
import type { Identity, OutboxEntry } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";

export class SlowStorage extends MemoryStorage {
  readonly #random: () => number;
  #last: Promise<unknown> = Promise.resolve();

  /** `shared`: another tab's. `random`: in [0, 1). */
  constructor(random: () => number, shared?: SlowStorage) {
    super(shared);
    this.#random = random;
  }

  override identity(): Promise<Identity | null> {
    return this.#later(() => super.identity());
  }

  override saveIdentity(identity: Identity): Promise<void> {
    return this.#later(() => super.saveIdentity(identity));
  }

  override outbox(room: string): Promise<OutboxEntry[]> {
    return this.#later(() => super.outbox(room));
  }

  override putEntry(entry: OutboxEntry): Promise<boolean> {
    return this.#later(() => super.putEntry(entry));
  }

  override removeEntry(id: string): Promise<void> {
    return this.#later(() => super.removeEntry(id));
  }

  override moveEntries(from: string, to: string): Promise<void> {
    return this.#later(() => super.moveEntries(from, to));
  }

  override onOutboxChange(listener: (room: string) => void): () => void {
    let stopped = false;
    const stop = super.onOutboxChange((room) => {
      void this.#pause().then(() => stopped || listener(room));
    });
    return () => {
      stopped = true;
      stop();
    };
  }

  #later<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#pause()).then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #pause(): Promise<void> {
    for (let turns = Math.floor(this.#random() * 4); turns > 0; turns--)
      await new Promise((next) => setImmediate(next));
  }
}
