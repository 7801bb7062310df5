/** When the page draws, while much happens and while a person does something. */
import { beforeEach, expect, test } from "vitest";
import { Pace } from "../web/pace.ts";

let now = 0;
let frame: (() => void)[] = [];
let timers: { at: number; run: () => void }[] = [];
let draws: number[] = [];
let costMs = 0;
let pace: Pace;

function advance(ms: number): void {
  for (const end = now + ms; now < end; ) {
    now++;
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers = timers.filter((one) => one !== timer);
      timer.run();
    }
    if (now % 16 === 0) for (const run of frame.splice(0)) run();
  }
}

beforeEach(() => {
  [now, frame, timers, draws, costMs] = [0, [], [], [], 0];
  pace = new Pace(
    {
      now: () => now,
      next: (run) => frame.push(run),
      after: (ms, run) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
    },
    () => {
      draws.push(now);
      now += costMs;
    },
  );
});

test("however often it is asked it draws once, with the next frame", () => {
  for (let i = 0; i < 5; i++) pace.ask();
  advance(20);
  expect(draws).toEqual([16]);
  pace.ask();
  advance(20);
  expect(draws).toEqual([16, 32]);
});

/** Draws until rest is owed, and once more after it. */
function tire(): void {
  costMs = 100;
  while (timers.length === 0) {
    pace.ask();
    if (timers.length === 0) advance(16);
  }
  while (timers.length > 0) advance(1);
  advance(16);
  draws = [];
}

test("a page that begins draws at once, however dear that is", () => {
  costMs = 100;
  for (let i = 0; i < 4; i++) {
    pace.ask();
    advance(16);
  }
  expect(draws.length).toBe(4);
});

test("dear draws leave most of the time to others, and none is forgotten", () => {
  costMs = 40;
  const flood = (ms: number) => {
    for (const end = now + ms; now < end; ) {
      pace.ask();
      advance(1);
    }
  };
  flood(3_000);
  const [from, before] = [now, draws.length];
  flood(5_000);
  const drawn = draws.length - before;
  expect(drawn * costMs).toBeLessThan((now - from) * 0.08);
  expect(drawn).toBeGreaterThan(6);
  const all = draws.length;
  advance(1_000);
  expect(draws.length).toBe(all + 1);
});

test("cheap draws are never held back", () => {
  costMs = 1;
  for (let i = 0; i < 600; i++) {
    pace.ask();
    advance(16);
  }
  expect(draws.length).toBe(600);
});

test("what is done by hand is drawn with the next frame, once", () => {
  tire();
  pace.ask();
  expect(timers.length).toBe(1);
  const before = draws.length;
  pace.hurry();
  advance(16);
  expect(draws.length).toBe(before + 1);
  advance(2_000);
  expect(draws.length).toBe(before + 1);
});

test("by hand first, and then something to draw: at once as well", () => {
  tire();
  const before = draws.length;
  pace.hurry();
  pace.ask();
  advance(16);
  expect(draws.length).toBe(before + 1);
});

test("a draw that takes forever is followed by a rest of a second at most", () => {
  costMs = 20_000;
  pace.ask();
  advance(20);
  pace.ask();
  advance(1_040);
  expect(draws.length).toBe(2);
});
