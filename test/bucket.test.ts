import { describe, expect, test } from "vitest";
import { Bucket } from "../src/session/bucket.ts";

/** A bucket that is told its rate and burst each time, as sessions do. */
function bucketOf(perSecond: number, burst: number, startMs: number): { take(nowMs: number): number } {
  const bucket = new Bucket(burst, startMs);
  return { take: (nowMs) => bucket.take(perSecond, burst, nowMs) };
}

describe("a token bucket", () => {
  test("gives the burst at once, then says how long to wait", () => {
    const bucket = bucketOf(10, 3, 0);
    expect([0, 0, 0, 0].map((at) => bucket.take(at))).toEqual([0, 0, 0, 100]);
    expect(bucket.take(60)).toBe(40);
    expect(bucket.take(100)).toBe(0);
    expect(bucket.take(100)).toBe(100);
  });

  test("whoever waits as long as was said gets a token, whatever the rate", () => {
    for (const rate of [0.1, 1, 3, 7, 10, 333, 5000]) {
      const bucket = bucketOf(rate, 1, 0);
      let now = 0;
      bucket.take(now);
      for (let i = 0; i < 50; i++) {
        const wait = bucket.take(now);
        expect(wait).toBeGreaterThan(0);
        now += wait;
        expect(bucket.take(now), `rate ${rate}`).toBe(0);
      }
      // No more than the rate in the long run.
      expect(50 / now).toBeLessThanOrEqual((rate / 1000) * 1.0001);
    }
  });

  test("holds no more than the burst, however long nothing is taken", () => {
    const bucket = bucketOf(1000, 2, 0);
    expect([1e9, 1e9, 1e9].map((at) => bucket.take(at))).toEqual([0, 0, 1]);
  });

  test("a clock that goes back gives nothing and takes nothing", () => {
    const bucket = bucketOf(10, 1, 1000);
    expect(bucket.take(1000)).toBe(0);
    expect(bucket.take(500)).toBe(100);
    expect(bucket.take(600)).toBe(0);
  });

  test("a rate of 0 is no limit", () => {
    const bucket = bucketOf(0, 1, 0);
    for (let i = 0; i < 1000; i++) expect(bucket.take(0)).toBe(0);
  });
});
