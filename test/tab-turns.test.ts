import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Channel, type Marks, TabTurns } from "../web/tab-turns.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Tabs that hear each other after a moment, and what each of them does in its turn. */
class Tabs {
  readonly running: string[] = [];
  readonly log: string[] = [];
  most = 0;
  delayMs = 5;
  readonly marks = new Map<string, string>();
  #channels = new Set<Channel>();

  open(id: number): TabTurns {
    const channel: Channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of this.#channels) {
          if (other === channel) continue;
          setTimeout(
            () => this.#channels.has(other) && other.onmessage?.({ data } as MessageEvent),
            this.delayMs,
          );
        }
      },
    };
    this.#channels.add(channel);
    const marks: Marks = {
      getItem: (key) => this.marks.get(key) ?? null,
      setItem: (key, value) => void this.marks.set(key, value),
      removeItem: (key) => void this.marks.delete(key),
    };
    return new TabTurns(channel, marks, () => id);
  }

  /** The tab dies in its turn: it says nothing and hears nothing any more. */
  kill(index: number): void {
    this.#channels.delete([...this.#channels][index]!);
  }

  take(turns: TabTurns, who: string, ms: number, signal = new AbortController().signal): Promise<void> {
    return turns.take("send", signal, async () => {
      this.log.push(who);
      this.running.push(who);
      this.most = Math.max(this.most, this.running.length);
      await new Promise((over) => setTimeout(over, ms));
      this.running.splice(this.running.indexOf(who), 1);
    });
  }
}

test("one alone has the turn after a moment, and again when it is over", async () => {
  const tabs = new Tabs();
  const turns = tabs.open(0.5);
  const both = [tabs.take(turns, "a", 100), tabs.take(turns, "b", 100)];
  await vi.advanceTimersByTimeAsync(250);
  expect(tabs.running).toEqual(["a"]);
  await vi.advanceTimersByTimeAsync(500);
  await Promise.all(both);
  expect([tabs.log, tabs.most]).toEqual([["a", "b"], 1]);
});

test.each([0, 1, 3, 5, 7, 100, 199, 201, 300])(
  "two that ask %i ms apart have it one after the other",
  async (apart) => {
    for (const ids of [
      [0.1, 0.9],
      [0.9, 0.1],
    ] as const) {
      const tabs = new Tabs();
      const [one, two] = [tabs.open(ids[0]), tabs.open(ids[1])];
      const first = tabs.take(one, "one", 700);
      await vi.advanceTimersByTimeAsync(apart);
      const second = tabs.take(two, "two", 700);
      await vi.advanceTimersByTimeAsync(20_000);
      await Promise.all([first, second]);
      expect([...tabs.log].sort()).toEqual(["one", "two"]);
      expect(tabs.most).toBe(1);
    }
  },
);

test("many that ask at any time never have it together, and each has it", async () => {
  const tabs = new Tabs();
  const done: Promise<void>[] = [];
  for (let i = 0; i < 8; i++) {
    const turns = tabs.open(((i * 5) % 8) / 8);
    for (let again = 0; again < 3; again++) done.push(tabs.take(turns, `${i}/${again}`, 30 + i * 17));
    await vi.advanceTimersByTimeAsync((i * 37) % 90);
  }
  await vi.advanceTimersByTimeAsync(120_000);
  await Promise.all(done);
  expect(tabs.log).toHaveLength(24);
  expect(tabs.most).toBe(1);
});

test("other names do not wait", async () => {
  const tabs = new Tabs();
  const turns = tabs.open(0.5);
  void tabs.take(turns, "send", 10_000);
  let ran = false;
  void turns.take("identity", new AbortController().signal, async () => {
    ran = true;
  });
  await vi.advanceTimersByTimeAsync(300);
  expect([tabs.running, ran]).toEqual([["send"], true]);
});

test("a tab that died in its turn holds nobody up", async () => {
  const tabs = new Tabs();
  const [one, two] = [tabs.open(0.1), tabs.open(0.9)];
  void tabs.take(one, "one", 1e9);
  await vi.advanceTimersByTimeAsync(300);
  void tabs.take(two, "two", 100);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(tabs.log).toEqual(["one"]);
  tabs.kill(0);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(tabs.log).toEqual(["one", "two"]);
});

test("a wait that is given up rejects and takes nothing; a task that fails frees the turn", async () => {
  const tabs = new Tabs();
  const [one, two] = [tabs.open(0.1), tabs.open(0.9)];
  void tabs.take(one, "one", 3_000);
  await vi.advanceTimersByTimeAsync(300);
  const abort = new AbortController();
  const given = expect(tabs.take(two, "two", 100, abort.signal)).rejects.toThrow(/abort/i);
  await vi.advanceTimersByTimeAsync(50);
  abort.abort();
  await vi.advanceTimersByTimeAsync(5_000);
  await given;
  const failing = two.take("send", new AbortController().signal, () => Promise.reject(new Error("broken")));
  const failed = expect(failing).rejects.toThrow("broken");
  await vi.advanceTimersByTimeAsync(300);
  await failed;
  void tabs.take(one, "after", 1);
  await vi.advanceTimersByTimeAsync(300);
  expect(tabs.log).toEqual(["one", "after"]);
});

test("after a reload in its turn the first turn takes no longer than any other", async () => {
  const tabs = new Tabs();
  const before = tabs.open(0.1);
  void tabs.take(before, "before", 1e9);
  await vi.advanceTimersByTimeAsync(300);
  before.end();
  tabs.kill(0);
  void tabs.take(tabs.open(0.9), "after", 1);
  await vi.advanceTimersByTimeAsync(250);
  expect(tabs.log).toEqual(["before", "after"]);
});
