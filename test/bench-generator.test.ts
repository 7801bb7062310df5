/**
 * The generator must notice what a server loses. A small server of the test speaks just enough of each protocol and
 * leaves things out on purpose: each such loss has to turn the run red.
 */
import { createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Bench } from "../bench/bench.ts";
import { madang } from "../bench/contenders.ts";
import type { Faults, ProtocolName } from "../bench/generator/commands.ts";
import { Crowd } from "../bench/generator/crowd.ts";
import { runLoad } from "../bench/generator/load.ts";
import { putText, TEXT_BYTES } from "../bench/generator/text.ts";
import { readOptions } from "../bench/options.ts";
import { Progress } from "../bench/progress.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { decodeClientFrame } from "../src/wire/decode.ts";
import { encodeServerFrame } from "../src/wire/encode.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { DEFAULT_LIMITS } from "../src/wire/limits.ts";

const PEOPLE = 3;

/** Payloads of the frames in what a client sent; the mask is zero. */
function* payloads(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at + 1]! & 0x7f;
    yield bytes.subarray(at + 6, at + 6 + length);
    at += 6 + length;
  }
}

const framed = (payload: Uint8Array) => Buffer.concat([Buffer.from([0x82, payload.length]), payload]);

/** Listens until the test ends. `talk` answers each payload of an upgraded connection. */
async function listen(
  opened: (socket: Socket) => void,
  talk: (socket: Socket, payload: Buffer) => void,
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    socket.once("data", () => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      opened(socket);
      socket.on("data", (bytes: Buffer) => {
        for (const payload of payloads(bytes)) talk(socket, payload);
      });
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as { port: number }).port;
}

/** A crowd in one room of that server, while `tell` sends to all of it what it likes. */
async function inRoom(protocol: ProtocolName, port: number): Promise<Crowd> {
  const pid = process.pid;
  const crowd = new Crowd({
    do: "open",
    protocol,
    port,
    pid,
    people: PEOPLE,
    rooms: 1,
    history: 0,
    atOnce: PEOPLE,
  });
  onTestFinished(() => crowd.close());
  await crowd.open();
  return crowd;
}

/** What the bench makes of these faults. */
function failures(faults: Faults): string[] {
  const out = { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream;
  const bench = new Bench(readOptions([], [], new Date(0))!, null, [madang("x", [])], new Progress(out));
  bench.check(bench.madang, "a test", faults);
  return bench.failures;
}

async function madangRoom(seqs: (seq: number) => number[]): Promise<Faults> {
  const inside: Socket[] = [];
  let author = 0;
  const port = await listen(
    () => undefined,
    (socket, payload) => {
      const frame = decodeClientFrame(payload);
      if (frame.kind === ClientKind.hello) {
        const epoch = "00000000000000a1";
        const identity = { author: ++author, token: new Uint8Array(1), name: "x", epoch, time: 1 };
        const stated = { version: 1, capabilities: 0, limits: DEFAULT_LIMITS };
        socket.write(framed(encodeServerFrame({ kind: ServerKind.welcome, ...identity, ...stated })));
      } else if (frame.kind === ClientKind.enter) {
        inside.push(socket);
        const names = { name: frame.room, ownName: "x", epoch: "00000000000000a1" };
        const position = { request: 1, room: 7, resume: 0, first: 1, head: 0, start: 0, nonce: 0 } as const;
        socket.write(framed(encodeServerFrame({ kind: ServerKind.entered, ...names, ...position })));
        socket.write(framed(encodeServerFrame({ kind: ServerKind.live, room: 7, head: 0 })));
      }
    },
  );
  const crowd = await inRoom("madang", port);
  const text = new Uint8Array(TEXT_BYTES);
  putText(text, 0, 1, 0, 1);
  const blocks = [1, 2, 3, 4].flatMap(seqs).map((seq) => {
    const writer = new BlockWriter();
    writer.text(1, seq, 1, new Uint8Array([120]), text);
    return framed(writer.seal(7, seq));
  });
  crowd.rooms[0]!.expected = 4;
  for (const socket of inside) socket.write(Buffer.concat(blocks));
  await crowd.drain(500);
  return crowd.faults();
}

test("on Madang whole blocks in order are green", async () => {
  expect(failures(await madangRoom((seq) => [seq]))).toEqual([]);
});

test("a number that is left out turns the run red", async () => {
  const faults = await madangRoom((seq) => (seq === 3 ? [] : [seq]));
  expect(faults).toMatchObject({ gaps: PEOPLE, missing: PEOPLE });
  expect(failures(faults)).toHaveLength(2);
});

test("a number that comes again turns the run red", async () => {
  const faults = await madangRoom((seq) => (seq === 2 ? [2, 2] : [seq]));
  expect(faults).toMatchObject({ repeats: PEOPLE });
  expect(failures(faults)).not.toEqual([]);
});

/** Those whose time is before the measured time. */
const WARM_UP_MESSAGES = 4;

/** Two seconds of real time at most: a plain server that sends to all what `keeps` lets through. */
async function plainRoom(keeps: (message: number) => boolean) {
  const inside: Socket[] = [];
  let messages = 0;
  const port = await listen(
    (socket) => {
      inside.push(socket);
      socket.write(framed(Buffer.from("live")));
    },
    (_socket, payload) => {
      if (!keeps(messages++)) return;
      for (const socket of inside) socket.write(framed(payload));
    },
  );
  const crowd = await inRoom("plain", port);
  const times = { outstanding: 0, warmUpMs: 20, measureMs: 200, giveUpMs: 10_000, quietMs: 500 };
  const result = await runLoad(crowd, { do: "load", rate: 200, ...times });
  return { result, messages };
}

test("on a rival all messages are counted and timed", async () => {
  const { result, messages } = await plainRoom(() => true);
  expect(failures(result)).toEqual([]);
  expect(result.delivered).toBeGreaterThan(0);
  expect(result.latency.reduce((sum, [, count]) => sum + count, 0)).toBe(
    PEOPLE * (messages - WARM_UP_MESSAGES),
  );
  expect(result.p50Ms).toBeGreaterThan(0);
});

test("a message that a rival drops turns the run red", async () => {
  const { result } = await plainRoom((message) => message !== 10);
  expect(result).toMatchObject({ missing: PEOPLE, gaps: PEOPLE });
  expect(failures(result)).toHaveLength(2);
});
