import { describe, expect, test } from "vitest";
import { Hold, ReadingPlace } from "../web/reading-place.ts";

/** Somebody who looks at a live room of 100 messages that they have read. */
function makePlace(): ReadingPlace {
  const place = new ReadingPlace((after, to) => to - after);
  place.setWatched(true);
  place.live(100);
  place.placed({ top: 1_000, max: 1_000, isEnd: true }, () => null, 100);
  return place;
}

const sight =
  (seq: number, last = seq + 9) =>
  () => ({ seq, offset: 0, last });

describe("the reading place", () => {
  test("the newest is left by more than four pixels upwards, in one move or in many", () => {
    const place = makePlace();
    place.scrolled({ top: 996, max: 1_000, isEnd: true }, sight(90), 100);
    expect(place.hold).toBe(Hold.newest);
    place.scrolled({ top: 995, max: 1_000, isEnd: true }, sight(90), 100);
    expect([place.hold, place.anchor?.seq]).toEqual([Hold.message, 90]);
  });

  test("what becomes shorter, and what becomes longer, leaves nothing", () => {
    const place = makePlace();
    place.scrolled({ top: 700, max: 700, isEnd: true }, sight(80), 100);
    expect(place.hold).toBe(Hold.newest);
    place.placed({ top: 1_500, max: 1_500, isEnd: true }, () => null, 100);
    place.scrolled({ top: 1_500, max: 2_000, isEnd: true }, sight(80), 100);
    expect([place.hold, place.unread]).toEqual([Hold.newest, 0]);
  });

  test("it is come back to at the end of the room, not at the end of what is on the page", () => {
    const place = makePlace();
    place.scrolled({ top: 500, max: 1_000, isEnd: false }, sight(40), 100);
    place.scrolled({ top: 1_000, max: 1_000, isEnd: false }, sight(90), 100);
    expect(place.hold).toBe(Hold.message);
    place.scrolled({ top: 900, max: 1_000, isEnd: true }, sight(88), 100);
    place.scrolled({ top: 997, max: 1_000, isEnd: true }, sight(90), 100);
    expect(place.hold).toBe(Hold.newest);
  });

  test("what comes while one is further up is unread until it was in sight, and stays in the count", () => {
    const place = makePlace();
    place.scrolled({ top: 500, max: 1_000, isEnd: true }, sight(40), 100);
    place.came(3, 101, 103);
    place.came(7, 104, 110);
    expect([place.unread, place.line, place.hold]).toEqual([10, 101, Hold.message]);
    place.scrolled({ top: 1_100, max: 1_400, isEnd: true }, sight(95, 104), 110);
    expect([place.unread, place.read, place.line]).toEqual([6, 104, 101]);
  });

  test("what comes while nobody looks is unread, in how many parts it may come, and shown from its line on", () => {
    const place = makePlace();
    place.setWatched(false);
    for (let seq = 101; seq <= 400; seq += 30) {
      place.came(30, seq, seq + 29);
      // Drawn behind: the end may be in sight, but nobody sees it.
      place.placed({ top: 1_000, max: 1_000, isEnd: true }, sight(90, seq + 29), seq + 29);
    }
    place.setWatched(true);
    place.placed({ top: 900, max: 9_000, isEnd: false }, sight(98, 108), 400);
    expect([place.unread, place.line, place.hold]).toEqual([300, 101, Hold.line]);
  });

  test("what is missed over several lost connections stands below the first line until it was read", () => {
    const place = makePlace();
    place.lost();
    place.came(200, 101, 300);
    place.live(300);
    place.placed({ top: 900, max: 9_000, isEnd: true }, sight(98, 108), 300);
    place.lost();
    place.came(50, 301, 350);
    place.live(350);
    expect([place.unread, place.line]).toEqual([250, 101]);
    place.toNewest(350);
    expect([place.unread, place.line]).toEqual([0, null]);
    place.lost();
    place.came(5, 351, 355);
    expect([place.unread, place.line]).toEqual([5, 351]);
  });
});
