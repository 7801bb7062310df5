/**
 * Where a test or the torture may make storage fail, or end the process, at a point that is otherwise hard to hit.
 * Production passes nothing here. Invariant: what is thrown by a fault takes the same way as a real failure.
 */
export interface LogFaults {
  /** Before the `write`-th synced write of this log's life reaches the engine. Throwing: nothing was written. */
  beforeCommit?(write: number): void | Promise<void>;
  /** After the sync, before anyone is told. Throwing: a failed sync, of which nobody knows what it left on disk. */
  afterCommit?(write: number): void | Promise<void>;
}
