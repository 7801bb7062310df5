import { describe, expect, test } from "vitest";
import type { AppendBlock, Batch, TailListener } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { Room } from "../src/room/room.ts";
import { BLOCK, decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { decodeServerFrame } from "../src/wire/decode.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { FakeHouse } from "./fake-house.ts";

/** A log whose commits are let through one by one. */
class HeldLog extends MemoryLog {
  readonly batches: Batch[] = [];
  held = false;
  fails = false;
  /** The tail says nothing by itself. */
  silent = false;
  report: (blocks: readonly AppendBlock[]) => void = () => undefined;
  #waiting: (() => void)[] = [];

  override async append(batch: Batch): Promise<void> {
    this.batches.push({ ...batch, blocks: [...batch.blocks] });
    if (this.held) await new Promise<void>((go) => this.#waiting.push(go));
    if (this.fails) throw new Error("the disk is gone");
    return super.append(batch);
  }

  override tail(listener: TailListener): void {
    this.report = (blocks) => listener.committed(blocks);
    super.tail({
      committed: (blocks) => {
        if (!this.silent) listener.committed(blocks);
      },
    });
  }

  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

function setUp(limits = {}) {
  const log = new HeldLog();
  const house = new FakeHouse({ log, limits });
  const rooms = new Map<string, Room>();
  const say = (name: string, text: string): void => {
    let room = rooms.get(name);
    if (!room) {
      room = house.rooms.open(name) as Room;
      rooms.set(name, room);
      house.rooms.enter(room, house.rooms.people.connect(1, "Ada"), "Ada");
    }
    const nonce = (room.authors.get(1)?.nonce ?? 0) + 1;
    room.accept(room.presence.get(1)!, nonce, encodeText(text), house.loop.now());
    house.rooms.pending(room);
  };
  const texts = () =>
    house.transport.published
      .filter(({ frame }) => frame[0] === BLOCK)
      .map(({ frame }) => decodeBlock(frame).records.map(({ text }) => text));
  return { log, house, say, texts, loop: house.loop, flusher: house.rooms.flusher, rooms };
}

describe("the flusher", () => {
  test("what all rooms have goes into one append, and each block is published once", async () => {
    const { log, say, texts, loop, house } = setUp();
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

  test("messages that come during a commit collect for the next", async () => {
    const { log, say, texts, loop } = setUp();
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
    const { log, say, texts, loop, rooms } = setUp();
    log.silent = true;
    say("a", "1");
    await loop.settle();
    expect(log.batches).toHaveLength(1);
    expect([texts(), rooms.get("a")!.head]).toEqual([[], 0]);
    log.report(log.batches[0]!.blocks);
    expect([texts(), rooms.get("a")!.head]).toEqual([[["1"]], 1]);
  });

  test("a failed append is fatal, nothing of it is published, and nothing is appended after it", async () => {
    const { log, say, texts, loop, house } = setUp();
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
    const { log, say, texts, loop, house } = setUp({ maxWindowMs: 20 });
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
    const { log, say, loop, house } = setUp({ maxWindowMs: 20 });
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
    const { say, loop } = setUp();
    say("a", "1");
    await loop.advance(60_000);
    expect([loop.pendingTimers, loop.isIdle]).toEqual([0, true]);
  });

  test("drained: everything accepted is committed, windows or not", async () => {
    const { log, say, texts, loop, house, flusher } = setUp({ maxWindowMs: 1000 });
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

  test("a snapshot of authors goes with the block it is as of", async () => {
    const { log, say, loop } = setUp({ maxPendingBytes: 1 << 30 });
    for (let i = 0; i < 5000; i++) say("a", "x");
    await loop.settle();
    expect(log.batches[0]!.snapshots.map(({ room, seq }) => [room, seq])).toEqual([[1, 5000]]);
    say("a", "x");
    await loop.settle();
    expect(log.batches[1]!.snapshots).toEqual([]);
  });
});

describe("presence at the flusher", () => {
  function told(house: FakeHouse): number {
    return house.transport.published.filter(({ frame }) => frame[0] !== BLOCK).length;
  }

  test("changes are told at a pace that falls with the number of people", async () => {
    const { house, loop } = setUp();
    const room = house.rooms.open("yard") as Room;
    const come = (author: number) =>
      house.rooms.enter(room, house.rooms.people.connect(author, `guest ${author}`), `guest ${author}`);
    come(1);
    await loop.settle();
    expect(told(house)).toBe(1);
    for (let author = 2; author <= 1000; author++) {
      come(author);
      await loop.advance(1);
    }
    await loop.advance(2000);
    // A second and a half went by: fewer than twenty frames for a thousand who came.
    expect(told(house)).toBeLessThan(20);
    const last = decodeServerFrame(house.transport.published.at(-1)!.frame);
    expect(last).toMatchObject({ kind: ServerKind.presence, count: 1000, events: [] });
    expect([loop.pendingTimers, loop.isIdle]).toEqual([0, true]);
  });

  test("presence does not wait for the disk", async () => {
    const { house, loop, log, say } = setUp();
    log.held = true;
    say("a", "1");
    await loop.settle();
    const before = told(house);
    const room = house.rooms.open("a") as Room;
    await loop.advance(100);
    house.rooms.enter(room, house.rooms.people.connect(2, "Bo"), "Bo");
    await loop.settle();
    expect(told(house)).toBe(before + 1);
  });

  test("a writing mark ends by itself and everyone is told", async () => {
    const { house, loop } = setUp();
    const { socket, room } = await house.seated("yard");
    socket.write({ kind: 0x08, room, on: true });
    await loop.advance(1000);
    expect(socket.last(ServerKind.typing).authors).toEqual([1]);
    socket.write({ kind: 0x08, room, on: true });
    await loop.advance(5500);
    expect(socket.last(ServerKind.typing).authors).toEqual([1]);
    await loop.advance(1000);
    expect(socket.last(ServerKind.typing).authors).toEqual([]);
    expect(socket.all(ServerKind.typing)).toHaveLength(2);
    expect(loop.pendingTimers).toBe(0);
  });

  test("a writing mark is dropped while messages wait, told once they do not, and never stored", async () => {
    const { house, loop, log, say } = setUp();
    const { socket, room } = await house.seated("yard", "Bo");
    const writes = (on: boolean) => socket.write({ kind: 0x08, room, on });
    const marks = () => socket.all(ServerKind.typing).map(({ authors }) => authors);
    await loop.advance(1000);
    writes(true);
    await loop.advance(100);
    expect(marks()).toEqual([[1]]);
    log.held = true;
    say("a", "under way");
    await loop.settle();
    say("a", "waiting");
    // Its end is kept, a new one is not.
    writes(false);
    writes(true);
    await loop.advance(100);
    expect(marks()).toEqual([[1], []]);
    log.held = false;
    log.release();
    await loop.advance(100);
    expect(marks()).toHaveLength(2);
    writes(true);
    await loop.advance(100);
    expect(marks()).toEqual([[1], [], [1]]);
    expect(log.batches.flatMap(({ blocks }) => blocks.map(({ count }) => count))).toEqual([1, 1]);
  });
});
