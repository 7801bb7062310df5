import { describe, expect, test } from "vitest";
import { Pacing } from "../src/room/window.ts";

describe("the pacing window", () => {
  test("a small room is flushed at once", () => {
    for (const subscribers of [0, 1, 10, 40]) expect(new Pacing(25).windowMs(subscribers)).toBe(0);
  });

  test("rises with the subscribers, and leaves at most its bound after the fan-out", () => {
    const pacing = new Pacing(25);
    let before = 0;
    for (let subscribers = 0; subscribers < 100_000; subscribers += 37) {
      const window = pacing.windowMs(subscribers);
      const fanout = subscribers * pacing.costMs;
      expect(window).toBeGreaterThanOrEqual(before);
      expect(window).toBeLessThanOrEqual(Math.max(25, fanout + 25));
      // A fan-out never takes more than three quarters of the time, but where the bound is too short for that.
      if (window > 0) expect(window - fanout).toBeGreaterThanOrEqual(Math.min(25, fanout / 3) - 1e-9);
      before = window;
    }
    expect(pacing.windowMs(2_000)).toBe(25);
  });

  test("is never shorter than a timer is worth", () => {
    const pacing = new Pacing(25);
    for (let subscribers = 0; subscribers < 1000; subscribers++) {
      const window = pacing.windowMs(subscribers);
      expect(window === 0 || window >= 1).toBe(true);
    }
  });

  test("follows what a subscriber was measured to cost, within bounds", () => {
    const pacing = new Pacing(1_000);
    const at = (subscribers: number, ms: number): number => {
      for (let i = 0; i < 100; i++) pacing.measured(subscribers, ms);
      return pacing.windowMs(1_000);
    };
    const dear = at(1_000, 10);
    expect(dear).toBeCloseTo(50, 0);
    expect(at(1_000, 2)).toBeCloseTo(10, 0);
    expect(at(1_000, 1e6)).toBeCloseTo(100, 0);
    expect(at(1_000, 0)).toBeCloseTo(5, 0);
  });

  test("does not believe what a handful of subscribers cost", () => {
    const pacing = new Pacing(1_000);
    const before = pacing.costMs;
    for (let i = 0; i < 100; i++) pacing.measured(3, 50);
    expect(pacing.costMs).toBe(before);
  });

  test("a batch is as large as a fan-out of its time, and larger where commits are slow", () => {
    const pacing = new Pacing(25);
    expect(pacing.batchSubscribers * pacing.costMs).toBeCloseTo(25);
    for (let i = 0; i < 200; i++) pacing.committed(20);
    expect(pacing.batchSubscribers * pacing.costMs).toBeCloseTo(80, 0);
    pacing.committed(1);
    expect(pacing.batchSubscribers * pacing.costMs).toBeCloseTo(25, 0);
  });

  test("a batch does not grow because commits are slow under load, as long as one of late was quick", () => {
    const pacing = new Pacing(25);
    for (let i = 0; i < 200; i++) pacing.committed(i % 10 === 0 ? 3 : 60);
    expect(pacing.batchSubscribers * pacing.costMs).toBeCloseTo(25, 0);
  });

  test("0 turns it off", () => {
    expect(new Pacing(0).windowMs(100_000)).toBe(0);
  });
});
