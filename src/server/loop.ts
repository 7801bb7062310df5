/** Node's clock and event loop as the layers below want them; what each of the four is for says src/room/loop.ts. */

export const nodeLoop = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  soon(task: () => void): void {
    setImmediate(task);
  },
  after(ms: number, task: () => void): () => void {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** The same, be it a test's. */
export type Loop = typeof nodeLoop;
