/** What is compacted so that old bytes go, over a real engine whose sizes and compaction are the test's. */
import { afterEach, expect, test, vi } from "vitest";
import { Erasure } from "../src/log/level/erasure.ts";
import { type BlockKey, readBlockKey } from "../src/log/level/keys.ts";
import { fill } from "./log-blocks.ts";
import { makeBlank } from "./log-contract-changes.ts";
import { LogFolder } from "./log-folder.ts";

const MIB = 2 ** 20;
const seqOf = (key: Uint8Array | string): number => (readBlockKey(key as Uint8Array) as BlockKey).seq;

afterEach(() => vi.restoreAllMocks());

/** The first and last numbers of what is compacted when these are replaced, in a room of 100 blocks of a MiB. */
async function compacted(replaced: number[]): Promise<[number, number][]> {
  using folder = new LogFolder();
  const log = await folder.open();
  await fill(log, 1, ...Array<number>(100).fill(1));
  for (const seq of replaced) await log.replace(1, seq, makeBlank(1, seq));
  await log.close();
  const ranges: [number, number][] = [];
  await folder.rot(async (db) => {
    const sizeOf = async (from: Uint8Array | string, to: Uint8Array | string) =>
      (seqOf(to) - seqOf(from)) * MIB;
    vi.spyOn(db, "approximateSize").mockImplementation(sizeOf as never);
    const compact = async (from: Uint8Array | string, to: Uint8Array | string) => {
      ranges.push([seqOf(from), seqOf(to)]);
    };
    vi.spyOn(db, "compactRange").mockImplementation(compact as never);
    await new Promise<void>((done, fail) => {
      const options = {
        db,
        afterMs: 0,
        erased: 0,
        lastChange: () => replaced.length,
        isDamaged: () => false,
      };
      new Erasure({ ...options, onErased: () => done(), onError: fail });
    });
  });
  return ranges;
}

test("what lies far between replaced blocks is left alone, in whatever order they were replaced", async () => {
  expect(await compacted([63, 2, 1, 30, 100, 64])).toEqual([
    [1, 30],
    [63, 64],
    [100, 100],
  ]);
});

test("after a long compaction a longer rest follows, whatever is replaced meanwhile", async () => {
  using folder = new LogFolder();
  const log = await folder.open();
  await fill(log, 1, 1);
  await log.replace(1, 1, makeBlank(1, 1));
  await log.close();
  await folder.rot(async (db) => {
    let now = 1_000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    vi.spyOn(db, "compactRange").mockImplementation((async () => {
      now += 70_000;
    }) as never);
    const timers = vi.spyOn(globalThis, "setTimeout");
    let changes = 1;
    const erasure = new Erasure({
      ...{ db, afterMs: 20, erased: 0, isDamaged: () => false },
      lastChange: () => changes,
      // What is replaced while it runs.
      onErased: () => changes++,
      onError: (error) => expect(error).toBeNull(),
    });
    const delays = () => timers.mock.calls.map(([, delay]) => delay);
    await vi.waitFor(() => expect(delays()).toContain(630_000), { timeout: 20_000 });
    expect(delays()[0]).toBe(20);
    await erasure.close();
  });
});
