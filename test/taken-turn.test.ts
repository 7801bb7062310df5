/** A client that gave no sign of life loses the right to send to another one, and may not know of it when it wakes. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import { ClientKind } from "../src/wire/frames.ts";
import { TabTurns } from "../web/tab-turns.ts";
import { makeLive, settle } from "./fake-client-environment.ts";

/** One whose turns can be taken by force: from then on no number is stored under them. */
class TakenStorage extends MemoryStorage {
  #take: () => void = () => undefined;
  #isTaken = false;

  override async exclusive(name: string, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    const taken = new Promise<never>((_, reject) => {
      this.#take = () => reject(new DOMException("stolen", "AbortError"));
    });
    this.#isTaken = false;
    return Promise.race([super.exclusive(name, signal, task), taken]);
  }

  override async putEntry(entry: Parameters<MemoryStorage["putEntry"]>[0]): Promise<boolean> {
    return this.#isTaken && entry.nonce > 0 ? false : super.putEntry(entry);
  }

  /** The other has it, and this one has not heard. */
  take(): void {
    this.#isTaken = true;
  }

  tell(): void {
    this.#take();
  }
}

test.each(["before", "after"])(
  "a number given %s it was heard that the turn is gone is given up, and the message is sent under the next one",
  async (when) => {
    const storage = new TakenStorage();
    const e = await makeLive(0, { storage });
    e.view.room.send("mine");
    await settle();
    expect(e.socket.sends).toEqual([[1, "mine"]]);
    storage.take();
    if (when === "after") storage.tell();
    e.view.room.send("late");
    await settle();
    // The other one sent under number 2 meanwhile: nothing goes out before the server has said so.
    expect(e.socket.sends).toEqual([[1, "mine"]]);
    expect(e.view.waiting).toBe("mine late");
    expect(e.socket.of(ClientKind.enter)).toHaveLength(2);
    await e.entered({ nonce: 2, head: 2, start: 2 });
    e.live(2);
    await settle();
    expect(e.socket.sends.at(-1)).toEqual([3, "late"]);
    expect(e.errors).toEqual([]);
  },
);

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("without Web Locks a suspended tab loses its turn, hears so when it wakes, and waits for the next", async () => {
  const marks = new Map<string, string>();
  const channels = [0, 1].map(() => ({
    onmessage: null as ((event: MessageEvent) => unknown) | null,
    isAsleep: false,
    kept: [] as unknown[],
    postMessage(data: unknown) {
      for (const other of channels) {
        if (other === this) continue;
        if (other.isAsleep) other.kept.push(data);
        else setTimeout(() => other.onmessage?.({ data } as MessageEvent), 1);
      }
    },
  }));
  const shelf = {
    getItem: (key: string) => marks.get(key) ?? null,
    setItem: (key: string, value: string) => void marks.set(key, value),
    removeItem: (key: string) => void marks.delete(key),
  };
  const [one, two] = channels.map((channel, at) => new TabTurns(channel, shelf, () => at / 2));
  const signal = new AbortController().signal;
  const log: string[] = [];
  const stay = (who: string) => (isForced: boolean) => {
    log.push(`${who}${isForced ? " by force" : ""}`);
    return new Promise<void>(() => undefined);
  };
  const lost = expect(one!.take("send", signal, stay("one"))).rejects.toThrow("took the turn");
  await vi.advanceTimersByTimeAsync(300);
  void two!.take("send", signal, stay("two"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(log).toEqual(["one"]);
  channels[0]!.isAsleep = true;
  await vi.advanceTimersByTimeAsync(2_100);
  expect(log).toEqual(["one", "two by force"]);
  channels[0]!.isAsleep = false;
  for (const data of channels[0]!.kept) channels[0]!.onmessage?.({ data } as MessageEvent);
  await lost;
  void one!.take("send", signal, stay("one again"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(log).toEqual(["one", "two by force"]);
});
