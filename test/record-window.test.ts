import { describe, expect, test } from "vitest";
import type { TextRecord } from "../src/wire/block.ts";
import { RecordWindow } from "../web/record-window.ts";

const record = (seq: number): TextRecord => ({
  seq,
  author: 1,
  nonce: seq,
  time: seq,
  name: "n",
  text: `${seq}`,
});
const range = (from: number, to: number) => ({
  from,
  to,
  records: Array.from({ length: to - from + 1 }, (_, i) => record(from + i)),
});
const numbers = (records: readonly TextRecord[]) => records.map(({ seq }) => seq);

function makeWindow(head: number, known = 100): RecordWindow {
  const window = new RecordWindow();
  window.append(range(head - known + 1, head).records, true);
  return window;
}

describe("islands", () => {
  test("stand beside the newest, and grow together when what is between them comes", () => {
    const window = makeWindow(1_000);
    window.add(range(300, 349));
    window.add(range(350, 400));
    expect(window.showAround(340)).toBe(true);
    expect([window.range.from, window.range.to, window.hasNewer]).toEqual([300, 400, true]);
    expect(window.lastSeq).toBe(1_000);
    window.add(range(401, 900));
    expect([window.range.from, window.range.to]).toEqual([300, 1_000]);
    // The page did not grow with it.
    expect(window.shown.at(-1)?.seq).toBe(400);
    expect(window.nextSeq).toBe(401);
  });

  test("what is said meanwhile goes to the newest alone", () => {
    const window = makeWindow(1_000);
    window.add(range(300, 400));
    window.showAround(340);
    window.append(range(1_001, 1_010).records, false);
    expect(window.lastSeq).toBe(1_010);
    expect(window.shown.at(-1)?.seq).toBe(400);
    window.showNewest();
    expect(numbers(window.shown).slice(-2)).toEqual([1_009, 1_010]);
    expect(window.hasNewer).toBe(false);
  });

  test("a number of which nothing is here is not shown; one without a record is, with what stands around it", () => {
    const window = makeWindow(1_000);
    expect(window.showAround(340)).toBe(false);
    window.add({ from: 330, to: 350, records: [record(330), record(350)] });
    expect(window.showAround(340)).toBe(true);
    expect(numbers(window.shown)).toEqual([330, 350]);
  });

  test("more than fit push what was drawn out of the page; a few come below it; a page of them comes back", () => {
    const window = makeWindow(1_000);
    expect(window.settle(true)).toBe(true);
    expect(numbers(window.shown)).toEqual(numbers(range(971, 1_000).records));
    window.append(range(1_001, 1_029).records, true);
    expect(window.settle(true)).toBe(false);
    expect([window.shown[0]?.seq, window.shown.length]).toEqual([971, 59]);
    window.append(range(1_030, 1_060).records, true);
    expect(window.settle(true)).toBe(true);
    expect(numbers(window.shown)).toEqual(numbers(range(1_031, 1_060).records));
    window.least = 20;
    window.append(range(1_061, 1_080).records, true);
    expect(window.settle(true)).toBe(true);
    expect(numbers(window.shown)).toEqual(numbers(range(1_061, 1_080).records));
    expect(window.widen()).toBe(true);
    expect(numbers(window.shown)).toEqual(numbers(range(981, 1_080).records));
    expect([window.widen(), window.settle(true)]).toEqual([false, false]);
    expect(window.shown.length).toBe(100);
  });

  test("nothing is taken from a reader further up, nor from one who came down to the newest", () => {
    const window = makeWindow(1_000);
    window.settle(true);
    window.showOlder();
    window.settle(false);
    window.append(range(1_001, 1_090).records, false);
    expect(window.settle(false)).toBe(false);
    expect(window.shown.length).toBe(190);
    expect(window.settle(true)).toBe(false);
    expect(window.shown.length).toBe(190);
  });

  test("whatever comes in whatever order, what is shown is without hole or double, and what is kept is bounded", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let round = 0; round < 50; round++) {
      let head = 3_000;
      const window = makeWindow(head);
      for (let step = 0; step < 200; step++) {
        const from = 1 + random(head);
        const does = [
          () => window.add(range(from, Math.min(head, from + random(150)))),
          () => window.showAround(from),
          () => window.showOlder(),
          () => window.showNewer(),
          () => window.showNewest(),
          () => {
            const first = head + 1;
            head += 1 + random(40);
            window.append(range(first, head).records, !window.hasNewer);
          },
        ];
        does[random(does.length)]?.();
        const shown = numbers(window.shown);
        expect(shown.length).toBeGreaterThan(0);
        expect(shown.length).toBeLessThanOrEqual(500);
        shown.forEach((seq, i) => {
          if (seq !== (shown[0] as number) + i) throw new Error(`a hole in ${shown}`);
        });
        expect(window.lastSeq).toBe(head);
        expect(window.count(0, head, () => true)).toBeLessThan(2_500);
      }
    }
  });
});
