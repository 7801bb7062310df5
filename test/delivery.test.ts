import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../src/log/log.ts";
import { MemoryLog } from "../src/log/memory-log.ts";
import type { Room } from "../src/room/room.ts";
import { Delivery, type DeliveryReader } from "../src/session/delivery.ts";
import { BLOCK, decodeBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { decodeServerFrame } from "../src/wire/decode.ts";
import { ServerKind } from "../src/wire/frames.ts";
import { FakeHouse, fakeTab, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

/** A reader that takes everything at once, or nothing. */
class FakeReader implements DeliveryReader {
  readonly told: string[] = [];
  readonly subscribed = new Set<number>();
  buffered = 0;
  stalled = false;
  damages = 0;

  send(frame: Uint8Array): void {
    if (this.stalled) this.buffered += frame.length;
    if (frame[0] === BLOCK) {
      const { seq, count } = decodeBlock(frame);
      this.told.push(count === 1 ? `${seq}` : `${seq}-${seq + count - 1}`);
      return;
    }
    const decoded = decodeServerFrame(frame);
    if (decoded.kind === ServerKind.live) this.told.push(`live ${decoded.head}`);
    else if (decoded.kind !== ServerKind.people) this.told.push(`kind ${decoded.kind}`);
  }

  subscribe(room: number): void {
    this.subscribed.add(room);
    this.told.push("subscribed");
  }

  unsubscribe(room: number): void {
    this.subscribed.delete(room);
    this.told.push("unsubscribed");
  }

  cork(sends: () => void): void {
    sends();
  }

  damaged(): void {
    this.damages++;
  }

  mayRead(): number {
    return 0;
  }

  read = 0;

  didRead(bytes: number): void {
    this.read += bytes;
  }
}

/** Counts reads and the bytes each gave; can hold them up. */
class WatchedLog extends MemoryLog {
  readonly pages: number[] = [];
  held = false;
  #waiting: (() => void)[] = [];

  override async readForward(room: number, from: number, options: ReadOptions) {
    if (this.held) await new Promise<void>((go) => this.#waiting.push(go));
    const blocks = await super.readForward(room, from, options);
    this.pages.push(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0));
    return blocks;
  }

  release(): void {
    this.held = false;
    for (const go of this.#waiting.splice(0)) go();
  }
}

/** A room with so many messages, one block each. */
async function filled(count: number, options: { length?: number; tailBytes?: number } = {}) {
  const log = new WatchedLog();
  const house = new FakeHouse({ log, limits: { tailBytes: options.tailBytes ?? 0, messagesPerSecond: 0 } });
  const room = house.rooms.open("yard") as Room;
  const member = house.rooms.seating.enter(room, house.rooms.people.connect(1, "Ada", fakeTab()), "Ada");
  const text = new Uint8Array(options.length ?? 10).fill(0x61);
  let nonce = 0;
  const say = async () => {
    room.accept(member, ++nonce, text, house.loop.now());
    house.rooms.pending(room);
    await house.loop.settle();
  };
  for (let i = 0; i < count; i++) await say();
  log.pages.length = 0;
  return { log, house, room, say };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);

describe("a delivery", () => {
  test("at the head it goes live at once: subscribed, then announced", async () => {
    const { house, room } = await filled(3);
    const reader = new FakeReader();
    const delivery = new Delivery(house.rooms, room, reader, 3);
    delivery.pump();
    expect(reader.told).toEqual(["subscribed", "live 3"]);
    expect([delivery.isLive, delivery.lag]).toEqual([true, 0]);
  });

  test("near the head it sends from memory, without a wait", async () => {
    const { house, room, log } = await filled(10, { tailBytes: 1 << 20 });
    const reader = new FakeReader();
    new Delivery(house.rooms, room, reader, 4).pump();
    expect(reader.told).toEqual([...numbers(5, 10), "subscribed", "live 10"]);
    expect(log.pages).toEqual([]);
  });

  test("far from the head it reads pages of bounded length", async () => {
    const { house, room, log } = await filled(300, { length: 2000 });
    const reader = new FakeReader();
    const delivery = new Delivery(house.rooms, room, reader, 0);
    delivery.pump();
    expect(delivery.lag).toBe(300);
    await house.loop.settle();
    expect(reader.told).toEqual([...numbers(1, 300), "subscribed", "live 300"]);
    expect(Math.max(...log.pages)).toBeLessThan(66 * 1024 + 2000);
    expect(log.pages.length).toBeGreaterThan(8);
  });

  test("to a reader that takes nothing it sends a bounded amount, and goes on when that drained", async () => {
    const { house, room } = await filled(300, { length: 2000 });
    const reader = new FakeReader();
    reader.stalled = true;
    const delivery = new Delivery(house.rooms, room, reader, 0);
    delivery.pump();
    await house.loop.settle();
    delivery.pump();
    await house.loop.settle();
    expect(reader.buffered).toBeLessThan(140 * 1024);
    expect(reader.told).not.toContain("subscribed");
    while (!delivery.isLive) {
      reader.buffered = 0;
      delivery.pump();
      await house.loop.settle();
      expect(reader.buffered).toBeLessThan(140 * 1024);
    }
    expect(reader.told).toEqual([...numbers(1, 300), "subscribed", "live 300"]);
  });

  test("what was read while others filled the socket waits for its place", async () => {
    const { house, room, log } = await filled(100, { length: 500 });
    const reader = new FakeReader();
    reader.stalled = true;
    log.held = true;
    const delivery = new Delivery(house.rooms, room, reader, 0);
    delivery.pump();
    reader.buffered = 200 * 1024;
    log.release();
    await house.loop.settle();
    expect([reader.told, reader.buffered]).toEqual([[], 200 * 1024]);
    reader.buffered = 0;
    delivery.pump();
    await house.loop.settle();
    expect(reader.told).toEqual([...numbers(1, 100), "subscribed", "live 100"]);
  });

  test("what is committed while it reads comes after, once", async () => {
    const { house, room, log, say } = await filled(50);
    const reader = new FakeReader();
    log.held = true;
    const delivery = new Delivery(house.rooms, room, reader, 10);
    delivery.pump();
    for (let i = 0; i < 5; i++) await say();
    log.release();
    await house.loop.settle();
    expect(reader.told).toEqual([...numbers(11, 55), "subscribed", "live 55"]);
  });

  test("begins with the whole block that holds its first number", async () => {
    const { house, room, log } = await filled(0);
    const member = room.presence.get(1)!;
    for (let nonce = 1; nonce <= 10; nonce++) room.accept(member, nonce, encodeText("x"), 0);
    house.rooms.pending(room);
    await house.loop.settle();
    const reader = new FakeReader();
    new Delivery(house.rooms, room, reader, 5).pump();
    await house.loop.settle();
    expect(reader.told).toEqual(["1-10", "subscribed", "live 10"]);
    expect(log.pages.length).toBeLessThanOrEqual(1);
  });

  test("a lapse takes it off the topic, and it continues with the number that was dropped", async () => {
    const { house, room } = await filled(20);
    const reader = new FakeReader();
    const delivery = new Delivery(house.rooms, room, reader, 20);
    delivery.pump();
    reader.told.length = 0;
    delivery.lapse(15);
    expect([delivery.isLive, reader.subscribed.size]).toEqual([false, 0]);
    await house.loop.settle();
    expect(reader.told).toEqual(["unsubscribed", ...numbers(15, 20), "subscribed", "live 20"]);
    expect(house.rooms.counters.lapses).toBe(1);
  });

  test("a lapse of a delivery that is not live changes nothing", async () => {
    const { house, room, log } = await filled(20);
    const reader = new FakeReader();
    log.held = true;
    const delivery = new Delivery(house.rooms, room, reader, 10);
    delivery.pump();
    delivery.lapse(3);
    log.release();
    await house.loop.settle();
    expect(reader.told).toEqual([...numbers(11, 20), "subscribed", "live 20"]);
    expect(house.rooms.counters.lapses).toBe(0);
  });

  test("when retention overtakes it, it goes on where history begins", async () => {
    const { house, room, log } = await filled(50);
    const reader = new FakeReader();
    log.held = true;
    const delivery = new Delivery(house.rooms, room, reader, 10);
    delivery.pump();
    room.trimmed((await log.trim(room.number, 0, 5)).first);
    log.release();
    await house.loop.settle();
    expect(reader.told).toEqual([...numbers(45, 50), "subscribed", "live 50"]);
  });

  test("when retention takes everything before it, it goes live with nothing", async () => {
    const { house, room, log } = await filled(50);
    const reader = new FakeReader();
    log.held = true;
    const delivery = new Delivery(house.rooms, room, reader, 10);
    delivery.pump();
    room.trimmed((await log.trim(room.number, house.loop.now() + 1, 0)).first);
    log.release();
    await house.loop.settle();
    expect(reader.told).toEqual(["subscribed", "live 50"]);
  });

  test("one that ended sends nothing more, whatever was under way", async () => {
    const { house, room, log } = await filled(50);
    for (const end of ["end", "abandon"] as const) {
      const reader = new FakeReader();
      log.held = true;
      const delivery = new Delivery(house.rooms, room, reader, 10);
      delivery.pump();
      delivery[end]();
      log.release();
      await house.loop.settle();
      delivery.pump();
      delivery.lapse(5);
      expect([reader.told, delivery.isLive, delivery.lag]).toEqual([[], false, 0]);
    }
    const reader = new FakeReader();
    const delivery = new Delivery(house.rooms, room, reader, 50);
    delivery.pump();
    delivery.end();
    delivery.end();
    expect(reader.told).toEqual(["subscribed", "live 50", "unsubscribed"]);
    const gone = new FakeReader();
    const abandoned = new Delivery(house.rooms, room, gone, 50);
    abandoned.pump();
    abandoned.abandon();
    expect(gone.told).not.toContain("unsubscribed");
  });

  test("damage on disk is told once and ends it", async () => {
    const { house, room, log } = await filled(10);
    const reader = new FakeReader();
    house.rooms.history.readForward = async () => null;
    const delivery = new Delivery(house.rooms, room, reader, 0);
    delivery.pump();
    await house.loop.settle();
    delivery.pump();
    await house.loop.settle();
    expect([reader.damages, reader.told, log.pages, delivery.lag]).toEqual([1, [], [], 0]);
  });
});

describe("readers over sockets that drop", () => {
  /** Small whole numbers from a seed. */
  function makeRandom(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  /** Numbers of a room as a client takes them: what continues its position, nothing twice. Null: a hole stayed. */
  function taken(socket: FakeSocket, room: number, start: number): { position: number; texts: string[] } {
    let position = start;
    const texts: string[] = [];
    for (const block of socket.blocks) {
      if (block.room !== room || block.seq > position + 1) continue;
      for (const record of block.records) {
        if (record.seq <= position) continue;
        position = record.seq;
        texts.push(record.text);
      }
    }
    return { position, texts };
  }

  /** A storm: random messages in two rooms, random stalls, random reading, people who come late and who re-enter. */
  async function storm(seed: number, tellLapses: boolean) {
    const random = makeRandom(seed);
    const limit = 4096;
    const house = new FakeHouse({
      limits: {
        maxBackpressureBytes: limit,
        tailBytes: 2_000,
        messagesPerSecond: 0,
        framesPerSecond: 0,
        maxWindowMs: 0,
      },
    });
    house.transport.tellLapses = tellLapses;
    const writer = house.greet({ name: "writer" });
    const rooms = [(await house.enter(writer, "one")).room, (await house.enter(writer, "two")).room];
    const readers: { socket: FakeSocket; starts: Map<number, number> }[] = [];
    const join = async () => {
      const socket = house.greet({ name: `reader ${readers.length}` });
      const starts = new Map<number, number>();
      for (const name of ["one", "two"]) {
        const { room, start } = await house.enter(socket, name, { history: 5 });
        starts.set(room, start);
      }
      readers.push({ socket, starts });
    };
    for (let i = 0; i < 5; i++) await join();
    const sent = new Map<number, string[]>(rooms.map((room) => [room, []]));
    for (let step = 0; step < 400; step++) {
      const what = random(10);
      const { socket, starts } = readers[random(readers.length)]!;
      if (what < 6) {
        for (let n = random(8); n >= 0; n--) {
          const room = rooms[random(2)]!;
          const texts = sent.get(room)!;
          texts.push(`${room}/${texts.length + 1}/${"x".repeat(random(400))}`);
          send(writer, room, texts.length, texts.at(-1));
        }
      } else if (what === 6) socket.stalled = !socket.stalled;
      else if (what === 7) socket.read(random(3000));
      else if (what === 8 && readers.length < 9) await join();
      else if (what === 9) {
        // The same position again, as a client does that found a hole or heard nothing for a while.
        const name = random(2);
        const room = rooms[name]!;
        const seq = taken(socket, room, starts.get(room)!).position;
        const position = { epoch: house.log.epoch, seq };
        socket.write({
          kind: 0x02,
          request: 9,
          anyName: false,
          room: ["one", "two"][name]!,
          history: 0,
          position,
        });
      }
      for (let turns = random(3); turns > 0; turns--) {
        house.loop.turn();
        await Promise.resolve();
      }
    }
    let lapses = 0;
    for (const { socket } of readers) {
      lapses += socket.drops;
      expect(socket.mostBuffered).toBeLessThan(limit + 40 * 1024);
      socket.stalled = false;
      for (let i = 0; i < 300; i++) {
        socket.read(2000);
        await house.loop.settle();
      }
      expect(socket.closedWith).toBeNull();
    }
    let complete = true;
    for (const { socket, starts } of readers) {
      for (const [room, start] of starts) {
        const all = sent.get(room)!;
        const { texts } = taken(socket, room, start);
        if (texts.length !== all.length - start) complete = false;
        else expect(texts).toEqual(all.slice(start));
        if (tellLapses) expect(socket.topics.has(room)).toBe(true);
      }
    }
    return { complete, lapses, fatals: house.fatals };
  }

  test("every one ends complete, in order, once", { timeout: 60_000 }, async () => {
    let lapses = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const result = await storm(seed, true);
      expect(result.complete, `seed ${seed}`).toBe(true);
      expect(result.fatals).toEqual([]);
      lapses += result.lapses;
    }
    expect(lapses).toBeGreaterThan(100);
  });

  test("negative control: without the server's part of it readers end with holes", async () => {
    let incomplete = 0;
    for (let seed = 1; seed <= 5; seed++) if (!(await storm(seed, false)).complete) incomplete++;
    expect(incomplete).toBeGreaterThan(0);
  });
});
