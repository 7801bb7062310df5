import { describe, expect, test } from "vitest";
import { SoundTime } from "../src/room/sound-time.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function clocks() {
  const state = { wall: Date.UTC(2026, 0, 1), monotonic: 5 };
  const time = new SoundTime({ now: () => state.wall, monotonic: () => state.monotonic });
  return {
    pass(ms: number) {
      state.wall += ms;
      state.monotonic += ms;
    },
    jump(ms: number) {
      state.wall += ms;
    },
    get ahead() {
      return time.aheadMs;
    },
  };
}

describe("the time that is believed", () => {
  test("is the wall clock's as long as both clocks go on together", () => {
    const clock = clocks();
    for (let i = 0; i < 100; i++) {
      clock.pass(HOUR);
      clock.jump(i % 2 ? 2_000 : -2_000);
      expect(clock.ahead).toBe(0);
    }
  });

  test("does not follow a jump ahead, and it was nothing when it is undone", () => {
    const clock = clocks();
    clock.jump(10 * DAY);
    expect(clock.ahead).toBe(10 * DAY);
    clock.pass(59 * MINUTE);
    expect(clock.ahead).toBe(10 * DAY);
    clock.jump(-10 * DAY);
    expect(clock.ahead).toBe(0);
    clock.pass(HOUR);
    clock.jump(10 * DAY);
    expect(clock.ahead).toBe(10 * DAY);
  });

  test("follows one that has lasted an hour, whether anybody asked meanwhile or not", () => {
    const clock = clocks();
    clock.jump(DAY);
    expect(clock.ahead).toBe(DAY);
    clock.pass(HOUR);
    expect(clock.ahead).toBe(0);
    clock.jump(DAY);
    expect(clock.ahead).toBe(DAY);
  });

  test("waits an hour from the last of several jumps", () => {
    const clock = clocks();
    for (let i = 1; i <= 4; i++) {
      clock.jump(DAY);
      expect(clock.ahead).toBe(i * DAY);
      clock.pass(40 * MINUTE);
    }
    expect(clock.ahead).toBe(4 * DAY);
    clock.pass(20 * MINUTE);
    expect(clock.ahead).toBe(0);
  });

  test("is the wall clock's when that is set back: nothing is removed too early by that", () => {
    const clock = clocks();
    clock.jump(-DAY);
    expect(clock.ahead).toBe(0);
    clock.pass(30 * MINUTE);
    clock.jump(DAY);
    expect(clock.ahead).toBe(0);
    clock.jump(-DAY);
    expect(clock.ahead).toBe(0);
    clock.pass(HOUR);
    expect(clock.ahead).toBe(0);
    clock.jump(DAY);
    expect(clock.ahead).toBe(DAY);
  });
});
