/**
 * The right to send for one author in one room, held by at most one client on a storage. Invariant: `grant` is
 * above 0 only while the lock is held and what the storage holds has been read under it. It is given back when what
 * was written under it has taken effect, so that the next one reads it. A client that gives no sign of life loses it
 * to another, hears of that when it wakes, and asks for it anew.
 */
import type { ClientOptions } from "./contract.ts";

interface SendLockHost {
  readonly options: ClientOptions;
  failed(error: unknown): void;
}

interface Claim {
  abort: AbortController;
  ready: Promise<void>;
  end: () => void;
}

export class SendLock {
  #host: SendLockHost;
  #load: () => Promise<void>;
  #written: () => Promise<void>;
  #taken: () => void;
  #claim: Claim | null = null;
  #grants = 0;
  #held = false;

  /**
   * @param written resolves when all that was put so far is stored or has failed
   * @param taken called when another client took the lock, and it is held no more
   */
  constructor(
    host: SendLockHost,
    load: () => Promise<void>,
    written: () => Promise<void>,
    taken: () => void,
  ) {
    this.#host = host;
    this.#load = load;
    this.#written = written;
    this.#taken = taken;
  }

  /** Another number for each time the lock was given; 0 while it is not held. */
  get grant(): number {
    return this.#held ? this.#grants : 0;
  }

  /** Resolves once the lock is held; never when it is released before. */
  acquire(name: string): Promise<void> {
    if (this.#claim) return this.#claim.ready;
    let ready!: () => void;
    const abort = new AbortController();
    const claim: Claim = {
      abort,
      ready: new Promise((resolve) => {
        ready = resolve;
      }),
      end: () => undefined,
    };
    this.#claim = claim;
    const granted = async () => {
      if (claim !== this.#claim) return;
      const ended = new Promise<void>((resolve) => {
        claim.end = resolve;
      });
      await this.#load();
      if (claim === this.#claim) {
        this.#grants++;
        this.#held = true;
        ready();
      }
      await ended;
      await this.#written();
    };
    this.#host.options.storage.exclusive(name, abort.signal, granted).catch((error) => {
      if (claim !== this.#claim) return;
      if (this.#held) return this.lose();
      // Without locks a second tab may send twice what the first one sends; not sending at all would be worse.
      this.#host.failed(error);
      return granted();
    });
    return claim.ready;
  }

  /** Another client has it by now. */
  lose(): void {
    if (!this.#held) return;
    this.release();
    this.#taken();
  }

  release(): void {
    this.#claim?.abort.abort();
    this.#claim?.end();
    this.#claim = null;
    this.#held = false;
  }
}
