/** Blocks with records of kinds that this server does not know: a later one may have written them. */
import { expect, test } from "vitest";
import { BLOCK, BlockWriter } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { ClientKind, Direction, ServerKind } from "../src/wire/frames.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { makeBatch } from "./log-blocks.ts";

const TIME = 1_767_225_600_000;

/** A named and a nameless kind of later, and a text between them. */
function laterBlock(seq: number): Uint8Array {
  const writer = new BlockWriter();
  writer.record(0x33, 1, seq, TIME, encodeText("Ada"), Uint8Array.of(1, 0xff, 0));
  writer.text(1, seq + 1, TIME + 5, encodeText("Ada"), encodeText(`text ${seq + 1}`));
  writer.record(0x90, 1, seq + 2, TIME + 9, Uint8Array.of(0xff), Uint8Array.of(0xfe));
  return writer.seal(1, seq);
}

async function restarted() {
  const before = new FakeHouse();
  const { socket } = await before.seated("yard", "Ada");
  send(socket, 1, 1);
  await before.loop.settle();
  const blocks = [2, 5, 8].map(laterBlock);
  for (const [i, bytes] of blocks.entries())
    await before.log.append(makeBatch({ room: 1, seq: 2 + i * 3, count: 3, time: TIME, bytes }));
  return { house: await before.restart(), blocks };
}

test("they are sent whole to who enters and in pages, and live goes on above them", async () => {
  const { house, blocks } = await restarted();
  const socket = house.greet({ name: "Bo" });
  const fed: Uint8Array[] = [];
  socket.heard = (frame) => {
    if (frame[0] === BLOCK) fed.push(frame.slice());
  };
  const { head, start, room } = await house.enter(socket, "yard");
  expect([head, start]).toEqual([10, 0]);
  expect(fed.slice(1)).toEqual(blocks);
  socket.write({
    kind: ClientKind.history,
    request: 2,
    room,
    direction: Direction.after,
    seq: 1,
    limit: 100,
  });
  await house.loop.settle();
  expect(socket.last(ServerKind.page).blocks).toEqual(blocks);
  send(socket, 1, 1);
  await house.loop.settle();
  expect(socket.blocks.at(-1)?.seq).toBe(11);
});

test("their authors' nonces count: a repeat is answered with the number that it has", async () => {
  const { house } = await restarted();
  const socket = house.greet({ token: Uint8Array.of(1) });
  const { room, nonce } = await house.enter(socket, "yard");
  expect(nonce).toBe(10);
  for (const repeated of [10, 8]) {
    send(socket, room, repeated);
    await house.loop.settle();
    expect(socket.last(ServerKind.ack)).toMatchObject({ nonce: repeated, seq: repeated });
  }
});
