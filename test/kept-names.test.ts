import { expect, test } from "vitest";
import { KEPT_MS, KEPT_RECORDS, KeptNames } from "../src/room/kept-names.ts";

test("a name is kept until its time is over, or enough was written since", () => {
  const kept = new KeptNames();
  kept.keep("ann", 1, 10, 60_000, 1_000);
  expect(kept.ownerOf("ann", 10, 1_000)).toBe(1);
  expect(kept.ownerOf("bob", 10, 1_000)).toBeUndefined();
  expect(kept.ownerOf("ann", 10 + KEPT_RECORDS - 1, KEPT_MS + 1_000 - 60_000 - 1)).toBe(1);
  expect(kept.ownerOf("ann", 10, KEPT_MS + 1_000 - 60_000)).toBeUndefined();
  kept.keep("ann", 1, 10, 0, 1_000);
  expect(kept.ownerOf("ann", 10 + KEPT_RECORDS, 1_000)).toBeUndefined();
  // What is over is forgotten.
  expect(kept.size).toBe(0);
});

test("a clock that is wrong keeps a name no longer than right ones do", () => {
  const kept = new KeptNames();
  kept.keep("ann", 1, 1, -86_400_000, 0);
  expect(kept.ownerOf("ann", 1, KEPT_MS)).toBeUndefined();
  kept.keep("bob", 2, 1, 86_400_000, 0);
  expect(kept.ownerOf("bob", 1, 0)).toBeUndefined();
});

test("the last who wrote under a name has it, and no more are kept than records are looked at", () => {
  const kept = new KeptNames();
  kept.keep("ann", 1, 1, 0, 0);
  kept.keep("ann", 2, 2, 0, 0);
  expect(kept.ownerOf("ann", 2, 0)).toBe(2);
  for (let i = 0; i < 2_000; i++) kept.keep(`name ${i}`, i, 3, 0, 0);
  expect(kept.size).toBe(KEPT_RECORDS);
  expect([kept.ownerOf("ann", 3, 0), kept.ownerOf("name 1999", 3, 0)]).toEqual([undefined, 1999]);
});
