/** What a page remembers of a ban, and which ban that is. */
import { beforeEach, expect, test, vi } from "vitest";
import { PutOuts } from "../web/put-outs.ts";

const HOUR = 3_600_000;
const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
});

test("a ban is known again on the same device, while it is the same by its end", () => {
  const now = Date.UTC(2026, 0, 1);
  new PutOuts().keep("yard", [now + HOUR, "Ada", "spam"]);
  const again = new PutOuts();
  expect(again.of("yard", HOUR - 2_000, now)).toEqual([now + HOUR, "Ada", "spam"]);
  expect(again.of("yard", HOUR / 2, now)).toBeNull();
  expect(again.of("yard", 0, now)).toBeNull();
  expect(again.of("other", HOUR, now)).toBeNull();
  // Without an end, and so far ahead that less is told.
  again.keep("yard", [0, "Bo", ""]);
  expect([again.of("yard", 0, now), again.of("yard", HOUR, now)]).toEqual([[0, "Bo", ""], null]);
  again.keep("yard", [now + 10_000 * HOUR, "Cy", ""]);
  expect(again.of("yard", 2 ** 31 - 1, now)?.[1]).toBe("Cy");
});

test("fifty rooms are remembered, the latest; what the browser holds may be broken, or not be kept", () => {
  const outs = new PutOuts();
  for (let room = 0; room < 60; room++) outs.keep(`${room}`, [0, "Ada", ""]);
  expect([outs.of("9", 0, 1), outs.of("10", 0, 1)]).toEqual([null, [0, "Ada", ""]]);
  kept.set("madang.putOuts", "{");
  expect(new PutOuts().of("10", 0, 1)).toBeNull();
  vi.stubGlobal("localStorage", null);
  const alone = new PutOuts();
  alone.keep("yard", [0, "Ada", ""]);
  expect(alone.of("yard", 0, 1)).not.toBeNull();
});
