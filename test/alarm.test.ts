import { expect, test } from "vitest";
import { Alarm } from "../src/room/alarm.ts";
import { FakeLoop } from "./fake-loop.ts";

function setUp() {
  const loop = new FakeLoop();
  const begin = loop.monotonic();
  const ran: number[] = [];
  const alarm = new Alarm(loop, () => ran.push(loop.monotonic() - begin));
  return { loop, ran, set: (ms: number) => alarm.set(begin + ms) };
}

test("what is due runs in the next turn, once however often it was set", () => {
  const { loop, ran, set } = setUp();
  set(0);
  set(-5);
  expect(ran).toEqual([]);
  loop.turn();
  loop.turn();
  expect([ran, loop.pendingTimers]).toEqual([[0], 0]);
});

test("of several times the earliest counts, and there is one timer", async () => {
  const { loop, ran, set } = setUp();
  set(30);
  set(10.5);
  set(20);
  expect(loop.pendingTimers).toBe(1);
  await loop.advance(10);
  expect(ran).toEqual([]);
  await loop.advance(90);
  // Not before it is due: a timer of whole milliseconds is rounded up.
  expect([ran, loop.pendingTimers]).toEqual([[11], 0]);
});

test("it can be set again by what it runs, and never means never", async () => {
  const loop = new FakeLoop();
  let runs = 0;
  const alarm: Alarm = new Alarm(loop, () => {
    alarm.set(++runs < 3 ? loop.monotonic() : Number.POSITIVE_INFINITY);
  });
  alarm.set(0);
  await loop.advance(1_000);
  expect([runs, loop.pendingTimers, loop.isIdle]).toEqual([3, 0, true]);
});
