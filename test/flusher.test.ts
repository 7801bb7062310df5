import { describe, expect, test } from "vitest";
import { flushingHouse } from "./flushing-house.ts";

describe("the flusher", () => {
  test("what all rooms have goes into one append, and each block is published once", async () => {
    const { log, say, texts, loop, house } = flushingHouse();
    for (let i = 0; i < 100; i++) for (const name of ["a", "b", "c"]) say(name, `${name}${i}`);
    expect(log.batches).toEqual([]);
    await loop.settle();
    expect(log.batches).toHaveLength(1);
    const [batch] = log.batches;
    expect(batch!.blocks.map(({ room, count }) => [room, count])).toEqual([
      [1, 100],
      [2, 100],
      [3, 100],
    ]);
    expect(batch!.rooms.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(texts().map((block) => block.length)).toEqual([100, 100, 100]);
    expect(house.rooms.counters.flushes).toBe(1);
  });

  test("tells for how long a commit has been under way, and what it handed out to how many", async () => {
    const { log, say, loop, flusher, house } = flushingHouse();
    expect(flusher.committingForMs).toBe(0);
    log.held = true;
    say("a", "1");
    await loop.settle();
    await loop.advance(30_000);
    expect(flusher.committingForMs).toBeGreaterThanOrEqual(30_000);
    log.held = false;
    log.release();
    await loop.settle();
    expect(flusher.committingForMs).toBe(0);
    expect(house.rooms.counters.commitMs.count).toBe(1);
    expect(house.rooms.counters.commitMs.sum).toBeGreaterThanOrEqual(30_000);
    expect(house.rooms.counters.fanoutMs.count).toBe(1);
  });

  test("messages that come during a commit collect for the next", async () => {
    const { log, say, texts, loop } = flushingHouse();
    log.held = true;
    say("a", "1");
    await loop.settle();
    for (const text of ["2", "3"]) say("a", text);
    say("b", "4");
    await loop.settle();
    expect(log.batches).toHaveLength(1);
    expect(texts()).toEqual([]);
    log.held = false;
    log.release();
    await loop.settle();
    expect(log.batches).toHaveLength(2);
    expect(texts()).toEqual([["1"], ["2", "3"], ["4"]]);
    expect(log.batches[1]!.rooms.map(({ name }) => name)).toEqual(["b"]);
  });

  test("publishes from the log's tail only: an append that is done says nothing", async () => {
    const { log, say, texts, loop, rooms } = flushingHouse();
    log.silent = true;
    say("a", "1");
    await loop.settle();
    expect(log.batches).toHaveLength(1);
    expect([texts(), rooms.get("a")!.head]).toEqual([[], 0]);
    log.report(log.batches[0]!.blocks);
    expect([texts(), rooms.get("a")!.head]).toEqual([[["1"]], 1]);
  });

  test("a failed append is fatal, nothing of it is published, and nothing is appended after it", async () => {
    const { log, say, texts, loop, house } = flushingHouse();
    say("a", "1");
    await loop.settle();
    log.fails = true;
    say("a", "2");
    await loop.settle();
    expect(house.fatals).toHaveLength(1);
    say("a", "3");
    say("b", "4");
    await loop.advance(10_000);
    expect(log.batches).toHaveLength(2);
    expect(texts()).toEqual([["1"]]);
    expect(house.fatals).toHaveLength(1);
  });

  test("a large room's next flush waits for its window, other rooms do not", async () => {
    const { log, say, texts, loop, house } = flushingHouse({ maxWindowMs: 20 });
    house.transport.subscribers = (room) => (room === 1 ? 2_000 : 1);
    say("large", "1");
    say("small", "a");
    await loop.settle();
    expect(texts()).toEqual([["1"], ["a"]]);
    say("large", "2");
    say("small", "b");
    await loop.settle();
    expect(texts().slice(2)).toEqual([["b"]]);
    say("large", "3");
    await loop.advance(19);
    expect(texts()).toHaveLength(3);
    await loop.advance(1);
    expect(texts().slice(3)).toEqual([["2", "3"]]);
    expect(log.batches).toHaveLength(3);
  });

  test("a batch takes as many rooms as one fan-out is worth, and the rest comes first in the next", async () => {
    const { log, say, loop, house } = flushingHouse({ maxWindowMs: 20 });
    house.transport.subscribers = () => 3_000;
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) say(name, "1");
    await loop.advance(1_000);
    const before = log.batches.length;
    for (const name of names) say(name, "2");
    await loop.settle();
    for (const name of names) say(name, "3");
    await loop.advance(1_000);
    const later = log.batches.slice(before).map(({ blocks }) => blocks.map(({ room }) => room));
    expect(later.every((rooms) => rooms.length < names.length)).toBe(true);
    expect(later.flat().slice(0, names.length)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(later.flat().slice(0, names.length)).size).toBe(names.length);
  });

  test("an idle server has no timer", async () => {
    const { say, loop } = flushingHouse();
    say("a", "1");
    await loop.advance(60_000);
    expect([loop.pendingTimers, loop.isIdle]).toEqual([0, true]);
  });

  test("drained: everything accepted is committed, windows or not", async () => {
    const { log, say, texts, loop, house, flusher } = flushingHouse({ maxWindowMs: 1000 });
    house.transport.subscribers = () => 100_000;
    say("a", "1");
    await loop.settle();
    log.held = true;
    say("b", "2");
    await loop.settle();
    say("a", "3");
    let done = false;
    const drained = flusher.drained().then(() => {
      done = true;
    });
    await loop.settle();
    expect(done).toBe(false);
    log.held = false;
    log.release();
    await loop.settle();
    await drained;
    expect(texts()).toEqual([["1"], ["2"], ["3"]]);
    await flusher.drained();
  });

  test("a snapshot goes with the batch behind the one it is as of: it holds what is stored", async () => {
    const { log, say, loop } = flushingHouse({ maxPendingBytes: 1 << 30 });
    for (let i = 0; i < 5000; i++) say("a", "x");
    await loop.settle();
    say("a", "x");
    await loop.settle();
    say("a", "x");
    await loop.settle();
    const snapshots = log.batches.map((batch) => batch.snapshots.map(({ room, seq }) => [room, seq]));
    expect(snapshots).toEqual([[], [[1, 5000]], []]);
  });
});
