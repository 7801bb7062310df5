/**
 * Real clients on real sessions over sockets that drop, with the server's part for slow readers taken away: nobody
 * leaves a topic, nobody is fed again. What is under it, the client's own contiguity check, has to do alone.
 */
import { expect, test } from "vitest";
import { Client } from "../src/client/client.ts";
import type { ClientSocket } from "../src/client/contract.ts";
import { MemoryStorage } from "../src/client/memory-storage.ts";
import type { TextRecord } from "../src/wire/block.ts";
import { ClientKind, Language } from "../src/wire/frames.ts";
import { FakeHouse, send } from "./fake-house.ts";
import type { FakeSocket } from "./fake-transport.ts";

const READERS = 6;
const MESSAGES = 1_500;

interface Reader {
  client: Client;
  socket: FakeSocket;
  records: TextRecord[];
  told: string[];
  asked: number;
}

/** A client whose socket is a session of the house. */
function read(house: FakeHouse): Reader {
  const reader = { records: [], told: [], asked: 0 } as unknown as Reader;
  const open = (): ClientSocket => {
    const socket = house.connect();
    const end: ClientSocket = {
      ...{ binaryType: "arraybuffer", bufferedAmount: 0 },
      ...{ onopen: null, onmessage: null, onclose: null, onerror: null },
      send: (bytes) => {
        if (bytes[0] === ClientKind.history) reader.asked++;
        socket.session.receive(bytes.slice());
      },
      close: () => undefined,
    };
    socket.heard = (frame) => end.onmessage?.({ data: frame.slice().buffer } as never);
    reader.socket = socket;
    house.loop.soon(() => end.onopen?.({} as never));
    return end;
  };
  const { loop } = house;
  reader.client = new Client({
    url: "",
    open,
    clock: { now: () => loop.now(), after: (ms, run) => loop.after(ms, run) },
    random: () => 0.5,
    storage: new MemoryStorage(),
    language: Language.en,
    listener: { failed: (error) => reader.told.push(String(error)) },
  });
  reader.client.enter("yard", {
    anyName: true,
    history: 0,
    listener: {
      appended: (records) => reader.records.push(...records),
      gap: (from, to) => reader.told.push(`gap ${from} ${to}`),
      reset: () => reader.told.push("reset"),
    },
  });
  reader.client.start();
  return reader;
}

test.each([1, 2, 3])("readers that are told nothing end complete, in order, once (seed %i)", async (seed) => {
  let state = seed;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const house = new FakeHouse({
    limits: { maxBackpressureBytes: 4_096, tailBytes: 2_000, messagesPerSecond: 0, framesPerSecond: 0 },
  });
  house.transport.tellLapses = false;
  const writer = await house.seated("yard", "writer");
  const readers = Array.from({ length: READERS }, () => read(house));
  await house.loop.settle();
  const texts = Array.from({ length: MESSAGES }, (_, i) => `${i + 1} ${"x".repeat(below(400))}`);
  for (const [i, text] of texts.entries()) {
    send(writer.socket, writer.room, i + 1, text);
    const { socket } = readers[below(READERS)]!;
    if (below(10) === 0) socket.stalled = !socket.stalled;
    else if (below(3) === 0) socket.read(below(3_000));
    if (below(4) === 0) await house.loop.settle();
  }
  for (let round = 0; round < 200; round++) {
    for (const { socket } of readers) {
      socket.stalled = false;
      socket.read();
    }
    await house.loop.advance(10);
  }
  // What was dropped at the very end shows when something follows.
  texts.push("the end");
  send(writer.socket, writer.room, texts.length, texts.at(-1));
  await house.loop.advance(60_000);
  let drops = 0;
  for (const { records, socket, told, asked } of readers) {
    expect(records.map(({ seq }) => seq)).toEqual(texts.map((_, i) => i + 1));
    expect(records.map(({ text }) => text)).toEqual(texts);
    expect([told, socket.closedWith]).toEqual([[], null]);
    expect(asked).toBeGreaterThan(0);
    drops += socket.drops;
  }
  expect(drops).toBeGreaterThan(50);
  // The server did nothing about it.
  expect(house.rooms.counters.lapses).toBe(0);
});
