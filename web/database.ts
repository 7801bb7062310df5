/**
 * IndexedDB as promises: one open database, one request or one transaction at a time. It knows nothing of what is
 * stored. Invariants: a write resolves when its transaction is complete, not when the request was accepted; and
 * everything ends, as some browsers' databases never answer.
 */
export type StoreName = "identity" | "outbox" | "pages";

const NAME = "madang";
const VERSION = 1;
const ANSWER_MS = 5_000;

export class Database {
  readonly #db: IDBDatabase;
  /** Called when the browser has taken the database away: nothing can be kept from then on. */
  onend: () => void = () => undefined;

  private constructor(db: IDBDatabase) {
    this.#db = db;
    db.onclose = () => this.onend();
    // A later version of this page in another tab must be able to upgrade.
    db.onversionchange = () => {
      db.close();
      this.onend();
    };
  }

  /** May never settle. @throws DOMException when the browser has no storage for this page. */
  static open(factory: IDBFactory): Promise<Database> {
    return new Promise((resolve, reject) => {
      const request = factory.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("identity");
        request.result.createObjectStore("outbox", { keyPath: "id" });
        request.result.createObjectStore("pages", { keyPath: "room" });
      };
      request.onsuccess = () => resolve(new Database(request.result));
      request.onerror = () => reject(request.error);
    });
  }

  /** The result of one request that only reads. @throws DOMException also after `ms` without an answer. */
  read<T>(name: StoreName, ask: (store: IDBObjectStore) => IDBRequest<T>, ms = ANSWER_MS): Promise<T> {
    return within(ms, (resolve, reject) => {
      const request = ask(this.#db.transaction(name).objectStore(name));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  /** Resolves when everything `change` asked for is stored. Strict: what must survive the machine, not only the page. */
  write(
    name: StoreName,
    strict: boolean,
    change: (store: IDBObjectStore, other: IDBObjectStore) => void,
    also = name,
  ): Promise<void> {
    return within(ANSWER_MS, (resolve, reject) => {
      const durability = strict ? "strict" : "relaxed";
      const transaction = this.#db.transaction([name, also], "readwrite", { durability });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
      change(transaction.objectStore(name), transaction.objectStore(also));
    });
  }
}

function within<T>(ms: number, run: ConstructorParameters<typeof Promise<T>>[0]): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    setTimeout(() => reject(new DOMException("no answer", "TimeoutError")), ms);
    run(resolve, reject);
  });
}
