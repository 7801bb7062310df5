/**
 * What an error of the storage costs. Invariant: damage costs the request that met it and is said; any other error
 * costs the process.
 */
import { LogError, LogErrorCode } from "../log/log.ts";

export function isDamage(error: unknown): error is LogError {
  return error instanceof LogError && error.code === LogErrorCode.damaged;
}

export class StorageGuard {
  #onFatal: (error: unknown) => void;
  #onDamage: (message: string) => void;

  constructor(options: { onFatal: (error: unknown) => void; onDamage: (message: string) => void }) {
    this.#onFatal = options.onFatal;
    this.#onDamage = options.onDamage;
  }

  /** What the work comes to; null when it failed. `isOver`: whether nobody is there any more whom a failure concerns. */
  async run<T>(work: Promise<T>, isOver: () => boolean = () => false): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      if (isDamage(error)) this.damage(error.message);
      else if (!isOver()) this.#onFatal(error);
      return null;
    }
  }

  /** Says what was met, in a plain sentence. */
  damage(message: string): void {
    this.#onDamage(message);
  }
}
