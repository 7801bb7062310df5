/**
 * IndexedDB as promises: one open database, one request or one transaction at a time. It knows nothing of what is
 * stored. Invariant: a write resolves when its transaction is complete, not when the request was accepted.
 */
export type StoreName = "identity" | "outbox" | "pages";

const NAME = "madang";
const VERSION = 1;

export class Database {
  readonly #db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.#db = db;
    // A later version of this page in another tab must be able to upgrade.
    db.onversionchange = () => db.close();
  }

  /** @throws DOMException when the browser has no storage for this page. */
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

  /** The result of one request that only reads. */
  read<T>(name: StoreName, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
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
    return new Promise((resolve, reject) => {
      const durability = strict ? "strict" : "relaxed";
      const transaction = this.#db.transaction([name, also], "readwrite", { durability });
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore(name), transaction.objectStore(also));
    });
  }
}
