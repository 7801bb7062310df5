/** Which messages are meant for oneself: by the name that one had at their time, and as answers. */
import { describe, expect, test } from "vitest";
import type { TextRecord } from "../src/wire/block.ts";
import { Meant } from "../web/meant.ts";
import { Roster } from "../web/mentions.ts";

const ME = 1;
const OTHER = 2;

/** A room in which things are said one by one; `say` gives back what is unread and meant by then. */
class Talk {
  name = "Ana";
  read = 0;
  epoch = "a";
  readonly records: TextRecord[] = [];
  readonly authors = new Map<number, number | null>();
  readonly meant = new Meant(() => ({
    epoch: this.epoch,
    author: ME,
    name: this.name,
    roster: () => new Roster(["Ana", "Ben", "Cleo"]),
    authorOf: (seq) => this.authors.get(seq),
  }));

  add(author: number, text: string, more: Partial<TextRecord> = {}): TextRecord {
    const seq = this.records.length + 1;
    const name = author === ME ? this.name : "Ben";
    const record = { seq, author, nonce: seq, time: seq, name, text, ...more };
    this.records.push(record);
    return record;
  }

  heed(): number[] {
    this.meant.heed(this.records);
    return this.meant.unread(this.read);
  }

  say(author: number, text: string, more: Partial<TextRecord> = {}): number[] {
    this.add(author, text, more);
    return this.heed();
  }
}

describe("meant", () => {
  test("are those with one's name or everybody's, said by others, until they are read", () => {
    const talk = new Talk();
    talk.say(OTHER, "hello");
    talk.say(OTHER, "@Ana hi");
    talk.say(ME, "@Ana is me, @all");
    talk.say(OTHER, "@Cleo hi");
    expect(talk.say(OTHER, "@all hi")).toEqual([2, 5]);
    talk.read = 2;
    expect(talk.heed()).toEqual([5]);
    talk.read = 5;
    expect(talk.heed()).toEqual([]);
  });

  test("are told once, however often the same messages are", () => {
    const talk = new Talk();
    talk.add(OTHER, "@Ana 1");
    talk.add(OTHER, "@Ana 2");
    expect([talk.heed(), talk.heed(), talk.say(OTHER, "@Ana 3")]).toEqual([
      [1, 2],
      [1, 2],
      [1, 2, 3],
    ]);
  });

  test("go by the name that one had when they were said", () => {
    const talk = new Talk();
    talk.say(OTHER, "@Ana hi");
    talk.name = "Cleo";
    talk.say(OTHER, "@Cleo hi");
    // Somebody else is called so by now.
    expect(talk.say(OTHER, "@Ana hi")).toEqual([1, 2]);
    expect(talk.meant.isNamed(talk.records[0] as TextRecord)).toBe(true);
  });

  test("go by both names where one cannot tell when one took the other", () => {
    const talk = new Talk();
    talk.add(ME, "I am Ana");
    talk.add(OTHER, "@Ana one");
    talk.add(OTHER, "@Cleo two");
    // The page comes again, under another name.
    talk.name = "Cleo";
    expect(talk.heed()).toEqual([2, 3]);
    talk.add(OTHER, "@Ana four");
    expect(talk.heed()).toEqual([2, 3]);
    const first = new Talk();
    first.add(ME, "I am Ana");
    first.name = "Cleo";
    first.add(ME, "I am Cleo");
    first.add(OTHER, "@Ana three");
    expect(first.heed()).toEqual([]);
    const between = new Talk();
    between.add(ME, "I am Ana");
    between.add(OTHER, "@Cleo two");
    between.add(ME, "still Ana");
    between.add(OTHER, "@Cleo four");
    between.name = "Cleo";
    between.add(ME, "I am Cleo");
    expect(between.heed()).toEqual([4]);
  });

  test("are answers to what one said, as soon as one knows whose that was", () => {
    const talk = new Talk();
    talk.authors.set(70, ME).set(71, OTHER).set(72, null);
    talk.say(OTHER, "yes", { kind: 3, to: 70 });
    talk.say(OTHER, "no", { kind: 3, to: 71 });
    talk.say(OTHER, "gone", { kind: 3, to: 72 });
    expect(talk.say(OTHER, "who knows", { kind: 3, to: 73 })).toEqual([1]);
    talk.say(OTHER, "@Ana hi");
    talk.authors.set(73, ME);
    expect(talk.heed()).toEqual([1, 4, 5]);
    talk.say(ME, "my own", { kind: 3, to: 70 });
    expect(talk.heed()).toEqual([1, 4, 5]);
  });

  test("begin anew with another life of the log", () => {
    const talk = new Talk();
    talk.say(OTHER, "@Ana hi");
    talk.records.length = 0;
    talk.epoch = "b";
    expect(talk.say(OTHER, "nothing")).toEqual([]);
    expect(talk.say(OTHER, "@Ana again")).toEqual([2]);
  });
});
