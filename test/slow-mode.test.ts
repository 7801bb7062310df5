import { describe, expect, test } from "vitest";
import { SlowMode } from "../src/room/slow-mode.ts";

const CALM = { perSecond: 10, burst: 20 };

/** Sends until it is refused. */
function flood(slow: SlowMode, author: number, visitor: object, now: number): number {
  for (let n = 0; n < 1_000; n++) if (slow.take(author, visitor, now) > 0) return n;
  return 1_000;
}

describe("a room that is flooded", () => {
  test("makes whoever floods wait, and hears whoever writes now and then at once", () => {
    const slow = new SlowMode(CALM, 5_000);
    const flooder = {};
    expect(flood(slow, 1, flooder, 0)).toBe(22);
    expect(slow.isOn).toBe(true);
    for (let guest = 2; guest < 10; guest++) expect(slow.take(guest, {}, 10)).toBe(0);
    expect(slow.take(1, flooder, 10)).toBe(4_990);
    // One who has just written waits like everybody else.
    expect(slow.take(2, {}, 1_010)).toBe(4_000);
    expect(slow.take(2, {}, 5_010)).toBe(0);
  });

  test("gives one address a share, whatever number of persons it makes", () => {
    const slow = new SlowMode(CALM, 5_000);
    const address = {};
    for (let author = 1; !slow.isOn; author++) slow.take(author, address, 0);
    let through = 0;
    for (let ms = 1; ms <= 10_000; ms++) if (slow.take(1_000 + ms, address, ms) === 0) through++;
    expect(through).toBeGreaterThanOrEqual(9);
    expect(through).toBeLessThanOrEqual(11);
    expect(slow.take(5, {}, 10_001)).toBe(0);
  });

  test("is calm again a while after the flood, and remembers nothing of it", () => {
    const slow = new SlowMode(CALM, 5_000);
    flood(slow, 1, {}, 0);
    expect(slow.take(2, {}, 4_000)).toBe(0);
    for (let ms = 5_000; ms < 20_000; ms += 500) slow.take(3, {}, ms);
    expect(slow.isOn).toBe(false);
    expect(slow.take(1, {}, 20_000)).toBe(0);
    expect(slow.take(1, {}, 20_001)).toBe(0);
  });

  test("never is one without a rate", () => {
    const slow = new SlowMode({ perSecond: 0, burst: 1 }, 5_000);
    expect(flood(slow, 1, {}, 0)).toBe(1_000);
  });
});
