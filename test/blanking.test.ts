/** Removed texts: what is taken out of a block and what stays, that they are gone from the log, and after any kill. */
import { describe, expect, test, vi } from "vitest";
import { MemoryLog } from "../src/log/memory-log.ts";
import { Blanking } from "../src/room/blanking.ts";
import { Projections } from "../src/room/projections.ts";
import type { Room } from "../src/room/room.ts";
import { blankRecords } from "../src/wire/blank.ts";
import { BlockWriter, decodeBlock, verifyBlock } from "../src/wire/block.ts";
import { encodeText } from "../src/wire/bytes.ts";
import { ClientKind, ServerKind } from "../src/wire/frames.ts";
import { edit } from "../src/wire/records/edit.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { kindOf } from "../src/wire/records/registry.ts";
import { removal } from "../src/wire/records/removal.ts";
import { reply } from "../src/wire/records/reply.ts";
import { text } from "../src/wire/records/text.ts";
import { Dice } from "./dice.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { writeBlock } from "./independent-blocks.ts";
import { EVERYTHING, makeBatch } from "./log-blocks.ts";
import { randomBlock } from "./random-frames.ts";

const TIME = 1_767_225_600_000;

function block(seq: number, ...records: [kind: number, body: Uint8Array][]): Uint8Array {
  const writer = new BlockWriter();
  records.forEach(([kind, body], i) => {
    writer.record(kind, 3, seq + i, TIME + i * 200, encodeText("Ada"), body);
  });
  return writer.seal(1, seq);
}

describe("a block", () => {
  test("loses the texts of those records and nothing else", () => {
    const dice = new Dice(7);
    let blanked = 0;
    for (let n = 0; n < 300; n++) {
      const plain = randomBlock(dice);
      const numbers = new Set(plain.records.flatMap((_, i) => (dice.int(0, 1) ? [plain.seq + i] : [])));
      const without = {
        ...plain,
        records: plain.records.map((record, i) => {
          const hasText = kindOf(record.kind ?? 1) !== undefined && record.text !== undefined;
          if (!numbers.has(plain.seq + i) || !hasText) return record;
          blanked++;
          return { ...record, text: "" };
        }),
      };
      const bytes = blankRecords(writeBlock(plain), numbers);
      expect(bytes).toEqual(writeBlock(without));
      expect(verifyBlock(bytes)).toBe(true);
      expect(blankRecords(bytes, numbers)).toBe(bytes);
    }
    expect(blanked).toBeGreaterThan(100);
  });
});

describe("what is to be blanked", () => {
  const numbers = (projections: Projections) => [...projections.amendments.toBlank];

  test("is a removed message and its edits, whenever they came, until the log has shown it blank", () => {
    const projections = new Projections();
    const first = block(1, [text.kind, encodeText("one")], [reply.kind, reply.write({ to: 1, text: "two" })]);
    projections.apply(first);
    projections.apply(
      block(
        3,
        [edit.kind, edit.write({ to: 1, text: "eins" })],
        [edit.kind, edit.write({ to: 2, text: "zwei" })],
      ),
    );
    expect([
      projections.amendments.editsOf(1),
      projections.amendments.editsOf(2),
      numbers(projections),
    ]).toEqual([1, 1, []]);
    projections.apply(
      block(5, [removal.kind, removal.write({ to: 1 })], [edit.kind, edit.write({ to: 1, text: "late" })]),
    );
    projections.apply(
      block(
        7,
        [removal.kind, removal.write({ to: 1 })],
        [reaction.kind, reaction.write({ to: 1, on: true, text: "👍" })],
      ),
    );
    expect(numbers(projections)).toEqual([1, 3, 6]);
    expect([projections.amendments.isRemoved(1), projections.amendments.isRemoved(2)]).toEqual([true, false]);
    const again = new Projections();
    again.decode(projections.encode().slice(), 8);
    expect([numbers(again), again.amendments.editsOf(2), again.amendments.isRemoved(1)]).toEqual([
      [1, 3, 6],
      1,
      true,
    ]);
    again.amendments.seen(first);
    expect(numbers(again)).toEqual([1, 3, 6]);
    again.amendments.seen(blankRecords(first, new Set([1])));
    expect(numbers(again)).toEqual([3, 6]);
    again.trimmed(4);
    expect([numbers(again), again.amendments.isRemoved(1), again.amendments.editsOf(2)]).toEqual([
      [6],
      false,
      0,
    ]);
  });
});

/** Ada said "one" and edited it; then it is removed. */
async function removed(house = new FakeHouse()) {
  const { socket, room } = await house.seated("yard", "Ada");
  send(socket, room, 1, "one");
  await house.loop.settle();
  const acts = [
    [edit.kind, edit.write({ to: 1, text: "eins" })],
    [reply.kind, reply.write({ to: 1, text: "two" })],
    [removal.kind, removal.write({ to: 1 })],
  ] as const;
  for (const [i, [act, body]] of acts.entries()) {
    socket.write({ kind: ClientKind.act, room, nonce: 2 + i, act, body });
    await house.loop.settle();
  }
  return { house, socket, room };
}

async function textsOf(house: FakeHouse) {
  const blocks = await house.log.readForward(1, 1, EVERYTHING);
  expect(blocks.every(({ bytes }) => verifyBlock(bytes))).toBe(true);
  return blocks.flatMap(({ bytes }) => {
    const { records, acts } = decodeBlock(bytes);
    return [...records, ...acts].map(({ seq, text: said }) => [seq, said]);
  });
}

const BLANK = [
  [1, ""],
  [2, ""],
  [3, "two"],
  [4, undefined],
];

describe("a removal", () => {
  test("takes the text and its edits out of the log and out of memory; numbers and all else stay", async () => {
    const { house } = await removed();
    await house.rooms.blanking.drained();
    expect(await textsOf(house)).toEqual(BLANK);
    const newcomer = house.greet({ name: "Bo" });
    const { head } = await house.enter(newcomer, "yard");
    expect(head).toBe(4);
    expect(
      newcomer.blocks.flatMap(({ records }) => records.map(({ seq, text: said }) => [seq, said])),
    ).toEqual([
      [1, ""],
      [3, "two"],
    ]);
    expect(house.fatals).toEqual([]);
  });

  test("whose text a kill left in the log is done before anybody is shown the room", async () => {
    const house = new FakeHouse();
    const replace = vi.spyOn(house.log, "replace").mockImplementation(() => new Promise(() => undefined));
    await removed(house);
    expect((await textsOf(house)).map(([, said]) => said)).toContain("one");
    replace.mockRestore();
    const next = await house.restart();
    const socket = next.greet({ name: "Bo" });
    await next.enter(socket, "yard");
    expect(socket.last(ServerKind.entered).head).toBe(4);
    expect(await textsOf(next)).toEqual(BLANK);
    expect(socket.blocks[0]!.records[0]!.text).toBe("");
  });

  test("is asked for again by a snapshot that was made in between, and not twice when it is done", async () => {
    const house = new FakeHouse();
    const replace = vi.spyOn(house.log, "replace").mockImplementation(() => new Promise(() => undefined));
    await removed(house);
    const written = house.rooms.flusher.snapshot([...house.rooms.loaded][0]!);
    await house.loop.settle();
    await written;
    replace.mockRestore();
    const next = await house.restart();
    const replaced = vi.spyOn(next.log, "replace");
    await next.rooms.open("yard");
    expect(await textsOf(next)).toEqual(BLANK);
    expect(replaced).toHaveBeenCalledTimes(2);
    const last = await next.restart();
    await last.rooms.open("yard");
    expect(replaced).toHaveBeenCalledTimes(2);
  });
});

test("a room in which ever more is removed does not keep others waiting", async () => {
  const log = new MemoryLog();
  const rooms = [1, 2].map((number) => ({ number, projections: new Projections() }) as Room);
  const said = (room: number, seq: number) => {
    const writer = new BlockWriter();
    writer.text(3, seq, TIME, encodeText("Ada"), encodeText("text"));
    return { room, seq, count: 1, time: TIME, bytes: writer.seal(room, seq) };
  };
  const remove = (room: Room, seq: number, to: number) =>
    room.projections.apply(block(seq, [removal.kind, removal.write({ to })]));
  for (const room of [1, 2]) await log.append(makeBatch(...[1, 2, 3, 4].map((seq) => said(room, seq))));
  const fatals: unknown[] = [];
  const blanking = new Blanking(log, (work) => work.catch((error) => fatals.push(error)));
  const [busy, other] = rooms as [Room, Room];
  const order: string[] = [];
  const replace = log.replace.bind(log);
  vi.spyOn(log, "replace").mockImplementation((room, seq, bytes) => {
    order.push(`${room}: ${seq}`);
    if (room === 1 && seq < 4) {
      remove(busy, 10 + seq, seq + 1);
      void blanking.blank(busy);
    }
    return replace(room, seq, bytes);
  });
  remove(busy, 10, 1);
  remove(other, 10, 1);
  void blanking.blank(busy);
  void blanking.blank(other);
  await blanking.drained();
  expect(order).toEqual(["1: 1", "2: 1", "1: 2", "1: 3", "1: 4"]);
  expect(fatals).toEqual([]);
});
