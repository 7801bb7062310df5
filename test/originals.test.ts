/** How messages that are quoted and not on the page are asked for. */
import { expect, test } from "vitest";
import type { RecordPage } from "../src/client/contract.ts";
import { Direction } from "../src/wire/frames.ts";
import { type AskPage, Originals } from "../web/originals.ts";
import { record, records } from "./fake-room.ts";

const page = (from: number, to: number, there = records(from, to)): RecordPage => ({
  from,
  to,
  more: true,
  records: there,
  acts: [],
});

/** Whoever is asked answers when the test says so. */
function asking() {
  const asked: { range: [from: number, to: number]; answer: (page: RecordPage) => void; fail: () => void }[] =
    [];
  const ask: AskPage = (direction, seq, limit) => {
    expect(direction).toBe(Direction.before);
    return new Promise((answer, reject) => {
      asked.push({ range: [seq - limit, seq - 1], answer, fail: () => reject(new Error("damaged")) });
    });
  };
  let came = 0;
  const hands: { ask: AskPage | null } = { ask };
  const originals = new Originals(
    () => hands.ask,
    () => came++,
  );
  return { originals, asked, hands, came: () => came };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

test("those near each other are asked for together, and once", async () => {
  const { originals, asked, came } = asking();
  for (const seq of [100, 105, 98, 100]) expect(originals.get(seq)).toBeUndefined();
  await turn();
  expect(originals.get(100)).toBeUndefined();
  await turn();
  expect(asked.map(({ range }) => range)).toEqual([[98, 105]]);
  asked[0]?.answer(page(98, 105, [record(98), record(105)]));
  await turn();
  expect([originals.get(98)?.text, originals.get(105)?.text]).toEqual(["t98", "t105"]);
  // What is not a message, or was no longer kept.
  expect(originals.get(100)).toBeNull();
  await turn();
  expect([asked.length, came()]).toEqual([1, 1]);
});

test("few are asked for at a time, the latest wish first, and the oldest are let go", async () => {
  const { originals, asked } = asking();
  for (let at = 1; at <= 60; at++) originals.get(at * 1000);
  await turn();
  expect(asked.map(({ range }) => range[1])).toEqual([60_000, 59_000]);
  for (let at = 0; at < asked.length && at < 100; at++) {
    const { range, answer } = asked[at] as (typeof asked)[number];
    answer(page(range[0], range[1]));
    await turn();
  }
  expect(asked).toHaveLength(50);
  expect(originals.get(1000)).toBeUndefined();
});

test("what a page does not reach is asked for again, what lies below all that is kept is not", async () => {
  const { originals, asked } = asking();
  originals.get(10);
  originals.get(20);
  await turn();
  asked[0]?.answer(page(15, 20));
  await turn();
  expect([originals.get(20)?.seq, originals.get(10)]).toEqual([20, undefined]);
  await turn();
  expect(asked[1]?.range).toEqual([10, 10]);
  asked[1]?.answer(page(11, 10, []));
  await turn();
  expect(originals.get(10)).toBeNull();
});

test("what cannot be had is gone, and nothing is asked before there is anybody to ask", async () => {
  const { originals, asked, hands } = asking();
  const { ask } = hands;
  hands.ask = null;
  originals.get(7);
  await turn();
  expect(asked).toHaveLength(0);
  hands.ask = ask;
  expect(originals.get(7)).toBeUndefined();
  await turn();
  asked[0]?.fail();
  await turn();
  expect(originals.get(7)).toBeNull();
  originals.forget();
  expect(originals.get(7)).toBeUndefined();
});
