/** Who put which signs on messages: as records say it, from a snapshot, and after what goes. */
import { expect, test, vi } from "vitest";
import { Reactions } from "../src/room/reactions.ts";
import { BlockReader, BlockWriter } from "../src/wire/block.ts";
import { encodeText, WireError } from "../src/wire/bytes.ts";
import { reaction } from "../src/wire/records/reaction.ts";
import { removal } from "../src/wire/records/removal.ts";
import { counted, utf8, varint } from "./independent-numbers.ts";

type Word = [author: number, to: number, sign: string, on?: boolean];

/** Words from number `seq` on; one without a sign is a removal. */
function told(reactions: Reactions, seq: number, ...words: Word[]): Reactions {
  const writer = new BlockWriter();
  words.forEach(([author, to, text, on = true], i) => {
    const [kind, body] = text
      ? [reaction.kind, reaction.write({ to, on, text })]
      : [removal.kind, removal.write({ to })];
    writer.record(kind, author, seq + i, 1000, encodeText(`n${author}`), body);
  });
  const reader = new BlockReader(writer.seal(1, seq));
  while (reader.next()) reactions.apply(reader);
  return reactions;
}

const on = (reactions: Reactions, message: number) =>
  reactions
    .signsOn(message)
    .map(({ sign, people }) => `${sign} ${people.map(({ author, seq }) => `${author}@${seq}`).join(" ")}`);

test("signs stand in the order in which they were put, also from a snapshot", () => {
  const before = told(
    new Reactions(),
    10,
    [1, 5, "👍"],
    [2, 5, "🎉"],
    [3, 5, "👍"],
    [2, 6, "👍"],
    [1, 5, "👍", false],
    [1, 5, "👍"],
  );
  const again = new Reactions();
  again.decode(before.encode().slice());
  for (const reactions of [before, again]) {
    expect([on(reactions, 5), on(reactions, 6), on(reactions, 7)]).toEqual([
      ["🎉 2@11", "👍 3@12 1@15"],
      ["👍 2@13"],
      [],
    ]);
    expect([reactions.size, reactions.nameOf(3)]).toEqual([4, "n3"]);
    expect(reactions.isPut(5, "👍", 3)).toBe(true);
    expect(reactions.isPut(5, "👍", 2)).toBe(false);
  }
});

test("twice the same is once, and what is not there cannot be taken back", () => {
  const reactions = told(new Reactions(), 10, [1, 5, "👍"], [1, 5, "👍"], [2, 5, "👍", false]);
  expect([on(reactions, 5), reactions.size]).toEqual([["👍 1@10"], 1]);
});

test("of what is removed, taken back or no longer kept nothing stays, nor a name", () => {
  const reactions = told(
    new Reactions(),
    10,
    [1, 5, "👍"],
    [2, 5, "👍"],
    [2, 6, "👍"],
    [3, 7, "👍"],
    [1, 5, ""],
    [3, 7, "👍", false],
  );
  expect([on(reactions, 5), on(reactions, 7), reactions.size]).toEqual([[], [], 1]);
  expect([1, 2, 3].map((author) => reactions.nameOf(author))).toEqual(["", "n2", ""]);
  reactions.trimmed(7);
  expect([reactions.size, reactions.bytes]).toEqual([0, 0]);
});

test("a name that stands at a text before it in the block is found", () => {
  const writer = new BlockWriter();
  writer.text(1, 1, 1000, encodeText("Old"), encodeText("a"));
  writer.text(2, 1, 1000, encodeText("Bo"), encodeText("b"));
  writer.text(1, 2, 1000, encodeText("Ada"), encodeText("c"));
  writer.record(reaction.kind, 1, 3, 1000, null, reaction.write({ to: 2, on: true, text: "👍" }));
  const reactions = new Reactions();
  const reader = new BlockReader(writer.seal(1, 1));
  while (reader.next()) reactions.apply(reader);
  expect(reactions.nameOf(1)).toBe("Ada");
});

test("a snapshot makes the bytes of a sign once, however often it stands", () => {
  const all = told(new Reactions(), 10, ...Array.from({ length: 500 }, (_, i): Word => [1, i + 1, "👍"]));
  const made = vi.spyOn(TextEncoder.prototype, "encode");
  all.encode();
  expect(made.mock.calls.filter(([text]) => text === "👍")).toHaveLength(1);
  made.mockRestore();
});

test("where nobody put a sign nothing stands, whatever goes", () => {
  const none = new Reactions();
  none.trimmed(100);
  told(none, 10, [1, 5, ""], [1, 5, "👍", false]);
  expect([none.size, none.bytes, none.signs(5).size, none.signsOn(5), none.nameOf(1)]).toEqual([
    0,
    0,
    0,
    [],
    "",
  ]);
  expect([...none.encode()]).toEqual([1, 0, 0]);
});

test.each<[string, number[], [number, number][]]>([
  [
    "two of one number",
    [3],
    [
      [3, 9],
      [3, 9],
    ],
  ],
  ["one before its message", [3], [[3, 4]]],
  ["one of nobody", [], [[3, 9]]],
])("a snapshot with %s is refused", (_, names, puts) => {
  const written = puts.flatMap(([author, seq]) => [...counted(utf8("👍")), author, seq]);
  const people = names.flatMap((author) => [author, ...counted(utf8("Ada"))]);
  const bytes = [1, names.length, ...people, 1, ...varint(5), puts.length, ...written];
  expect(() => new Reactions().decode(Uint8Array.from(bytes))).toThrow(WireError);
  const again = new Reactions();
  again.decode(told(new Reactions(), 10, [1, 5, "👍"]).encode());
  expect(again.size).toBe(1);
});
