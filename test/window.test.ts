import { describe, expect, test } from "vitest";
import { windowMs } from "../src/room/window.ts";

describe("the pacing window", () => {
  test("a small room is flushed at once", () => {
    for (const subscribers of [0, 1, 10, 100]) expect(windowMs(subscribers, 25)).toBe(0);
  });

  test("rises with the subscribers, to its bound and never above", () => {
    let before = 0;
    for (let subscribers = 0; subscribers < 100_000; subscribers += 37) {
      const window = windowMs(subscribers, 25);
      expect(window).toBeGreaterThanOrEqual(before);
      expect(window).toBeLessThanOrEqual(25);
      before = window;
    }
    expect(before).toBe(25);
  });

  test("is never shorter than a timer is worth", () => {
    for (let subscribers = 0; subscribers < 1000; subscribers++) {
      const window = windowMs(subscribers, 25);
      expect(window === 0 || window >= 1).toBe(true);
    }
  });

  test("0 turns it off", () => {
    expect(windowMs(100_000, 0)).toBe(0);
  });
});
