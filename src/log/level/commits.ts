/**
 * Every durable write of a log, one after the other: each is one batch with one sync, and carries the commit record
 * that replaces the one before it. So the engine holds exactly one such record, and a write that was lost in the
 * middle leaves two: each removes its predecessor's, a lost one removes nothing.
 * Invariant: once a write has failed, every later one is refused: a failed sync is never retried.
 *
 *   write n:  turn ── beforeCommit ── batch + record n, sync ── afterCommit ── witness ── settle
 */

import type { LogFaults } from "../faults.ts";
import { LogError, LogErrorCode } from "../log.ts";
import { explain } from "./data-folder.ts";
import type { Engine } from "./engine.ts";
import { type Commit, encodeCommit } from "./entries.ts";
import { commitKey } from "./keys.ts";
import type { Witness } from "./witness.ts";

export type EngineBatch = ReturnType<Engine["batch"]>;

export interface CommitsOptions {
  db: Engine;
  /** For the sentences of errors. */
  folder: string;
  witness: Witness;
  epoch: string;
  /** The record that the engine holds. */
  last: Commit;
  faults: LogFaults;
}

export class Commits {
  #options: CommitsOptions;
  #last: Commit;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: LogError | null = null;
  #tellFailed!: (error: LogError) => void;
  /** See `Log`. */
  readonly failed = new Promise<LogError>((tell) => {
    this.#tellFailed = tell;
  });

  constructor(options: CommitsOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** The record of the last write that is durable. */
  get last(): Commit {
    return this.#last;
  }

  /** @throws LogError when an earlier write failed or the log was closed. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Refuses everything from now on; the first reason stays. Returns it as the error to throw. */
  fail(error: unknown): LogError {
    if (!this.#failure) {
      this.#failure = explain(this.#options.folder, error);
      this.#tellFailed(this.#failure);
    }
    return this.#failure;
  }

  /**
   * Writes `batch` when its turn has come. `prepare` is called then: it may still add to the batch, and says what
   * this write changes in the record before it. `settle` is called once all is synced, before the next turn.
   * Resolves with the record as written.
   */
  write(
    batch: EngineBatch,
    prepare: (before: Commit) => Partial<Commit>,
    settle: () => void = () => undefined,
  ): Promise<Commit> {
    const done = this.#turn.then(() => this.#write(batch, prepare, settle));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Resolves when no write is under way any more; none is accepted afterwards. */
  async close(): Promise<void> {
    await this.#turn;
    this.#failure ??= new LogError(LogErrorCode.storage, `The log in ${this.#options.folder} is closed.`);
  }

  async #write(
    batch: EngineBatch,
    prepare: (before: Commit) => Partial<Commit>,
    settle: () => void,
  ): Promise<Commit> {
    this.check();
    const { witness, faults, epoch } = this.#options;
    const before = this.#last;
    const next: Commit = { ...before, ...prepare(before), write: before.write + 1 };
    try {
      if (faults.beforeCommit) await faults.beforeCommit(next.write);
      const key = commitKey(next.write);
      await batch.put(key, encodeCommit(key, next)).del(commitKey(before.write)).write({ sync: true });
      if (faults.afterCommit) await faults.afterCommit(next.write);
      witness.note({ epoch, write: next.write, nextAuthor: next.nextAuthor });
      this.#last = next;
      settle();
      return next;
    } catch (error) {
      throw this.fail(error);
    }
  }
}
