/** What became of messages: many edits of one, what a snapshot may not say, and what all of it is counted as. */
import { expect, test } from "vitest";
import { Amendments } from "../src/room/amendments.ts";
import { BlockReader, BlockWriter } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { edit } from "../src/wire/records/edit.ts";
import { removal } from "../src/wire/records/removal.ts";
import { varint } from "./independent-numbers.ts";

/** Edits of these messages, from a number on; a negative one: the removal of it. */
function told(amendments: Amendments, seq: number, ...messages: number[]): Amendments {
  const writer = new BlockWriter();
  messages.forEach((to, i) => {
    const kind = to > 0 ? edit.kind : removal.kind;
    const body = to > 0 ? edit.write({ to, text: "x" }) : removal.write({ to: -to });
    writer.record(kind, 1, seq + i, 1000, encodeText("Ada"), body);
  });
  const reader = new BlockReader(writer.seal(1, seq));
  while (reader.next()) amendments.apply(reader);
  return amendments;
}

test("all edits of a removed message go with it, others stay, also from a snapshot", () => {
  const before = told(new Amendments(), 10, 1, 2, 1, 1, 2);
  const again = new Amendments();
  again.decode(before.encode().slice());
  for (const amendments of [before, again]) {
    expect([amendments.editsOf(1), amendments.editsOf(2), amendments.edits]).toEqual([3, 2, 5]);
    told(amendments, 15, -1, 1, 2);
    expect([...amendments.toBlank].sort((a, b) => a - b)).toEqual([1, 10, 12, 13, 16]);
    expect([amendments.editsOf(1), amendments.editsOf(2), amendments.edits]).toEqual([0, 3, 3]);
  }
});

test("every edit counts in what it takes, so that a snapshot is as rare as it is long", () => {
  const amendments = told(new Amendments(), 10, ...Array<number>(90).fill(1));
  expect([amendments.size, amendments.bytes]).toEqual([90, 2_700]);
});

test("of what retention removed nothing is kept for good, though not every step looks at all", () => {
  const amendments = told(new Amendments(), 100, 1, 1, 50, 90);
  for (let first = 2; first <= 60; first++) amendments.trimmed(first);
  expect([amendments.editsOf(1), amendments.editsOf(50), amendments.editsOf(90)]).toEqual([0, 0, 1]);
});

test.each([
  ["twice the same", [20, 20]],
  ["one before its message", [4]],
  ["an older one behind a newer", [21, 20]],
])("edits that do not rise are refused: %s", (_, edits) => {
  const bytes = [1, 0, 0, 1, ...varint(5), edits.length, ...edits];
  expect(() => new Amendments().decode(Uint8Array.from(bytes))).toThrow(WireError);
});
