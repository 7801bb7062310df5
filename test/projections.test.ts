/** What is known of a room because of its records: applying, snapshots of now and of before, and what is lost. */
import { expect, test } from "vitest";
import { Projections } from "../src/room/projections.ts";
import { BlockWriter } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { WIRE } from "../src/wire/limits.ts";
import { FakeHouse, send } from "./fake-house.ts";
import { counted, varint } from "./independent-numbers.ts";

/** Texts with nonces that are their numbers; `null`: a record that is lost. */
function block(seq: number, ...authors: (number | null)[]): Uint8Array {
  const writer = new BlockWriter();
  authors.forEach((author, i) => {
    if (author === null) writer.lost(1000);
    else writer.text(author, seq + i, 1000, encodeText("Ada"), encodeText("hi"));
  });
  return writer.seal(1, seq);
}

function restored(bytes: number[] | Uint8Array, seq: number): Projections {
  const projections = new Projections();
  projections.decode(Uint8Array.from(bytes), seq);
  return projections;
}

test("what came after a snapshot is told, and what it knows is not told again", () => {
  const before = new Projections();
  before.apply(block(10, 1, 1));
  const after = restored(before.encode(), 11);
  expect(after.seq).toBe(11);
  after.apply(block(10, 1, 1, 2, 1));
  expect(after.seq).toBe(13);
  expect(after.authors.get(1)).toEqual({ nonce: 13, seq: 13 });
  expect(after.authors.get(2)).toEqual({ nonce: 12, seq: 12 });
});

test("lost records below a snapshot's number are none: the snapshot was made of them", () => {
  const before = new Projections();
  before.apply(block(1, 3, 3));
  const after = restored(before.encode(), 2);
  after.apply(block(1, null, null, 1));
  expect(after.authors.highest(2)).toBe(0);
  after.skipTo(8);
  expect([after.seq, after.authors.highest(2)]).toEqual([7, 4 * WIRE.maxNonceStep]);
});

test("a snapshot of before is the authors alone, and needs no records to be read again", () => {
  // Version 1, two authors: 3 with nonce 7 at number 9, 4 with nonce 1 at number 2.
  const first = restored([1, 2, 3, 7, 9, 4, 1, 2], 9);
  expect([first.seq, first.authors.get(3), first.authors.get(4)]).toEqual([
    9,
    { nonce: 7, seq: 9 },
    { nonce: 1, seq: 2 },
  ]);
  // Version 2: numbers 4 to 5 are lost.
  const second = restored([2, 1, 4, 5, 1, 3, 7, 9], 9);
  expect([second.seq, second.authors.highest(3), second.authors.highest(8)]).toEqual([
    9,
    7,
    2 * WIRE.maxNonceStep,
  ]);
});

test("of a snapshot that lacks one all records are read again for that one, and a whole one is due", () => {
  const later = [...varint(77), ...counted([1, 2, 3])];
  const none = restored([3, 1, ...later], 9);
  expect([none.seq, none.snapshotDue, none.authors.get(3)]).toEqual([0, true, undefined]);
  const whole = restored([...new Projections().encode()], 9);
  expect([whole.seq, whole.snapshotDue]).toEqual([9, false]);
  const more = [...new Projections().encode()];
  more[1]!++;
  const passed = restored([...more, ...later], 9);
  expect([passed.seq, passed.snapshotDue]).toEqual([9, false]);
});

test.each([[], [4], [3], [3, 1, 1, 9, 1], [...new Projections().encode(), 0], [1, 1, 3]])(
  "bytes that are no snapshot are refused",
  (...bytes) => {
    expect(() => restored(bytes, 9)).toThrow(WireError);
  },
);

test("a snapshot is due after some thousand records, and no more often than entries are many", () => {
  const projections = new Projections();
  let seq = 1;
  const tell = (count: number, author: (i: number) => number) => {
    for (let i = 0; i < count; i += 1000) {
      const some = Array.from({ length: Math.min(1000, count - i) }, (_, n) => author(i + n));
      projections.apply(block(seq, ...some));
      seq += some.length;
    }
  };
  tell(4095, () => 1);
  expect([projections.snapshotDue, projections.isSnapshotCurrent]).toEqual([false, false]);
  tell(1, () => 1);
  expect(projections.snapshotDue).toBe(true);
  projections.encode();
  expect([projections.snapshotDue, projections.isSnapshotCurrent]).toEqual([false, true]);
  tell(9999, (i) => i);
  expect(projections.snapshotDue).toBe(true);
  projections.encode();
  tell(9998, (i) => i);
  expect(projections.snapshotDue).toBe(false);
  projections.wantSnapshot();
  expect(projections.snapshotDue).toBe(true);
});

test("a room with a snapshot of before loads from it, though its records are gone, and leaves one of now", async () => {
  const before = new FakeHouse();
  const { socket, room } = await before.seated("yard", "Ada");
  for (let nonce = 1; nonce <= 6; nonce++) {
    send(socket, room, nonce);
    await before.loop.settle();
  }
  // As the program of before made it at number 5: author 1, nonce 5, number 5.
  const snapshots = [{ room, seq: 5, bytes: Uint8Array.of(1, 1, 1, 5, 5) }];
  await before.log.append({ blocks: [], rooms: [], snapshots });
  await before.log.trim(room, 0, 1);
  const house = await before.restart();
  const again = await house.rooms.open("yard");
  expect(again).toMatchObject({ first: 5, head: 6 });
  expect([again!.authors.get(1), again!.authors.highest(2)]).toEqual([{ nonce: 6, seq: 6 }, 0]);
  const written = house.rooms.flusher.snapshot(again!);
  await house.loop.settle();
  await written;
  const snapshot = await house.log.snapshot(room);
  expect([snapshot!.seq, snapshot!.bytes[0], house.damages]).toEqual([6, 3, []]);
});
