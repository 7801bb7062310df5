/**
 * Time and the event loop under the test's hand: nothing happens until a turn is run or time goes by. Promises are
 * given room to settle. Invariant: tasks run in the order in which they became due.
 */
import type { Loop } from "../src/room/loop.ts";

/** Lets every promise that can go on do so. */
const promisesSettle = () => new Promise<void>((done) => setImmediate(done));

export class FakeLoop implements Loop {
  #now = Date.UTC(2026, 0, 1);
  #started = this.#now;
  #jumped = 0;
  #soon: (() => void)[] = [];
  #timers: { at: number; task: () => void }[] = [];

  now(): number {
    return this.#now + this.#jumped;
  }

  /** The wall clock is set, ahead or back; time goes on as before. */
  jump(ms: number): void {
    this.#jumped += ms;
  }

  monotonic(): number {
    return this.#now - this.#started + 1;
  }

  soon(task: () => void): void {
    this.#soon.push(task);
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + ms, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  get isIdle(): boolean {
    return this.#soon.length === 0;
  }

  /** One turn: what was asked for by now, not what these tasks ask for. */
  turn(): void {
    const tasks = this.#soon;
    this.#soon = [];
    for (const task of tasks) task();
  }

  /** Turns and promises until nothing is left to do without time going by. */
  async settle(): Promise<void> {
    for (;;) {
      await promisesSettle();
      if (this.#soon.length === 0) return;
      this.turn();
    }
  }

  /** Lets time go by, timer by timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.task();
      await this.settle();
    }
    this.#now = end;
  }
}
