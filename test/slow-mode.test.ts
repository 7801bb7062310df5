import { describe, expect, test } from "vitest";
import { SlowMode } from "../src/room/slow-mode.ts";

const ROOM = { perSecond: 10, burst: 20 };

/** Sends until it is refused. @returns how many went through, and the wait that was told. */
function flood(slow: SlowMode, author: number, visitor: object, now: number): [number, number] {
  for (let n = 0; n < 1_000; n++) {
    const wait = slow.take(author, visitor, now);
    if (wait > 0) return [n, wait];
  }
  return [1_000, 0];
}

describe("a room that is flooded", () => {
  test("makes whoever floods wait, for a time that is true, and hears whoever writes now and then", () => {
    const slow = new SlowMode(ROOM);
    const flooder = {};
    const guests = Array.from({ length: 7 }, () => ({}));
    let flooded = 0;
    const waits: number[] = [];
    for (let ms = 0; ms < 30_000; ms += 10) {
      const wait = slow.take(1, flooder, ms);
      if (wait === 0) flooded++;
      else waits.push(wait);
      // Each guest says something once in two seconds.
      guests.forEach((guest, i) => {
        if (ms % 2_000 === i * 100) expect(slow.take(10 + i, guest, ms), `guest ${i} at ${ms}`).toBe(0);
      });
    }
    expect(slow.isOn).toBe(true);
    // A share of an eighth of the room's ten a second, after what it had before the flood was seen.
    expect(flooded).toBeGreaterThan(30);
    expect(flooded).toBeLessThan(90);
    const now = 30_000;
    const [, wait] = flood(slow, 1, flooder, now);
    expect(slow.take(1, flooder, now + wait - 2)).toBeGreaterThan(0);
    expect(slow.take(1, flooder, now + wait)).toBe(0);
  });

  test("gives one address a share, whatever number of persons it makes", () => {
    const slow = new SlowMode(ROOM);
    const address = {};
    const guest = {};
    let through = 0;
    for (let ms = 0; ms < 20_000; ms++) {
      if (slow.take(1_000 + ms, address, ms) === 0 && slow.isOn) through++;
      if (ms % 1_000 === 0) expect(slow.take(1, guest, ms)).toBe(0);
    }
    // Half of ten a second.
    expect(through).toBeGreaterThan(50);
    expect(through).toBeLessThan(130);
  });

  test("of thirty addresses that flood, each has as much as one who writes in peace, and no more", () => {
    const slow = new SlowMode({ perSecond: 50, burst: 300 });
    const flooders = Array.from({ length: 30 }, () => ({}));
    const guest = {};
    let through = 0;
    for (let ms = 0; ms < 20_000; ms += 5) {
      flooders.forEach((flooder, i) => {
        if (slow.take(100 + i, flooder, ms) === 0) through++;
      });
      if (ms % 1_000 === 0) expect(slow.take(1, guest, ms), `at ${ms}`).toBe(0);
    }
    expect(through).toBeLessThan(300 + 30 * 4 + 20 * 60);
  });

  test("is over soon while people go on talking, well below the rate", () => {
    for (const perSecond of [1, 5, 20]) {
      const slow = new SlowMode({ perSecond: 50, burst: 300 });
      flood(slow, 1, {}, 0);
      expect(slow.isOn).toBe(true);
      const guests = Array.from({ length: 10 }, () => ({}));
      let at = 0;
      for (let n = 0; slow.isOn && at < 60_000; n++) {
        at = (n * 1_000) / perSecond;
        slow.take(n % 10, guests[n % 10]!, at);
      }
      expect(at, `${perSecond} a second`).toBeLessThan(20_000);
    }
  });

  test("slows down at its own burst, however short that is", () => {
    const slow = new SlowMode({ perSecond: 50, burst: 10 });
    const [through] = flood(slow, 1, {}, 0);
    expect(through).toBeGreaterThanOrEqual(11);
    expect(through).toBeLessThanOrEqual(20);
    expect(slow.isOn).toBe(true);
  });

  test("tells no wait for what was used of a smaller share", () => {
    const slow = new SlowMode({ perSecond: 50, burst: 300 });
    const crowd = Array.from({ length: 200 }, () => ({}));
    const one = {};
    for (let ms = 0; ms < 10_000; ms += 5) {
      slow.take(ms, crowd[(ms / 5) % 200]!, ms);
      if (ms % 100 === 0) slow.take(-1, one, ms);
    }
    // The crowd is gone; somebody else floods on, so that the room stays slow.
    let longest = 0;
    for (let ms = 10_000; ms < 40_000; ms += 5) {
      slow.take(-2, crowd[0]!, ms);
      if (ms > 25_000) longest = Math.max(longest, slow.take(-1, one, ms));
    }
    expect(longest).toBeLessThan(1_000);
  });

  test("is calm again a while after the flood, and remembers nothing of it", () => {
    const slow = new SlowMode(ROOM);
    flood(slow, 1, {}, 0);
    for (let ms = 1_000; ms < 30_000; ms += 500) slow.take(3, {}, ms);
    expect(slow.isOn).toBe(false);
    expect(flood(slow, 1, {}, 30_000)[0]).toBeGreaterThanOrEqual(20);
  });

  test("never is one without a rate", () => {
    expect(flood(new SlowMode({ perSecond: 0, burst: 1 }), 1, {}, 0)).toEqual([1_000, 0]);
  });
});
